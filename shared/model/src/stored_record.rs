//! The persisted form of a record, in which each payload of an execution is stored once.
//!
//! ```text
//! record 4 of the root: {"p": ["<input>"], "r": {… "input": 0 …}}            holds it in slot 0
//! record 5 of the root: {"p": [], "r": {… "input": "/4/0/1700000000000" …}}   refers to it
//! ```
//!
//! Invariant: a record refers only to records that were durable before it. Logs are append-only, so
//! such a reference needs no count and no collection.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    FrameOutcome, FramePath, FramePhase, Payload, Record, RecordNumber, RecordOutline, Timestamp,
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
}

/// A record as it is persisted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredRecord {
    /// The payloads that this record holds, by their slots.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<Payload>,
    /// The record. In place of each payload it has the payload's position: the slot as a number, or
    /// an address as a string.
    #[serde(rename = "r")]
    record: Record,
    #[serde(skip)]
    referenced_bytes: usize,
}

impl StoredRecord {
    /// Returns the outline of the record, which needs none of its payloads.
    pub fn outline(&self) -> RecordOutline {
        self.record.outline()
    }

    /// Splits a record that is about to be appended from its payloads. Of those, it holds the ones
    /// that no record holds yet, and small ones, to which a reference would be as long.
    pub fn from_record(record: &Record) -> Self {
        Self::holding(record, |_| false)
    }

    /// Does the same, and also holds the payloads whose addresses `expires` is true for, since the
    /// records that hold them may be removed while this one is needed.
    pub fn holding(record: &Record, expires: impl Fn(&PayloadAddress) -> bool) -> Self {
        let mut held: Vec<Payload> = Vec::new();
        let mut referenced_bytes = 0;
        let mut record = record.clone();
        for place in payload_places(&mut record) {
            let is_long = place.json_text().len() >= PAYLOAD_REFERENCE_BYTES_MIN;
            let elsewhere = place.address().filter(|address| is_long && !expires(address));
            *place = Payload::from_value(match elsewhere {
                Some(address) => {
                    referenced_bytes += place.json_text().len();
                    address.to_string().into()
                }
                None => slot_of(&mut held, place).into(),
            });
        }
        Self { held, record, referenced_bytes }
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
        let written_at = self.record.written_at;
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
        for place in payload_places(&mut self.record) {
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
        let Self { held, mut record, referenced_bytes: _ } = self;
        let record_written_at = record.written_at;
        for place in payload_places(&mut record) {
            let (address, found) = match PayloadPosition::parse(place)? {
                PayloadPosition::Here(slot) => {
                    let found = usize::try_from(slot).ok().and_then(|slot| held.get(slot));
                    let (frame, written_at) = (frame.clone(), record_written_at);
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
        Ok(record)
    }
}

impl Record {
    /// Returns the bytes of the JSON texts of its payloads.
    pub fn payload_bytes(&self) -> usize {
        payload_places(&mut self.clone()).into_iter().map(|place| place.json_text().len()).sum()
    }

    /// Returns the payload at an address, if this record, which was appended or loaded, has it.
    pub fn find_payload(&self, address: &PayloadAddress) -> Option<Payload> {
        let mut copy = self.clone();
        let found = payload_places(&mut copy).into_iter().find(|it| it.address() == Some(address));
        found.cloned()
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

/// Returns every place of a record that has a payload.
fn payload_places(record: &mut Record) -> Vec<&mut Payload> {
    let Record { frame, events, left, .. } = record;
    let mut places: Vec<&mut Payload> =
        events.iter_mut().flat_map(|event| event.kind.payloads_mut()).collect();
    places.extend(frame.variables.values_mut());
    for phase in std::iter::once(&mut frame.phase).chain(left.as_mut().map(|left| &mut left.phase))
    {
        match phase {
            FramePhase::Ready { input, .. }
            | FramePhase::Waiting { input, .. }
            | FramePhase::Submitted { input, .. }
            | FramePhase::Delayed { input, .. } => places.push(input),
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
