//! The form that starts an execution.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::{execution_name, execution_path, machine_path, resource_name, version_number},
    page::{ActionOutcome, ActionResult, Page, PageError, PageSection},
    view::{
        cause_text, data_tree, duration_text, indented_json, milliseconds_of, missing_part,
        status_badge,
    },
};

/// The type of state machines whose executions are in no list.
const EXPRESS: &str = "EXPRESS";
/// How many of the last inputs are offered again.
const LAST_INPUTS: usize = 5;
/// The most characters of a last input that are shown before it is chosen.
const PREVIEW_CHARS_MAX: usize = 80;

impl<A: ConsoleApi> Console<A> {
    /// The form, filled with the input of the execution that `?input-of=` names.
    pub(super) async fn show_start_form(&self, machine: &Value, query: &FormFields) -> Markup {
        let arn = machine["stateMachineArn"].as_str().unwrap_or_default();
        let is_express = machine["type"] == EXPRESS;
        let last = if is_express { Ok(Vec::new()) } else { self.last_inputs(arn).await };
        let filled = match query.get("input-of") {
            Some(execution) => self.input_of(execution).await,
            None => Ok("{}".to_owned()),
        };
        html! {
            @if let Err(why) = &filled { (missing_part("That input cannot be read.", why)) }
            form.card method="post" action="/actions/start-execution" {
                (self.action_token.field())
                input type="hidden" name="machine" value=(arn);
                @if let Some(version) = version_number(arn) {
                    p.hint { "Starts version " (version) ", whatever the state machine is now." }
                }
                @if is_express {
                    input type="hidden" name="type" value=(EXPRESS);
                    p.hint { "It runs while you wait, for five minutes at most, and its output is shown then." }
                }
                label for="start-input" { "Input" }
                textarea #start-input name="input" rows="12" spellcheck="false" data-json aria-describedby="start-input-problem" { (indented_json(filled.as_deref().unwrap_or("{}"))) }
                p #start-input-problem.problem role="alert" {}
                @if !is_express {
                    label for="start-name" { "Name (made up if it is empty)" }
                    input #start-name type="text" name="name" maxlength="80" autocomplete="off" spellcheck="false";
                }
                p { button.primary type="submit" { "Start execution" } }
            }
            @match &last {
                Ok(last) => { (last_inputs(arn, last)) }
                Err(why) => { (missing_part("The last inputs cannot be read.", why)) }
            }
        }
    }

    /// The newest executions with their inputs.
    async fn last_inputs(&self, arn: &str) -> Result<Vec<(String, String)>, PageError> {
        let members = json!({ "stateMachineArn": arn, "maxResults": LAST_INPUTS });
        let answer = self.call("ListExecutions", members).await?;
        let mut inputs = Vec::new();
        for execution in answer["executions"].as_array().into_iter().flatten() {
            let Some(execution) = execution["executionArn"].as_str() else { continue };
            inputs.push((execution.to_owned(), self.input_of(execution).await?));
        }
        Ok(inputs)
    }

    async fn input_of(&self, execution: &str) -> Result<String, PageError> {
        let members = json!({ "executionArn": execution });
        let described = self.call("DescribeExecution", members).await?;
        Ok(described["input"].as_str().unwrap_or("{}").to_owned())
    }

    /// Whether an Express execution has a page of its own: Statewright keeps those of a state machine with a
    /// certain tag, and nobody keeps others.
    async fn is_kept(&self, ended: &Value) -> bool {
        let members = json!({ "executionArn": ended["executionArn"] });
        self.call("DescribeExecution", members).await.is_ok()
    }

    /// Starts an execution, and goes on with its page.
    pub(crate) async fn start_execution(&self, form: &FormFields) -> ActionResult {
        let Some(machine) = form.get("machine") else {
            return Err(PageError::Invalid("The form names no state machine.".to_owned()));
        };
        let input = form.get("input").unwrap_or("{}");
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(input) {
            return Err(PageError::Invalid(format!("The input is no JSON: {error}")));
        }
        let mut members = json!({ "stateMachineArn": machine, "input": input });
        if form.get("type") == Some(EXPRESS) {
            let ended = self.call("StartSyncExecution", members).await?;
            let page = express_execution(machine, &ended, self.is_kept(&ended).await);
            return Ok(ActionOutcome::Show(page));
        }
        if let Some(name) = form.get("name") {
            members["name"] = name.into();
        }
        let started = self.call("StartExecution", members).await?;
        let arn = started["executionArn"].as_str().unwrap_or_default();
        Ok(ActionOutcome::GoTo(execution_path(arn)))
    }
}

/// Executions with their inputs, which the form can be filled with.
fn last_inputs(machine: &str, inputs: &[(String, String)]) -> Markup {
    html! {
        @if !inputs.is_empty() {
            section aria-labelledby="last-inputs" {
                h2 #last-inputs { "Last inputs" }
                ul.plain {
                    @for (execution, input) in inputs {
                        li {
                            a href={ (machine_path(machine)) (FormFields::default().query_with(&[("view", "start"), ("input-of", execution)])) } {
                                "Use that of " (execution_name(execution))
                            }
                            " " code { (preview(input)) }
                        }
                    }
                }
            }
        }
    }
}

/// What came of an Express execution. Nothing else tells of one that is not kept.
fn express_execution(machine: &str, ended: &Value, is_kept: bool) -> Page {
    let text = |name: &str| ended[name].as_str();
    let times = ["startDate", "stopDate"].map(|name| milliseconds_of(&ended[name]));
    let body = html! {
        h1 { (execution_name(text("executionArn").unwrap_or_default())) }
        dl.facts {
            div { dt { "Status" } dd { (status_badge(text("status").unwrap_or_default())) } }
            div { dt { "State machine" } dd { a href=(machine_path(machine)) { (resource_name(machine)) } } }
            @if let [Some(start), Some(stop)] = times {
                div { dt { "Duration" } dd.duration { (duration_text(stop - start)) } }
            }
        }
        @if text("error").is_some() || text("cause").is_some() {
            div.notice.bad {
                strong { (text("error").unwrap_or("It has no error name")) }
                @if let Some(cause) = text("cause") { (cause_text(cause)) }
            }
        }
        div.side-by-side {
            @if let Some(input) = text("input") { (data_tree("Input", input)) }
            @if let Some(output) = text("output") { (data_tree("Output", output)) }
        }
        @if is_kept {
            p { a href=(execution_path(text("executionArn").unwrap_or_default())) { "What its states did" } }
        } @else {
            p.hint { "What its states did is in its logs, if its state machine logs." }
        }
        p { a.button href={ (machine_path(machine)) "?view=start" } { "Start another…" } }
    };
    let title = "Express execution".to_owned();
    Page { title, section: PageSection::Executions, body, is_live: false }
}

fn preview(input: &str) -> String {
    let shown: String = input.chars().take(PREVIEW_CHARS_MAX).collect();
    if shown.len() < input.len() { format!("{shown}…") } else { shown }
}
