//! The answer of a task, sent by hand.

use std::fmt::Display;

use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::AnswerDraft;
use crate::{
    Console, ConsoleApi,
    form::FormFields,
    page::{ActionOutcome, ActionResult, Page, PageError, PageSection},
};

/// An answer as a form gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum TokenAnswer {
    Success { output: String },
    Failure { error: Option<String>, cause: Option<String> },
    Heartbeat,
}

impl TokenAnswer {
    fn of_form(form: &FormFields) -> Result<Self, PageError> {
        let text = |name: &str| form.get(name).map(str::to_owned);
        match form.get("outcome") {
            Some("success") => {
                let output = text("output").unwrap_or_else(|| "{}".to_owned());
                match serde_json::from_str::<serde::de::IgnoredAny>(&output) {
                    Ok(_) => Ok(Self::Success { output }),
                    Err(error) => {
                        Err(PageError::Invalid(format!("The output is no JSON: {error}")))
                    }
                }
            }
            Some("failure") => Ok(Self::Failure { error: text("error"), cause: text("cause") }),
            Some("heartbeat") => Ok(Self::Heartbeat),
            _ => Err(PageError::Invalid("The form names no outcome.".to_owned())),
        }
    }

    fn into_operation(self, token: &str) -> (&'static str, Value) {
        let mut members = json!({ "taskToken": token });
        let operation = match self {
            Self::Success { output } => {
                members["output"] = output.into();
                "SendTaskSuccess"
            }
            Self::Failure { error, cause } => {
                for (name, value) in [("error", error), ("cause", cause)] {
                    if let Some(value) = value {
                        members[name] = value.into();
                    }
                }
                "SendTaskFailure"
            }
            Self::Heartbeat => "SendTaskHeartbeat",
        };
        (operation, members)
    }
}

impl<A: ConsoleApi> Console<A> {
    /// Answers a task. After a heartbeat the task still waits, and after a refusal it may: then the form is
    /// shown again as it was sent, since nothing else may have the token.
    pub(crate) async fn answer_token(&self, form: &FormFields) -> ActionResult {
        let Some(draft) = AnswerDraft::of_form(form) else {
            return Err(PageError::Invalid("The form has no task token.".to_owned()));
        };
        match self.send_answer(draft.token, form).await {
            Err(error) => Ok(self.refuse_answer(&draft, error.status(), error.title(), &error)),
            Ok(TokenAnswer::Heartbeat) => Ok(ActionOutcome::Show(self.show_heartbeat(&draft))),
            Ok(_) => Ok(ActionOutcome::GoTo(draft.back.to_owned())),
        }
    }

    async fn send_answer(&self, token: &str, form: &FormFields) -> Result<TokenAnswer, PageError> {
        let answer = TokenAnswer::of_form(form)?;
        let (operation, members) = answer.clone().into_operation(token);
        self.call(operation, members).await?;
        Ok(answer)
    }

    /// Sends no answer whose form another process has made, such as this server before it was started again,
    /// or somebody else. What it says is shown in a form that can be sent.
    pub(crate) fn refuse_foreign_answer(&self, form: &FormFields) -> ActionResult {
        let foreign = PageError::Foreign;
        let draft = AnswerDraft::of_form(form).filter(|_| names_outcome(form));
        let Some(draft) = draft else { return Err(foreign) };
        let why = "Nothing was sent: the server has been started again since the page was opened, or the form \
                   is not one of its pages. If what it says is yours, send it again.";
        Ok(self.refuse_answer(&draft, foreign.status(), foreign.title(), &why))
    }

    fn refuse_answer(
        &self,
        draft: &AnswerDraft<'_>,
        status: StatusCode,
        title: &str,
        why: &dyn Display,
    ) -> ActionOutcome {
        let told = html! {
            p.notice.bad role="alert" { (why.to_string()) }
            @if draft.taken_input.is_none() { p { a href=(draft.back) { "Go back" } } }
        };
        ActionOutcome::Refuse(status, self.show_answer_again(draft, title, &told))
    }

    fn show_heartbeat(&self, draft: &AnswerDraft<'_>) -> Page {
        let told = html! {
            p {
                "The task's time until the next heartbeat begins again."
                @if draft.taken_input.is_none() { " " a href=(draft.back) { "Go back" } }
            }
        };
        self.show_answer_again(draft, "Heartbeat recorded", &told)
    }

    fn show_answer_again(&self, draft: &AnswerDraft<'_>, title: &str, told: &Markup) -> Page {
        let is_taken = draft.taken_input.is_some();
        let body = html! {
            @if is_taken { p.crumbs { a href=(draft.back) { "Its activity" } } }
            h1 { (title) }
            (told)
            (self.waiting_task(draft))
        };
        let section = if is_taken { PageSection::Activities } else { PageSection::Executions };
        Page { title: title.to_owned(), section, body, is_live: false }
    }
}

fn names_outcome(form: &FormFields) -> bool {
    matches!(form.get("outcome"), Some("success" | "failure" | "heartbeat"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_an_operation() {
        let operation = |form: &str| {
            let answer = TokenAnswer::of_form(&FormFields::parse(form.as_bytes()));
            answer.map(|answer| answer.into_operation("t"))
        };
        let success = json!({"taskToken": "t", "output": "[1]"});
        assert_eq!(operation("outcome=success&output=[1]"), Ok(("SendTaskSuccess", success)));
        let failure = json!({"taskToken": "t", "cause": "by ada"});
        assert_eq!(
            operation("outcome=failure&error=&cause=by+ada"),
            Ok(("SendTaskFailure", failure))
        );
        let heartbeat = json!({"taskToken": "t"});
        assert_eq!(operation("outcome=heartbeat"), Ok(("SendTaskHeartbeat", heartbeat)));
        assert!(operation("outcome=success&output={").is_err());
        assert!(operation("outcome=nothing").is_err());
    }
}
