//! Does the real thing work? The built `statewright` binary, from outside.

mod api;
mod chance;
mod client;
mod kill;
mod load;
mod mock_config;
mod number;
mod program;
mod run;
mod test;
mod waiting;
