//! Opening the person's browser, where there is one.

use url::Url;

use crate::settings::{Lookup, variable};

/// False when there is nobody to show a browser to, or it could not be started: then the address is to be opened by
/// hand.
pub(crate) fn open(url: &Url, environment: Lookup<'_>) -> bool {
    has_display(environment) && open::that_detached(url.as_str()).is_ok()
}

fn has_display(environment: Lookup<'_>) -> bool {
    // Elsewhere than on Linux and the BSDs a desktop is the rule, and needs no variable.
    let needs_variable = cfg!(all(unix, not(target_os = "macos")));
    let set = |name: &str| environment(name).is_some_and(|value| !value.is_empty());
    !needs_variable || set(variable::DISPLAY.name) || set(variable::WAYLAND_DISPLAY.name)
}
