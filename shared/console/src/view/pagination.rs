//! The way from a page of a list to the next one.

use maud::{Markup, html};

use crate::form::FormFields;

/// The link to the next page, if an answer tells of one.
pub(crate) fn next_page_link(query: &FormFields, next_token: &serde_json::Value) -> Markup {
    html! {
        @if let Some(token) = next_token.as_str() {
            p.pages {
                @if query.get("from").is_some() {
                    a href={ (first_page(query)) } { "First page" } " "
                }
                a.button rel="next" href=(query.query_with(&[("from", token)])) { "Next page" }
            }
        } @else if query.get("from").is_some() {
            p.pages { a href=(first_page(query)) { "First page" } }
        }
    }
}

fn first_page(query: &FormFields) -> String {
    let first = query.query_with(&[("from", "")]);
    if first.is_empty() { "?".to_owned() } else { first }
}
