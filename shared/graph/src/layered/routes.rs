//! The lines of the edges.

use std::collections::BTreeMap;

use super::{
    BoxSize, DrawingPoint, LayeredGraph, LayeredLayout, LayeredStroke,
    coordinates::fit_positions,
    ordering::as_f64,
    rows::{LayeredRows, RowSegment, UnitContent},
};

/// Pixels between two rows, if the lines between them are steep.
const ROWS_GAP: f64 = 26.0;
/// Pixels more below a row of nodes whose lines lead straight to nodes.
const NODE_ROWS_GAP: f64 = 14.0;
/// The most pixels that are added between rows whose lines are flat.
const FLAT_GAP_MAX: f64 = 56.0;
/// The share of a line's width that is added between rows.
const FLATNESS: f64 = 0.07;
/// Pixels between two lines at a node.
const PORTS_GAP: f64 = 18.0;
/// Pixels between a line and the corner of its node.
const CORNER: f64 = 20.0;

/// From where to where a row reaches, in pixels from the top.
#[derive(Clone, Copy)]
struct RowBand {
    top: f64,
    bottom: f64,
}

/// Where the lines of a segment meet its units, in pixels from the left.
struct SegmentPorts {
    upper: Vec<f64>,
    lower: Vec<f64>,
}

/// Works out the heights of the rows and the lines of the edges, and returns the whole layout.
pub(crate) fn route_edges(
    graph: &LayeredGraph,
    rows: &LayeredRows,
    centres: &[f64],
) -> LayeredLayout {
    let ports = assign_ports(rows, centres);
    let bands = row_bands(rows, &ports);
    let mut layout = LayeredLayout {
        size: BoxSize { width: 0.0, height: bands.last().map_or(0.0, |band| band.bottom) },
        nodes: vec![DrawingPoint::default(); graph.nodes.len()],
        labels: vec![None; graph.edges.len()],
        strokes: Vec::new(),
    };
    for (unit, centre) in rows.units.iter().zip(centres) {
        let BoxSize { width, height } = unit.size;
        let band = bands[unit.row];
        layout.size.width = layout.size.width.max(centre + width / 2.0);
        let x = centre - width / 2.0;
        match unit.content {
            UnitContent::Node(node) => layout.nodes[node] = DrawingPoint { x, y: band.top },
            UnitContent::Label(edge) => {
                let y = f64::midpoint(band.top, band.bottom) - height / 2.0;
                layout.labels[edge] = Some(DrawingPoint { x, y });
            }
            UnitContent::Lane => {}
        }
    }
    layout.strokes = collect_strokes(rows, &SegmentRouter { rows, centres, bands, ports });
    for index in &rows.across {
        let stroke = stroke_across(graph, &layout, *index);
        layout.strokes.push(stroke);
    }
    layout
}

/// The line of an edge without lanes: from the bottom of its upper node to the top of the lower one.
fn stroke_across(graph: &LayeredGraph, layout: &LayeredLayout, index: usize) -> LayeredStroke {
    let edge = &graph.edges[index];
    let is_upward = layout.nodes[edge.to].y < layout.nodes[edge.from].y;
    let (upper, lower) = if is_upward { (edge.to, edge.from) } else { (edge.from, edge.to) };
    let middle = |node: usize| layout.nodes[node].x + graph.nodes[node].size.width / 2.0;
    let bottom = layout.nodes[upper].y + graph.nodes[upper].size.height;
    let mut points = vec![
        DrawingPoint { x: middle(upper), y: bottom },
        DrawingPoint { x: middle(lower), y: layout.nodes[lower].y },
    ];
    if is_upward {
        points.reverse();
    }
    LayeredStroke { edges: vec![index], points, reaches_node: true }
}

/// Spreads the lines at each node along its lower and its upper side.
fn assign_ports(rows: &LayeredRows, centres: &[f64]) -> SegmentPorts {
    let mut ports = SegmentPorts {
        upper: rows.segments.iter().map(|segment| centres[segment.upper]).collect(),
        lower: rows.segments.iter().map(|segment| centres[segment.lower]).collect(),
    };
    for (index, unit) in rows.units.iter().enumerate() {
        if let UnitContent::Node(_) = unit.content {
            let other = |segment: &usize| centres[rows.segments[*segment].lower];
            let below = spread_ports(centres[index], unit.port_width, &rows.below[index], other);
            for (segment, x) in below {
                ports.upper[segment] = x;
            }
            let other = |segment: &usize| centres[rows.segments[*segment].upper];
            let above = spread_ports(centres[index], unit.port_width, &rows.above[index], other);
            for (segment, x) in above {
                ports.lower[segment] = x;
            }
        }
    }
    ports
}

fn spread_ports(
    centre: f64,
    width: f64,
    segments: &[usize],
    other_end: impl Fn(&usize) -> f64,
) -> Vec<(usize, f64)> {
    let half = (width / 2.0 - CORNER).max(0.0);
    let mut sorted: Vec<(f64, usize)> =
        segments.iter().map(|segment| (other_end(segment), *segment)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let [(_, only)] = sorted[..] {
        return vec![(only, centre)];
    }
    let count = as_f64(sorted.len().saturating_sub(1)).max(1.0);
    let gap = PORTS_GAP.min(2.0 * half / count);
    let wishes: Vec<f64> =
        sorted.iter().map(|(x, _)| x.clamp(centre - half, centre + half)).collect();
    let fitted = fit_positions(&wishes, gap);
    let fitted = fitted.into_iter().enumerate().map(|(at, x)| {
        let most = centre + half - gap * as_f64(sorted.len() - 1 - at);
        let least = centre - half + gap * as_f64(at);
        x.min(most).max(least)
    });
    sorted.iter().map(|(_, segment)| *segment).zip(fitted).collect()
}

/// The rows one below the other; where lines are flat, they are further apart.
fn row_bands(rows: &LayeredRows, ports: &SegmentPorts) -> Vec<RowBand> {
    let mut widths = vec![0.0_f64; rows.rows.len()];
    let mut leads_to_node = vec![false; rows.rows.len()];
    for (index, segment) in rows.segments.iter().enumerate() {
        let row = rows.units[segment.upper].row;
        widths[row] = widths[row].max((ports.upper[index] - ports.lower[index]).abs());
        let is_node = |unit: usize| matches!(rows.units[unit].content, UnitContent::Node(_));
        leads_to_node[row] |= is_node(segment.upper) && is_node(segment.lower);
    }
    let mut top = 0.0;
    let mut bands = Vec::new();
    for (row, units) in rows.rows.iter().enumerate() {
        let heights = units.iter().map(|unit| rows.units[*unit].size.height);
        let bottom = top + heights.fold(0.0, f64::max);
        bands.push(RowBand { top, bottom });
        let straight = if leads_to_node[row] { NODE_ROWS_GAP } else { 0.0 };
        top = bottom + ROWS_GAP + straight.max((widths[row] * FLATNESS).min(FLAT_GAP_MAX));
    }
    bands
}

struct SegmentRouter<'r> {
    rows: &'r LayeredRows,
    centres: &'r [f64],
    bands: Vec<RowBand>,
    ports: SegmentPorts,
}

impl SegmentRouter<'_> {
    /// The points of a segment from above to below: beside nodes that are lower than their row, it goes
    /// straight down.
    fn points_of(&self, index: usize) -> Vec<DrawingPoint> {
        let segment = &self.rows.segments[index];
        let (upper, lower) =
            (self.bands[self.row(segment.upper)], self.bands[self.row(segment.lower)]);
        let (from, to) = (self.ports.upper[index], self.ports.lower[index]);
        let mut points = Vec::new();
        if let UnitContent::Node(_) = self.rows.units[segment.upper].content {
            let bottom = upper.top + self.rows.units[segment.upper].size.height;
            points.push(DrawingPoint { x: from, y: bottom });
        }
        points.push(DrawingPoint { x: from, y: upper.bottom });
        points.push(DrawingPoint { x: to, y: lower.top });
        points
    }

    /// The points of a line through a unit between its segments.
    fn points_through(&self, unit: usize, segment: &RowSegment) -> [DrawingPoint; 2] {
        let RowBand { top, bottom } = self.bands[self.row(unit)];
        let x = self.centres[unit];
        let points = [DrawingPoint { x, y: top }, DrawingPoint { x, y: bottom }];
        if segment.is_upward { [points[1], points[0]] } else { points }
    }

    fn row(&self, unit: usize) -> usize {
        self.rows.units[unit].row
    }
}

/// Draws each segment once: from a node, or from where lines meet, to where it meets others or to a
/// node.
fn collect_strokes(rows: &LayeredRows, router: &SegmentRouter<'_>) -> Vec<LayeredStroke> {
    let is_node = |unit: usize| matches!(rows.units[unit].content, UnitContent::Node(_));
    let mut arriving = vec![0_usize; rows.units.len()];
    let mut leaving = BTreeMap::new();
    for (index, segment) in rows.segments.iter().enumerate() {
        let (from, to) = segment.ends();
        arriving[to] += 1;
        leaving.insert(from, index);
    }
    let mut strokes = Vec::new();
    for (index, segment) in rows.segments.iter().enumerate() {
        let (from, _) = segment.ends();
        if !is_node(from) && arriving[from] == 1 {
            continue;
        }
        let mut stroke =
            LayeredStroke { edges: segment.edges.clone(), points: Vec::new(), reaches_node: false };
        let mut at = index;
        loop {
            let segment = &rows.segments[at];
            let (from, to) = segment.ends();
            if !is_node(from) {
                stroke.points.extend(router.points_through(from, segment));
            }
            let mut points = router.points_of(at);
            if segment.is_upward {
                points.reverse();
            }
            stroke.points.extend(points);
            stroke.reaches_node = is_node(to);
            let goes_on = !stroke.reaches_node && arriving[to] == 1;
            match leaving.get(&to).filter(|_| goes_on) {
                Some(next) => at = *next,
                None => break,
            }
        }
        stroke.points.dedup_by(|a, b| (a.x - b.x).abs() < 0.01 && (a.y - b.y).abs() < 0.01);
        strokes.push(stroke);
    }
    strokes
}
