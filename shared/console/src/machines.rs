//! State machines: the list, and one of them.

mod definition;
mod list;
mod machine;
mod refused_edits;
mod start;
mod tags;
mod versions;

pub(crate) use definition::source_with_findings;
