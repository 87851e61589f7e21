//! Map State, inline: forked, and joined in `states.rs`.

use asl::Map;
use model::{EventKind, Payload, Phase};

use crate::{
    Join, Transition,
    draft::Draft,
    handle::{handle, will_retry},
    language::{Evaluate, Items},
};

/// Spec: ASL § Map State.
pub(crate) fn fork<L: Evaluate>(mut draft: Draft<'_>, map: &Map<L>, input: &Payload) -> Transition {
    let Items { effective, length, concurrency } = match L::items(&mut draft, map, input) {
        Ok(items) => items,
        Err(failure) => {
            // Recorded: only a failed expression makes the state itself fail.
            if draft.evaluation_has_failed() && !will_retry(&draft, &map.handlers, &failure) {
                draft.emit(EventKind::MapStateFailed);
            }
            return handle(draft, &map.handlers, input, failure, None);
        }
    };
    if let Some(watch) = draft.watch() {
        watch.iterates(length);
        watch.forks(concurrency, map.tolerance);
    }
    draft.emit(EventKind::MapStateStarted { length });
    // A test's mock answers for the iterations even where there are none.
    if length == 0 && draft.watch().is_none() {
        let join = Join { outputs: Vec::new(), last: None, events: 0 };
        return super::joined(draft, input, join);
    }
    let visit = draft.visit.clone();
    draft.stay(Phase::Forked {
        effective: (!effective.same(input)).then_some(effective),
        input: input.clone(),
        visit,
        children: length,
        concurrency: if concurrency == 0 { length } else { concurrency.min(length) },
        resumes: None,
    })
}
