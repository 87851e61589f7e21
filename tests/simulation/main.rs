//! Does the protocol hold, whatever breaks? The use cases of `orchestrator` on ports in memory,
//! under a scheduler with a seed, virtual time and faults. `README.md` says what is simulated.

mod abandoned;
mod ablations;
mod alarm;
mod checks;
mod crashes;
mod faults;
mod functions;
mod jobs;
mod ports;
mod random;
mod run;
mod safety;
mod scheduler;
mod storms;
mod workflows;
mod world;
