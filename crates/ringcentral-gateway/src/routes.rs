//! The routes, a file for each thing that a person does.

pub(crate) mod callback;
pub(crate) mod health;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod pages;
pub(crate) mod reads;
pub(crate) mod sms;
