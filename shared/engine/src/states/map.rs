//! Map State, inline: forked, and joined in `states.rs`.

use asl::Map;
use model::{EventKind, Failure, Payload, Phase, error_name};

use crate::{
    Join, Transition,
    draft::Draft,
    handle::{handle, will_retry},
    language::{Evaluate, Items},
};

/// Spec: ASL § Map State.
pub(crate) fn fork<L: Evaluate>(mut draft: Draft<'_>, map: &Map<L>, input: &Payload) -> Transition {
    let items = L::items(&mut draft, map, input).and_then(|items| allowed(&draft, items));
    let Items { effective, length, concurrency } = match items {
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

/// Items, if the deployment allows so many.
fn allowed(draft: &Draft<'_>, items: Items) -> Result<Items, Failure> {
    let most = draft.scene.limits.children;
    if items.length <= most {
        return Ok(items);
    }
    let cause = format!("A Map state may have {most} items, not {}.", items.length);
    Err(Failure::new(error_name::DATA_LIMIT_EXCEEDED, cause))
}

#[cfg(test)]
mod tests {
    use model::Limits;

    use crate::testing::walk_within;

    #[test]
    fn a_map_may_have_so_many_items_and_no_more() {
        let machine = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
            "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}
        }}}"#;
        let limits = Limits { children: 2, ..Limits::OPEN };
        assert_eq!(walk_within(limits, machine, "[1,2]", &[]).output(), "[1,2]");
        let walk = walk_within(limits, machine, "[1,2,3]", &[]);
        assert_eq!(walk.failure().0, "States.DataLimitExceeded");
        assert_eq!(walk.failure().1, "A Map state may have 2 items, not 3.");
    }
}
