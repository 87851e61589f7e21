//! Which page or action a request is for.

use percent_encoding::percent_decode_str;

/// A page that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageRoute {
    Machines,
    Machine(String),
    Executions,
    Execution(String),
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
            "/actions/start-execution" => Self::StartExecution,
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
