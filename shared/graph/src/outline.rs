//! A graph as an outline of text, for the terminal.
//!
//! ```text
//! ● Reserve  Task · λ reserve
//! │ retries WarehouseBusy ×3
//! ├╌ OutOfStock
//! │  ● Reorder  Task · λ reorder
//! │  ╰→ ↑ Reserve
//! │
//! ◇ Decide  Choice
//! ├─ $.total > 100 → Review
//! ↓ Default
//! ● Ship  Pass
//! ```
//!
//! The main way goes down at the left; what leads away from it is indented, as far as it does not come
//! back.

mod main_way;
mod text_line;

use crate::{
    state_graph::{EdgeKind, GraphEdge, GraphNode, StateGraph, StateNode},
    state_status::{StateStatus, StateStatuses},
};

use self::{
    main_way::MainWay,
    text_line::{OutlineLine, TextPartStyle},
};
use model::StateType;

/// Chains that are indented more often are drawn for themselves, below.
const DEPTH_MAX: usize = 8;

/// Whether an outline has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutlineColours {
    /// For what is no terminal.
    Plain,
    /// With the escape sequences of terminals.
    Ansi,
}

/// Writes a graph as an outline of lines that are no wider than that many columns, with the statuses
/// of an execution if there is one.
pub fn text_outline(
    graph: &StateGraph,
    statuses: Option<&StateStatuses>,
    columns: usize,
    colours: OutlineColours,
) -> String {
    let writer = OutlineWriter { statuses };
    let mut lines = writer.workflow_lines(graph);
    lines.extend(writer.legend(graph));
    let lines = lines.iter().map(|line| line.to_text(columns, colours) + "\n");
    lines.collect()
}

struct OutlineWriter<'s> {
    statuses: Option<&'s StateStatuses>,
}

/// What is drawn of one workflow, and what is still to be drawn.
struct WorkflowOutline<'g> {
    graph: &'g StateGraph,
    way: MainWay<'g>,
    /// States that are drawn for themselves, below.
    postponed: Vec<usize>,
}

/// Part of a state's lines, at the line that goes on below the state.
enum OutlinePart {
    /// Lines about the state itself.
    About(Vec<OutlineLine>),
    /// Where an edge leads away: its label, and the chain there.
    Away(OutlineLine, Vec<OutlineLine>),
}

impl OutlineWriter<'_> {
    fn workflow_lines(&self, graph: &StateGraph) -> Vec<OutlineLine> {
        let mut outline =
            WorkflowOutline { graph, way: MainWay::of_graph(graph), postponed: Vec::new() };
        let chain = outline.way.begin_chain(0);
        let mut lines = self.chain_lines(&mut outline, 0, chain, 0);
        let states = 0..graph.nodes.len();
        loop {
            // What is left without being postponed is never entered.
            let left = outline
                .postponed
                .pop()
                .or_else(|| states.clone().find(|node| !outline.way.is_drawn(*node)));
            let Some(node) = left else { break };
            if !outline.way.is_drawn(node) {
                lines.push(OutlineLine::default());
                let chain = outline.way.begin_chain(node);
                lines.extend(self.chain_lines(&mut outline, node, chain, 0));
            }
        }
        lines
    }

    /// The lines of a chain of nodes, from this one on.
    fn chain_lines(
        &self,
        outline: &mut WorkflowOutline<'_>,
        first: usize,
        chain: usize,
        depth: usize,
    ) -> Vec<OutlineLine> {
        let mut lines = Vec::new();
        let mut next = Some(first);
        while let Some(node) = next {
            outline.way.mark_drawn(node);
            lines.push(self.node_line(&outline.graph.nodes[node], depth));
            let follows = outline.way.choose_next(node, chain);
            let mut parts = self.state_parts(outline.graph.nodes[node].state());
            parts.extend(self.edge_parts(outline, (node, follows), (chain, depth)));
            let goes_on = follows.is_some();
            let count = parts.len();
            for (index, part) in parts.into_iter().enumerate() {
                part.add_to(&mut lines, goes_on || index + 1 < count);
            }
            if let Some(follower) = follows {
                lines.extend(connection_lines(outline.graph, node, follower));
            }
            next = follows;
        }
        lines
    }

    fn node_line(&self, node: &GraphNode, depth: usize) -> OutlineLine {
        let mut line = OutlineLine::default();
        match node {
            GraphNode::State(state) => {
                let status = self.statuses.map(|statuses| statuses.status_of(&state.name));
                let mark = status.map_or_else(|| type_mark(state.state_type), status_mark);
                line.push(TextPartStyle::Mark(status), mark);
                line.push(TextPartStyle::Name(status), &format!(" {}", state.name));
                line.push(TextPartStyle::Faint, &format!("  {}", state.description()));
                if let Some(comment) = state.comment.as_deref().filter(|_| depth == 0) {
                    line.push(TextPartStyle::Faint, &format!("  — {comment}"));
                }
            }
            GraphNode::Start => line.push(TextPartStyle::Faint, "○ Start"),
            GraphNode::End => line.push(TextPartStyle::Faint, "◉ End"),
        }
        line
    }

    /// What is said about a state itself: its retriers, and what is inside it.
    fn state_parts(&self, state: Option<&StateNode>) -> Vec<OutlinePart> {
        let Some(state) = state else { return Vec::new() };
        let retry = |retry: &String| {
            let mut line = OutlineLine::default();
            line.push(TextPartStyle::Faint, &format!(" retries {retry}"));
            line
        };
        let mut about: Vec<OutlineLine> = state.retries.iter().map(retry).collect();
        for (index, branch) in state.inner.iter().enumerate() {
            let mut title = OutlineLine::default();
            let text = match state.state_type {
                StateType::Map => "each item".to_owned(),
                StateType::Parallel
                | StateType::Pass
                | StateType::Task
                | StateType::Choice
                | StateType::Wait
                | StateType::Succeed
                | StateType::Fail => format!("branch {}", index + 1),
            };
            let corner = if index == 0 { " ╭ " } else { " ├ " };
            title.push(TextPartStyle::Border, corner);
            title.push(TextPartStyle::Faint, &text);
            about.push(title);
            // Where a branch starts is its first line.
            let inner = self.workflow_lines(branch).into_iter().skip(2);
            about.extend(inner.map(|line| line.indented(TextPartStyle::Border, " │ ")));
        }
        if state.is_cluster() {
            let mut bottom = OutlineLine::default();
            bottom.push(TextPartStyle::Border, " ╰");
            about.push(bottom);
        }
        if about.is_empty() { Vec::new() } else { vec![OutlinePart::About(about)] }
    }

    /// The edges of a node that lead away from the main way, each with what is there.
    fn edge_parts(
        &self,
        outline: &mut WorkflowOutline<'_>,
        (node, follows): (usize, Option<usize>),
        (chain, depth): (usize, usize),
    ) -> Vec<OutlinePart> {
        let graph = outline.graph;
        let mut parts = Vec::new();
        for (_, edge) in graph.edges_from(node) {
            if Some(edge.to) == follows && edge.kind != EdgeKind::Catch {
                continue;
            }
            let may_draw = outline.way.may_branch_off(edge, follows, chain);
            if may_draw && depth < DEPTH_MAX {
                let inner_chain = outline.way.take_over(edge.to, follows, chain);
                let lines = self.chain_lines(outline, edge.to, inner_chain, depth + 1);
                parts.push(OutlinePart::Away(edge_line(edge, None), lines));
                continue;
            }
            if may_draw {
                outline.postponed.push(edge.to);
            }
            let arrow = if outline.way.is_drawn(edge.to) { "→ ↑ " } else { "→ " };
            let target = graph.nodes[edge.to].state().map_or("End", |state| state.name.as_str());
            let line = edge_line(edge, Some((arrow, target)));
            parts.push(OutlinePart::Away(line, Vec::new()));
        }
        parts
    }

    /// What the marks of the statuses mean, as far as they occur.
    fn legend(&self, graph: &StateGraph) -> Vec<OutlineLine> {
        let Some(statuses) = self.statuses else { return Vec::new() };
        let states = graph.all_states();
        let mut line = OutlineLine::default();
        let (first, others) = StateStatus::ALL.split_at(1);
        for status in others.iter().chain(first).copied() {
            let count =
                states.iter().filter(|state| statuses.status_of(&state.name) == status).count();
            if count > 0 {
                line.push(TextPartStyle::Mark(Some(status)), status_mark(status));
                line.push(TextPartStyle::Faint, &format!(" {} {count}   ", status.words()));
            }
        }
        vec![OutlineLine::default(), line]
    }
}

impl OutlinePart {
    /// Adds the lines of a part; the line at their left goes on if something follows.
    fn add_to(self, lines: &mut Vec<OutlineLine>, goes_on: bool) {
        let side = if goes_on { "│" } else { " " };
        match self {
            Self::About(about) => {
                lines.extend(
                    about.into_iter().map(|line| line.indented(TextPartStyle::Border, side)),
                );
            }
            Self::Away(first, rest) => {
                let corner = if goes_on { "├" } else { "╰" };
                lines.push(first.indented(TextPartStyle::Border, corner));
                let indent = format!("{side}  ");
                lines.extend(
                    rest.into_iter().map(|line| line.indented(TextPartStyle::Border, &indent)),
                );
            }
        }
    }
}

/// The line between a node and the one that follows it.
fn connection_lines(graph: &StateGraph, node: usize, follower: usize) -> Vec<OutlineLine> {
    let labels = graph
        .edges_from(node)
        .filter(|(_, edge)| edge.to == follower && edge.kind != EdgeKind::Catch)
        .map(|(_, edge)| edge.label.as_str())
        .filter(|label| !label.is_empty());
    let mut lines = Vec::new();
    for label in labels {
        let mut line = OutlineLine::default();
        line.push(TextPartStyle::Border, "↓ ");
        line.push(TextPartStyle::Label, label);
        lines.push(line);
    }
    if lines.is_empty() {
        let mut line = OutlineLine::default();
        line.push(TextPartStyle::Border, "│");
        lines.push(line);
    }
    lines
}

fn edge_line(edge: &GraphEdge, target: Option<(&str, &str)>) -> OutlineLine {
    let mut line = OutlineLine::default();
    let is_catch = edge.kind == EdgeKind::Catch;
    let (dash, label) =
        if is_catch { ("╌", TextPartStyle::Catch) } else { ("─", TextPartStyle::Label) };
    line.push(TextPartStyle::Border, dash);
    if !edge.label.is_empty() {
        line.push(label, &format!(" {}", edge.label));
    }
    if let Some((arrow, name)) = target {
        let space = if edge.label.is_empty() { "" } else { " " };
        line.push(TextPartStyle::Border, &format!("{space}{arrow}"));
        line.push(TextPartStyle::Name(None), name);
    }
    line
}

const fn type_mark(state_type: StateType) -> &'static str {
    match state_type {
        StateType::Choice => "◇",
        StateType::Succeed => "✓",
        StateType::Fail => "✗",
        StateType::Pass
        | StateType::Task
        | StateType::Wait
        | StateType::Parallel
        | StateType::Map => "●",
    }
}

const fn status_mark(status: StateStatus) -> &'static str {
    match status {
        StateStatus::NotReached => "·",
        StateStatus::Succeeded => "✓",
        StateStatus::Retried => "↻",
        StateStatus::Caught => "!",
        StateStatus::Aborted => "■",
        StateStatus::Running => "▶",
        StateStatus::Failed => "✗",
    }
}
