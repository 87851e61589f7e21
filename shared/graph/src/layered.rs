//! Lays out a directed graph in layers, from top to bottom.
//!
//! ```text
//! ranks:       each node's layer, below those that lead to it; edges of cycles are turned round
//! rows:        nodes, labels of edges and lanes of long edges, one after the other
//! ordering:    which stands left of which, so that few edges cross
//! coordinates: where each stands, close to what it is connected to
//! routes:      the lines of the edges
//! ```
//!
//! It is Sugiyama's method with one change: long edges to the same node share one lane. A state machine
//! has a few states to which many others lead, such as the handler of all their errors, and a line
//! for each of them would be most of the drawing. No crate bundles edges in this way (`README.md`
//! compares them).

mod blocks;
mod coordinates;
mod ordering;
mod ranks;
mod routes;
mod rows;

use self::{
    blocks::find_main_edges, coordinates::assign_coordinates, ordering::order_rows,
    ranks::assign_ranks, routes::route_edges, rows::LayeredRows,
};

/// A point, in pixels from the upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DrawingPoint {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
}

/// A size in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct BoxSize {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// What is to be laid out.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayeredGraph {
    pub(crate) nodes: Vec<LayeredNode>,
    pub(crate) edges: Vec<LayeredEdge>,
    /// A node that belongs at the bottom.
    pub(crate) last: Option<usize>,
}

/// A node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LayeredNode {
    pub(crate) size: BoxSize,
    /// How much of its width, at either side, is no part of its box.
    pub(crate) side: f64,
}

/// An edge between two different nodes.
#[derive(Clone, Debug)]
pub(crate) struct LayeredEdge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) label: Option<BoxSize>,
    /// Only edges of the same style share lines.
    pub(crate) style: LineStyle,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineStyle {
    /// A transition that is taken when all is well.
    Solid,
    /// A catcher's.
    Dashed,
}

/// A layout. Nodes and labels are given by their upper left corners.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayeredLayout {
    pub(crate) size: BoxSize,
    pub(crate) nodes: Vec<DrawingPoint>,
    /// For each edge with a label.
    pub(crate) labels: Vec<Option<DrawingPoint>>,
    pub(crate) strokes: Vec<LayeredStroke>,
}

/// A line, or a part of one that several edges share.
#[derive(Clone, Debug)]
pub(crate) struct LayeredStroke {
    /// The edges, by their indices.
    pub(crate) edges: Vec<usize>,
    /// The way of the line; between two points that are not above one another, it is a curve that
    /// leaves and arrives vertically.
    pub(crate) points: Vec<DrawingPoint>,
    /// Whether it ends at its node, rather than at a line to it.
    pub(crate) reaches_node: bool,
}

/// The layer of each node, from 0 at the top.
pub(crate) fn ranks_of(graph: &LayeredGraph) -> Vec<usize> {
    assign_ranks(graph).ranks
}

/// Lays out a graph. Its first node is where it starts.
pub(crate) fn lay_out(graph: &LayeredGraph) -> LayeredLayout {
    if graph.nodes.is_empty() {
        return LayeredLayout::default();
    }
    let ranking = assign_ranks(graph);
    let mut rows = LayeredRows::build(graph, &ranking);
    order_rows(&mut rows);
    let positions = assign_coordinates(&rows, &find_main_edges(graph, &ranking));
    route_edges(graph, &rows, &positions)
}

#[cfg(test)]
mod tests;
