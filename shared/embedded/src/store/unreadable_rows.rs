//! Rows that a list leaves out, since they cannot be read. Each is logged once.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use tracing::error;

use super::error::StoreError;

/// The reasons that the log has.
#[derive(Debug, Default)]
pub(super) struct UnreadableRows(Mutex<BTreeSet<String>>);

/// The rows of a list that could be read, and why the others could not.
pub(super) struct ReadRows<A> {
    pub(super) rows: A,
    pub(super) left_out: Vec<StoreError>,
}

/// Returns what could be read. Keeps the error of a row that cannot be, unless the error concerns
/// more than that row.
pub(super) fn leave_out<A>(
    read: Result<A, StoreError>,
    left_out: &mut Vec<StoreError>,
) -> Result<Option<A>, StoreError> {
    match read {
        Ok(row) => Ok(Some(row)),
        Err(error @ (StoreError::Unreadable { .. } | StoreError::Broken { .. })) => {
            left_out.push(error);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl UnreadableRows {
    /// Returns the rows that could be read, and logs why the others could not, each reason once.
    pub(super) fn log_left_out_rows<A>(&self, ReadRows { rows, left_out }: ReadRows<A>) -> A {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for error in left_out {
            let reason = error.to_string();
            if logged.insert(reason.clone()) {
                error!(
                    reason,
                    "a row is left out, and so are the executions of a state machine that is; a \
                     release that can read it shows it, and DeleteStateMachine removes it with its \
                     state machine"
                );
            }
        }
        rows
    }
}
