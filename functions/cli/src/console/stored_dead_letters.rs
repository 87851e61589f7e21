//! The dead letters of a store, as the console shows them.

use console::{ConsoleApiError, DeadLetterEntry};
use embedded::{DeadLetter, SqliteStore};

/// Reads the dead letters of a store, the newest first.
pub(crate) async fn list_stored_letters(
    store: &SqliteStore,
) -> Result<Vec<DeadLetterEntry>, ConsoleApiError> {
    let letters = store.load_dead_letters().await.map_err(|fault| no_answer(&fault))?;
    Ok(letters.into_iter().map(entry_of_letter).collect())
}

/// Removes a dead letter of a store.
pub(crate) async fn remove_stored_letter(
    store: &SqliteStore,
    handle: &str,
) -> Result<(), ConsoleApiError> {
    let id = handle.parse().map_err(|_| no_answer(&"the store has no such letter"))?;
    store.remove_dead_letter(id).await.map_err(|fault| no_answer(&fault))
}

/// A dead letter of a store.
pub(super) fn entry_of_letter(letter: DeadLetter) -> DeadLetterEntry {
    DeadLetterEntry {
        handle: letter.id.to_string(),
        at: Some(letter.at),
        reason: Some(letter.reason),
        message: letter.message,
    }
}

/// Says that there is no answer, and why.
pub(super) fn no_answer(reason: &impl ToString) -> ConsoleApiError {
    ConsoleApiError { exception: None, message: reason.to_string() }
}
