//! `cargo xtask bench`: measures what the project promises about speed. Each bench builds what it measures, prints what it
//! found and how, and judges nothing: a figure belongs to the machine that it was taken on.

mod emulator;
mod http;
mod load;
mod process;
mod report;
mod sdk;

use std::path::PathBuf;

use anyhow::bail;

use crate::report::line;
use crate::run;
use crate::workspace::Workspace;

/// One bench.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace, &[String]) -> anyhow::Result<()>,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "emulator",
        about: "the local platform: processor time for each request, start, reset, memory, with few rows and with a million",
        run: emulator::run,
    },
    Bench {
        name: "sdk",
        about: "a call by this SDK, by reqwest alone and by the official SDKs for Node.js and Python, side by side",
        run: sdk::run,
    },
];

/// Runs the bench that is named first; without a name, lists them.
pub(crate) fn measure(workspace: &Workspace, args: &[String]) -> anyhow::Result<bool> {
    let Some((name, options)) = args.split_first() else {
        line(&list());
        return Ok(true);
    };
    let Some(bench) = BENCHES.iter().find(|bench| bench.name == name) else {
        bail!("there is no bench {name:?}\n\n{}", list());
    };
    (bench.run)(workspace, options)?;
    Ok(true)
}

/// The release build of the program: any other says nothing about speed.
fn release_program(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    run::inherit(&mut workspace.cargo("build --release --locked --package ringcentral-cli"))?;
    Ok(workspace.target.join("release/ringcentral"))
}

fn list() -> String {
    let benches = BENCHES
        .iter()
        .map(|bench| format!("\n  {:<10}{}", bench.name, bench.about));
    format!(
        "Benches, as `cargo xtask bench NAME`:\n{}",
        benches.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bench_is_listed_and_no_other_runs() {
        for bench in BENCHES {
            assert!(list().contains(bench.about), "{}", bench.name);
        }
        let here = Workspace {
            root: ".".into(),
            target: ".".into(),
        };
        let error = measure(&here, &["warp".to_owned()]).unwrap_err().to_string();
        assert!(
            error.contains("\"warp\"") && error.contains("emulator"),
            "{error}"
        );
    }
}
