//! What can be done to many executions at once.

use serde_json::{Value, json};

use crate::{form::FormFields, page::PageError, view::status_words};

/// Most executions of one action.
pub(super) const CHOSEN_MAX: usize = 1_000;

/// What is done to each of the chosen executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BulkAction {
    Stop,
    Redrive,
}

/// A chosen execution, and why the action cannot be done to it, if so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChosenExecution {
    pub(super) arn: String,
    pub(super) obstacle: Option<String>,
}

impl BulkAction {
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Stop => "Stop",
            Self::Redrive => "Redrive",
        }
    }

    /// `stopped`, as in "cannot be stopped".
    pub(super) const fn participle(self) -> &'static str {
        match self {
            Self::Stop => "stopped",
            Self::Redrive => "redriven",
        }
    }

    /// What the button looks like: a redrive destroys nothing.
    pub(super) const fn button_class(self) -> &'static str {
        match self {
            Self::Stop => "danger",
            Self::Redrive => "primary",
        }
    }

    /// Where the form is sent that asks what would be done.
    pub(super) const fn confirmation_path(self) -> &'static str {
        match self {
            Self::Stop => "/actions/confirm-stop-executions",
            Self::Redrive => "/actions/confirm-redrive-executions",
        }
    }

    /// Where the form is sent that does it.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Stop => "/actions/stop-executions",
            Self::Redrive => "/actions/redrive-executions",
        }
    }

    /// Why the action cannot be done to an execution, by its description.
    pub(super) fn find_obstacle(self, described: &Value) -> Option<String> {
        let text = |name: &str| described[name].as_str();
        let status = text("status").unwrap_or_default();
        match self {
            Self::Stop if matches!(status, "RUNNING" | "PENDING_REDRIVE") => None,
            Self::Stop => Some(format!("It is not running: {}", status_words(status))),
            Self::Redrive => match text("redriveStatus") {
                Some("REDRIVABLE") => None,
                Some("REDRIVABLE_BY_MAP_RUN") => {
                    Some("Only its Map Run can be redriven, with all that has failed".to_owned())
                }
                _ => Some(text("redriveStatusReason").unwrap_or("It is not redrivable").to_owned()),
            },
        }
    }

    /// The operation that does it to one execution, as a form asks for it.
    pub(crate) fn operation(self, execution: &str, form: &FormFields) -> (&'static str, Value) {
        let mut members = json!({ "executionArn": execution });
        match self {
            Self::Stop => {
                for name in ["error", "cause"] {
                    if let Some(value) = form.get(name) {
                        members[name] = value.into();
                    }
                }
                ("StopExecution", members)
            }
            Self::Redrive => ("RedriveExecution", members),
        }
    }
}

/// The ARNs of the executions that a form has chosen, each once.
pub(super) fn chosen_executions(form: &FormFields) -> Result<Vec<String>, PageError> {
    let mut chosen: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for arn in form.all("execution") {
        if known.insert(arn) {
            chosen.push(arn.to_owned());
        }
    }
    match chosen.len() {
        0 => Err(PageError::Invalid("No execution is chosen. Go back and choose some.".to_owned())),
        1..=CHOSEN_MAX => Ok(chosen),
        count => Err(PageError::Invalid(format!(
            "{count} executions are chosen, and {CHOSEN_MAX} are the most at once."
        ))),
    }
}

/// `1 execution`, `20 executions`
pub(super) fn counted_executions(count: usize) -> String {
    if count == 1 { "1 execution".to_owned() } else { format!("{count} executions") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_done_is_told_apart() {
        let obstacle = |action: BulkAction, described: Value| action.find_obstacle(&described);
        assert_eq!(obstacle(BulkAction::Stop, json!({"status": "RUNNING"})), None);
        let ended = obstacle(BulkAction::Stop, json!({"status": "TIMED_OUT"}));
        assert_eq!(ended.as_deref(), Some("It is not running: Timed out"));
        let redrivable = json!({"status": "FAILED", "redriveStatus": "REDRIVABLE"});
        assert_eq!(obstacle(BulkAction::Redrive, redrivable), None);
        let reason = "Execution is SUCCEEDED and cannot be redriven";
        let not = json!({"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason});
        assert_eq!(obstacle(BulkAction::Redrive, not).as_deref(), Some(reason));
        let by_map_run = json!({"redriveStatus": "REDRIVABLE_BY_MAP_RUN"});
        assert!(obstacle(BulkAction::Redrive, by_map_run).is_some_and(|it| it.contains("Map Run")));
    }

    #[test]
    fn executions_are_chosen_once_and_not_too_many() {
        let chosen = |form: &str| chosen_executions(&FormFields::parse(form.as_bytes()));
        let twice = chosen("execution=a&execution=b&execution=a&execution=");
        assert_eq!(twice, Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert!(chosen("other=a").is_err());
        let many = |count: usize| {
            let fields: Vec<String> = (0..count).map(|n| format!("execution={n}")).collect();
            chosen(&fields.join("&"))
        };
        assert_eq!(many(CHOSEN_MAX).map(|chosen| chosen.len()), Ok(CHOSEN_MAX));
        assert!(many(CHOSEN_MAX + 1).is_err());
    }

    #[test]
    fn a_stop_tells_who_did_it() {
        let form = FormFields::parse(b"cause=by+ada&error=");
        let members = json!({"executionArn": "a", "cause": "by ada"});
        assert_eq!(BulkAction::Stop.operation("a", &form), ("StopExecution", members));
        let members = json!({"executionArn": "a"});
        assert_eq!(BulkAction::Redrive.operation("a", &form), ("RedriveExecution", members));
    }
}
