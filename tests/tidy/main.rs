//! Is the house in order? The rules that neither the compiler nor clippy can hold.

mod crate_dependencies;
mod message_delivery;
mod module_arrows;
mod names;
mod source_files;
mod source_modules;
mod template;
mod workspace;
