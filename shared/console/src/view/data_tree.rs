//! Inputs and outputs as trees that fold.

use maud::{Markup, html};

use super::json_text::{WrittenJson, unquoted};

/// Most values that a tree has. What is beyond them is in the text that is copied.
const VALUES_MAX: usize = 1_000;
/// The same, of each of many trees on a page.
const SMALL_TREE_VALUES_MAX: usize = 100;
/// A tree unfolds so many levels by itself.
const OPEN_LEVELS: usize = 2;
/// A list of more elements than these is folded.
const OPEN_ELEMENTS_MAX: usize = 20;
/// The most characters of a string that are shown at once.
const STRING_CHARS_MAX: usize = 2_000;

/// A JSON text as a tree with a search field and a button that copies it. `label` says what it is. A text
/// that is not JSON is shown as it is.
pub(crate) fn data_tree(label: &str, text: &str) -> Markup {
    let search = html! {
        input type="search" placeholder="Search" aria-label={ "Search in " (label) } data-search hidden;
    };
    bounded_tree(label, text, VALUES_MAX, &search)
}

/// The same, of fewer values and without the field: a browser lays out the whole page anew for each field
/// that it reads.
pub(crate) fn small_data_tree(label: &str, text: &str) -> Markup {
    bounded_tree(label, text, SMALL_TREE_VALUES_MAX, &html! {})
}

fn bounded_tree(label: &str, text: &str, values_max: usize, search: &Markup) -> Markup {
    let caption = html! {
        figcaption {
            (label)
            span.tools {
                (search)
                button.small type="button" data-copy=(text) aria-label={ "Copy " (label) } hidden { "Copy" }
            }
        }
    };
    let Some(value) = WrittenJson::parse(text) else {
        return html! {
            figure.data data-label=(label) {
                (caption)
                pre.block tabindex="0" { (text) }
            }
        };
    };
    let mut left = values_max;
    let tree = tree_of(None, &value, 0, &mut left);
    html! {
        figure.data data-label=(label) {
            (caption)
            ul.tree { (tree) }
            @if left == 0 {
                p.hint { "Only the first " (values_max) " values are shown; copying takes all." }
            }
        }
    }
}

fn tree_of(key: Option<&str>, value: &WrittenJson<'_>, level: usize, left: &mut usize) -> Markup {
    if *left == 0 {
        return html! {};
    }
    *left -= 1;
    let name = html! { @if let Some(key) = key { span.key { (key) } ": " } };
    match value {
        WrittenJson::Object(members) if !members.is_empty() => {
            let inner = html! {
                @for (key, value) in members { (tree_of(Some(&unquoted(key)), value, level + 1, left)) }
            };
            branch(&name, &format!("{{{}}}", members.len()), level < OPEN_LEVELS, &inner)
        }
        WrittenJson::List(elements) if !elements.is_empty() => {
            let inner = html! {
                @for (index, value) in elements.iter().enumerate() {
                    (tree_of(Some(&index.to_string()), value, level + 1, left))
                }
            };
            let is_open = level < OPEN_LEVELS && elements.len() <= OPEN_ELEMENTS_MAX;
            branch(&name, &format!("[{}]", elements.len()), is_open, &inner)
        }
        WrittenJson::Object(_) => html! { li { (name) span.literal { "{}" } } },
        WrittenJson::List(_) => html! { li { (name) span.literal { "[]" } } },
        WrittenJson::Scalar(token) => html! { li { (name) (scalar_leaf(token)) } },
    }
}

fn scalar_leaf(token: &str) -> Markup {
    match token.as_bytes().first() {
        Some(b'"') => string_leaf(&unquoted(token)),
        Some(b'-' | b'0'..=b'9') => html! { span.number { (token) } },
        _ => html! { span.literal { (token) } },
    }
}

fn branch(name: &Markup, size: &str, is_open: bool, inner: &Markup) -> Markup {
    html! {
        li {
            details open[is_open] {
                summary { (name) span.size { (size) } }
                ul { (inner) }
            }
        }
    }
}

fn string_leaf(text: &str) -> Markup {
    let shown: String = text.chars().take(STRING_CHARS_MAX).collect();
    let rest = text.chars().count().saturating_sub(STRING_CHARS_MAX);
    html! {
        span.string { "\"" (shown) @if rest > 0 { "…" } "\"" }
        @if rest > 0 { span.hint { " and " (rest) " characters more" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_data_is_text() {
        let hostile = r#"{"<b>": "</script><script>alert(1)</script>\" onclick=\"x"}"#;
        let shown = data_tree("Input", hostile).into_string();
        assert!(!shown.contains("<b>") && !shown.contains("<script"), "{shown}");
        assert!(shown.contains("&lt;b&gt;") && !shown.contains("\" onclick=\"x"), "{shown}");
    }

    #[test]
    fn values_are_shown_as_they_were_written() {
        let text = r#"{"id": 12345678901234567890123, "p": 1.10, "a": "\u00e9", "a": [{}, null]}"#;
        let shown = data_tree("Input", text).into_string();
        for part in
            [">12345678901234567890123<", ">1.10<", "&quot;é&quot;", "{4}", ">{}<", ">null<"]
        {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert_eq!(shown.matches("<span class=\"key\">a</span>").count(), 2, "{shown}");
    }

    #[test]
    fn a_large_value_is_cut_and_can_be_copied() {
        let list = serde_json::to_string(&vec![1; 10_000]).expect("JSON");
        let shown = data_tree("Output", &list).into_string();
        assert!(shown.contains("first 1000 values") && shown.contains("[10000]"));
        assert_eq!(shown.matches("<li>").count(), VALUES_MAX);
        assert!(data_tree("Output", "{broken").into_string().contains("{broken"));
    }
}
