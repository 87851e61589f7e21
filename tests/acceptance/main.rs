//! Does the real thing work? The built `statewright` binary, from outside.

mod api;
mod client;
mod kill;
mod mock_config;
mod program;
mod run;
mod test;
mod waiting;
