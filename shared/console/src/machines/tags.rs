//! The tags of a state machine.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{Console, ConsoleApi, links::unqualified_arn, page::PageError};

impl<A: ConsoleApi> Console<A> {
    pub(super) async fn show_tags(&self, machine: &Value) -> Result<Markup, PageError> {
        let arn = unqualified_arn(machine["stateMachineArn"].as_str().unwrap_or_default());
        let answer = self.call("ListTagsForResource", json!({ "resourceArn": arn })).await?;
        let tags = answer["tags"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(html! {
            @if tags.is_empty() {
                p { "It has no tags." }
            } @else {
                div.wide tabindex="0" role="region" aria-label="Tags" {
                    table {
                        thead { tr { th scope="col" { "Key" } th scope="col" { "Value" } } }
                        tbody {
                            @for tag in tags {
                                tr { th scope="row" { (tag["key"].as_str().unwrap_or_default()) }
                                     td { (tag["value"].as_str().unwrap_or_default()) } }
                            }
                        }
                    }
                }
            }
        })
    }
}
