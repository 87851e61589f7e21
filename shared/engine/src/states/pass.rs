//! Pass State: one step.

use asl::Pass;
use model::Payload;

use crate::{Transition, draft::Draft, flow};

/// Spec: ASL § Pass State.
pub(crate) fn run(mut draft: Draft<'_>, pass: &Pass, input: &Payload) -> Transition {
    let output = flow::effective_input(&mut draft, &pass.flow, input).and_then(|effective| {
        let result = pass.result.clone().unwrap_or(effective);
        flow::output(&mut draft, &pass.flow, input, result)
    });
    match output {
        Ok(output) => draft.leave(output, &pass.next),
        Err(failure) => draft.fail(failure),
    }
}
