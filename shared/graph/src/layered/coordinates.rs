//! Where the units of each row stand.

use super::{
    blocks::build_blocks,
    rows::{LayeredRows, UnitContent},
};

/// How often blocks are moved towards what they are connected to.
const ROUNDS: usize = 160;
/// How often blocks that are too close are pushed apart after each of these.
const PUSHES: usize = 4;
/// The share of the way that a block goes at once.
const STEP: f64 = 0.5;
/// Pixels between two lines.
const LINES_GAP: f64 = 18.0;
/// Pixels between a line and a node or a label.
const LINE_GAP: f64 = 22.0;
/// Pixels between two nodes.
const NODES_GAP: f64 = 36.0;
/// Pixels between two labels.
const LABELS_GAP: f64 = 16.0;

/// Two blocks that stand side by side in some row, and the least distance of their centres.
struct BlockDistance {
    left: usize,
    right: usize,
    least: f64,
}

/// A connection of two blocks, and how much it matters that it is short.
struct BlockPull {
    blocks: [usize; 2],
    weight: f64,
}

/// Returns the centre of each unit, in pixels from the left of the leftmost one.
pub(crate) fn assign_coordinates(rows: &LayeredRows, is_main: &[bool]) -> Vec<f64> {
    let (block_of, count) = build_blocks(rows, is_main);
    let distances = block_distances(rows, &block_of);
    let pulls: Vec<BlockPull> = rows
        .segments
        .iter()
        .map(|segment| BlockPull {
            blocks: [block_of[segment.upper], block_of[segment.lower]],
            weight: rows.straightness(segment),
        })
        .filter(|pull| pull.blocks[0] != pull.blocks[1])
        .collect();
    let mut members = vec![0.01; count];
    for block in &block_of {
        members[*block] += 1.0;
    }
    let mut centres = pack_blocks(rows, &block_of, count);
    for round in 0..ROUNDS {
        pull_blocks(&mut centres, &pulls);
        for push in 0..PUSHES {
            let is_backward = (round + push) % 2 == 1;
            push_blocks(&mut centres, &distances, &members, is_backward);
        }
    }
    keep_distances(&mut centres, &distances);
    let centres: Vec<f64> = block_of.iter().map(|block| centres[*block]).collect();
    let left = rows.units.iter().zip(&centres).map(|(unit, x)| x - unit.size.width / 2.0);
    let left = left.fold(f64::INFINITY, f64::min);
    centres.iter().map(|centre| centre - left).collect()
}

fn block_distances(rows: &LayeredRows, block_of: &[usize]) -> Vec<BlockDistance> {
    let mut distances = Vec::new();
    for row in &rows.rows {
        for pair in row.windows(2) {
            distances.push(BlockDistance {
                left: block_of[pair[0]],
                right: block_of[pair[1]],
                least: distance(rows, pair[0], pair[1]),
            });
        }
    }
    distances
}

/// The least distance between the centres of two units that stand side by side.
fn distance(rows: &LayeredRows, left: usize, right: usize) -> f64 {
    let (left, right) = (&rows.units[left], &rows.units[right]);
    let gap = match (left.content, right.content) {
        (UnitContent::Node(_), UnitContent::Node(_)) => NODES_GAP,
        (UnitContent::Lane, UnitContent::Lane) => LINES_GAP,
        (UnitContent::Label(_), UnitContent::Label(_)) => LABELS_GAP,
        (UnitContent::Node(_) | UnitContent::Label(_) | UnitContent::Lane, _) => LINE_GAP,
    };
    gap + f64::midpoint(left.size.width, right.size.width)
}

/// Puts each block where the middle of its rows would have it.
fn pack_blocks(rows: &LayeredRows, block_of: &[usize], count: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); count];
    for row in &rows.rows {
        let mut offsets = vec![0.0];
        for pair in row.windows(2) {
            let before = offsets.last().copied().unwrap_or_default();
            offsets.push(before + distance(rows, pair[0], pair[1]));
        }
        let middle = offsets.last().copied().unwrap_or_default() / 2.0;
        for (unit, offset) in row.iter().zip(offsets) {
            let sum = &mut sums[block_of[*unit]];
            *sum = (sum.0 + offset - middle, sum.1 + 1.0);
        }
    }
    sums.into_iter().map(|(sum, members)| sum / f64::max(members, 1.0)).collect()
}

fn pull_blocks(centres: &mut [f64], pulls: &[BlockPull]) {
    let mut wishes = vec![(0.0, 0.0); centres.len()];
    for BlockPull { blocks: [a, b], weight } in pulls {
        wishes[*a] = (wishes[*a].0 + weight * centres[*b], wishes[*a].1 + weight);
        wishes[*b] = (wishes[*b].0 + weight * centres[*a], wishes[*b].1 + weight);
    }
    for (centre, (sum, weight)) in centres.iter_mut().zip(wishes) {
        if weight > 0.0 {
            *centre += STEP * (sum / weight - *centre);
        }
    }
}

/// Pushes blocks apart that are too close: the one with more members moves less.
fn push_blocks(
    centres: &mut [f64],
    distances: &[BlockDistance],
    members: &[f64],
    is_backward: bool,
) {
    let mut push = |BlockDistance { left, right, least }: &BlockDistance| {
        let missing = least - (centres[*right] - centres[*left]);
        if missing > 0.0 {
            let share = members[*right] / (members[*left] + members[*right]);
            centres[*left] -= missing * share;
            centres[*right] += missing * (1.0 - share);
        }
    };
    if is_backward {
        distances.iter().rev().for_each(&mut push);
    } else {
        distances.iter().for_each(&mut push);
    }
}

/// Moves blocks to the right until all distances are kept, which takes one round for each block at
/// most.
fn keep_distances(centres: &mut [f64], distances: &[BlockDistance]) {
    for _ in 0..=centres.len() {
        let mut is_kept = true;
        for BlockDistance { left, right, least } in distances {
            if centres[*right] < centres[*left] + least - 1e-9 {
                centres[*right] = centres[*left] + least;
                is_kept = false;
            }
        }
        if is_kept {
            break;
        }
    }
}

/// Finds the positions that are closest to the wished ones, by the sum of their squares, and keep
/// that distance: the regression of "pool adjacent violators".
pub(crate) fn fit_positions(wishes: &[f64], distance: f64) -> Vec<f64> {
    struct Pool {
        sum: f64,
        members: u32,
    }
    impl Pool {
        fn mean(&self) -> f64 {
            self.sum / f64::from(self.members)
        }
    }
    let mut pools: Vec<Pool> = Vec::new();
    let mut offset = 0.0;
    for wish in wishes {
        let mut pool = Pool { sum: wish - offset, members: 1 };
        while let Some(before) = pools.pop_if(|before| before.mean() > pool.mean()) {
            pool.sum += before.sum;
            pool.members += before.members;
        }
        pools.push(pool);
        offset += distance;
    }
    let mut offset = -distance;
    let mut fitted = Vec::new();
    for pool in pools {
        for _ in 0..pool.members {
            offset += distance;
            fitted.push(pool.mean() + offset);
        }
    }
    fitted
}
