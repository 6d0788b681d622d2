//! `logout`: forgotten here first, then ended on the platform.

use ringcentral::StoreErrorKind;
use serde_json::json;

use crate::context::Context;
use crate::failure::{Failure, store_error_kind};

pub(super) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    let output = context.output;
    let client = context.client().await?;
    let profile = context.settings.profile.as_str();
    let logout = match client.oauth().logout().await {
        Err(error) if store_error_kind(&error) == Some(StoreErrorKind::Corrupt) => return erase(context),
        done => done?,
    };
    if output.is_json() {
        return output.json(&json!({
            "profile": profile,
            "was_logged_in": logout.was_logged_in,
            "revoked": logout.revoked,
            "revoke_error": logout.revoke_error.as_ref().map(ToString::to_string),
        }));
    }
    if !logout.was_logged_in {
        output.note(format!("Nobody was logged in, profile \"{profile}\""));
        return Ok(());
    }
    output.note(format!("Logged out, profile \"{profile}\""));
    if let Some(error) = logout.revoke_error {
        output.warn(format!(
            "the login is erased here, but the platform has not confirmed its end ({error}); its tokens die by themselves"
        ));
    }
    Ok(())
}

/// A damaged file has no tokens to revoke, but there may be pieces of some in it.
fn erase(context: &Context<'_>) -> Result<(), Failure> {
    let path = context.slot()?.path(&context.settings.directories);
    std::fs::remove_file(&path).map_err(|error| {
        Failure::configuration(format!("{} cannot be erased", path.display())).caused_by(&error)
    })?;
    let output = context.output;
    output.warn("the stored login was damaged: it is erased, but could not be ended on the platform");
    if output.is_json() {
        let profile = context.settings.profile.as_str();
        return output.json(&json!({
            "profile": profile,
            "was_logged_in": false,
            "revoked": false,
            "revoke_error": "the stored login was damaged",
        }));
    }
    Ok(())
}
