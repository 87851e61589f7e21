//! Which page or action a request is for.

use percent_encoding::percent_decode_str;

use crate::executions::BulkAction;

/// A page that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageRoute {
    Machines,
    Machine(String),
    Executions,
    Execution(String),
    /// The Map Runs of an execution.
    MapRuns,
    MapRun(String),
    Activities,
    Activity(String),
    TestState,
    /// The way that the data of a visit took.
    DataPath,
    DeadLetters,
    /// How clients reach a target.
    Connect,
    /// A file below `/assets/`.
    Asset(String),
}

/// What a form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionRoute {
    StartExecution,
    StopExecution,
    RedriveExecution,
    TestState,
    UpdateMapRun,
    TakeTask,
    AnswerToken,
    /// Shows what an action on many executions would do.
    ConfirmBulk(BulkAction),
    Bulk(BulkAction),
    MoveDeadLetterBack,
}

impl PageRoute {
    /// The page at a path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let path = path.strip_prefix('/')?;
        let (section, rest) = path.split_once('/').unwrap_or((path, ""));
        let rest = rest.to_owned();
        Some(match (section, rest.is_empty()) {
            ("", true) => Self::Machines,
            ("machines", false) => Self::Machine(rest),
            ("executions", true) => Self::Executions,
            ("executions", false) => Self::Execution(rest),
            ("map-runs", true) => Self::MapRuns,
            ("map-runs", false) => Self::MapRun(rest),
            ("activities", true) => Self::Activities,
            ("activities", false) => Self::Activity(rest),
            ("test-state", true) => Self::TestState,
            ("data-path", true) => Self::DataPath,
            ("dead-letters", true) => Self::DeadLetters,
            ("connect", true) => Self::Connect,
            ("assets", false) => Self::Asset(rest),
            _ => return None,
        })
    }
}

impl ActionRoute {
    /// The action at a path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Some(match path {
            "/actions/stop-execution" => Self::StopExecution,
            "/actions/redrive-execution" => Self::RedriveExecution,
            "/actions/start-execution" => Self::StartExecution,
            "/actions/test-state" => Self::TestState,
            "/actions/update-map-run" => Self::UpdateMapRun,
            "/actions/take-task" => Self::TakeTask,
            "/actions/answer-token" => Self::AnswerToken,
            "/actions/confirm-stop-executions" => Self::ConfirmBulk(BulkAction::Stop),
            "/actions/confirm-redrive-executions" => Self::ConfirmBulk(BulkAction::Redrive),
            "/actions/stop-executions" => Self::Bulk(BulkAction::Stop),
            "/actions/redrive-executions" => Self::Bulk(BulkAction::Redrive),
            "/actions/move-dead-letter-back" => Self::MoveDeadLetterBack,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_page() {
        let arn = "arn:aws:states:us-east-1:1:stateMachine:é";
        for (path, route) in [
            ("/", Some(PageRoute::Machines)),
            (
                "/machines/arn:aws:states:us-east-1:1:stateMachine:%C3%A9",
                Some(PageRoute::Machine(arn.to_owned())),
            ),
            ("/machines/", None),
            ("/assets/1/console.css", Some(PageRoute::Asset("1/console.css".to_owned()))),
            ("/connect/x", None),
            ("/%ff", None),
            ("", None),
        ] {
            assert_eq!(PageRoute::of_path(path), route, "{path}");
        }
    }
}
