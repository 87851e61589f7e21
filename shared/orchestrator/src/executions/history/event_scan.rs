//! Goes through the events of an execution, one log after another, with what each of them follows.
//! Of the logs above the one that is read, it keeps what their forks say; of all others nothing.

use std::collections::BTreeMap;

use model::{EventRef, ExecutionId, FramePath, PreviousEvent, RecordNumber, RecordOutline};

use crate::{
    Fault,
    history_order::{ClockedTime, EventOrderKey},
    ports::HistoryReader,
};

/// An [`EventOrderKey`] of an event that is being scanned.
#[derive(Clone, Copy)]
pub(super) struct ScannedPlace<'a> {
    moment: ClockedTime,
    frame: &'a FramePath,
    record: RecordNumber,
    index: u32,
}

impl ScannedPlace<'_> {
    fn compare(self, other: &EventOrderKey) -> std::cmp::Ordering {
        let EventRef { frame, record, index } = &other.event;
        (self.moment, self.frame, self.record, self.index).cmp(&(
            other.moment,
            frame,
            *record,
            *index,
        ))
    }

    pub(super) fn is_after(self, other: &EventOrderKey) -> bool {
        self.compare(other).is_gt()
    }

    pub(super) fn is_before(self, other: &EventOrderKey) -> bool {
        self.compare(other).is_lt()
    }

    pub(super) fn to_owned(self) -> EventOrderKey {
        let Self { moment, frame, record, index } = self;
        EventOrderKey { moment, event: EventRef { frame: frame.clone(), record, index } }
    }
}

/// An event that another one follows. Its moment is known unless it is in another log.
#[derive(Clone, Debug)]
pub(super) struct EventReference {
    pub(super) event: EventRef,
    pub(super) moment: Option<ClockedTime>,
}

/// An event, and the one that it follows, if any.
#[derive(Clone, Copy)]
pub(super) struct ScannedEvent<'a> {
    pub(super) place: ScannedPlace<'a>,
    pub(super) previous: Option<&'a EventReference>,
}

/// Shows every event of the history. What children did after their fork was left early is not part
/// of it.
pub(super) async fn scan_events(
    ports: &impl HistoryReader,
    id: &ExecutionId,
    mut visit: impl FnMut(ScannedEvent<'_>) + Send,
) -> Result<(), Fault> {
    let (mut logs, mut after) = (OpenLogs::default(), None);
    loop {
        let page = ports.load_outlines(id, after.as_ref()).await?;
        let Some((frame, number, _)) = page.last() else { return Ok(()) };
        after = Some((frame.clone(), *number));
        for (frame, number, outline) in &page {
            logs.scan_record(frame, *number, outline, &mut visit);
        }
    }
}

/// The logs from the root to the one that is read.
#[derive(Default)]
struct OpenLogs(Vec<OpenLog>);

struct OpenLog {
    frame: FramePath,
    /// When the first of the forks above was left.
    cut: Option<ClockedTime>,
    /// What the first event follows: the last one of the frame above.
    above: Option<EventReference>,
    last: Option<EventReference>,
    /// What the last event follows.
    last_previous: Option<EventReference>,
    /// Its forks.
    forks: BTreeMap<RecordNumber, ForkOutline>,
    /// The fork that the last record made.
    open_fork: Option<RecordNumber>,
}

/// What the children of a fork need to know of it.
struct ForkOutline {
    /// The last event up to the fork.
    last: Option<EventReference>,
    /// When it was left, for any reason. A join that succeeds comes after everything that its
    /// children did, so it cuts nothing off.
    left: Option<ClockedTime>,
}

impl OpenLogs {
    fn scan_record(
        &mut self,
        frame: &FramePath,
        number: RecordNumber,
        outline: &RecordOutline,
        visit: &mut impl FnMut(ScannedEvent<'_>),
    ) {
        let log = self.open_log(frame);
        if let Some(fork) = log.open_fork.take().and_then(|fork| log.forks.get_mut(&fork)) {
            fork.left = Some((outline.began_at, outline.logical_clock));
        }
        for (event, index) in outline.events.iter().zip(0..) {
            let moment = (event.happened_at, outline.logical_clock);
            // At the same moment a parent's event comes before a child's, which is too late then.
            if log.cut.is_some_and(|cut| moment >= cut) {
                continue;
            }
            let previous = match &event.previous {
                PreviousEvent::Chain => log.last.clone().or_else(|| log.above.clone()),
                PreviousEvent::Sibling => log.last_previous.clone(),
                PreviousEvent::Nothing => None,
                PreviousEvent::Event(event) => {
                    Some(EventReference { event: event.clone(), moment: None })
                }
            };
            let place = ScannedPlace { moment, frame, record: number, index };
            visit(ScannedEvent { place, previous: previous.as_ref() });
            let event = EventRef { frame: frame.clone(), record: number, index };
            log.last = Some(EventReference { event, moment: Some(moment) });
            log.last_previous = previous;
        }
        if outline.is_at_fork {
            let last = log.last.clone().or_else(|| log.above.clone());
            log.forks.insert(number, ForkOutline { last, left: None });
            log.open_fork = Some(number);
        }
    }

    /// The log of a frame. Closes those that are not above it.
    fn open_log(&mut self, frame: &FramePath) -> &mut OpenLog {
        while self.0.last().is_some_and(|log| !frame.is_within(&log.frame)) {
            self.0.pop();
        }
        let is_open = self.0.last().is_some_and(|log| log.frame == *frame);
        if !is_open {
            let log = self.new_log(frame);
            self.0.push(log);
        }
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    fn new_log(&self, frame: &FramePath) -> OpenLog {
        let parent = self.0.last();
        let fork = frame.parent_fork().and_then(|(above, fork, _)| {
            parent.filter(|parent| parent.frame == above)?.forks.get(&fork)
        });
        let cuts = [parent.and_then(|parent| parent.cut), fork.and_then(|fork| fork.left)];
        OpenLog {
            frame: frame.clone(),
            cut: cuts.into_iter().flatten().min(),
            above: fork.and_then(|fork| fork.last.clone()),
            last: None,
            last_previous: None,
            forks: BTreeMap::new(),
            open_fork: None,
        }
    }
}
