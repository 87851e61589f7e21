//! Draws a state machine's graph.
//!
//! ```text
//! Definition ─▶ StateGraph ─▶ GraphLayout ─▶ SVG
//!                    ├──────▶ Mermaid, DOT, an outline for the terminal
//! history ────▶ ExecutionVisits ────▶ StateStatuses: what has become of each state
//! ```
//!
//! Invariant: pure; the same definition gives the same drawing everywhere (`tests/tidy`).
#![warn(clippy::wildcard_enum_match_arm)]

mod condition_text;
mod definition_graph;
mod dot;
mod graph_layout;
mod history_statuses;
mod history_visits;
mod layered;
mod mermaid;
mod node_names;
mod node_size;
mod outline;
mod state_graph;
mod state_status;
mod svg;
mod text_size;

pub use definition_graph::graph_definition;
pub use dot::dot_graph;
pub use graph_layout::{
    DrawingArea, EdgeEnd, GraphLayout, LinePath, PlacedContent, PlacedLabel, PlacedLine,
    PlacedNode, lay_out_graph,
};
pub use history_statuses::statuses_of_history;
pub use history_visits::{
    AttemptOutcome, AwaitedCallback, CallbackKind, ExecutionVisits, HistoryIteration,
    HistoryMoment, HistoryVisit, IterationStatus, NestedRun, StateTotals, VisitAttempt,
    VisitFailure, VisitIndex, VisitScope, VisitTotals,
};
pub use layered::{DrawingPoint, LineStyle};
pub use mermaid::mermaid_flowchart;
pub use outline::{OutlineColours, text_outline};
pub use state_graph::{EdgeKind, GraphEdge, GraphNode, StateGraph, StateNode};
pub use state_status::{StateStatus, StateStatuses};
pub use svg::{svg_drawing, svg_fragment, svg_style};

impl StateNode {
    /// Whether it is a Fail state.
    pub(crate) const fn fails(&self) -> bool {
        matches!(self.state_type, model::StateType::Fail)
    }
}
