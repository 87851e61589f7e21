//! Where everything stands in a drawing of a graph.

use std::collections::BTreeMap;

use crate::{
    layered::{
        BoxSize, DrawingPoint, LayeredEdge, LayeredGraph, LayeredLayout, LayeredNode, LineStyle,
        lay_out,
    },
    node_size::{NodeSize, label_lines, label_size},
    state_graph::{EdgeKind, GraphNode, StateGraph, StateNode},
};

/// Pixels around the whole drawing.
const MARGIN: f64 = 20.0;
/// Pixels between a cluster's border and its branches, and between branches.
const BRANCH_GAP: f64 = 14.0;
/// Pixels between a branch's border and what is in it.
const BRANCH_PADDING: f64 = 16.0;
/// Pixels of branches that stand side by side, before they begin another row.
const BRANCHES_WIDTH_MAX: f64 = 1_400.0;
/// Pixels that a line from a node to itself takes at its right.
const LOOP_WIDTH: f64 = 30.0;

/// The layout of a graph: everything is absolute, and what is later in a list is above what is earlier.
#[derive(Clone, Debug, Default)]
pub struct GraphLayout<'g> {
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
    /// The nodes; clusters come before what is inside them.
    pub nodes: Vec<PlacedNode<'g>>,
    /// The lines of the edges.
    pub lines: Vec<PlacedLine<'g>>,
    /// The labels of the edges.
    pub labels: Vec<PlacedLabel<'g>>,
}

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DrawingArea {
    /// Its upper left corner.
    pub corner: DrawingPoint,
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
}

/// A node where it is drawn.
#[derive(Clone, Debug)]
pub struct PlacedNode<'g> {
    /// What it is.
    pub content: PlacedContent<'g>,
    /// Where it is.
    pub area: DrawingArea,
    /// The height of the part that tells about the state itself, in pixels: the rest is of its branches.
    pub header_height: f64,
    /// Its name, in as many lines as it takes.
    pub name_lines: Vec<String>,
    /// What is said below the name in small letters.
    pub small_lines: Vec<String>,
    /// The branches of a cluster.
    pub branches: Vec<DrawingArea>,
}

/// What a node of a drawing is.
#[derive(Clone, Copy, Debug)]
pub enum PlacedContent<'g> {
    /// Where the machine starts.
    Start,
    /// Where a branch or an iteration starts.
    BranchStart,
    /// Where the machine ends.
    End,
    /// A state.
    State(&'g StateNode),
}

/// An end of an edge: a state, or else the start or the end.
pub type EdgeEnd<'g> = Option<&'g StateNode>;

/// A line where it is drawn: of one edge, or of several that lead to the same node.
#[derive(Clone, Debug)]
pub struct PlacedLine<'g> {
    /// The way that it takes.
    pub path: LinePath,
    /// Whether it ends at its node, rather than at a line to it.
    pub has_arrow: bool,
    /// How it is drawn.
    pub style: LineStyle,
    /// Where its edges come from.
    pub sources: Vec<EdgeEnd<'g>>,
    /// Where they lead.
    pub target: EdgeEnd<'g>,
}

/// The way of a line.
#[derive(Clone, Debug)]
pub enum LinePath {
    /// From row to row: between two points that are not above one another, it is a curve that leaves
    /// and arrives vertically.
    Rows(Vec<DrawingPoint>),
    /// From the right side of a node back to it.
    Loop {
        /// Where it leaves.
        from: DrawingPoint,
        /// Where it arrives.
        to: DrawingPoint,
        /// How many pixels it reaches to the right.
        reach: f64,
    },
}

/// The label of the edges from one node to another.
#[derive(Clone, Debug)]
pub struct PlacedLabel<'g> {
    /// Where it is.
    pub area: DrawingArea,
    /// Its text, shortened.
    pub lines: Vec<String>,
    /// Its whole text.
    pub whole: String,
    /// The field of its first edge.
    pub kind: EdgeKind,
    /// Where the edges come from.
    pub source: EdgeEnd<'g>,
    /// Where they lead.
    pub target: EdgeEnd<'g>,
}

/// Lays out the graph of a whole machine.
pub fn lay_out_graph(graph: &StateGraph) -> GraphLayout<'_> {
    let mut layout = lay_out_workflow(graph, true);
    layout.shift(MARGIN, MARGIN);
    layout.width += 2.0 * MARGIN;
    layout.height += 2.0 * MARGIN;
    layout
}

/// The edges from one node to another that are drawn as one.
struct EdgeBundle {
    from: usize,
    to: usize,
    style: LineStyle,
    kind: EdgeKind,
    lines: Vec<String>,
    whole: Vec<String>,
}

impl EdgeBundle {
    fn label_size(&self) -> Option<BoxSize> {
        (!self.lines.is_empty()).then(|| label_size(&self.lines))
    }
}

/// A node with what is inside it, before it has its place.
struct SizedNode<'g> {
    size: BoxSize,
    /// What it takes at either side for lines to itself.
    side: f64,
    placed: PlacedNode<'g>,
    inner: GraphLayout<'g>,
}

fn lay_out_workflow(graph: &StateGraph, is_whole: bool) -> GraphLayout<'_> {
    let mut nodes: Vec<SizedNode<'_>> =
        graph.nodes.iter().map(|node| size_node(node, is_whole)).collect();
    let (loops, bundles): (Vec<_>, Vec<_>) =
        bundle_edges(graph).into_iter().partition(|bundle| bundle.from == bundle.to);
    for bundle in &loops {
        let label = bundle.label_size().unwrap_or_default();
        let node = &mut nodes[bundle.from];
        node.side = node.side.max(LOOP_WIDTH + label.width);
    }
    let edge = |bundle: &EdgeBundle| LayeredEdge {
        from: bundle.from,
        to: bundle.to,
        label: bundle.label_size(),
        style: bundle.style,
    };
    let sized = |node: &SizedNode<'_>| LayeredNode {
        size: BoxSize { width: node.size.width + 2.0 * node.side, height: node.size.height },
        side: node.side,
    };
    let layered = lay_out(&LayeredGraph {
        nodes: nodes.iter().map(sized).collect(),
        edges: bundles.iter().map(edge).collect(),
        last: graph.nodes.iter().position(|node| *node == GraphNode::End),
    });
    let mut layout = GraphLayout {
        width: layered.size.width,
        height: layered.size.height,
        ..GraphLayout::default()
    };
    layout.add_edges(graph, &bundles, &layered);
    for bundle in &loops {
        let corner = layered.nodes[bundle.from];
        let node = &nodes[bundle.from];
        let right = corner.x + node.side + node.size.width;
        let middle = corner.y + node.placed.header_height / 2.0;
        layout.add_loop(graph, bundle, DrawingPoint { x: right, y: middle });
    }
    for (node, at) in nodes.into_iter().zip(&layered.nodes) {
        layout.add_node(node, *at);
    }
    layout
}

/// Joins the edges between the same two nodes, such as rules with the same target.
fn bundle_edges(graph: &StateGraph) -> Vec<EdgeBundle> {
    let mut bundles: Vec<EdgeBundle> = Vec::new();
    let mut known = BTreeMap::new();
    for edge in &graph.edges {
        let style = match edge.kind {
            EdgeKind::Next | EdgeKind::ChoiceRule | EdgeKind::Default => LineStyle::Solid,
            EdgeKind::Catch => LineStyle::Dashed,
        };
        let index = *known.entry((edge.from, edge.to, style)).or_insert_with(|| {
            let (from, to, kind) = (edge.from, edge.to, edge.kind);
            bundles.push(EdgeBundle { from, to, style, kind, lines: vec![], whole: vec![] });
            bundles.len() - 1
        });
        if !edge.label.is_empty() {
            bundles[index].whole.push(edge.label.clone());
        }
    }
    for bundle in &mut bundles {
        bundle.lines = label_lines(&bundle.whole);
    }
    bundles
}

fn size_node(node: &GraphNode, is_whole: bool) -> SizedNode<'_> {
    let (content, state) = match node {
        GraphNode::Start if is_whole => (PlacedContent::Start, None),
        GraphNode::Start => (PlacedContent::BranchStart, None),
        GraphNode::End => (PlacedContent::End, None),
        GraphNode::State(state) => (PlacedContent::State(state), Some(state.as_ref())),
    };
    let NodeSize { size, name_lines, small_lines } = NodeSize::of_content(content);
    let placed = PlacedNode {
        content,
        area: DrawingArea::default(),
        header_height: size.height,
        name_lines,
        small_lines,
        branches: Vec::new(),
    };
    let mut sized = SizedNode { size, side: 0.0, placed, inner: GraphLayout::default() };
    if let Some(state) = state.filter(|state| state.is_cluster()) {
        sized.add_branches(state);
    }
    sized
}

impl<'g> SizedNode<'g> {
    /// Puts the branches below the header, in rows.
    fn add_branches(&mut self, state: &'g StateNode) {
        let branches: Vec<GraphLayout<'_>> =
            state.inner.iter().map(|inner| lay_out_workflow(inner, false)).collect();
        let outer_width = |branch: &GraphLayout<'_>| branch.width + 2.0 * BRANCH_PADDING;
        let mut rows: Vec<(f64, f64, Vec<GraphLayout<'_>>)> = Vec::new();
        for branch in branches {
            let width = outer_width(&branch);
            let height = branch.height + 2.0 * BRANCH_PADDING;
            match rows.last_mut() {
                Some((row_width, row_height, row))
                    if *row_width + BRANCH_GAP + width <= BRANCHES_WIDTH_MAX =>
                {
                    *row_width += BRANCH_GAP + width;
                    *row_height = row_height.max(height);
                    row.push(branch);
                }
                Some(_) | None => rows.push((width, height, vec![branch])),
            }
        }
        let widest = rows.iter().map(|(width, ..)| *width).fold(0.0, f64::max);
        self.size.width = self.size.width.max(widest + 2.0 * BRANCH_GAP);
        let mut y = self.placed.header_height;
        for (row_width, row_height, row) in rows {
            // Where there is room left, the branches of a row share it.
            let room = self.size.width - 2.0 * BRANCH_GAP - row_width;
            let more = room / f64::from(u32::try_from(row.len()).unwrap_or(u32::MAX));
            let mut x = BRANCH_GAP;
            for mut branch in row {
                let width = outer_width(&branch) + more;
                let corner = DrawingPoint { x, y };
                self.placed.branches.push(DrawingArea { corner, width, height: row_height });
                branch.shift(x + (width - branch.width) / 2.0, y + BRANCH_PADDING);
                self.inner.append(branch);
                x += width + BRANCH_GAP;
            }
            y += row_height + BRANCH_GAP;
        }
        self.size.height = y;
    }
}

impl<'g> GraphLayout<'g> {
    fn add_node(&mut self, node: SizedNode<'g>, at: DrawingPoint) {
        let SizedNode { size, side, mut placed, mut inner } = node;
        let corner = DrawingPoint { x: at.x + side, y: at.y };
        placed.area = DrawingArea { corner, width: size.width, height: size.height };
        for branch in &mut placed.branches {
            branch.corner = branch.corner.shifted(corner.x, corner.y);
        }
        self.nodes.push(placed);
        inner.shift(corner.x, corner.y);
        self.append(inner);
    }

    fn add_edges(
        &mut self,
        graph: &'g StateGraph,
        bundles: &[EdgeBundle],
        layered: &LayeredLayout,
    ) {
        for stroke in &layered.strokes {
            let Some(first) = stroke.edges.first().map(|edge| &bundles[*edge]) else { continue };
            let sources = stroke.edges.iter().map(|edge| graph.nodes[bundles[*edge].from].state());
            self.lines.push(PlacedLine {
                path: LinePath::Rows(stroke.points.clone()),
                has_arrow: stroke.reaches_node,
                style: first.style,
                sources: sources.collect(),
                target: graph.nodes[first.to].state(),
            });
        }
        for (bundle, corner) in bundles.iter().zip(&layered.labels) {
            if let Some(corner) = corner {
                self.add_label(graph, bundle, *corner);
            }
        }
    }

    fn add_label(&mut self, graph: &'g StateGraph, bundle: &EdgeBundle, corner: DrawingPoint) {
        let size = bundle.label_size().unwrap_or_default();
        self.labels.push(PlacedLabel {
            area: DrawingArea { corner, width: size.width, height: size.height },
            lines: bundle.lines.clone(),
            whole: bundle.whole.join("\n"),
            kind: bundle.kind,
            source: graph.nodes[bundle.from].state(),
            target: graph.nodes[bundle.to].state(),
        });
    }

    /// Adds a line from the right side of a node to itself; `at` is the middle of that side.
    fn add_loop(&mut self, graph: &'g StateGraph, bundle: &EdgeBundle, at: DrawingPoint) {
        let node = graph.nodes[bundle.from].state();
        self.lines.push(PlacedLine {
            path: LinePath::Loop {
                from: at.shifted(0.0, -10.0),
                to: at.shifted(0.0, 10.0),
                reach: LOOP_WIDTH - 8.0,
            },
            has_arrow: true,
            style: bundle.style,
            sources: vec![node],
            target: node,
        });
        if let Some(size) = bundle.label_size() {
            self.add_label(graph, bundle, at.shifted(LOOP_WIDTH - 4.0, -size.height / 2.0));
        }
    }

    fn append(&mut self, other: Self) {
        self.nodes.extend(other.nodes);
        self.lines.extend(other.lines);
        self.labels.extend(other.labels);
    }

    fn shift(&mut self, x: f64, y: f64) {
        for node in &mut self.nodes {
            node.area.corner = node.area.corner.shifted(x, y);
            for branch in &mut node.branches {
                branch.corner = branch.corner.shifted(x, y);
            }
        }
        for line in &mut self.lines {
            match &mut line.path {
                LinePath::Rows(points) => {
                    for point in points {
                        *point = point.shifted(x, y);
                    }
                }
                LinePath::Loop { from, to, .. } => {
                    (*from, *to) = (from.shifted(x, y), to.shifted(x, y));
                }
            }
        }
        for label in &mut self.labels {
            label.area.corner = label.area.corner.shifted(x, y);
        }
    }
}

impl DrawingPoint {
    fn shifted(self, x: f64, y: f64) -> Self {
        Self { x: self.x + x, y: self.y + y }
    }
}
