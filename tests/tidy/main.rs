//! Is the house in order? The rules that neither the compiler nor clippy can hold.

mod arrows;
mod delivery;
mod files;
mod template;
mod workspace;
