//! The form that answers a task by its token.

use std::hash::{DefaultHasher, Hash, Hasher};

use maud::{Markup, html};

use crate::{Console, ConsoleApi};

impl<A: ConsoleApi> Console<A> {
    /// The forms that let a task succeed, let it fail, and say that it goes on. `back` is the path of the
    /// page to read once the task has its answer.
    pub(crate) fn answer_form(&self, token: &str, back: &str) -> Markup {
        let fields = |outcome: &str| {
            html! {
                (self.action_token.field())
                input type="hidden" name="token" value=(token);
                input type="hidden" name="back" value=(back);
                input type="hidden" name="outcome" value=(outcome);
            }
        };
        // Several tasks may wait on a page.
        let id = |name: &str| format!("{name}-{:016x}", hash_of(token));
        html! {
            div.side-by-side {
                form.card method="post" action="/actions/answer-token" {
                    (fields("success"))
                    label for=(id("output")) { "Output" }
                    textarea #(id("output")) name="output" rows="6" spellcheck="false" data-json aria-describedby=(id("problem")) { "{}" }
                    p.problem #(id("problem")) role="alert" {}
                    p { button.primary type="submit" { "Send success" } }
                }
                form.card method="post" action="/actions/answer-token" {
                    (fields("failure"))
                    label for=(id("error")) { "Error" }
                    input #(id("error")) type="text" name="error" maxlength="256" autocomplete="off" spellcheck="false";
                    label for=(id("cause")) { "Cause" }
                    textarea #(id("cause")) name="cause" rows="2" maxlength="32768" { "by " (self.target.operator) }
                    p { button.danger type="submit" { "Send failure" } }
                }
            }
            form method="post" action="/actions/answer-token" {
                (fields("heartbeat"))
                p {
                    button type="submit" { "Send heartbeat" }
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
