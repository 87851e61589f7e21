//! Is the house in order? The rules that neither the compiler nor clippy can hold.

mod crate_dependencies;
mod message_delivery;
mod source_files;
mod template;
mod workspace;
