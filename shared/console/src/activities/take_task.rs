//! The next task of an activity, taken by hand.

use maud::{Markup, html};
use serde_json::json;

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::{activity_path, resource_name},
    page::{ActionOutcome, ActionResult, Page, PageError, PageSection},
    tokens::AnswerDraft,
};

impl<A: ConsoleApi> Console<A> {
    /// The form that takes the next task of an activity.
    pub(super) fn take_task_form(&self, activity: &str) -> Markup {
        html! {
            form method="post" action="/actions/take-task" {
                (self.action_token.field())
                input type="hidden" name="activity" value=(activity);
                p {
                    button.primary type="submit" { "Take the next task" }
                    // The request of an API waits that long by itself.
                    span.hint { " Waits up to 60 seconds for one. A task that was taken is yours: no worker gets it." }
                }
            }
        }
    }

    /// Takes the next task in the name of the operator, and shows it with the forms that answer it.
    pub(crate) async fn take_task(&self, form: &FormFields) -> ActionResult {
        let Some(activity) = form.get("activity") else {
            return Err(PageError::Invalid("The form names no activity.".to_owned()));
        };
        let members =
            json!({ "activityArn": activity, "workerName": worker_name(&self.target.operator) });
        let task = self.call("GetActivityTask", members).await?;
        let path = activity_path(activity);
        let name = resource_name(activity);
        let (title, body) = match task["taskToken"].as_str() {
            None => {
                let body = html! {
                    h1 { "No task came" }
                    p { "None waited for a worker of " a href=(path) { (name) } ", and none came." }
                    (self.take_task_form(activity))
                };
                ("No task came".to_owned(), body)
            }
            Some(token) => {
                let input = task["input"].as_str().unwrap_or("{}");
                let body = html! {
                    p.crumbs { a href=(path) { (name) } }
                    h1 { "Your task" }
                    (self.waiting_task(&AnswerDraft::of_taken(token, &path, input)))
                };
                (format!("Task of {name}"), body)
            }
        };
        let section = PageSection::Activities;
        Ok(ActionOutcome::Show(Page { title, section, body, is_live: false }))
    }
}

/// The operator's name as that of a worker, which has at most 80 characters.
///
/// Spec: API Reference, `GetActivityTask` § `workerName`
fn worker_name(operator: &str) -> String {
    operator.chars().take(80).collect()
}
