//! What has changed between two texts, line by line.

use maud::{Markup, html};
use similar::{ChangeTag, TextDiff};

/// Lines that are shown around a change.
const CONTEXT_LINES: usize = 3;

/// The changed lines with some around them.
pub(crate) fn line_diff(before: &str, after: &str) -> Markup {
    let diff = TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(CONTEXT_LINES);
    html! {
        @if groups.is_empty() {
            p { "They are the same." }
        } @else {
            pre.diff tabindex="0" {
                @for (index, group) in groups.iter().enumerate() {
                    @if index > 0 { span.gap { "⋯\n" } }
                    @for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
                        @let text = change.value().trim_end_matches('\n');
                        @match change.tag() {
                            ChangeTag::Delete => { del { "- " (text) "\n" } }
                            ChangeTag::Insert => { ins { "+ " (text) "\n" } }
                            ChangeTag::Equal => { span { "  " (text) "\n" } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_stand_out() {
        let shown = line_diff("a\nb\n<i>\n", "a\nc\n<i>\n").into_string();
        let expected = "<del>- b\n</del><ins>+ c\n</ins><span>  &lt;i&gt;\n</span>";
        assert!(shown.contains(expected), "{shown}");
        assert!(line_diff("a", "a").into_string().contains("the same"));
    }
}
