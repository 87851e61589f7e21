//! Numbers the events of an Express execution as they are appended, prints those that are logged, and
//! keeps them if the execution is kept.

use std::collections::{BTreeMap, VecDeque};

use model::{
    EventRef, ExecutionLogging, FramePath, FramePhase, PreviousEvent, Record, RecordKey,
    RecordNumber, RecordedEvent, Timestamp,
};

use super::kept_events::KeptEvents;
use crate::{messages::log_line::LogLineFormat, ports::ExecutionLogLine};

/// The newest records that are kept of a frame: its head, those that its readers walk back to, and those to
/// whose events others may refer.
pub(super) const RECORDS_KEPT: usize = 4;

/// Numbers the events of one execution.
#[derive(Debug)]
pub(super) struct EventRecorder {
    /// None if nothing is logged.
    format: Option<LogLineFormat>,
    /// None if nothing is kept.
    kept: Option<KeptEvents>,
    /// How many events there have been.
    events: u64,
    frames: BTreeMap<FramePath, NumberedFrame>,
    lines: Vec<ExecutionLogLine>,
    bytes: usize,
}

/// The ids of a frame's newest events.
#[derive(Debug, Default)]
struct NumberedFrame {
    last: u64,
    /// The id of the event that the last one follows.
    last_previous: u64,
    /// Records and the ids of their first events.
    records: VecDeque<(RecordNumber, u64)>,
}

impl EventRecorder {
    /// Makes a recorder, if there is anything to record.
    pub(super) fn new(format: Option<LogLineFormat>, is_kept: bool) -> Option<Self> {
        let kept = is_kept.then(KeptEvents::default);
        let (frames, lines) = (BTreeMap::new(), Vec::new());
        let is_needed = format.is_some() || is_kept;
        is_needed.then_some(Self { format, kept, events: 0, frames, lines, bytes: 0 })
    }

    /// Numbers the events of a record that was appended.
    pub(super) fn record_events(&mut self, key: &RecordKey, record: &Record) {
        if let Some(kept) = &mut self.kept {
            kept.count_payloads(record);
        }
        let first = self.events + 1;
        let frame = self.frames.entry(key.frame.clone()).or_default();
        frame.records.push_back((key.number, first));
        if frame.records.len() > RECORDS_KEPT {
            frame.records.pop_front();
        }
        for (event, id) in record.events.iter().zip(first..) {
            let previous = match &event.previous {
                PreviousEvent::Chain => self.last_above(&key.frame),
                PreviousEvent::Sibling => {
                    self.frames.get(&key.frame).map_or(0, |f| f.last_previous)
                }
                PreviousEvent::Nothing => 0,
                PreviousEvent::Event(event) => self.id_of(event),
            };
            let frame = self.frames.entry(key.frame.clone()).or_default();
            (frame.last, frame.last_previous) = (id, previous);
            self.events = id;
            if let Some(kept) = &mut self.kept {
                kept.keep_event(record, event, previous);
            }
            let format = self.format.as_ref();
            if let Some(format) = format.filter(|to| to.logging.logs_event(&event.kind)) {
                let line = format.print_event(record, event, (id, previous));
                self.bytes += line.text.len();
                self.lines.push(line);
            }
        }
    }

    /// Forgets the children of a frame that has left its fork with that record. A retry still refers to
    /// the child that failed.
    pub(super) fn forget_children(&mut self, parent: &FramePath, record: &Record) {
        if !matches!(record.frame.phase, FramePhase::Delayed { .. }) {
            self.frames.retain(|frame, _| frame.forks_above().all(|(above, _)| above != *parent));
        }
    }

    /// The bytes of the lines that were not taken.
    pub(super) const fn waiting_bytes(&self) -> usize {
        self.bytes
    }

    /// Takes the lines since the last time, and says where they go; none if there are none.
    pub(super) fn take_lines(&mut self) -> Option<(ExecutionLogging, Vec<ExecutionLogLine>)> {
        let format = self.format.as_ref().filter(|_| !self.lines.is_empty())?;
        self.bytes = 0;
        Some((format.logging.clone(), std::mem::take(&mut self.lines)))
    }

    /// Takes the events that are kept, as those of one record that was written at that time; none if
    /// nothing is kept.
    pub(super) fn take_kept_events(&mut self, written_at: Timestamp) -> Option<Vec<RecordedEvent>> {
        Some(self.kept.take()?.into_recorded_events(written_at))
    }

    /// The id of the last event of a frame, or of the frame above one that has no event yet.
    fn last_above(&self, frame: &FramePath) -> u64 {
        let last = self.frames.get(frame).map_or(0, |frame| frame.last);
        match frame.parent_fork() {
            Some((above, ..)) if last == 0 => self.last_above(&above),
            Some(_) | None => last,
        }
    }

    fn id_of(&self, event: &EventRef) -> u64 {
        let frame = self.frames.get(&event.frame);
        let records = frame.into_iter().flat_map(|frame| &frame.records);
        let record = records.rev().find(|(number, _)| *number == event.record);
        record.map_or(0, |(_, first)| first + u64::from(event.index))
    }
}
