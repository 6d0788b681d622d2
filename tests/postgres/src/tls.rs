//! The certificates of a server with TLS, made when it starts.
//!
//! By the `openssl` program and not by a library: Debian's PostgreSQL depends on it, so it is there wherever the server
//! is, and the server can read what it wrote. A library would be one more dependency for four files.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::Programs;

/// An authority, the server's certificate signed by it, and an authority that has nothing to do with either.
#[derive(Debug)]
pub struct Certificates {
    directory: PathBuf,
}

impl Certificates {
    pub(crate) fn make(programs: &Programs, directory: &Path, names: &[&str]) -> Self {
        let certificates = Self {
            directory: directory.to_owned(),
        };
        let made = |arguments: &[&str]| {
            let mut command = openssl(programs);
            Programs::run(command.args(arguments).current_dir(directory));
        };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        for authority in ["authority", "another-authority"] {
            let (certificate, private) = (format!("{authority}.pem"), format!("{authority}.key"));
            let subject = format!("/CN={authority} of a test");
            let mut arguments = vec!["req", "-x509", "-days", "2", "-subj", &subject];
            arguments.extend(key);
            arguments.extend(["-keyout", &private, "-out", &certificate]);
            made(&arguments);
        }
        let mut request = vec!["req", "-new", "-subj", "/CN=server of a test"];
        request.extend(key);
        request.extend(["-keyout", "server.key", "-out", "server.csr"]);
        made(&request);
        // In a file, as not every version takes extensions as arguments.
        let extensions = format!("subjectAltName={}\n", names.join(","));
        std::fs::write(directory.join("server.ext"), extensions).unwrap();
        made(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            "server.csr",
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-CAcreateserial",
            "-extfile",
            "server.ext",
            "-out",
            "server.pem",
        ]);
        certificates
    }

    /// The authority that signed the server's certificate, as PEM: what `sslrootcert` should name.
    pub fn authority(&self) -> PathBuf {
        self.directory.join("authority.pem")
    }

    /// An authority that signed nothing, as PEM.
    pub fn another_authority(&self) -> PathBuf {
        self.directory.join("another-authority.pem")
    }

    pub(crate) fn server(&self) -> PathBuf {
        self.directory.join("server.pem")
    }

    pub(crate) fn server_key(&self) -> PathBuf {
        self.directory.join("server.key")
    }
}

/// As the user of the server, who has to read the key.
fn openssl(programs: &Programs) -> Command {
    programs.command(Path::new("openssl"), false)
}
