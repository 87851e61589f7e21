//! Who acts in the console, as causes in histories tell it.

use std::{env, time::Duration};

use services::caller_arn;
use tokio::time::timeout;

use crate::client::{ApiClient, RememberedTarget, service_client};

/// How long to wait for AWS to say who calls.
const PATIENCE: Duration = Duration::from_secs(5);

/// Finds who acts at a target: the caller as AWS knows it, where AWS decides who may; else, or if it does
/// not say so, the user of this machine.
///
/// Shape: `arn:aws:iam::000000000000:user/ada at the console`
pub(super) async fn find_operator(target: &RememberedTarget, client: &ApiClient) -> String {
    if !client.is_behind_iam() {
        return operator_of_machine();
    }
    let aws = service_client(target);
    match timeout(PATIENCE, caller_arn(&aws)).await {
        Ok(Ok(arn)) => format!("{arn} at the console"),
        Ok(Err(_)) | Err(_) => operator_of_machine(),
    }
}

/// The user who started this process.
///
/// Shape: `ada at the console`
pub(crate) fn operator_of_machine() -> String {
    let named = ["USER", "LOGNAME"].into_iter().find_map(|name| env::var(name).ok());
    let user = named.filter(|user| !user.is_empty()).unwrap_or_else(|| "somebody".to_owned());
    format!("{user} at the console")
}
