//! Which layer each node is in.

use super::{LayeredEdge, LayeredGraph, LineStyle};

/// The layer of each node, from 0 at the top.
pub(crate) struct NodeRanking {
    pub(crate) ranks: Vec<usize>,
    /// The edges that lead upwards: each closes a cycle.
    pub(crate) is_upward: Vec<bool>,
}

/// Puts each node right below the lowest of those that lead to it.
pub(crate) fn assign_ranks(graph: &LayeredGraph) -> NodeRanking {
    let (order, is_upward) = order_nodes(graph);
    let mut edges_below = vec![Vec::new(); graph.nodes.len()];
    for (index, edge) in graph.edges.iter().enumerate() {
        let (upper, lower) =
            if is_upward[index] { (edge.to, edge.from) } else { (edge.from, edge.to) };
        edges_below[upper].push(lower);
    }
    let mut ranks = vec![0; graph.nodes.len()];
    for node in order {
        for lower in &edges_below[node] {
            ranks[*lower] = ranks[*lower].max(ranks[node] + 1);
        }
    }
    if let Some(last) = graph.last {
        ranks[last] = ranks.iter().copied().max().unwrap_or_default();
    }
    NodeRanking { ranks, is_upward }
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    NotYet,
    OnTheWay,
    Done,
}

/// How far an edge leads on in the order of the nodes, which is mostly the one in which they are meant
/// to be passed: where a walk takes first what follows next, it is the edges back that close cycles.
fn distance_in_text(edge: &LayeredEdge) -> (LineStyle, bool, usize) {
    (edge.style, edge.to < edge.from, edge.to.abs_diff(edge.from))
}

/// Walks through the graph in depth from its start, and from whatever cannot be reached from there.
/// Returns the nodes so that each comes before those to which it leads, if the edges to nodes on the
/// way are turned round.
fn order_nodes(graph: &LayeredGraph) -> (Vec<usize>, Vec<bool>) {
    let mut edges_of = vec![Vec::new(); graph.nodes.len()];
    for (index, edge) in graph.edges.iter().enumerate() {
        edges_of[edge.from].push(index);
    }
    for edges in &mut edges_of {
        edges.sort_by_key(|edge| distance_in_text(&graph.edges[*edge]));
    }
    let mut visits = vec![Visit::NotYet; graph.nodes.len()];
    let mut is_upward = vec![false; graph.edges.len()];
    let mut finished = Vec::new();
    for root in 0..graph.nodes.len() {
        if visits[root] != Visit::NotYet {
            continue;
        }
        visits[root] = Visit::OnTheWay;
        let mut way = vec![(root, 0)];
        while let Some((node, taken)) = way.last_mut() {
            let Some(&edge) = edges_of[*node].get(*taken) else {
                visits[*node] = Visit::Done;
                finished.push(*node);
                way.pop();
                continue;
            };
            *taken += 1;
            let target = graph.edges[edge].to;
            match visits[target] {
                Visit::OnTheWay => is_upward[edge] = true,
                Visit::Done => {}
                Visit::NotYet => {
                    visits[target] = Visit::OnTheWay;
                    way.push((target, 0));
                }
            }
        }
    }
    finished.reverse();
    (finished, is_upward)
}
