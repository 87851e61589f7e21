//! Asks IAM who may pass which role.
//!
//! Spec: IAM User Guide, "Granting a user permissions to pass a role to an AWS service"; IAM API
//! reference, `SimulatePrincipalPolicy`. It knows the policies of a user or role, with boundaries and
//! those of the organisation, and nothing of a policy that was given to one session.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lru::LruCache;
use orchestrator::Fault;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{ServiceClient, client::CallFailure};

/// How long an answer is kept that lets somebody pass a role. One that does not is asked for again.
const KEPT_MAX: Duration = Duration::from_mins(5);
/// Most answers that are kept.
const ANSWERS_MAX: NonZeroUsize = NonZeroUsize::new(1024).expect("1024 is not zero");
/// The service to which a role is passed. To policies that were written for Step Functions, that is
/// what a state machine is.
const PASSED_TO: &str = "states.amazonaws.com";

/// Who was allowed to pass which role, by their ARNs.
#[derive(Debug)]
pub(crate) struct RolePassing {
    allowed: Mutex<LruCache<(String, String), Instant>>,
}

impl Default for RolePassing {
    fn default() -> Self {
        Self { allowed: Mutex::new(LruCache::new(ANSWERS_MAX)) }
    }
}

/// A principal, by how its policies are found.
#[derive(Debug, PartialEq, Eq)]
enum PolicySource<'a> {
    /// The account itself, which may do everything.
    Root,
    /// The policies of this ARN.
    User(&'a str),
    /// The policies of the role of that name. Its ARN may have a path, which that of a session lacks.
    RoleNamed(&'a str),
}

impl RolePassing {
    /// Whether a principal may pass a role of its own account to a state machine.
    ///
    /// Errors: IAM does not say.
    pub(crate) async fn is_allowed(
        &self,
        client: &ServiceClient,
        principal: &str,
        role_arn: &str,
    ) -> Result<bool, Fault> {
        let key = (principal.to_owned(), role_arn.to_owned());
        if self.is_kept(&key) {
            return Ok(true);
        }
        let is_own =
            account_of(principal).is_some() && account_of(principal) == account_of(role_arn);
        let Some(source) = PolicySource::of_principal(principal).filter(|_| is_own) else {
            return Ok(false);
        };
        let is_allowed = match source {
            PolicySource::Root => true,
            PolicySource::User(arn) => simulate(client, arn, role_arn).await?,
            PolicySource::RoleNamed(name) => match find_role(client, name).await? {
                Some(arn) => simulate(client, &arn, role_arn).await?,
                None => false,
            },
        };
        if is_allowed {
            self.lock_allowed().put(key, Instant::now());
        }
        Ok(is_allowed)
    }

    fn is_kept(&self, key: &(String, String)) -> bool {
        self.lock_allowed().get(key).is_some_and(|since| since.elapsed() < KEPT_MAX)
    }

    fn lock_allowed(&self) -> std::sync::MutexGuard<'_, LruCache<(String, String), Instant>> {
        self.allowed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> PolicySource<'a> {
    /// None if nobody can say what the principal may do, as of federated users.
    ///
    /// Spec: IAM User Guide, "IAM identifiers" § ARNs.
    fn of_principal(arn: &'a str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, service, "", _, resource] = parts[..] else { return None };
        match (service, resource.split_once('/')) {
            ("iam", None) if resource == "root" => Some(Self::Root),
            ("iam", Some(("user", _))) => Some(Self::User(arn)),
            ("sts", Some(("assumed-role", session))) => {
                let (role, _) = session.split_once('/')?;
                Some(Self::RoleNamed(role))
            }
            _ => None,
        }
    }
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

async fn find_role(client: &ServiceClient, name: &str) -> Result<Option<String>, Fault> {
    let answer = ask(client, "GetRole", &json!({ "RoleName": name })).await?;
    Ok(answer.and_then(|answer| answer["Role"]["Arn"].as_str().map(str::to_owned)))
}

async fn simulate(client: &ServiceClient, principal: &str, role_arn: &str) -> Result<bool, Fault> {
    let parameters = json!({
        "PolicySourceArn": principal,
        "ActionNames": ["iam:PassRole"],
        "ResourceArns": [role_arn],
        "ContextEntries": [{
            "ContextKeyName": "iam:PassedToService",
            "ContextKeyType": "string",
            "ContextKeyValues": [PASSED_TO],
        }],
    });
    let answer = ask(client, "SimulatePrincipalPolicy", &parameters).await?;
    let answer = answer.unwrap_or_default();
    let results = answer["EvaluationResults"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(!results.is_empty() && results.iter().all(|result| result["EvalDecision"] == "allowed"))
}

/// Asks IAM; none if it knows no such principal or role.
async fn ask(
    client: &ServiceClient,
    operation: &str,
    parameters: &Value,
) -> Result<Option<Value>, Fault> {
    match client.call_as_itself(("iam", operation), parameters).await {
        Ok(members) => Ok(Some(Value::Object(members))),
        Err(CallFailure::Refused(refusal))
            if matches!(
                refusal.code.as_str(),
                "NoSuchEntity" | "ValidationError" | "InvalidInput"
            ) =>
        {
            Ok(None)
        }
        Err(failure) => Err(Fault::Port {
            port: "TaskCaller",
            reason: format!("iam:{operation}: {}", failure.describe()),
            source: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_has_the_policies_of_its_user_or_role() {
        for (arn, source) in [
            ("arn:aws:iam::123456789012:root", Some(PolicySource::Root)),
            (
                "arn:aws:iam::123456789012:user/team/ann",
                Some(PolicySource::User("arn:aws:iam::123456789012:user/team/ann")),
            ),
            (
                "arn:aws:sts::123456789012:assumed-role/Deployer/ann",
                Some(PolicySource::RoleNamed("Deployer")),
            ),
            ("arn:aws:sts::123456789012:federated-user/ann", None),
            ("arn:aws:iam::123456789012:role/Deployer", None),
            ("arn:aws:sts::123456789012:assumed-role/Deployer", None),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(PolicySource::of_principal(arn), source, "{arn}");
        }
    }

    #[test]
    fn an_arn_has_its_account() {
        assert_eq!(account_of("arn:aws:iam::123456789012:role/r"), Some("123456789012"));
        for none in ["arn:aws:iam:::role/r", "role", ""] {
            assert_eq!(account_of(none), None, "{none}");
        }
    }
}
