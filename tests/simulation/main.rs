//! Does the protocol hold under any fault? Runs the use cases of `orchestrator` on ports in memory,
//! under a seeded scheduler with virtual time and faults. `README.md` says what is simulated.

mod abandoned;
mod ablations;
mod activities;
mod alarm;
mod checks;
mod crashes;
mod execution_logs;
mod fan_ins;
mod faults;
mod function_answers;
mod functions;
mod generate;
mod history_pages;
mod jobs;
mod lost_queues;
mod outages;
mod poison;
mod pool;
mod ports;
mod queue_ports;
mod random;
mod run;
mod safety;
mod scenario;
mod scheduler;
mod service_jobs;
mod storms;
mod tally;
mod wide_forks;
mod workflows;
mod world;
