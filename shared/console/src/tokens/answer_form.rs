//! The form that answers a task by its token.

use std::hash::{DefaultHasher, Hash, Hasher};

use maud::{Markup, html};

use crate::{Console, ConsoleApi, form::FormFields, links::is_own_path, view::data_tree};

/// Where an answer leads whose form names no page of this console.
const NO_PATH: &str = "/executions";

/// The most bytes of an input that the form keeps: the most that an input has in Step Functions. Statewright
/// can allow more, and a server takes no form of any size, which has to hold the output, too.
const KEPT_INPUT_BYTES_MAX: usize = 262_144;

/// What the form that answers a task says, or is to say again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AnswerDraft<'f> {
    pub(super) token: &'f str,
    /// The path of the page to read once the task has its answer.
    pub(super) back: &'f str,
    /// The input of a task that was taken by hand: nothing but this form has its token. Empty if the form
    /// could not keep it. None where `back` leads to a page that shows the token.
    pub(super) taken_input: Option<&'f str>,
    output: Option<&'f str>,
    error: Option<&'f str>,
    cause: Option<&'f str>,
}

impl<'f> AnswerDraft<'f> {
    /// The draft of a task whose token is on the page at `back`.
    pub(crate) const fn of_token(token: &'f str, back: &'f str) -> Self {
        Self { token, back, taken_input: None, output: None, error: None, cause: None }
    }

    /// The draft of a task that was taken by hand.
    pub(crate) const fn of_taken(token: &'f str, back: &'f str, input: &'f str) -> Self {
        Self { taken_input: Some(input), ..Self::of_token(token, back) }
    }

    /// What was sent; none without a token.
    pub(super) fn of_form(form: &'f FormFields) -> Option<Self> {
        let token = form.get("token")?;
        let back = form.get("back").filter(|path| is_own_path(path)).unwrap_or(NO_PATH);
        Some(Self {
            token,
            back,
            taken_input: form.written("taken-input"),
            output: form.written("output"),
            error: form.written("error"),
            cause: form.written("cause"),
        })
    }
}

impl<A: ConsoleApi> Console<A> {
    /// The form that answers a task, with what its page alone knows of it.
    pub(crate) fn waiting_task(&self, draft: &AnswerDraft<'_>) -> Markup {
        let Some(input) = draft.taken_input else {
            return html! {
                h2 { "Answer the task" }
                (self.answer_form(draft))
            };
        };
        html! {
            p.notice.careful { "Only this page has the token of the task. If you leave it without an answer, the task waits until it times out." }
            @if input.is_empty() {
                p.hint { "The input of the task is too long to be kept here. The page of its execution shows it." }
            } @else {
                (data_tree("Task input", input))
            }
            h2 { "Answer the task" }
            (self.answer_form(draft))
            details {
                summary { "Token" }
                p { code { (draft.token) } }
            }
        }
    }

    /// The form that lets a task succeed, lets it fail, or says that it goes on. It is one form for all
    /// three, so that none of them loses what was written for another. An output that is no JSON keeps
    /// nobody from a failure or a heartbeat.
    pub(crate) fn answer_form(&self, draft: &AnswerDraft<'_>) -> Markup {
        // Several tasks may wait on a page.
        let id = |name: &str| format!("{name}-{:016x}", hash_of(draft.token));
        html! {
            form method="post" action="/actions/answer-token" {
                // The Enter key presses the first button. None of the answers is the one that it means.
                button type="submit" disabled hidden { "No answer" }
                div.side-by-side {
                    div.card {
                        @if let Some(input) = draft.taken_input {
                            @let kept = if input.len() > KEPT_INPUT_BYTES_MAX { "" } else { input };
                            input type="hidden" name="taken-input" value=(kept);
                        }
                        (self.action_token.field())
                        input type="hidden" name="token" value=(draft.token);
                        label for=(id("output")) { "Output" }
                        textarea #(id("output")) name="output" rows="6" spellcheck="false" data-json aria-describedby=(id("problem")) { (draft.output.unwrap_or("{}")) }
                        p.problem #(id("problem")) role="alert" {}
                        p { button.primary type="submit" name="outcome" value="success" { "Send success" } }
                    }
                    div.card {
                        input type="hidden" name="back" value=(draft.back);
                        label for=(id("error")) { "Error" }
                        input #(id("error")) type="text" name="error" maxlength="256" autocomplete="off" spellcheck="false" value=[draft.error.filter(|error| !error.is_empty())];
                        label for=(id("cause")) { "Cause" }
                        textarea #(id("cause")) name="cause" rows="2" maxlength="32768" {
                            @match draft.cause {
                                Some(cause) => { (cause) }
                                None => { "by " (self.target.operator) }
                            }
                        }
                        p { button.danger type="submit" name="outcome" value="failure" formnovalidate { "Send failure" } }
                    }
                }
                p {
                    button type="submit" name="outcome" value="heartbeat" formnovalidate { "Send heartbeat" }
                    span.hint { " Says that the task is still being worked on." }
                }
            }
        }
    }
}

/// The same for the same token, so that a page stays the same: an id of an element.
fn hash_of(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}
