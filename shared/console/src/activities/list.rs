//! The list of activities.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::activity_path,
    page::{Page, PageResult, PageSection},
    view::{next_page_link, time_element},
};

/// Most activities on a page.
const ACTIVITIES_MAX: usize = 100;

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_activities(&self, query: &FormFields) -> PageResult {
        let mut members = json!({ "maxResults": ACTIVITIES_MAX });
        if let Some(from) = query.get("from") {
            members["nextToken"] = from.into();
        }
        let answer = self.call("ListActivities", members).await?;
        let activities = answer["activities"].as_array().map_or(&[][..], Vec::as_slice);
        let body = html! {
            h1 { "Activities" }
            @if activities.is_empty() {
                p { "There are none. An activity is a queue from which workers of yours take tasks." }
            } @else {
                div.wide tabindex="0" role="region" aria-label="Activities" {
                    table {
                        thead { tr { th scope="col" { "Name" } th scope="col" { "Created" } } }
                        tbody { @for activity in activities { (row(activity)) } }
                    }
                }
                (next_page_link(query, &answer["nextToken"]))
            }
        };
        let title = "Activities".to_owned();
        Ok(Page { title, section: PageSection::Activities, body, is_live: true })
    }
}

fn row(activity: &Value) -> Markup {
    let text = |name: &str| activity[name].as_str().unwrap_or_default();
    html! {
        tr data-key=(text("activityArn")) {
            th scope="row" { a href=(activity_path(text("activityArn"))) { (text("name")) } }
            td { (time_element(&activity["creationDate"])) }
        }
    }
}
