//! The emulator as its clients meet it: over HTTP, on a clock that the tests move.

mod authorize;
mod browser;
mod clients;
mod codes;
mod control;
mod coverage;
mod credentials;
mod faults;
mod going_on;
mod lifecycle;
mod limits;
mod lockout;
mod marked;
mod openid;
mod pages;
mod platform;
mod refresh;
mod rest;
mod rules;
mod secure;
mod sessions;
mod state;
mod states;
mod support;
mod worlds;
