//! Errors of an open store.

use std::sync::Arc;

use orchestrator::Fault;
use rusqlite::{ErrorCode, types::Type};

/// Says why an open store could not do its work. Use cases see it as the source of a [`Fault`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full. Nothing of the batch was written.
    #[error("the disk of the data directory is full")]
    Full(#[source] Arc<rusqlite::Error>),
    /// The file is damaged.
    #[error("the database file is damaged")]
    Damaged(#[source] Arc<rusqlite::Error>),
    /// The file or its folder is read-only.
    #[error("the database file cannot be written")]
    ReadOnly(#[source] Arc<rusqlite::Error>),
    /// `SQLite` reported any other error.
    #[error("the database failed")]
    Database(#[source] Arc<rusqlite::Error>),
    /// The store was shut down.
    #[error("the store is closed")]
    Closed,
    /// The page token was not issued by this store.
    #[error("'{0}' is not a page token of this store")]
    PageToken(String),
    /// The stored data of an execution or a machine is not of a shape that this version knows.
    #[error("what is stored of {of} cannot be read by this version: {reason}")]
    Unreadable {
        /// The id of the execution or revision, or the name of the machine.
        of: String,
        /// What this version does not know.
        reason: String,
    },
    /// The stored data of an execution or a machine is broken.
    #[error("what is stored of {of} is broken: {reason}")]
    Broken {
        /// The id of the execution or revision, or the name of the machine.
        of: String,
        /// What is wrong with the data.
        reason: String,
    },
}

impl StoreError {
    /// Makes the error for an execution or machine whose stored data cannot be read.
    pub(super) fn broken_entry(of: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Broken { of: of.into(), reason: reason.to_string() }
    }
}

/// Says that an item in a row cannot be read. It travels inside a [`rusqlite::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(super) struct UnreadableItem {
    /// The id of the execution, or the name of the machine.
    pub(super) of: String,
    /// What this version does not know.
    pub(super) reason: String,
}

impl From<UnreadableItem> for rusqlite::Error {
    fn from(item: UnreadableItem) -> Self {
        Self::FromSqlConversionFailure(0, Type::Text, item.into())
    }
}

/// Whether an error says that a row is not as this version writes it, though `SQLite` could read it.
pub(super) const fn is_of_row(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if is_of_row(&error) {
            let item = match &error {
                rusqlite::Error::FromSqlConversionFailure(_, _, source) => {
                    source.downcast_ref::<UnreadableItem>()
                }
                _ => None,
            };
            let of =
                item.map_or_else(|| "a row of the database".to_owned(), |item| item.of.clone());
            return Self::Unreadable { of, reason: error.to_string() };
        }
        let error = Arc::new(error);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly(error),
            _ => Self::Database(error),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Broken { of, reason } => Self::Broken { execution: of, reason },
            StoreError::Unreadable { of, reason } => Self::Unreadable { execution: of, reason },
            other => Self::in_port("store", other),
        }
    }
}
