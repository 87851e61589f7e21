//! How many requests of each operation were answered, and with which status.

use std::{
    collections::BTreeMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use hyper::{Request, StatusCode};
use protocol::{OPERATION_NAMES, requested_operation};

/// The label of requests that name no operation which is served: labels must be few, and clients can
/// write anything.
const UNKNOWN: &str = "unknown";

/// The name of an operation that is served, or [`UNKNOWN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OperationLabel(&'static str);

/// The counters. To count takes no exclusive lock, except for the first of its kind.
#[derive(Debug, Default)]
pub(crate) struct RequestCounts(RwLock<BTreeMap<(OperationLabel, u16), AtomicU64>>);

impl OperationLabel {
    pub(crate) fn of_request<B>(request: &Request<B>) -> Self {
        let operation = requested_operation(request).unwrap_or_default();
        let found = OPERATION_NAMES.binary_search(&operation);
        Self(found.map_or(UNKNOWN, |at| OPERATION_NAMES[at]))
    }
}

impl RequestCounts {
    pub(crate) fn count_answer(&self, operation: OperationLabel, status: StatusCode) {
        let key = (operation, status.as_u16());
        if let Some(counter) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            counter.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut counters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        counters.entry(key).or_default().fetch_add(1, Ordering::Relaxed);
    }

    /// The operation, the status and the number of each kind, in order.
    pub(super) fn by_operation(&self) -> Vec<(&'static str, u16, u64)> {
        let counters = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let count = |((OperationLabel(name), status), counter): (&(_, u16), &AtomicU64)| {
            (*name, *status, counter.load(Ordering::Relaxed))
        };
        counters.iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_operation_and_status() {
        let counts = RequestCounts::default();
        let listed = [("ListStateMachines", 200), ("ListStateMachines", 200), ("No\"such", 400)];
        for (operation, status) in listed.into_iter().chain([("ListStateMachines", 400)]) {
            let target = format!("AWSStepFunctions.{operation}");
            let request = Request::post("/").header("x-amz-target", target).body(());
            let label = OperationLabel::of_request(&request.expect("a request"));
            counts.count_answer(label, StatusCode::from_u16(status).expect("a status"));
        }
        let list = "ListStateMachines";
        assert_eq!(counts.by_operation(), [(list, 200, 2), (list, 400, 1), (UNKNOWN, 400, 1)]);
    }
}
