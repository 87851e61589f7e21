//! The messages that nobody could handle, and the way back.

use std::collections::BTreeMap;

use maud::{Markup, html};
use model::{ExecutionId, Timestamp};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi, ConsoleApiError, TargetKind,
    form::FormFields,
    links::{execution_path, resource_name},
    page::{ActionOutcome, ActionResult, Page, PageError, PageResult, PageSection},
    view::{data_tree, next_page_link, status_badge, time_element},
};

/// Most letters on a page: for each, two operations say what became of its execution.
const LETTERS_MAX: usize = 20;
/// Most events that are read to find the state in which an execution ended.
const EVENTS_MAX: usize = 100;

/// A message that nobody could handle, as its target keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterEntry {
    /// By what the target removes it.
    pub handle: String,
    /// When it was given up, if that is known.
    pub at: Option<Timestamp>,
    /// Why it was given up, if that was written down.
    pub reason: Option<String>,
    /// The message: JSON, which names its execution as `MACHINE:NAME` if it has one.
    pub message: String,
}

/// What became of the execution of a letter.
#[derive(Clone, Debug, Default)]
struct LetterExecution {
    status: Option<String>,
    is_redrivable: bool,
    last_state: Option<String>,
}

impl DeadLetterEntry {
    /// The execution that the message is about; none for an event that has started nothing.
    fn execution(&self) -> Option<ExecutionId> {
        let message: Value = serde_json::from_str(&self.message).ok()?;
        message["execution"].as_str()?.parse().ok()
    }
}

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_dead_letters(&self, query: &FormFields) -> PageResult {
        if !self.api.keeps_dead_letters() {
            let text = "What these pages show keeps no dead letters.";
            return Err(PageError::NotFound(text.to_owned()));
        }
        let letters = self.api.list_dead_letters().await.map_err(refused_list)?;
        let from = query.get("from").and_then(|from| from.parse().ok()).unwrap_or(0);
        let after = letters.len().saturating_sub(from).saturating_sub(LETTERS_MAX);
        let next = if after > 0 { json!((from + LETTERS_MAX).to_string()) } else { Value::Null };
        let shown = letters.iter().skip(from).take(LETTERS_MAX);
        let shown = self.find_executions(shown).await?;
        let body = html! {
            h1 { "Dead letters" }
            p.soft { "Messages that nobody could handle, the newest first. Each has ended its execution with "
                code { "States.Runtime" } ". Once the cause is mended, moving one back has its execution go on." }
            @if letters.is_empty() { p { "There are none." } }
            @for (letter, arn, execution) in &shown {
                (self.show_letter(letter, arn.as_deref(), execution))
            }
            (next_page_link(query, &next))
        };
        let (title, section) = ("Dead letters".to_owned(), PageSection::DeadLetters);
        // Whoever looks into a queue hides what is in it from others for a moment.
        Ok(Page { title, section, body, is_live: self.target.kind == TargetKind::Local })
    }

    fn show_letter(
        &self,
        letter: &DeadLetterEntry,
        arn: Option<&str>,
        execution: &LetterExecution,
    ) -> Markup {
        let at = letter.at.map(Timestamp::as_milliseconds);
        let named = letter.execution().map(|execution| execution.to_string());
        html! {
            article.card data-key=(letter.handle) {
                h2 {
                    @match (arn, &named) {
                        (Some(arn), _) => a href=(execution_path(arn)) { (resource_name(arn)) },
                        (None, Some(named)) => (named),
                        (None, None) => "An event that has started nothing",
                    }
                }
                dl.facts {
                    @if let Some(at) = at { div { dt { "Given up" } dd { (time_element(&json!(seconds(at)))) } } }
                    @if let Some(status) = &execution.status { div { dt { "Status now" } dd { (status_badge(status)) } } }
                    @if let Some(state) = &execution.last_state { div { dt { "Last state entered" } dd { (state) } } }
                }
                p.notice.bad { (letter.reason.as_deref().unwrap_or("Why it was given up is not written down.")) }
                details {
                    summary { "Message" }
                    (data_tree("Message", &letter.message))
                }
                @if let Some(arn) = arn.filter(|_| execution.is_redrivable) {
                    form.actions method="post" action="/actions/move-dead-letter-back" {
                        (self.action_token.field())
                        input type="hidden" name="execution" value=(arn);
                        input type="hidden" name="letter" value=(letter.handle);
                        button type="submit" aria-label={ "Move back " (resource_name(arn)) } { "Move back" }
                    }
                }
            }
        }
    }

    /// Finds out what became of the execution of each letter.
    async fn find_executions<'l>(
        &self,
        letters: impl Iterator<Item = &'l DeadLetterEntry>,
    ) -> Result<Vec<(&'l DeadLetterEntry, Option<String>, LetterExecution)>, PageError> {
        let place = self.find_arn_prefix().await?;
        let mut known: BTreeMap<String, LetterExecution> = BTreeMap::new();
        let mut found = Vec::new();
        for letter in letters {
            let execution = letter.execution();
            let arn = place.as_ref().zip(execution).map(|(place, id)| execution_arn(place, &id));
            let what = match &arn {
                None => LetterExecution::default(),
                Some(arn) => match known.get(arn) {
                    Some(execution) => execution.clone(),
                    None => self.find_letter_execution(arn).await?,
                },
            };
            if let Some(arn) = &arn {
                known.insert(arn.clone(), what.clone());
            }
            found.push((letter, arn, what));
        }
        Ok(found)
    }

    /// How the ARNs of the target begin, which a letter does not say; none if there is no state machine.
    ///
    /// Shape: `arn:aws:states:us-east-1:000000000000`
    async fn find_arn_prefix(&self) -> Result<Option<String>, PageError> {
        let listed = self.call("ListStateMachines", json!({ "maxResults": 1 })).await?;
        let arn = listed["stateMachines"][0]["stateMachineArn"].as_str();
        Ok(arn.and_then(|arn| arn.split_once(":stateMachine:")).map(|(place, _)| place.to_owned()))
    }

    /// What became of an execution; nothing is known of one that is gone, or of an Express execution.
    async fn find_letter_execution(&self, arn: &str) -> Result<LetterExecution, PageError> {
        let described = self.call("DescribeExecution", json!({ "executionArn": arn })).await;
        let described = match described {
            Err(PageError::Api { error, .. }) if error.exception.is_some() => {
                return Ok(LetterExecution::default());
            }
            described => described?,
        };
        let members = json!({
            "executionArn": arn,
            "reverseOrder": true,
            "maxResults": EVENTS_MAX,
            "includeExecutionData": false,
        });
        let history = self.call("GetExecutionHistory", members).await?;
        let events = history["events"].as_array().map_or(&[][..], Vec::as_slice);
        let mut entered =
            events.iter().filter_map(|it| it["stateEnteredEventDetails"]["name"].as_str());
        Ok(LetterExecution {
            status: described["status"].as_str().map(str::to_owned),
            is_redrivable: described["redriveStatus"] == "REDRIVABLE",
            last_state: entered.next().map(str::to_owned),
        })
    }

    /// Has the execution of a letter go on, then removes the letter, and goes on with the execution's page.
    pub(crate) async fn move_dead_letter_back(&self, form: &FormFields) -> ActionResult {
        let (Some(execution), Some(letter)) = (form.get("execution"), form.get("letter")) else {
            return Err(PageError::Invalid("The form names no dead letter.".to_owned()));
        };
        self.call("RedriveExecution", json!({ "executionArn": execution })).await?;
        self.api.remove_dead_letter(letter).await.map_err(|error| PageError::Api {
            operation: "The execution goes on, but its dead letter was not removed",
            error,
        })?;
        Ok(ActionOutcome::GoTo(execution_path(execution)))
    }
}

fn execution_arn(place: &str, id: &ExecutionId) -> String {
    let kind = if id.is_express() { "express" } else { "execution" };
    format!("{place}:{kind}:{id}")
}

fn refused_list(error: ConsoleApiError) -> PageError {
    PageError::Api { operation: "The dead letters cannot be read", error }
}

#[expect(clippy::cast_precision_loss, reason = "no date is beyond 2^53 ms")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
