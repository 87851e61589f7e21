//! Tags.

use maud::{Markup, html};
use serde_json::Value;

/// The tags of `ListTagsForResource`.
pub(crate) fn tag_table(tags: &[Value]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Tags" {
            table {
                thead { tr { th scope="col" { "Key" } th scope="col" { "Value" } } }
                tbody {
                    @for tag in tags {
                        tr {
                            th scope="row" { (tag["key"].as_str().unwrap_or_default()) }
                            td { (tag["value"].as_str().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}
