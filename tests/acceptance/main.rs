//! Does the built `statewright` binary work? Tests it from outside.

mod activities;
mod api;
mod boundaries;
mod client;
mod costly;
mod doors;
mod environment_numbers;
mod express;
mod fairness;
mod first_hour;
mod greedy_clients;
mod kill;
mod load;
mod logs;
mod mock_config;
mod program;
mod projects;
mod raw_http;
mod rewake;
mod run;
mod seeded_random;
mod services;
mod stored_bytes;
mod terminal;
mod test;
mod waiting;
