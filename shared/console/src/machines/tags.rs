//! The tags of a state machine.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    links::unqualified_arn,
    view::{missing_part, tag_table},
};

impl<A: ConsoleApi> Console<A> {
    pub(super) async fn show_tags(&self, machine: &Value) -> Markup {
        let arn = unqualified_arn(machine["stateMachineArn"].as_str().unwrap_or_default());
        let answer = self.call("ListTagsForResource", json!({ "resourceArn": arn })).await;
        let tags =
            answer.as_ref().map(|answer| answer["tags"].as_array().map_or(&[][..], Vec::as_slice));
        html! {
            @match tags {
                Ok([]) => { p { "It has no tags." } }
                Ok(tags) => { (tag_table(tags)) }
                Err(why) => { (missing_part("Its tags cannot be read.", why)) }
            }
        }
    }
}
