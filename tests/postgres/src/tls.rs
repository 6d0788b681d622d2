//! The certificates of a server with TLS, made when it starts.
//!
//! By the `openssl` program and not by a library: Debian's PostgreSQL depends on it, so it is there wherever the server
//! is, and the server can read what it wrote. A library would be one more dependency for four files.

use std::path::{Path, PathBuf};

use crate::programs::Programs;

/// An authority, the server's certificate signed by it, and an authority that has nothing to do with either.
#[derive(Debug)]
pub struct Certificates {
    programs: Programs,
    directory: PathBuf,
}

const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

impl Certificates {
    pub(crate) fn make(programs: &Programs, directory: &Path, names: &[&str]) -> Self {
        let certificates = Self {
            programs: programs.clone(),
            directory: directory.to_owned(),
        };
        for authority in ["authority", "another-authority"] {
            let (certificate, private) = (format!("{authority}.pem"), format!("{authority}.key"));
            let subject = format!("/CN={authority} of a test");
            let mut arguments = vec!["req", "-x509", "-days", "2", "-subj", &subject];
            arguments.extend(KEY);
            arguments.extend(["-keyout", &private, "-out", &certificate]);
            certificates.openssl(&arguments);
        }
        certificates.replace(names);
        certificates
    }

    /// Gives the server another certificate, for these names, which it shows from its next start on.
    ///
    /// # Panics
    ///
    /// When `openssl` cannot be run.
    pub fn replace(&self, names: &[&str]) {
        let mut request = vec!["req", "-new", "-subj", "/CN=server of a test"];
        request.extend(KEY);
        request.extend(["-keyout", "server.key", "-out", "server.csr"]);
        self.openssl(&request);
        // In a file, as not every version takes extensions as arguments.
        let extensions = format!("subjectAltName={}\n", names.join(","));
        std::fs::write(self.directory.join("server.ext"), extensions).unwrap();
        let mut sign = vec!["x509", "-req", "-days", "2", "-in", "server.csr"];
        sign.extend([
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-CAcreateserial",
        ]);
        sign.extend(["-extfile", "server.ext", "-out", "server.pem"]);
        self.openssl(&sign);
    }

    /// As the user of the server, who has to read the key.
    fn openssl(&self, arguments: &[&str]) {
        let mut command = self.programs.command(Path::new("openssl"), false);
        Programs::run(command.args(arguments).current_dir(&self.directory));
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
