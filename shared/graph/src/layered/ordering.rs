//! Which unit of a row stands left of which.

use super::rows::LayeredRows;

/// How often rows are ordered anew.
const SWEEPS_MAX: usize = 24;
/// How often those of a drawing of many units are.
const SWEEPS_MAX_OF_MANY: usize = 4;
const MANY_UNITS: usize = 6_000;
/// How many of these may bring nothing before it is enough.
const IDLE_SWEEPS_MAX: usize = 6;

/// Orders each row so that few segments cross. What crosses nothing stays in the order of the edges.
pub(crate) fn order_rows(rows: &mut LayeredRows) {
    let mut best: Option<(usize, Vec<Vec<usize>>)> = None;
    for direction in [EdgeOrder::AsGiven, EdgeOrder::Reversed] {
        rows.rows = first_order(rows, direction);
        let crossings = improve_order(rows);
        if best.as_ref().is_none_or(|(fewest, _)| crossings < *fewest) {
            best = Some((crossings, rows.rows.clone()));
        }
    }
    if let Some((_, best)) = best {
        rows.rows = best;
    }
}

/// In which order a walk takes the edges of a node.
#[derive(Clone, Copy, PartialEq)]
enum EdgeOrder {
    AsGiven,
    Reversed,
}

/// Improves the order of the rows, and returns how many segments cross.
fn improve_order(rows: &mut LayeredRows) -> usize {
    let mut best = rows.rows.clone();
    let mut fewest = count_crossings(rows);
    let mut idle = 0;
    let is_large = rows.units.len() > MANY_UNITS;
    let sweeps = if is_large { SWEEPS_MAX_OF_MANY } else { SWEEPS_MAX };
    for sweep in 0..sweeps {
        if fewest == 0 || idle == IDLE_SWEEPS_MAX {
            break;
        }
        sweep_rows(rows, sweep);
        swap_neighbours(rows);
        let crossings = count_crossings(rows);
        idle += 1;
        if crossings < fewest {
            (fewest, idle) = (crossings, 0);
            best.clone_from(&rows.rows);
        }
    }
    rows.rows = best;
    fewest
}

/// Puts units into their rows as a walk in depth meets them.
fn first_order(rows: &LayeredRows, direction: EdgeOrder) -> Vec<Vec<usize>> {
    let mut order = vec![Vec::new(); rows.rows.len()];
    let mut is_met = vec![false; rows.units.len()];
    let mut units: Vec<usize> = (0..rows.units.len()).collect();
    units.sort_by_key(|unit| rows.units[*unit].row);
    for root in units {
        let mut way = vec![root];
        while let Some(unit) = way.pop() {
            if std::mem::replace(&mut is_met[unit], true) {
                continue;
            }
            order[rows.units[unit].row].push(unit);
            let lower = rows.below[unit].iter().map(|segment| rows.segments[*segment].lower);
            match direction {
                EdgeOrder::AsGiven => way.extend(lower.rev()),
                EdgeOrder::Reversed => way.extend(lower),
            }
        }
    }
    order
}

/// Orders row after row, downwards and upwards in turn, by the mean position of the neighbours in the
/// row before.
fn sweep_rows(rows: &mut LayeredRows, sweep: usize) {
    let is_downward = sweep.is_multiple_of(2);
    let count = rows.rows.len();
    let mut positions = rows.positions();
    for step in 1..count {
        let row = if is_downward { step } else { count - 1 - step };
        let mut keyed: Vec<(f64, usize)> = rows.rows[row]
            .iter()
            .map(|unit| {
                let neighbours = neighbours_of(rows, *unit, is_downward);
                let all: Vec<f64> = neighbours.map(|other| as_f64(positions[other])).collect();
                let mean = if all.is_empty() {
                    as_f64(positions[*unit])
                } else {
                    all.iter().sum::<f64>() / as_f64(all.len())
                };
                (mean, *unit)
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows.rows[row] = keyed.into_iter().map(|(_, unit)| unit).collect();
        for (position, unit) in rows.rows[row].iter().enumerate() {
            positions[*unit] = position;
        }
    }
}

fn neighbours_of(rows: &LayeredRows, unit: usize, are_above: bool) -> impl Iterator<Item = usize> {
    let segments = if are_above { &rows.above[unit] } else { &rows.below[unit] };
    segments.iter().map(move |segment| {
        let segment = &rows.segments[*segment];
        if are_above { segment.upper } else { segment.lower }
    })
}

/// Swaps units that stand side by side where fewer segments cross after it.
fn swap_neighbours(rows: &mut LayeredRows) {
    let mut positions = rows.positions();
    for row in 0..rows.rows.len() {
        for left in 0..rows.rows[row].len().saturating_sub(1) {
            let (a, b) = (rows.rows[row][left], rows.rows[row][left + 1]);
            let crossings = |first: usize, second: usize| -> usize {
                [true, false]
                    .into_iter()
                    .map(|above| crossings_of_pair(rows, &positions, (first, second), above))
                    .sum()
            };
            if crossings(b, a) < crossings(a, b) {
                rows.rows[row].swap(left, left + 1);
                positions.swap(a, b);
            }
        }
    }
}

fn crossings_of_pair(
    rows: &LayeredRows,
    positions: &[usize],
    (left, right): (usize, usize),
    are_above: bool,
) -> usize {
    let mut of_right: Vec<usize> =
        neighbours_of(rows, right, are_above).map(|unit| positions[unit]).collect();
    of_right.sort_unstable();
    let crossed_by = |unit: usize| of_right.partition_point(|other| *other < positions[unit]);
    neighbours_of(rows, left, are_above).map(crossed_by).sum()
}

/// Counts the pairs of segments that cross.
pub(crate) fn count_crossings(rows: &LayeredRows) -> usize {
    let positions = rows.positions();
    let mut crossings = 0;
    for pair in rows.rows.windows(2) {
        let width = pair[1].len();
        // A Fenwick tree of the lower ends that have been seen.
        let mut seen = vec![0_usize; width + 1];
        let mut total = 0;
        for unit in &pair[0] {
            let mut ends: Vec<usize> =
                neighbours_of(rows, *unit, false).map(|lower| positions[lower]).collect();
            ends.sort_unstable();
            for end in &ends {
                let mut not_right_of = 0;
                let mut at = end + 1;
                while at > 0 {
                    not_right_of += seen[at];
                    at &= at - 1;
                }
                crossings += total - not_right_of;
            }
            for end in ends {
                total += 1;
                let mut at = end + 1;
                while at <= width {
                    seen[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
        }
    }
    crossings
}

/// A small number as one that can be divided.
pub(crate) fn as_f64(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
