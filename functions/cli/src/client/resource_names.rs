//! What users call state machines and executions by: ARNs, or names.

use anyhow::{anyhow, bail};
use serde_json::json;

use super::{ApiClient, Pages};
use crate::view::instant_of;

/// Finds the ARN of a state machine by its name. An ARN stands for itself, so that versions and aliases
/// can be named too.
pub(crate) async fn find_machine(client: &ApiClient, named: &str) -> anyhow::Result<String> {
    if named.starts_with("arn:") {
        return Ok(named.to_owned());
    }
    let (name, qualifier) = match named.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (named, None),
    };
    let mut machines = Pages::new(client, "ListStateMachines", json!({}), "stateMachines");
    let mut others = Vec::new();
    while let Some(machine) = machines.next().await? {
        if machine["name"] == name {
            let arn = machine["stateMachineArn"].as_str().unwrap_or_default();
            return Ok(qualifier.map_or_else(|| arn.to_owned(), |it| format!("{arn}:{it}")));
        }
        others.push(machine["name"].as_str().unwrap_or_default().to_owned());
    }
    if others.is_empty() {
        bail!("there is no state machine {name}, and no other, at {}", client.target);
    }
    let more = if others.len() > 10 { ", …" } else { "" };
    others.truncate(10);
    Err(anyhow!("no state machine is called {name} (there are {}{more})", others.join(", ")))
}

/// Finds the ARN of an execution: `MACHINE:EXECUTION` by their names, or `MACHINE` for its newest
/// one. An ARN stands for itself.
pub(crate) async fn find_execution(client: &ApiClient, named: &str) -> anyhow::Result<String> {
    if named.starts_with("arn:") && !named.contains(":stateMachine:") {
        return Ok(named.to_owned());
    }
    if let Some((machine, execution)) = named.split_once(':').filter(|(head, _)| *head != "arn") {
        let machine = find_machine(client, machine).await?;
        return Ok(format!("{}:{execution}", machine.replacen(":stateMachine:", ":execution:", 1)));
    }
    let machine = find_machine(client, named).await?;
    // A list is in the order of what happened last: an execution that runs may have started after one that
    // has ended.
    let recent = json!({"stateMachineArn": machine, "maxResults": 100});
    let running = json!({"stateMachineArn": machine, "maxResults": 100, "statusFilter": "RUNNING"});
    let mut listed = Vec::new();
    for members in [recent, running] {
        let page = client.call("ListExecutions", members).await?;
        listed.extend(page["executions"].as_array().cloned().unwrap_or_default());
    }
    let newest = listed.iter().max_by_key(|execution| instant_of(&execution["startDate"]));
    match newest.and_then(|newest| newest["executionArn"].as_str()) {
        Some(arn) => Ok(arn.to_owned()),
        None => Err(anyhow!("{named} has no executions")),
    }
}

/// The names of the state machine and of the execution in an execution's ARN.
///
/// Shape: `arn:aws:states:us-east-1:000000000000:execution:order:x` → `order`, `x`
pub(crate) fn split_execution_arn(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(7, ':').skip(5);
    let kind = parts.next()?;
    let names = matches!(kind, "execution" | "express").then(|| parts.next()).flatten()?;
    names.split_once(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_arn_has_two_names() {
        let split = |tail: &str| {
            let arn = format!("arn:aws:states:us-east-1:000000000000:{tail}");
            split_execution_arn(&arn).map(|(machine, name)| format!("{machine} {name}"))
        };
        assert_eq!(split("execution:order:x").as_deref(), Some("order x"));
        assert_eq!(split("express:order:x:y").as_deref(), Some("order x:y"));
        assert_eq!(split("stateMachine:order"), None);
    }
}
