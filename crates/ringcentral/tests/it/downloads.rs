//! Downloads: whatever happens on the way, what arrives is complete or an error.

mod allowed;
mod answers;
mod cuts;
mod host;
mod patience;
mod to_file;
