//! The answer of a task, sent by hand.

use maud::html;
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::is_own_path,
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
    /// Answers a task. After a heartbeat the task still waits, so its forms are shown again.
    pub(crate) async fn answer_token(&self, form: &FormFields) -> ActionResult {
        let Some(token) = form.get("token") else {
            return Err(PageError::Invalid("The form has no task token.".to_owned()));
        };
        let answer = TokenAnswer::of_form(form)?;
        let is_heartbeat = answer == TokenAnswer::Heartbeat;
        let (operation, members) = answer.into_operation(token);
        self.call(operation, members).await?;
        let back = form.get("back").filter(|path| is_own_path(path)).unwrap_or("/executions");
        if !is_heartbeat {
            return Ok(ActionOutcome::GoTo(back.to_owned()));
        }
        let body = html! {
            h1 { "Heartbeat recorded" }
            p { "The task's time until the next heartbeat begins again. " a href=(back) { "Go back" } }
            h2 { "Answer the task" }
            (self.answer_form(token, back))
        };
        let title = "Heartbeat recorded".to_owned();
        let section = PageSection::Executions;
        Ok(ActionOutcome::Show(Page { title, section, body, is_live: false }))
    }
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
