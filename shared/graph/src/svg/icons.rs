//! Small pictures for types and statuses: paths of 16 by 16 pixels that are stroked.

use model::StateType;

/// What a state of that type does.
pub(super) const fn type_icon(state_type: StateType) -> &'static str {
    match state_type {
        StateType::Task => "M2 3.5h12v9H2zM6.5 6v4l3.5-2z",
        StateType::Pass => "M1.5 8h12M9.5 4l4 4-4 4",
        StateType::Choice => "M8 1.5 14.5 8 8 14.5 1.5 8zM8 5.2v3.4M8 10.6v.4",
        StateType::Wait => "M8 1.8a6.2 6.2 0 1 0 .01 0zM8 4.6V8l2.4 1.6",
        StateType::Succeed => "M2.5 8.5 6.5 12.5 13.5 4",
        StateType::Fail => "M3.5 3.5l9 9M12.5 3.5l-9 9",
        StateType::Parallel => "M2 2.5h4.5v11H2zM9.5 2.5H14v11H9.5z",
        StateType::Map => "M2 5.5h8.5V14H2zM4.7 5.5V2.8h8.5v8.5h-2.7",
    }
}

/// The badges of all statuses, in a circle around the origin: the style shows that of the state's
/// status.
pub(super) const fn status_badge() -> &'static str {
    "<circle r=\"9\"/>\
     <path class=\"of-succeeded\" d=\"M-4 .5-1.2 3.3 4-2.8\"/>\
     <path class=\"of-retried\" d=\"M3.4-1.8A3.9 3.9 0 1 0 3.8 1M3.9-4.6v2.9H1\"/>\
     <path class=\"of-caught\" d=\"M0-4.4V.9M0 3.6V4\"/>\
     <path class=\"of-aborted\" d=\"M-4 0h8\"/>\
     <path class=\"of-running\" d=\"M-2.2-3.8 3.8 0-2.2 3.8Z\"/>\
     <path class=\"of-failed\" d=\"M-3-3 3 3M3-3-3 3\"/>"
}
