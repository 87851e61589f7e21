//! One event, as `GetExecutionHistory` prints it.

use model::{StateType, Timestamp};
use serde_json::Value;

use super::visit::HistoryMoment;

/// The parts of an event that are read.
pub(super) struct ReadEvent<'e> {
    pub(super) id: u64,
    pub(super) previous: u64,
    pub(super) kind: &'e str,
    at: Option<Timestamp>,
    /// The member whose name ends with `EventDetails`.
    details: Option<&'e Value>,
}

impl<'e> ReadEvent<'e> {
    /// Reads an event; `None` if that is none.
    pub(super) fn of(event: &'e Value) -> Option<Self> {
        let members = event.as_object()?;
        let details = members.iter().find(|(name, _)| name.ends_with("EventDetails"));
        Some(Self {
            id: event.get("id")?.as_u64()?,
            previous: event.get("previousEventId").and_then(Value::as_u64).unwrap_or_default(),
            kind: event.get("type")?.as_str()?,
            at: event.get("timestamp").and_then(read_time),
            details: details.map(|(_, details)| details),
        })
    }

    /// A text of its details.
    pub(super) fn text(&self, member: &str) -> Option<&'e str> {
        self.details?.get(member)?.as_str()
    }

    /// The `name` in its details: of a state, or of the Map of an iteration.
    pub(super) fn name(&self) -> Option<&'e str> {
        self.text("name")
    }

    /// The index of an iteration.
    pub(super) fn iteration_index(&self) -> Option<u32> {
        self.details?.get("index")?.as_u64()?.try_into().ok()
    }

    /// Its id and its time; if it has none, that of the event before it.
    pub(super) fn moment_after(&self, before: Timestamp) -> HistoryMoment {
        HistoryMoment { event_id: self.id, at: self.at.unwrap_or(before) }
    }

    /// The type of the state in types such as `TaskStateEntered`.
    pub(super) fn state_type(&self) -> Option<StateType> {
        let (name, _) = self.kind.split_once("State")?;
        [
            StateType::Pass,
            StateType::Task,
            StateType::Choice,
            StateType::Wait,
            StateType::Succeed,
            StateType::Fail,
            StateType::Parallel,
            StateType::Map,
        ]
        .into_iter()
        .find(|state_type| state_type.as_str() == name)
    }
}

/// Seconds since the epoch as the API has them, or the text that the AWS CLI makes of them.
fn read_time(time: &Value) -> Option<Timestamp> {
    if let Some(text) = time.as_str() {
        return Timestamp::parse(text).ok();
    }
    let milliseconds = (time.as_f64()? * 1000.0).round();
    // Up to the year 9999.
    let is_time = (0.0..253_402_300_800_000.0).contains(&milliseconds);
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    is_time.then(|| Timestamp::from_milliseconds(milliseconds as i64))
}
