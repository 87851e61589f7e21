//! The graph of a state machine: what there is to draw, without positions.

use model::StateType;

/// A workflow as a graph: the whole state machine, a Parallel branch, or a Map's item processor.
///
/// Its first node is the start. The states follow in the author's order; the whole machine's last node
/// is its end, if some state leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateGraph {
    /// The nodes.
    pub nodes: Vec<GraphNode>,
    /// The edges, in the order of the states and of their fields.
    pub edges: Vec<GraphEdge>,
}

/// A node of a [`StateGraph`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GraphNode {
    /// Where the workflow starts.
    Start,
    /// Where the whole state machine ends.
    End,
    /// A state.
    State(Box<StateNode>),
}

/// A state as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateNode {
    /// The state's name, unique in the machine.
    pub name: String,
    /// Counts the states of the machine from 0, in the order of the drawing: a name for it where the
    /// state's own has characters that are not allowed.
    pub number: usize,
    /// Its type.
    pub state_type: StateType,
    /// What it does, in a few words: `lambda:invoke`, `30 s`, `EmptyOrder`. Empty if there is nothing
    /// to say.
    pub detail: String,
    /// `Comment`
    pub comment: Option<String>,
    /// For each retrier, the errors that it retries and how often: `WarehouseBusy ×3`.
    pub retries: Vec<String>,
    /// Whether the workflow may end after it.
    pub is_last: bool,
    /// The branches of a Parallel, or the item processor of a Map.
    pub inner: Vec<StateGraph>,
}

/// An edge of a [`StateGraph`], between two of its nodes by their indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphEdge {
    /// The node that it leaves.
    pub from: usize,
    /// The node that it leads to.
    pub to: usize,
    /// The field that defines it.
    pub kind: EdgeKind,
    /// When it is taken, whole; empty if it always is.
    pub label: String,
}

/// The field that defines an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// `StartAt`, `Next` or `End`.
    Next,
    /// A rule in `Choices`.
    ChoiceRule,
    /// `Default`
    Default,
    /// A catcher in `Catch`.
    Catch,
}

impl EdgeKind {
    /// Its name in class names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::ChoiceRule => "choice",
            Self::Default => "default",
            Self::Catch => "catch",
        }
    }
}

impl GraphNode {
    /// The state, if it is one.
    pub fn state(&self) -> Option<&StateNode> {
        match self {
            Self::State(state) => Some(state),
            Self::Start | Self::End => None,
        }
    }
}

impl StateNode {
    /// Its type and what it does: `Task · lambda:invoke`.
    pub fn description(&self) -> String {
        let kind = self.state_type.as_str();
        if self.detail.is_empty() { kind.to_owned() } else { format!("{kind} · {}", self.detail) }
    }

    /// Whether other states are drawn inside it.
    pub const fn is_cluster(&self) -> bool {
        !self.inner.is_empty()
    }
}

impl StateGraph {
    /// All states, those inside others included, each before those inside it.
    pub fn all_states(&self) -> Vec<&StateNode> {
        let mut states = Vec::new();
        for state in self.nodes.iter().filter_map(GraphNode::state) {
            states.push(state);
            states.extend(state.inner.iter().flat_map(Self::all_states));
        }
        states
    }

    /// The edges that leave a node, with their indices.
    pub fn edges_from(&self, node: usize) -> impl Iterator<Item = (usize, &GraphEdge)> {
        self.edges.iter().enumerate().filter(move |(_, edge)| edge.from == node)
    }
}
