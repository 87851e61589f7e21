//! The tags of a state machine.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{Console, ConsoleApi, links::unqualified_arn, page::PageError, view::tag_table};

impl<A: ConsoleApi> Console<A> {
    pub(super) async fn show_tags(&self, machine: &Value) -> Result<Markup, PageError> {
        let arn = unqualified_arn(machine["stateMachineArn"].as_str().unwrap_or_default());
        let answer = self.call("ListTagsForResource", json!({ "resourceArn": arn })).await?;
        let tags = answer["tags"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(html! {
            @if tags.is_empty() {
                p { "It has no tags." }
            } @else {
                (tag_table(tags))
            }
        })
    }
}
