//! The rows of a layered drawing: nodes, labels, and lanes for edges that pass.

use std::collections::{BTreeMap, BTreeSet};

use super::{BoxSize, LayeredGraph, LayeredNode, LineStyle, ranks::NodeRanking};

/// The most lanes of a drawing, so that whoever made a graph cannot make its drawing take all time. A
/// graph that needs more is a knot, whose longest edges are lines across it, without labels.
const LANES_MAX: usize = 20_000;

/// What stands in a row.
#[derive(Clone, Debug)]
pub(crate) struct RowUnit {
    pub(crate) content: UnitContent,
    pub(crate) row: usize,
    pub(crate) size: BoxSize,
    /// The width of the part at which lines arrive and leave.
    pub(crate) port_width: f64,
}

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitContent {
    /// A node, by its index.
    Node(usize),
    /// The label of an edge, by its index.
    Label(usize),
    /// Room for the line of edges to a node.
    Lane,
}

/// A line from a unit to one in the next row, for all edges that share it.
#[derive(Clone, Debug)]
pub(crate) struct RowSegment {
    pub(crate) upper: usize,
    pub(crate) lower: usize,
    /// Whether its edges lead from below to above.
    pub(crate) is_upward: bool,
    pub(crate) edges: Vec<usize>,
}

impl RowSegment {
    /// The unit where its edges come from, and the one that they lead to.
    pub(crate) const fn ends(&self) -> (usize, usize) {
        if self.is_upward { (self.lower, self.upper) } else { (self.upper, self.lower) }
    }
}

/// All rows of a drawing.
#[derive(Debug, Default)]
pub(crate) struct LayeredRows {
    pub(crate) units: Vec<RowUnit>,
    pub(crate) segments: Vec<RowSegment>,
    /// The edges that have no lanes.
    pub(crate) across: Vec<usize>,
    /// The units of each row, from left to right.
    pub(crate) rows: Vec<Vec<usize>>,
    /// The segments that lead to a unit from the row above it.
    pub(crate) above: Vec<Vec<usize>>,
    /// The segments that lead from a unit to the row below it.
    pub(crate) below: Vec<Vec<usize>>,
}

/// Edges to this node in this direction and style share a lane in this row.
type LaneKey = (usize, bool, LineStyle, usize);
type SegmentKey = (usize, usize, bool, LineStyle);

impl LayeredRows {
    pub(crate) fn build(graph: &LayeredGraph, ranking: &NodeRanking) -> Self {
        let span_max = longest_span(graph, ranking);
        let is_across = |edge: usize| edge_span(graph, ranking, edge) > span_max;
        let label_ranks: BTreeSet<usize> = (0..graph.edges.len())
            .filter(|edge| graph.edges[*edge].label.is_some() && !is_across(*edge))
            .map(|edge| label_rank(graph, ranking, edge))
            .collect();
        // Below each layer of nodes there is a row for labels, if it has any.
        let row_of_rank = |rank: usize| rank + label_ranks.range(..rank).count();
        let mut rows = Self::default();
        for (node, LayeredNode { size, side }) in graph.nodes.iter().enumerate() {
            let port_width = size.width - 2.0 * side;
            let row = row_of_rank(ranking.ranks[node]);
            rows.add_unit(RowUnit {
                content: UnitContent::Node(node),
                row,
                size: *size,
                port_width,
            });
        }
        let mut lanes: BTreeMap<LaneKey, usize> = BTreeMap::new();
        let mut segments: BTreeMap<SegmentKey, usize> = BTreeMap::new();
        for (index, edge) in graph.edges.iter().enumerate() {
            if is_across(index) {
                rows.across.push(index);
                continue;
            }
            let is_upward = ranking.is_upward[index];
            let (upper, lower) =
                if is_upward { (edge.to, edge.from) } else { (edge.from, edge.to) };
            let label_row = edge.label.map(|_| row_of_rank(label_rank(graph, ranking, index)) + 1);
            let mut before = upper;
            for row in rows.units[upper].row + 1..rows.units[lower].row {
                let unit = match edge.label {
                    Some(size) if label_row == Some(row) => rows.add_unit(RowUnit {
                        content: UnitContent::Label(index),
                        row,
                        size,
                        port_width: 0.0,
                    }),
                    Some(_) | None => {
                        let key = (edge.to, is_upward, edge.style, row);
                        *lanes.entry(key).or_insert_with(|| {
                            let size = BoxSize::default();
                            rows.add_unit(RowUnit {
                                content: UnitContent::Lane,
                                row,
                                size,
                                port_width: 0.0,
                            })
                        })
                    }
                };
                rows.add_segment(&mut segments, (before, unit, is_upward, edge.style), index);
                before = unit;
            }
            rows.add_segment(&mut segments, (before, lower, is_upward, edge.style), index);
        }
        rows
    }

    fn add_unit(&mut self, unit: RowUnit) -> usize {
        let index = self.units.len();
        if self.rows.len() <= unit.row {
            self.rows.resize(unit.row + 1, Vec::new());
        }
        self.rows[unit.row].push(index);
        self.units.push(unit);
        self.above.push(Vec::new());
        self.below.push(Vec::new());
        index
    }

    fn add_segment(
        &mut self,
        known: &mut BTreeMap<SegmentKey, usize>,
        key: SegmentKey,
        edge: usize,
    ) {
        let (upper, lower, is_upward, _) = key;
        let index = *known.entry(key).or_insert_with(|| {
            let index = self.segments.len();
            self.segments.push(RowSegment { upper, lower, is_upward, edges: Vec::new() });
            self.above[lower].push(index);
            self.below[upper].push(index);
            index
        });
        self.segments[index].edges.push(edge);
    }

    /// The position of each unit in its row, from the left.
    pub(crate) fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.units.len()];
        for row in &self.rows {
            for (position, unit) in row.iter().enumerate() {
                positions[*unit] = position;
            }
        }
        positions
    }

    /// How much it matters that a segment is straight: bends of long lines disturb most.
    pub(crate) fn straightness(&self, segment: &RowSegment) -> f64 {
        let is_node = |unit: usize| matches!(self.units[unit].content, UnitContent::Node(_));
        let is_lane = |unit: usize| self.units[unit].content == UnitContent::Lane;
        if is_lane(segment.upper) && is_lane(segment.lower) {
            8.0
        } else if is_node(segment.upper) && is_node(segment.lower) {
            2.0
        } else {
            0.5
        }
    }
}

/// How many layers of nodes an edge passes.
fn edge_span(graph: &LayeredGraph, ranking: &NodeRanking, edge: usize) -> usize {
    let edge = &graph.edges[edge];
    ranking.ranks[edge.from].abs_diff(ranking.ranks[edge.to])
}

/// The span of the longest edges that have lanes.
fn longest_span(graph: &LayeredGraph, ranking: &NodeRanking) -> usize {
    let mut span_max = graph.nodes.len();
    loop {
        let mut longest: BTreeMap<(usize, bool, LineStyle), usize> = BTreeMap::new();
        for (index, edge) in graph.edges.iter().enumerate() {
            let span = edge_span(graph, ranking, index);
            if span <= span_max {
                let key = (edge.to, ranking.is_upward[index], edge.style);
                let known = longest.entry(key).or_default();
                *known = span.max(*known);
            }
        }
        if span_max <= 1 || longest.values().sum::<usize>() <= LANES_MAX {
            return span_max;
        }
        span_max /= 2;
    }
}

/// The rank below which the label of an edge stands: close to where the edge comes from.
fn label_rank(graph: &LayeredGraph, ranking: &NodeRanking, edge: usize) -> usize {
    let rank = ranking.ranks[graph.edges[edge].from];
    if ranking.is_upward[edge] { rank.saturating_sub(1) } else { rank }
}
