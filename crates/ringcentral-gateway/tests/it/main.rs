//! The web app as a browser sees it: the real router, a cookie jar, and an emulator as the platform.

mod callback;
mod headers;
mod login;
mod logout;
mod reads;
mod secrets;
mod session;
mod sms;
mod world;
