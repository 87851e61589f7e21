//! The persisted form of a record, in which each payload of an execution is stored once.
//!
//! ```text
//! record 4 of the root: {"p": ["<input>"], … "i": 0 …}          holds it in slot 0
//! record 5 of the root: {… "i": "/4/0/1700000000000" …}         refers to it
//! ```
//!
//! Invariant: a record refers only to records that were durable before it. Logs are append-only, so
//! such a reference needs no count and no collection.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ExecutionFacts, Frame, FrameOutcome, FramePath, FramePhase, LeftPhase, Payload, Record,
    RecordNumber, RecordOutline, RecordedEvent, Timestamp, WrittenBy,
    limits::PAYLOAD_REFERENCE_BYTES_MIN,
};

/// Where the log of an execution holds a payload. Its text is `frame/record/slot/written_at`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadAddress {
    /// The frame whose log holds it.
    pub frame: FramePath,
    /// The record that holds it.
    pub record: RecordNumber,
    /// Its position among the payloads of that record, counted from 0.
    pub slot: u32,
    /// When that record was written.
    pub written_at: Timestamp,
}

impl fmt::Display for PayloadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frame, record, slot, written_at } = self;
        write!(f, "{frame}/{record}/{slot}/{}", written_at.as_milliseconds())
    }
}

impl FromStr for PayloadAddress {
    type Err = StoredRecordError;

    fn from_str(text: &str) -> Result<Self, StoredRecordError> {
        let wrong = || StoredRecordError::NoPosition(text.to_owned());
        let mut parts = text.rsplitn(4, '/');
        let mut part = || parts.next().ok_or_else(wrong);
        let (written_at, slot, record, frame) = (part()?, part()?, part()?, part()?);
        Ok(Self {
            frame: frame.parse().map_err(|_| wrong())?,
            record: RecordNumber::new(record.parse().map_err(|_| wrong())?),
            slot: slot.parse().map_err(|_| wrong())?,
            written_at: Timestamp::from_milliseconds(written_at.parse().map_err(|_| wrong())?),
        })
    }
}

/// What is wrong with a stored record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredRecordError {
    /// The text where a payload's position should be is none that this version knows.
    #[error("'{0}' is not the position of a payload")]
    NoPosition(String),
    /// No record holds the payload.
    #[error("the payload at '{0}' is missing")]
    Missing(PayloadAddress),
    /// The record was stored without the facts of its execution, and nobody has filled them in.
    #[error("the facts of its execution are missing")]
    NoFacts,
}

/// A record as it is persisted. Names are short, since most of a store is records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredRecord {
    /// The payloads that this record holds, by their slots. Where the record has a payload, its
    /// position stands in its place: the slot as a number, or an address as a string.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<Payload>,
    #[serde(rename = "by")]
    written_by: WrittenBy,
    #[serde(rename = "at")]
    written_at: Timestamp,
    #[serde(rename = "c")]
    logical_clock: u64,
    /// `None` where the store has them elsewhere.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    facts: Option<Arc<ExecutionFacts>>,
    #[serde(rename = "f")]
    frame: Frame,
    #[serde(rename = "ev", default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<RecordedEvent>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    left: Option<Box<LeftPhase>>,
    #[serde(skip)]
    referenced_bytes: usize,
}

impl StoredRecord {
    /// Returns the outline of the record, which needs none of its payloads.
    pub fn outline(&self) -> RecordOutline {
        RecordOutline::of_parts((self.written_at, self.logical_clock), &self.frame, &self.events)
    }

    /// Splits a record that is about to be appended from its payloads. Of those, it holds the ones
    /// that no record holds yet, and small ones, to which a reference would be as long.
    pub fn from_record(record: &Record) -> Self {
        Self::holding(record, |_| false)
    }

    /// Does the same, and also holds the payloads whose addresses `expires` is true for, since the
    /// records that hold them may be removed while this one is needed.
    pub fn holding(record: &Record, expires: impl Fn(&PayloadAddress) -> bool) -> Self {
        let Record { written_by, written_at, logical_clock, facts, frame, events, left } =
            record.clone();
        let mut stored = Self {
            held: Vec::new(),
            written_by,
            written_at,
            logical_clock,
            facts: Some(facts),
            frame,
            events,
            left,
            referenced_bytes: 0,
        };
        let Self { held, frame, events, left, referenced_bytes, .. } = &mut stored;
        for place in payload_places(frame, events, left) {
            let is_long = place.json_text().len() >= PAYLOAD_REFERENCE_BYTES_MIN;
            let elsewhere = place.address().filter(|address| is_long && !expires(address));
            *place = Payload::from_value(match elsewhere {
                Some(address) => {
                    *referenced_bytes += place.json_text().len();
                    address.to_string().into()
                }
                None => slot_of(held, place).into(),
            });
        }
        stored
    }

    /// Leaves out the facts if they are those that a store has for the execution. Those of a redriven
    /// execution differ from record to record, so they stay.
    #[must_use]
    pub fn without_known_facts(mut self, known: &ExecutionFacts) -> Self {
        let is_known = |facts: &ExecutionFacts| facts.last_redrive.is_none() && *facts == *known;
        self.facts = self.facts.filter(|facts| !is_known(facts));
        self
    }

    /// Returns whether the facts were left out.
    pub const fn lacks_facts(&self) -> bool {
        self.facts.is_none()
    }

    /// Fills in facts that were left out: those that the execution had before any redrive.
    pub fn fill_in_facts(&mut self, facts: &Arc<ExecutionFacts>) {
        self.facts.get_or_insert_with(|| Arc::clone(facts));
    }

    /// Parses what [`Self::to_json`] has printed. Compiled with this crate, and so optimised in tests.
    pub fn parse_json(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// Prints the record as JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Notes in the payloads that the record holds that this record of this frame holds them. Must
    /// be called once the record is durable, and not before.
    pub fn mark_durable(&self, frame: &FramePath, record: RecordNumber) {
        let written_at = self.written_at;
        for (slot, payload) in (0..).zip(&self.held) {
            let frame = frame.clone();
            payload.set_address(PayloadAddress { frame, record, slot, written_at });
        }
    }

    /// Returns how many bytes the payloads have that the record refers to, each counted as often as
    /// it is referred to. 0 for a record that was parsed.
    pub const fn referenced_bytes(&self) -> usize {
        self.referenced_bytes
    }

    /// Returns the payloads that the record holds.
    pub fn held_payloads(&self) -> impl Iterator<Item = &Payload> {
        self.held.iter()
    }

    /// Returns the payload in a slot.
    pub fn held_payload(&self, slot: u32) -> Option<&Payload> {
        self.held.get(usize::try_from(slot).ok()?)
    }

    /// Returns the addresses of the payloads that other records hold, each once.
    pub fn referenced_addresses(&mut self) -> Result<Vec<PayloadAddress>, StoredRecordError> {
        let mut addresses = Vec::new();
        for place in payload_places(&mut self.frame, &mut self.events, &mut self.left) {
            if let PayloadPosition::Elsewhere(address) = PayloadPosition::parse(place)?
                && !addresses.contains(&address)
            {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }

    /// Puts the payloads back in their places. `find` returns those that other records hold.
    /// `frame` and `number` are the key of this record.
    pub fn into_record(
        self,
        (frame, number): (&FramePath, RecordNumber),
        mut find: impl FnMut(&PayloadAddress) -> Option<Payload>,
    ) -> Result<Record, StoredRecordError> {
        self.mark_durable(frame, number);
        let Self { held, written_by, written_at, logical_clock, .. } = self;
        let facts = self.facts.ok_or(StoredRecordError::NoFacts)?;
        let (mut frame_after, mut events, mut left) = (self.frame, self.events, self.left);
        for place in payload_places(&mut frame_after, &mut events, &mut left) {
            let (address, found) = match PayloadPosition::parse(place)? {
                PayloadPosition::Here(slot) => {
                    let found = usize::try_from(slot).ok().and_then(|slot| held.get(slot));
                    let frame = frame.clone();
                    let address = PayloadAddress { frame, record: number, slot, written_at };
                    (address, found.cloned())
                }
                PayloadPosition::Elsewhere(address) => {
                    let found = find(&address);
                    (address, found)
                }
            };
            *place = found.ok_or(StoredRecordError::Missing(address))?;
        }
        let frame = frame_after;
        Ok(Record { written_by, written_at, logical_clock, facts, frame, events, left })
    }
}

impl Record {
    /// Returns the bytes of the JSON texts of its payloads.
    pub fn payload_bytes(&self) -> usize {
        let Self { mut frame, mut events, mut left, .. } = self.clone();
        let places = payload_places(&mut frame, &mut events, &mut left).into_iter();
        places.map(|place| place.json_text().len()).sum()
    }

    /// Returns the payload at an address, if this record, which was appended or loaded, has it.
    pub fn find_payload(&self, address: &PayloadAddress) -> Option<Payload> {
        let Self { mut frame, mut events, mut left, .. } = self.clone();
        let mut places = payload_places(&mut frame, &mut events, &mut left).into_iter();
        places.find(|place| place.address() == Some(address)).cloned()
    }
}

/// Where a payload is, as the stored record says in the payload's place.
enum PayloadPosition {
    Here(u32),
    Elsewhere(PayloadAddress),
}

impl PayloadPosition {
    fn parse(place: &Payload) -> Result<Self, StoredRecordError> {
        let no_position = || StoredRecordError::NoPosition(place.json_text().to_owned());
        match place.json_value() {
            Value::Number(slot) => {
                let slot = slot.as_u64().and_then(|slot| u32::try_from(slot).ok());
                slot.map(Self::Here).ok_or_else(no_position)
            }
            Value::String(address) => address.parse().map(Self::Elsewhere),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(no_position()),
        }
    }
}

/// Returns the slot of a payload, which is a new one if none has the same text.
fn slot_of(held: &mut Vec<Payload>, payload: &Payload) -> usize {
    held.iter().position(|other| other.has_same_text(payload)).unwrap_or_else(|| {
        held.push(payload.clone());
        held.len() - 1
    })
}

/// Returns every place of a record's parts that has a payload.
fn payload_places<'r>(
    frame: &'r mut Frame,
    events: &'r mut [RecordedEvent],
    left: &'r mut Option<Box<LeftPhase>>,
) -> Vec<&'r mut Payload> {
    let mut places: Vec<&mut Payload> =
        events.iter_mut().flat_map(|event| event.kind.payloads_mut()).collect();
    places.extend(frame.variables.values_mut());
    for phase in std::iter::once(&mut frame.phase).chain(left.as_mut().map(|left| &mut left.phase))
    {
        match phase {
            FramePhase::Ready { input, .. }
            | FramePhase::Waiting { input, .. }
            | FramePhase::Delayed { input, .. } => places.push(input),
            FramePhase::Submitted { input, queued, .. } => {
                places.push(input);
                places.extend(queued.as_mut().map(|queued| &mut queued.input));
            }
            FramePhase::Claimed { input, call, .. } => places.extend([input, &mut call.payload]),
            FramePhase::Forked { input, children_input, .. } => {
                places.push(input);
                places.extend(children_input);
            }
            FramePhase::Ended(FrameOutcome::Succeeded(output)) => places.push(output),
            FramePhase::Ended(
                FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_),
            ) => {}
        }
    }
    places
}

#[cfg(test)]
mod tests;
