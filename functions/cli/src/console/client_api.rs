//! The API of a target, as the console asks it.

use std::sync::Arc;

use console::{ClientAccess, ConsoleApi, ConsoleApiError, DeadLetterEntry};
use serde_json::Value;

use super::dead_letter_source::DeadLetterSource;
use crate::client::{ApiClient, ApiRefusal};

/// The API of a target that a client is connected to.
pub(super) struct ClientConsoleApi {
    pub(super) client: Arc<ApiClient>,
    pub(super) access: ClientAccess,
    pub(super) dead_letters: DeadLetterSource,
}

impl ConsoleApi for ClientConsoleApi {
    async fn call(
        &self,
        operation: &'static str,
        members: Value,
    ) -> Result<Value, ConsoleApiError> {
        let answer = Box::pin(self.client.call(operation, members)).await;
        answer.map_err(|error| match error.downcast::<ApiRefusal>() {
            Ok(ApiRefusal { exception, message }) => {
                ConsoleApiError { exception: Some(exception), message }
            }
            Err(error) => ConsoleApiError { exception: None, message: format!("{error:#}") },
        })
    }

    fn client_access(&self) -> ClientAccess {
        self.access.clone()
    }

    fn keeps_dead_letters(&self) -> bool {
        self.dead_letters.is_there()
    }

    async fn list_dead_letters(&self) -> Result<Vec<DeadLetterEntry>, ConsoleApiError> {
        Box::pin(self.dead_letters.list_letters()).await
    }

    async fn remove_dead_letter(&self, handle: &str) -> Result<(), ConsoleApiError> {
        Box::pin(self.dead_letters.remove_letter(handle)).await
    }
}
