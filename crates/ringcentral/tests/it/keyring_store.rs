//! The keyring store, against a real Secret Service.

mod desktop;
mod in_keyring;
