//! A drawing as SVG, which stands by itself or in a page.
//!
//! Shape: each state is a `<g id="state-N" class="state task succeeded" data-state="NAME"
//! data-type="Task" data-status="succeeded">`. Whoever replaces the last of its classes colours it anew.
//! In a page it has no id, since a page may hold two drawings, and keys reach it as a button.

mod icons;
mod style;
mod xml;

use crate::{
    graph_layout::{
        DrawingArea, EdgeEnd, GraphLayout, LinePath, PlacedContent, PlacedLabel, PlacedLine,
        PlacedNode, lay_out_graph,
    },
    layered::{DrawingPoint, LineStyle},
    node_size::{LABEL_LINE, NAME_LINE, NODE_PADDING, SMALL_LINE, TEXT_LEFT},
    state_graph::{StateGraph, StateNode},
    state_status::{StateStatus, StateStatuses},
};

use self::{
    icons::{status_badge, type_icon},
    style::STYLE,
    xml::{escape_xml, number},
};
use model::StateType;

/// Pixels that an arrow takes of its line.
const ARROW_LENGTH: f64 = 7.0;
const ARROW_HALF_WIDTH: f64 = 4.0;
/// The most pixels by which corners are round.
const ROUND_MAX: f64 = 26.0;
/// Pixels by which the sides of a Choice are pointed.
const CHOICE_POINT: f64 = 14.0;

/// Draws a graph as SVG, coloured by an execution if there is one. `title` is what it is a drawing of.
pub fn svg_drawing(graph: &StateGraph, title: &str, statuses: Option<&StateStatuses>) -> String {
    draw_svg(graph, title, statuses, SvgPlace::Document)
}

/// Draws a graph as SVG for an HTML page whose style sheet has [`svg_style`]: it has neither a
/// `<style>` element nor `style` attributes, which a Content-Security-Policy may forbid, and no ids.
///
/// Shape: each state is a `<g tabindex="0" role="button">` with the classes and the data of
/// [`svg_drawing`]. What the buttons do is the page's to say; their `<title>`, which names them, begins
/// with `NAME (Task): succeeded`.
pub fn svg_fragment(graph: &StateGraph, title: &str, statuses: Option<&StateStatuses>) -> String {
    draw_svg(graph, title, statuses, SvgPlace::Page)
}

/// Returns the style sheet of drawings. All its rules begin with `.statewright-graph`.
pub const fn svg_style() -> &'static str {
    STYLE
}

/// What a drawing stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SvgPlace {
    /// A file by itself, with its style.
    Document,
    /// A page that has the style, and perhaps other drawings.
    Page,
}

fn draw_svg(
    graph: &StateGraph,
    title: &str,
    statuses: Option<&StateStatuses>,
    place: SvgPlace,
) -> String {
    let layout = lay_out_graph(graph);
    let mut svg = SvgDrawing { text: String::new(), statuses, place };
    svg.draw(graph, &layout, title);
    svg.text
}

struct SvgDrawing<'s> {
    text: String,
    statuses: Option<&'s StateStatuses>,
    place: SvgPlace,
}

impl SvgDrawing<'_> {
    /// Writes a line.
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        self.text.push_str(&line.to_string());
        self.text.push('\n');
    }

    fn draw(&mut self, graph: &StateGraph, layout: &GraphLayout<'_>, title: &str) {
        let (width, height) = (number(layout.width), number(layout.height));
        let title = escape_xml(title);
        let coloured = if self.statuses.is_some() { " coloured" } else { "" };
        // What is inside of an image cannot be reached.
        let role = match self.place {
            SvgPlace::Document => "img",
            SvgPlace::Page => "group",
        };
        self.line(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"statewright-graph{coloured}\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"{role}\" \
             aria-label=\"State machine {title}\">"
        ));
        self.line(format_args!("<title>{title}</title>"));
        self.line(format_args!("<desc>{}</desc>", escape_xml(&self.describe(graph))));
        if self.place == SvgPlace::Document {
            self.line(format_args!("<style>{STYLE}</style>"));
        }
        self.line(format_args!("<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>"));
        for node in layout.nodes.iter().filter(|node| !node.branches.is_empty()) {
            self.draw_node(node);
        }
        for line in &layout.lines {
            self.draw_line(line);
        }
        for node in layout.nodes.iter().filter(|node| node.branches.is_empty()) {
            self.draw_node(node);
        }
        for label in &layout.labels {
            self.draw_label(label);
        }
        self.line(format_args!("</svg>"));
    }

    /// Says in words what the drawing shows, for those who do not see it.
    fn describe(&self, graph: &StateGraph) -> String {
        let states = graph.all_states().into_iter().map(|state| self.describe_state(state));
        format!("States: {}.", states.collect::<Vec<_>>().join("; "))
    }

    fn describe_state(&self, state: &StateNode) -> String {
        match self.status_of(state) {
            None => format!("{} ({})", state.name, state.description()),
            Some(status) => {
                format!("{} ({}): {}", state.name, state.state_type.as_str(), status.words())
            }
        }
    }

    /// What is shown where the mouse rests. In a page it is the name of a button as well: an `aria-label`
    /// would have to repeat every text of the drawing.
    ///
    /// Spec: WCAG 2.2 § 2.5.3, "Label in Name"; SVG Accessibility API Mappings § 9.1
    fn tooltip(&self, state: &StateNode) -> String {
        let status = self.status_of(state).map(|status| status.words().to_owned());
        let mut lines = match self.place {
            SvgPlace::Document => vec![state.name.clone(), state.description()],
            SvgPlace::Page => vec![self.describe_state(state)],
        };
        lines.extend(state.retries.iter().map(|retry| format!("retries {retry}")));
        lines.extend(state.comment.clone());
        lines.extend(status.filter(|_| self.place == SvgPlace::Document));
        lines.join("\n")
    }

    fn status_of(&self, state: &StateNode) -> Option<StateStatus> {
        self.statuses.map(|statuses| statuses.status_of(&state.name))
    }

    fn draw_node(&mut self, node: &PlacedNode<'_>) {
        let DrawingArea { corner, width, height } = node.area;
        let (x, y) = (number(corner.x), number(corner.y));
        match node.content {
            PlacedContent::State(state) => self.draw_state(node, state),
            PlacedContent::BranchStart => {
                let (x, y) = (number(corner.x + width / 2.0), number(corner.y + height / 2.0));
                self.line(format_args!("<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>"));
            }
            PlacedContent::Start | PlacedContent::End => {
                let (class, reached) = match node.content {
                    PlacedContent::Start => ("start", true),
                    PlacedContent::End | PlacedContent::BranchStart | PlacedContent::State(_) => {
                        ("end", self.statuses.is_none_or(|statuses| statuses.has_succeeded))
                    }
                };
                let faded = if reached { "" } else { " not-reached" };
                let name = node.name_lines.first().map_or("", String::as_str);
                self.line(format_args!(
                    "<g class=\"{class}{faded}\"><rect class=\"box\" x=\"{x}\" y=\"{y}\" \
                     width=\"{}\" height=\"{}\" rx=\"{}\"/><text class=\"name\" x=\"{}\" \
                     y=\"{}\" text-anchor=\"middle\">{name}</text></g>",
                    number(width),
                    number(height),
                    number(height / 2.0),
                    number(corner.x + width / 2.0),
                    number(corner.y + height / 2.0 + 5.0),
                ));
            }
        }
    }

    fn draw_state(&mut self, node: &PlacedNode<'_>, state: &StateNode) {
        let status = self.status_of(state);
        let kind = state.state_type.as_str();
        let name = escape_xml(&state.name);
        let class = status.unwrap_or_default().as_str();
        let shown = match status {
            Some(_) => format!(" data-status=\"{class}\""),
            None => String::new(),
        };
        let handle = match self.place {
            SvgPlace::Document => format!("id=\"state-{}\"", state.number),
            SvgPlace::Page => "tabindex=\"0\" role=\"button\"".to_owned(),
        };
        self.line(format_args!(
            "<g {handle} class=\"state {} {class}\" data-state=\"{name}\" \
             data-type=\"{kind}\"{shown}>",
            kind.to_lowercase(),
        ));
        self.line(format_args!("<title>{}</title>", escape_xml(&self.tooltip(state))));
        self.draw_shape(node, state);
        let DrawingPoint { x, y } = node.area.corner;
        let icon = type_icon(state.state_type);
        let icon_y = y + node.header_height / 2.0 - 8.0;
        self.line(format_args!(
            "<path class=\"icon\" transform=\"translate({} {})\" d=\"{icon}\"/>",
            number(x + 16.0),
            number(icon_y),
        ));
        let mut baseline = y + NODE_PADDING - 4.0;
        for line in &node.name_lines {
            baseline += NAME_LINE;
            self.draw_text("name", (x + TEXT_LEFT, baseline), line);
        }
        baseline += 1.0;
        for line in &node.small_lines {
            baseline += SMALL_LINE;
            self.draw_text("small", (x + TEXT_LEFT, baseline), line);
        }
        if status.is_some() {
            let at = (number(x + node.area.width - 4.0), number(y + 3.0));
            self.line(format_args!(
                "<g class=\"badge\" transform=\"translate({} {})\">{}</g>",
                at.0,
                at.1,
                status_badge(),
            ));
        }
        self.line(format_args!("</g>"));
    }

    fn draw_shape(&mut self, node: &PlacedNode<'_>, state: &StateNode) {
        let DrawingArea { corner: DrawingPoint { x, y }, width, height } = node.area;
        if state.state_type == StateType::Choice {
            let (right, bottom, middle) = (x + width, y + height, y + height / 2.0);
            self.line(format_args!(
                "<path class=\"box\" d=\"M{} {}L{} {}L{} {}L{} {}L{} {}L{} {}Z\"/>",
                number(x),
                number(middle),
                number(x + CHOICE_POINT),
                number(y),
                number(right - CHOICE_POINT),
                number(y),
                number(right),
                number(middle),
                number(right - CHOICE_POINT),
                number(bottom),
                number(x + CHOICE_POINT),
                number(bottom),
            ));
            return;
        }
        let radius = match state.state_type {
            StateType::Succeed | StateType::Fail => (height / 2.0).min(ROUND_MAX),
            StateType::Pass
            | StateType::Task
            | StateType::Choice
            | StateType::Wait
            | StateType::Parallel
            | StateType::Map => 8.0,
        };
        if state.state_type == StateType::Map {
            // The edge of a second sheet: it runs once for each item.
            self.draw_rect("box sheet", node.area.moved(4.0, 4.0), radius);
        }
        self.draw_rect("box", node.area, radius);
        for branch in &node.branches {
            self.draw_rect("branch", *branch, 6.0);
        }
    }

    fn draw_rect(&mut self, class: &str, area: DrawingArea, radius: f64) {
        self.line(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            number(area.corner.x),
            number(area.corner.y),
            number(area.width),
            number(area.height),
            number(radius),
        ));
    }

    fn draw_text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let (x, y, text) = (number(x), number(y), escape_xml(text));
        self.line(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>"));
    }

    /// Whether an execution can have taken an edge; one without an execution may have been.
    fn is_reached(&self, source: EdgeEnd<'_>, target: EdgeEnd<'_>) -> bool {
        let Some(statuses) = self.statuses else { return true };
        let was_entered =
            |state: &StateNode| statuses.status_of(&state.name) != StateStatus::NotReached;
        let goes_on = source.is_none_or(was_entered);
        goes_on && target.map_or(statuses.has_succeeded, was_entered)
    }

    fn draw_line(&mut self, line: &PlacedLine<'_>) {
        let is_reached = line.sources.iter().any(|source| self.is_reached(*source, line.target));
        let style = match line.style {
            LineStyle::Solid => "edge",
            LineStyle::Dashed => "edge catch",
        };
        let faded = if is_reached { "" } else { " not-reached" };
        let name_of =
            |end: EdgeEnd<'_>| escape_xml(end.map_or("", |state| state.name.as_str())).into_owned();
        let source = match line.sources[..] {
            [source] => format!(" data-from=\"{}\"", name_of(source)),
            _ => String::new(),
        };
        let target = name_of(line.target);
        let (path, arrow) = line_paths(line);
        self.line(format_args!(
            "<g class=\"{style}{faded}\"{source} data-to=\"{target}\"><path class=\"line\" d=\"{path}\"/>{arrow}</g>"
        ));
    }

    fn draw_label(&mut self, label: &PlacedLabel<'_>) {
        let faded = if self.is_reached(label.source, label.target) { "" } else { " not-reached" };
        let DrawingArea { corner, width, .. } = label.area;
        self.line(format_args!("<g class=\"label {}{faded}\">", label.kind.as_str()));
        self.line(format_args!("<title>{}</title>", escape_xml(&label.whole)));
        self.draw_rect("plate", label.area, 4.0);
        let x = number(corner.x + width / 2.0);
        let mut baseline = corner.y - 0.5;
        for line in &label.lines {
            baseline += LABEL_LINE;
            let (y, text) = (number(baseline), escape_xml(line));
            self.line(format_args!(
                "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>"
            ));
        }
        self.line(format_args!("</g>"));
    }
}

impl DrawingArea {
    fn moved(self, x: f64, y: f64) -> Self {
        let corner = DrawingPoint { x: self.corner.x + x, y: self.corner.y + y };
        Self { corner, ..self }
    }
}

/// What a pointer that rests on a state tells.
/// The path of a line, and its arrow.
fn line_paths(line: &PlacedLine<'_>) -> (String, String) {
    match &line.path {
        LinePath::Rows(points) => row_paths(points, line.has_arrow),
        LinePath::Loop { from, to, reach } => {
            let control = number(from.x + reach * 1.4);
            let end = to.x + ARROW_LENGTH - 1.0;
            let path = format!(
                "M{} {}C{control} {} {control} {} {} {}",
                number(from.x),
                number(from.y),
                number(from.y - 4.0),
                number(to.y + 4.0),
                number(end),
                number(to.y),
            );
            let arrow = format!(
                "<path class=\"arrow\" d=\"M{} {}l{} {}v{}Z\"/>",
                number(to.x),
                number(to.y),
                number(ARROW_LENGTH),
                number(-ARROW_HALF_WIDTH),
                number(2.0 * ARROW_HALF_WIDTH),
            );
            (path, arrow)
        }
    }
}

fn row_paths(points: &[DrawingPoint], has_arrow: bool) -> (String, String) {
    let mut points = points.to_vec();
    let mut arrow = String::new();
    if let [.., before, last] = points.as_mut_slice()
        && has_arrow
    {
        let direction = if last.y >= before.y { 1.0 } else { -1.0 };
        arrow = format!(
            "<path class=\"arrow\" d=\"M{} {}l{} {}h{}Z\"/>",
            number(last.x),
            number(last.y),
            number(-ARROW_HALF_WIDTH),
            number(-direction * ARROW_LENGTH),
            number(2.0 * ARROW_HALF_WIDTH),
        );
        last.y -= direction * (ARROW_LENGTH - 1.0);
    }
    let mut path = String::new();
    for (index, point) in points.iter().enumerate() {
        let (x, y) = (number(point.x), number(point.y));
        let step = match index.checked_sub(1).map(|before| points[before]) {
            None => format!("M{x} {y}"),
            Some(before) if (before.x - point.x).abs() < 0.05 => format!("V{y}"),
            Some(before) => {
                let middle = number(f64::midpoint(before.y, point.y));
                format!("C{} {middle} {x} {middle} {x} {y}", number(before.x))
            }
        };
        path.push_str(&step);
    }
    (path, arrow)
}
