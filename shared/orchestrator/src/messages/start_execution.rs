//! Handles "this execution was started", a message that its start sends before it writes record 0.
//!
//! ```text
//! record 0 of this start   → advance from it
//! record 0 of another one  → acknowledge: that start has sent a message of its own
//! none yet, just started   → look again in a few milliseconds, a few times
//! … still none             → hidden for a second, then for as long again as it has waited
//! … no starter can live    → acknowledge: nobody was told of that start
//! ```

use std::sync::Arc;

use model::{
    QueueMessage, Record, RecordKey, RecordNumber, Timestamp,
    limits::{CLOCK_SKEW_MILLISECONDS_MAX, START_MILLISECONDS_MAX},
};

use super::{
    advance_frame,
    step_outcome::{Disposition, StepOutcome},
};
use crate::{
    EngineContext, Fault,
    frames::{CallPermission, KeyedRecord, root_key},
    ports::{Clock, RecordLog},
    roles::StepRole,
};

/// Milliseconds between looks for record 0 within one delivery. A put mostly takes some five.
const LOOK_PAUSES_MILLISECONDS: [i64; 6] = [1, 2, 4, 8, 16, 32];
/// The shortest time in milliseconds for which a message without a record is hidden.
const HIDDEN_MILLISECONDS_MIN: i64 = 1_000;

/// Advances an execution from the record 0 that its start has written, or is about to write.
pub(super) async fn begin_execution<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    started_at: Timestamp,
    permission: CallPermission,
) -> Result<StepOutcome, Fault> {
    let key = root_key(&message.execution, RecordNumber::FIRST);
    let Some(record) = await_first_record(ports, &key, started_at).await? else {
        return Ok(StepOutcome::Settled(settle_without_record(ports, started_at)));
    };
    if record.facts.started_at != started_at {
        return Ok(StepOutcome::ACKNOWLEDGE);
    }
    let head = KeyedRecord { key, record };
    advance_frame::advance_from_head(ports, context, message, head, permission).await
}

/// Looks for record 0, and a few times more if the start has only just happened.
async fn await_first_record<P>(
    ports: &P,
    key: &RecordKey,
    started_at: Timestamp,
) -> Result<Option<Arc<Record>>, Fault>
where
    P: RecordLog + Clock,
{
    for pause in LOOK_PAUSES_MILLISECONDS {
        let record = ports.load_record(key).await?;
        if record.is_some() || milliseconds_since(ports, started_at) >= HIDDEN_MILLISECONDS_MIN {
            return Ok(record);
        }
        ports.sleep_until(ports.now().plus_milliseconds(pause)).await;
    }
    ports.load_record(key).await
}

/// Settles a message that a start has sent and whose execution is not there. While the process of
/// the start may live, the message must come back.
pub(super) fn settle_without_record(clock: &impl Clock, started_at: Timestamp) -> Disposition {
    let waited = milliseconds_since(clock, started_at);
    if waited > START_MILLISECONDS_MAX + CLOCK_SKEW_MILLISECONDS_MAX {
        return Disposition::Acknowledge;
    }
    Disposition::RedeliverAt(clock.now().plus_milliseconds(waited.max(HIDDEN_MILLISECONDS_MIN)))
}

fn milliseconds_since(clock: &impl Clock, started_at: Timestamp) -> i64 {
    clock.now().as_milliseconds().saturating_sub(started_at.as_milliseconds())
}

#[cfg(test)]
mod tests {
    use std::future::{Future, ready};

    use super::*;

    struct FixedClock(i64);

    impl Clock for FixedClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_milliseconds(self.0)
        }

        fn sleep_until(&self, _: Timestamp) -> impl Future<Output = ()> + Send {
            ready(())
        }
    }

    #[test]
    fn a_message_without_a_record_dies_out_after_a_dozen_looks() {
        let started_at = 1_000;
        let (mut now, mut looks) = (started_at + 70, 1);
        while let Disposition::RedeliverAt(next) =
            settle_without_record(&FixedClock(now), Timestamp::from_milliseconds(started_at))
        {
            assert!(next.as_milliseconds() >= now + HIDDEN_MILLISECONDS_MIN);
            (now, looks) = (next.as_milliseconds(), looks + 1);
        }
        assert!(now > started_at + START_MILLISECONDS_MAX);
        assert_eq!(looks, 12);
    }

    #[test]
    fn a_starter_whose_clock_is_ahead_is_waited_for() {
        let ahead = Timestamp::from_milliseconds(CLOCK_SKEW_MILLISECONDS_MAX);
        let settled = settle_without_record(&FixedClock(0), ahead);
        let again = Timestamp::from_milliseconds(HIDDEN_MILLISECONDS_MIN);
        assert_eq!(settled, Disposition::RedeliverAt(again));
    }
}
