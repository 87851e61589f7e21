//! One activity.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    ActivityQueueCounts, Console, ConsoleApi,
    page::{Page, PageResult, PageSection},
    view::{missing_part, tag_table, time_element},
};

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_activity(&self, arn: &str) -> PageResult {
        let activity = self.call("DescribeActivity", json!({ "activityArn": arn })).await?;
        let tags = self.call("ListTagsForResource", json!({ "resourceArn": arn })).await;
        let queue = self.api.activity_queue(arn).await;
        let tags = tags.as_ref().map(|tags| tags["tags"].as_array().map_or(&[][..], Vec::as_slice));
        let name = activity["name"].as_str().unwrap_or_default();
        let body = html! {
            h1 { (name) }
            (facts(&activity))
            @match tags {
                Ok([]) => {}
                Ok(tags) => { h2 { "Tags" } (tag_table(tags)) }
                Err(why) => { (missing_part("Its tags cannot be read.", why)) }
            }
            section aria-labelledby="tasks" {
                h2 #tasks { "Tasks" }
                @if let Some(queue) = queue { (queue_counts(queue)) }
                p { "A worker takes the tasks of this activity. You can take the next one by hand, and answer it." }
                (self.take_task_form(arn))
            }
        };
        let (title, section) = (name.to_owned(), PageSection::Activities);
        Ok(Page { title, section, body, is_live: queue.is_some() })
    }
}

fn queue_counts(queue: ActivityQueueCounts) -> Markup {
    html! {
        dl.facts {
            div { dt { "Waiting tasks" } dd { (queue.waiting_tasks) } }
            div { dt { "Waiting workers" } dd { (queue.waiting_workers) } }
        }
    }
}

fn facts(activity: &Value) -> Markup {
    let encryption = &activity["encryptionConfiguration"];
    html! {
        dl.facts {
            div { dt { "Created" } dd { (time_element(&activity["creationDate"])) } }
            @if let Some(key_type) = encryption["type"].as_str() {
                div { dt { "Encryption" } dd { code { (encryption["kmsKeyId"].as_str().unwrap_or(key_type)) } } }
            }
            div { dt { "ARN" } dd { code { (activity["activityArn"].as_str().unwrap_or_default()) } } }
        }
    }
}
