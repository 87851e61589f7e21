//! Draws a state machine's graph.
//!
//! ```text
//! Definition ─▶ StateGraph ─▶ GraphLayout ─▶ SVG
//!                    ├──────▶ Mermaid, DOT, an outline for the terminal
//! history ────▶ StateStatuses: what has become of each state
//! ```
//!
//! Invariant: pure; the same definition gives the same drawing everywhere (`tests/tidy`).
#![warn(clippy::wildcard_enum_match_arm)]

mod condition_text;
mod definition_graph;
mod history_statuses;
mod state_graph;
mod state_status;

pub use definition_graph::graph_definition;
pub use history_statuses::statuses_of_history;
pub use state_graph::{EdgeKind, GraphEdge, GraphNode, StateGraph, StateNode};
pub use state_status::{StateStatus, StateStatuses};

impl StateNode {
    /// Whether it is a Fail state.
    pub(crate) const fn fails(&self) -> bool {
        matches!(self.state_type, model::StateType::Fail)
    }
}
