//! The API of a target, as the console asks it.

use std::sync::Arc;

use console::{ClientAccess, ConsoleApi, ConsoleApiError};
use serde_json::Value;

use crate::client::{ApiClient, ApiRefusal};

/// The API of a target that a client is connected to.
pub(super) struct ClientConsoleApi {
    pub(super) client: Arc<ApiClient>,
    pub(super) access: ClientAccess,
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
}
