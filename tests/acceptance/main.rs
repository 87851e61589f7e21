//! Does the built `statewright` binary work? Tests it from outside.

mod api;
mod client;
mod costly;
mod environment_numbers;
mod first_hour;
mod kill;
mod load;
mod mock_config;
mod program;
mod rewake;
mod run;
mod seeded_random;
mod terminal;
mod test;
mod waiting;
