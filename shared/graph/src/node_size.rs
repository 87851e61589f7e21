//! How large nodes and labels are.

use model::StateType;

use crate::{
    graph_layout::PlacedContent, layered::BoxSize, state_graph::StateNode, text_size::TextFont,
};

/// The font of states' names.
pub(crate) const NAME_FONT: TextFont = TextFont { size: 14.0, is_bold: true };
/// The font of what is said below a name.
pub(crate) const SMALL_FONT: TextFont = TextFont { size: 11.5, is_bold: false };
/// The font of labels.
pub(crate) const LABEL_FONT: TextFont = TextFont { size: 11.5, is_bold: false };
/// Pixels from one line of a name to the next.
pub(crate) const NAME_LINE: f64 = 18.0;
/// Pixels from one line in small letters to the next.
pub(crate) const SMALL_LINE: f64 = 15.0;
/// Pixels from one line of a label to the next.
pub(crate) const LABEL_LINE: f64 = 14.0;
/// Pixels above and below the text of a node.
pub(crate) const NODE_PADDING: f64 = 11.0;
/// Pixels from the left of a node to its text: its icon is there.
pub(crate) const TEXT_LEFT: f64 = 42.0;

/// Pixels right of the text.
const TEXT_RIGHT: f64 = 18.0;
/// The widest name, in pixels.
const NAME_WIDTH_MAX: f64 = 210.0;
const NAME_LINES_MAX: usize = 4;
/// The widest line in small letters, in pixels.
const SMALL_WIDTH_MAX: f64 = 240.0;
const NODE_WIDTH_MIN: f64 = 150.0;
/// The widest label, in pixels.
const LABEL_WIDTH_MAX: f64 = 190.0;
/// The most lines of one edge's label.
const LABEL_LINES_MAX: usize = 2;
/// The most lines of the label of several edges.
const BUNDLE_LINES_MAX: usize = 6;

/// A node's size and its text.
pub(crate) struct NodeSize {
    pub(crate) size: BoxSize,
    pub(crate) name_lines: Vec<String>,
    pub(crate) small_lines: Vec<String>,
}

impl NodeSize {
    pub(crate) fn of_content(content: PlacedContent<'_>) -> Self {
        let without_lines = |name: &str, size: BoxSize| Self {
            size,
            name_lines: if name.is_empty() { Vec::new() } else { vec![name.to_owned()] },
            small_lines: Vec::new(),
        };
        match content {
            PlacedContent::Start => without_lines("Start", BoxSize { width: 70.0, height: 30.0 }),
            PlacedContent::End => without_lines("End", BoxSize { width: 70.0, height: 30.0 }),
            PlacedContent::BranchStart => without_lines("", BoxSize { width: 10.0, height: 10.0 }),
            PlacedContent::State(state) => Self::of_state(state),
        }
    }

    fn of_state(state: &StateNode) -> Self {
        let name_lines = NAME_FONT.wrap_text(&state.name, NAME_WIDTH_MAX, NAME_LINES_MAX);
        let mut small_lines = SMALL_FONT.wrap_text(&state.description(), SMALL_WIDTH_MAX, 1);
        for retry in &state.retries {
            small_lines.extend(SMALL_FONT.wrap_text(
                &format!("retries {retry}"),
                SMALL_WIDTH_MAX,
                1,
            ));
        }
        let text = NAME_FONT.lines_width(&name_lines).max(SMALL_FONT.lines_width(&small_lines));
        // The sides of these are pointed or round.
        let more = match state.state_type {
            StateType::Choice | StateType::Succeed | StateType::Fail => 8.0,
            StateType::Pass
            | StateType::Task
            | StateType::Wait
            | StateType::Parallel
            | StateType::Map => 0.0,
        };
        let width = (TEXT_LEFT + text + TEXT_RIGHT + more).max(NODE_WIDTH_MIN).ceil();
        let height = 2.0 * NODE_PADDING
            + NAME_LINE * line_count(&name_lines)
            + SMALL_LINE * line_count(&small_lines);
        Self { size: BoxSize { width, height }, name_lines, small_lines }
    }
}

/// The lines of the label of edges with these labels.
pub(crate) fn label_lines(labels: &[String]) -> Vec<String> {
    let wrap = |label: &String| LABEL_FONT.wrap_text(label, LABEL_WIDTH_MAX, LABEL_LINES_MAX);
    let mut lines: Vec<String> = labels.iter().flat_map(wrap).collect();
    if lines.len() > BUNDLE_LINES_MAX {
        lines.truncate(BUNDLE_LINES_MAX - 1);
        lines.push("…".to_owned());
    }
    lines
}

pub(crate) fn label_size(lines: &[String]) -> BoxSize {
    BoxSize {
        width: (LABEL_FONT.lines_width(lines) + 12.0).ceil(),
        height: LABEL_LINE * line_count(lines) + 5.0,
    }
}

fn line_count(lines: &[String]) -> f64 {
    f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX))
}
