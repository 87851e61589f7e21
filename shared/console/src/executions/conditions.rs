//! Which executions a page is about.

use model::Timestamp;
use serde_json::{Value, json};

use super::start_window::StartWindow;
use crate::{form::FormFields, page::PageError, view::milliseconds_of};

/// Where executions are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListSource {
    AllMachines,
    /// A state machine, or a version or an alias of one.
    Machine(String),
    /// The children of a Map Run.
    MapRun(String),
}

/// The conditions that the executions of a page meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListConditions {
    pub(super) source: ListSource,
    pub(super) status: Option<String>,
    pub(super) redrive: Option<String>,
    /// In lower case.
    name: Option<String>,
    pub(super) window: StartWindow,
    /// In lower case.
    error: Option<String>,
}

/// Whether an execution is wanted, by what its list says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListedAs {
    Wanted,
    NotWanted,
    /// It ended before the window begins, as have all that follow it: a list is in the order of what
    /// happened last, or in that of the starts.
    TooOld,
}

impl ListConditions {
    /// Reads the query of the page.
    pub(super) fn of_query(query: &FormFields, now: Timestamp) -> Result<Self, PageError> {
        let source = match (query.get("map-run"), query.get("machine")) {
            (Some(arn), _) => ListSource::MapRun(arn.to_owned()),
            (None, Some(arn)) => ListSource::Machine(arn.to_owned()),
            (None, None) => ListSource::AllMachines,
        };
        let text = |name: &str| query.get(name).map(str::trim).filter(|text| !text.is_empty());
        Ok(Self {
            source,
            status: text("status").map(str::to_owned),
            redrive: text("redrive").map(str::to_owned),
            name: text("name").map(str::to_lowercase),
            window: StartWindow::of_query(query, now)?,
            error: text("error").map(str::to_lowercase),
        })
    }

    /// The members of a `ListExecutions` request without its page.
    pub(super) fn list_members(&self, machine: Option<&str>) -> Value {
        let mut members = match &self.source {
            ListSource::MapRun(arn) => json!({ "mapRunArn": arn }),
            ListSource::Machine(arn) => json!({ "stateMachineArn": arn }),
            ListSource::AllMachines => json!({ "stateMachineArn": machine }),
        };
        if let Some(status) = &self.status {
            members["statusFilter"] = status.as_str().into();
        }
        // Step Functions refuses it for a state machine.
        if let (Some(redrive), ListSource::MapRun(_)) = (&self.redrive, &self.source) {
            members["redriveFilter"] = redrive.as_str().into();
        }
        members
    }

    /// Whether only the description of an execution tells if it is wanted.
    pub(super) const fn needs_description(&self) -> bool {
        self.error.is_some()
    }

    /// Whether anything is asked for beside the source.
    pub(super) const fn has_conditions(&self) -> bool {
        self.status.is_some()
            || self.redrive.is_some()
            || self.name.is_some()
            || self.error.is_some()
            || !self.window.is_open()
    }

    /// Judges an execution by its entry in a list.
    pub(super) fn judge_entry(&self, entry: &Value) -> ListedAs {
        let text = |name: &str| entry[name].as_str().unwrap_or_default();
        let from = self.window.from.map(Timestamp::as_milliseconds);
        let until = self.window.until.map(Timestamp::as_milliseconds);
        if from.is_some() && last_date(entry) < from {
            return ListedAs::TooOld;
        }
        let start = milliseconds_of(&entry["startDate"]);
        let is_in_window = (from.is_none() || start >= from) && (until.is_none() || start < until);
        let is_named =
            self.name.as_ref().is_none_or(|part| text("name").to_lowercase().contains(part));
        let was_redriven = entry["redriveCount"].as_u64().unwrap_or_default() > 0;
        let is_redriven = match self.redrive.as_deref() {
            Some("REDRIVEN") => was_redriven,
            Some("NOT_REDRIVEN") => !was_redriven,
            _ => true,
        };
        // Only what has failed has an error.
        let may_have_error = matches!(text("status"), "FAILED" | "TIMED_OUT" | "ABORTED");
        if is_in_window && is_named && is_redriven && (self.error.is_none() || may_have_error) {
            ListedAs::Wanted
        } else {
            ListedAs::NotWanted
        }
    }

    /// Whether an execution has the error that is asked for.
    pub(super) fn admits_description(&self, described: &Value) -> bool {
        let Some(wanted) = &self.error else { return true };
        error_name(described).is_some_and(|error| error.to_lowercase().contains(wanted))
    }
}

/// The error of an execution. Only the history of one that has timed out names it.
pub(super) fn error_name(described: &Value) -> Option<&str> {
    let of_status = (described["status"] == "TIMED_OUT").then_some("States.Timeout");
    described["error"].as_str().or(of_status)
}

/// When something happened last to an execution, by which its list is ordered.
///
/// Spec: API Reference, `ListExecutions`: "Results are sorted by time, with the most recent execution first"
pub(super) fn last_date(entry: &Value) -> Option<i64> {
    ["stopDate", "redriveDate", "startDate"]
        .iter()
        .filter_map(|name| milliseconds_of(&entry[*name]))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(query: &str) -> ListConditions {
        let now = Timestamp::from_milliseconds(0);
        ListConditions::of_query(&FormFields::parse(query.as_bytes()), now).expect("a query")
    }

    #[test]
    fn an_entry_is_judged_by_its_start_its_name_and_its_status() {
        let entry =
            json!({"name": "Order-1", "status": "SUCCEEDED", "startDate": 60.0, "stopDate": 65.0});
        for (query, judged) in [
            ("", ListedAs::Wanted),
            ("name=+order+", ListedAs::Wanted),
            ("name=x", ListedAs::NotWanted),
            ("started-from=1970-01-01T00:01:00", ListedAs::Wanted),
            ("started-from=1970-01-01T00:01:05", ListedAs::NotWanted),
            ("started-from=1970-01-01T00:01:06", ListedAs::TooOld),
            ("started-until=1970-01-01T00:01:00", ListedAs::NotWanted),
            ("started-until=1970-01-01T00:01:01", ListedAs::Wanted),
            ("error=x", ListedAs::NotWanted),
            ("redrive=REDRIVEN", ListedAs::NotWanted),
            ("redrive=NOT_REDRIVEN", ListedAs::Wanted),
        ] {
            assert_eq!(conditions(query).judge_entry(&entry), judged, "{query}");
        }
    }

    #[test]
    fn an_error_is_that_of_the_description() {
        let wanted = conditions("error=timeout");
        assert!(wanted.admits_description(&json!({"status": "TIMED_OUT"})));
        assert!(wanted.admits_description(&json!({"status": "FAILED", "error": "My.Timeout"})));
        assert!(!wanted.admits_description(&json!({"status": "FAILED", "error": "Other"})));
        assert!(!wanted.admits_description(&json!({"status": "ABORTED"})));
    }

    #[test]
    fn the_api_filters_what_it_can() {
        let members = |query: &str| conditions(query).list_members(Some("m"));
        assert_eq!(members("name=x"), json!({"stateMachineArn": "m"}));
        assert_eq!(
            members("machine=a&status=FAILED&redrive=REDRIVEN"),
            json!({"stateMachineArn": "a", "statusFilter": "FAILED"}),
            "a filter of redrives is for Map Runs"
        );
        assert_eq!(
            members("machine=a&map-run=r&redrive=REDRIVEN"),
            json!({"mapRunArn": "r", "redriveFilter": "REDRIVEN"})
        );
    }
}
