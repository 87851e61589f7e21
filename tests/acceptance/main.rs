//! Does the real thing work? The built `statewright` binary, from outside.

mod api;
mod client;
mod kill;
mod program;
mod run;
mod test;
