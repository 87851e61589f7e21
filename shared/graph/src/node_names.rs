//! The names of nodes in formats where they must be identifiers.

use crate::state_graph::{GraphNode, StateGraph};

/// Where a workflow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodePlace {
    /// It is the whole machine.
    Machine,
    /// It is inside the state of that number.
    Branch { state: usize, branch: usize },
}

/// The name of each node of a workflow: `s7` is the state of number 7.
pub(crate) fn name_nodes(graph: &StateGraph, place: NodePlace) -> Vec<String> {
    let name = |node: &GraphNode| match (node, place) {
        (GraphNode::State(state), _) => format!("s{}", state.number),
        (GraphNode::Start, NodePlace::Machine) => "start".to_owned(),
        (GraphNode::Start, NodePlace::Branch { state, branch }) => {
            format!("s{state}b{branch}start")
        }
        (GraphNode::End, _) => "finish".to_owned(),
    };
    graph.nodes.iter().map(name).collect()
}
