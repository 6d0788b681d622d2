//! Texts that are made from the program itself.

use clap::CommandFactory as _;

use crate::args::{Cli, DocsPage};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::settings::variable;

pub(super) fn completions(shell: clap_complete::Shell, output: &Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ringcentral", &mut script);
    output.bytes(&script)?;
    Ok(Exit::Done)
}

pub(super) fn page(page: DocsPage, output: &Output) -> Result<Exit, Failure> {
    match page {
        DocsPage::Environment => output.bytes(variable::reference().as_bytes())?,
    }
    Ok(Exit::Done)
}
