//! Checks of the repository that neither the compiler nor clippy can make: dependencies of crates
//! and modules, names, sizes of files, and `template.yaml` against the code.

mod crate_dependencies;
mod job_events;
mod message_delivery;
mod module_arrows;
mod names;
mod port_use;
mod source_files;
mod source_modules;
mod template;
mod workspace;
