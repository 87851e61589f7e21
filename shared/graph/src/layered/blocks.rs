//! Units that stand above one another: the main way through the graph, and the lanes of long edges.

use std::collections::BTreeMap;

use super::{
    LayeredGraph, LineStyle,
    ranks::NodeRanking,
    rows::{LayeredRows, RowSegment, UnitContent},
};

/// Which edges are part of the main way: each leads from its node to the one after which the most
/// follows, and to its node from the one before which the most has happened. Where several are
/// equal, none is, so that they stand symmetrically.
pub(crate) fn find_main_edges(graph: &LayeredGraph, ranking: &NodeRanking) -> Vec<bool> {
    let count = graph.nodes.len();
    let is_downward =
        |edge: usize| !ranking.is_upward[edge] && graph.edges[edge].style == LineStyle::Solid;
    let downward: Vec<usize> = (0..graph.edges.len()).filter(|edge| is_downward(*edge)).collect();
    let mut by_rank = downward.clone();
    by_rank.sort_by_key(|edge| ranking.ranks[graph.edges[*edge].from]);
    let (mut before, mut after) = (vec![0_usize; count], vec![0_usize; count]);
    for edge in by_rank.iter().map(|edge| &graph.edges[*edge]) {
        before[edge.to] = before[edge.to].max(before[edge.from] + 1);
    }
    for edge in by_rank.iter().rev().map(|edge| &graph.edges[*edge]) {
        after[edge.from] = after[edge.from].max(after[edge.to] + 1);
    }
    let best_from = only_best(count, &downward, |edge| {
        let edge = &graph.edges[edge];
        (edge.from, after[edge.to])
    });
    let best_to = only_best(count, &downward, |edge| {
        let edge = &graph.edges[edge];
        (edge.to, before[edge.from])
    });
    let is_main = |index: usize| {
        let edge = &graph.edges[index];
        best_from[edge.from] == Some(index) && best_to[edge.to] == Some(index)
    };
    (0..graph.edges.len()).map(is_main).collect()
}

/// For each node, the edge with the greatest value, if there is only one.
fn only_best(
    count: usize,
    edges: &[usize],
    value_at: impl Fn(usize) -> (usize, usize),
) -> Vec<Option<usize>> {
    let mut best: Vec<(usize, Option<usize>)> = vec![(0, None); count];
    for edge in edges {
        let (node, value) = value_at(*edge);
        let known = &mut best[node];
        // A value of nothing is still better than no edge.
        match value.saturating_add(1).cmp(&known.0) {
            std::cmp::Ordering::Greater => *known = (value + 1, Some(*edge)),
            std::cmp::Ordering::Equal => known.1 = None,
            std::cmp::Ordering::Less => {}
        }
    }
    best.into_iter().map(|(_, edge)| edge).collect()
}

/// Returns the block of each unit, and how many blocks there are.
///
/// Invariant: no two segments inside blocks cross. So if a block is left of another in one row, it is
/// in all rows, and all blocks can stand where the distances in their rows are kept.
pub(crate) fn build_blocks(rows: &LayeredRows, is_main: &[bool]) -> (Vec<usize>, usize) {
    let mut candidates: Vec<(u8, usize)> = rows
        .segments
        .iter()
        .enumerate()
        .filter_map(|(index, segment)| Some((block_rank(rows, is_main, segment)?, index)))
        .collect();
    candidates.sort_unstable();
    let positions = rows.positions();
    let mut accepted: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    let mut next = vec![None; rows.units.len()];
    let mut has_previous = vec![false; rows.units.len()];
    for (_, index) in candidates {
        let RowSegment { upper, lower, .. } = rows.segments[index];
        if next[upper].is_some() || has_previous[lower] {
            continue;
        }
        let ends = (positions[upper], positions[lower]);
        let beside = accepted.entry(rows.units[upper].row).or_default();
        let crosses = |other: &(usize, usize)| (other.0 < ends.0) != (other.1 < ends.1);
        if !beside.iter().any(crosses) {
            beside.push(ends);
            next[upper] = Some(lower);
            has_previous[lower] = true;
        }
    }
    let mut blocks = vec![0; rows.units.len()];
    let mut count = 0;
    for head in (0..rows.units.len()).filter(|unit| !has_previous[*unit]) {
        for unit in std::iter::successors(Some(head), |unit| next[*unit]) {
            blocks[unit] = count;
        }
        count += 1;
    }
    (blocks, count)
}

/// How much a segment should be straight: 0 is most; none if it does not matter.
fn block_rank(rows: &LayeredRows, is_main: &[bool], segment: &RowSegment) -> Option<u8> {
    let is_lane = |unit: usize| rows.units[unit].content == UnitContent::Lane;
    let is_only = rows.below[segment.upper].len() == 1 && rows.above[segment.lower].len() == 1;
    if segment.edges.iter().any(|edge| is_main[*edge]) {
        Some(0)
    } else if is_lane(segment.upper) && is_lane(segment.lower) {
        Some(1)
    } else {
        is_only.then_some(2)
    }
}
