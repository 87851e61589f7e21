//! Computations: what takes the processor and may take it for long.

use std::future::{Future, ready};

use model::{RevisionId, StateName};
use step_budget::StepTime;

use crate::Fault;

/// The state whose step is computed. Its steps take about as long as one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepOrigin<'a> {
    /// The revision of the state machine.
    pub revision: &'a RevisionId,
    /// The name of the state.
    pub state: &'a StateName,
}

/// Runs computations so that a long one keeps nothing else waiting.
///
/// Users write what is computed: expressions that run for seconds, and definitions that are made to
/// take long. An implementation without threads of its own computes at once.
pub trait ComputePool {
    /// Computes a step within the time of one step, which it is told when it asks. `origin` is none
    /// for a state that is only tested.
    ///
    /// `compute` may be called more than once. Only the result of the last call is returned.
    ///
    /// Errors: a fault if the process is about to end; there is no result then.
    fn compute_step<T: Send>(
        &self,
        origin: Option<StepOrigin<'_>>,
        compute: impl FnMut(&StepTime<'_>) -> T + Send,
    ) -> impl Future<Output = Result<T, Fault>> + Send {
        let _ = origin;
        let mut compute = compute;
        ready(Ok(compute(StepTime::unlimited())))
    }

    /// Reads a definition, which has no limit of time.
    ///
    /// Errors: a fault if the process is about to end.
    fn read_definition<T: Send>(
        &self,
        read: impl FnOnce() -> T + Send,
    ) -> impl Future<Output = Result<T, Fault>> + Send {
        ready(Ok(read()))
    }
}
