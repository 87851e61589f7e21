//! Parallel State: forked, and joined in `states.rs`.

use asl::Parallel;
use model::{EventKind, Payload, Phase};

use crate::{Transition, draft::Draft, handle::handle, language::Evaluate};

/// Spec: ASL § Parallel State.
pub(crate) fn fork<L: Evaluate>(
    mut draft: Draft<'_>,
    parallel: &Parallel<L>,
    input: &Payload,
) -> Transition {
    let effective = match L::effective_input(&mut draft, &parallel.flow, input) {
        Ok(effective) => effective,
        Err(failure) => return handle(draft, &parallel.handlers, input, failure, None),
    };
    draft.emit(EventKind::ParallelStateStarted);
    let children = u32::try_from(parallel.branches.len()).unwrap_or(u32::MAX);
    let visit = draft.visit.clone();
    draft.stay(Phase::Forked {
        effective: (!effective.same(input)).then_some(effective),
        input: input.clone(),
        visit,
        children,
        concurrency: children,
        resumes: None,
    })
}
