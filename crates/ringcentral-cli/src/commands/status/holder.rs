//! Whether the process that holds a lease seems alive.
//!
//! It is looked at and not touched: taking the locks of the store to find out would get into the way of whoever
//! refreshes.

use ringcentral::Lease;

/// What is known of the process with the number that the lease names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Running,
    Stopped,
    Gone,
    /// The lease names no process, or this system does not tell.
    Unknown,
}

impl Holder {
    pub(super) fn of(lease: &Lease) -> Self {
        // `process 4711 3f2a9c1b`, as the session names itself.
        let number = lease.holder.strip_prefix("process ");
        let number = number.and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
        number.map_or(Self::Unknown, Self::of_process)
    }

    #[cfg(target_os = "linux")]
    fn of_process(number: u32) -> Self {
        match std::fs::read_to_string(format!("/proc/{number}/stat")) {
            Ok(stat) => Self::of_stat(&stat),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::Gone,
            Err(_) => Self::Unknown,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn of_process(_: u32) -> Self {
        Self::Unknown
    }

    /// The state is the word after the name, which stands in parentheses and may hold some itself.
    #[cfg(any(target_os = "linux", test))]
    fn of_stat(stat: &str) -> Self {
        let after_name = stat.rsplit_once(") ").map(|(_, rest)| rest);
        match after_name.and_then(|rest| rest.chars().next()) {
            Some('T' | 't') => Self::Stopped,
            // Dead, and its parent has not looked yet.
            Some('Z' | 'X') => Self::Gone,
            Some(_) => Self::Running,
            None => Self::Unknown,
        }
    }

    /// The stable name, for `--json`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Gone => "gone",
            Self::Unknown => "unknown",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Running => "that process is running",
            Self::Stopped => "that process is stopped; the next call takes over when the lease has run out",
            Self::Gone => "that process is gone, and the next call takes over at once",
            Self::Unknown => "whether it is alive cannot be told here",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(holder: &str) -> Lease {
        Lease {
            fence: 1,
            version: ringcentral::Version(1),
            holder: holder.to_owned(),
            until: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_state_is_read_behind_any_name() {
        for (stat, holder) in [
            ("4711 (ringcentral) S 1 4711", Holder::Running),
            ("4711 (a) T (b) R 1 4711", Holder::Running),
            ("4711 (a b) T 1", Holder::Stopped),
            ("4711 (a) Z 1", Holder::Gone),
            ("", Holder::Unknown),
            ("4711 (a) ", Holder::Unknown),
        ] {
            assert_eq!(Holder::of_stat(stat), holder, "{stat}");
        }
    }

    #[test]
    fn a_holder_that_names_no_process_is_unknown() {
        for holder in ["", "process", "process x", "another program", "process -1 a"] {
            assert_eq!(Holder::of(&lease(holder)), Holder::Unknown, "{holder}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_runs_and_a_number_beyond_all_is_gone() {
        let own = format!("process {} abcdef01", std::process::id());
        assert_eq!(Holder::of(&lease(&own)), Holder::Running);
        assert_eq!(Holder::of(&lease("process 4294967295 abcdef01")), Holder::Gone);
    }
}
