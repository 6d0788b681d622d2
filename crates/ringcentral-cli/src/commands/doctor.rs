//! `doctor`: everything that a login depends on, checked in the order in which it would get into the way.

use crate::args::{DoctorArgs, Global};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::settings::{Lookup, Names};

use self::platform::Platform;
use self::report::{Check, Report};

mod app;
mod files;
mod login;
mod network;
mod platform;
mod report;
mod settings;
mod store;

pub(super) async fn run(
    args: &DoctorArgs,
    global: &Global,
    output: &Output,
    environment: Lookup<'_>,
    names: Names<'_>,
) -> Result<Exit, Failure> {
    let mut report = Report::new(output);
    let context = match Context::new(global, output, environment) {
        Ok(context) => context,
        Err(failure) => {
            report.add(Check::failed("settings", &failure))?;
            report.add(Check::warn("others", "not checked: they depend on the settings"))?;
            return report.finish();
        }
    };
    report.add(settings::sources(&context, global.profile.is_some()))?;
    report.add(settings::variables(&context, names))?;
    report.add(files::check(&context, args.fix))?;

    let mut platform = Platform::new();
    let way = report.watch(
        "the way to the platform",
        network::address(&context, &mut platform),
    );
    let way = way.await;
    report.add(way)?;
    report.add(network::clock(&context, &platform))?;

    // The login is tried before it is the app's turn: a token that is accepted saves asking about the app.
    let store = store::check(&context).await;
    let login = report
        .watch("the login", login::check(&context, &mut platform))
        .await;
    let app = report.watch("the app", app::check(&context, &mut platform)).await;
    report.add(app)?;
    report.add(app::redirect(&context, &platform).await)?;
    report.add(store)?;
    report.add(login)?;
    report.add(login::limits(&platform))?;
    report.finish()
}
