//! The versions and aliases of a state machine, and what changed between two of them.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::{machine_path, resource_name, unqualified_arn},
    page::PageError,
    view::{line_diff, time_element},
};

impl<A: ConsoleApi> Console<A> {
    pub(super) async fn show_versions(
        &self,
        machine: &Value,
        query: &FormFields,
    ) -> Result<Markup, PageError> {
        let arn = unqualified_arn(machine["stateMachineArn"].as_str().unwrap_or_default());
        let members = json!({ "stateMachineArn": arn, "maxResults": 100 });
        let answer = self.call("ListStateMachineVersions", members.clone()).await?;
        let versions: Vec<&Value> =
            answer["stateMachineVersions"].as_array().into_iter().flatten().collect();
        let answer = self.call("ListStateMachineAliases", members).await?;
        let mut aliases = Vec::new();
        for alias in answer["stateMachineAliases"].as_array().into_iter().flatten() {
            let members = json!({ "stateMachineAliasArn": alias["stateMachineAliasArn"] });
            aliases.push(self.call("DescribeStateMachineAlias", members).await?);
        }
        let difference = self.difference(arn, query, versions.first().copied()).await?;
        let version_arn = |version: &Value| {
            version["stateMachineVersionArn"].as_str().unwrap_or_default().to_owned()
        };
        Ok(html! {
            section aria-labelledby="aliases" {
                h2 #aliases { "Aliases" }
                @if aliases.is_empty() { p { "It has no aliases." } }
                @for alias in &aliases { (alias_entry(alias)) }
            }
            section aria-labelledby="versions" {
                h2 #versions { "Versions" }
                @if versions.is_empty() {
                    p { "No version was published." }
                    p.hint { "What has changed since an execution was started is on its page, under Definition." }
                } @else {
                    form.inline method="get" action=(machine_path(arn)) {
                        input type="hidden" name="view" value="versions";
                        label for="before" { "Compare" }
                        select #before name="before" { (choices(arn, &versions, query.get("before"), 0)) }
                        label for="after" { "with" }
                        select #after name="after" { (choices(arn, &versions, query.get("after"), versions.len())) }
                        button type="submit" { "Show changes" }
                    }
                    (difference)
                    div.wide tabindex="0" role="region" aria-label="Versions" {
                        table {
                            thead { tr { th scope="col" { "Version" } th scope="col" { "Published" } } }
                            tbody {
                                @for version in &versions {
                                    tr { th scope="row" { a href=(machine_path(&version_arn(version))) { (resource_name(&version_arn(version))) } }
                                         td { (time_element(&version["creationDate"])) } }
                                }
                            }
                        }
                    }
                }
            }
        })
    }

    /// What changed between the versions that were chosen, or since the newest one.
    async fn difference(
        &self,
        arn: &str,
        query: &FormFields,
        newest: Option<&Value>,
    ) -> Result<Markup, PageError> {
        let Some(newest) = newest.and_then(|version| version["stateMachineVersionArn"].as_str())
        else {
            return Ok(html! {});
        };
        let before = query.get("before").unwrap_or(newest);
        let after = query.get("after").unwrap_or(arn);
        let texts = (self.definition_of(before).await?, self.definition_of(after).await?);
        Ok(html! {
            h3 { "From " (version_label(arn, before)) " to " (version_label(arn, after)) }
            (line_diff(&texts.0, &texts.1))
        })
    }

    /// The definition of a version, formatted, so that only what it says makes a difference.
    async fn definition_of(&self, arn: &str) -> Result<String, PageError> {
        let machine = self.call("DescribeStateMachine", json!({ "stateMachineArn": arn })).await?;
        let definition = machine["definition"].as_str().unwrap_or_default();
        Ok(asl::format_definition(definition).unwrap_or_else(|_| definition.to_owned()))
    }
}

fn version_label(machine: &str, arn: &str) -> String {
    match arn.strip_prefix(machine).and_then(|rest| rest.strip_prefix(':')) {
        Some(version) => format!("version {version}"),
        None => "the current revision".to_owned(),
    }
}

/// The versions to choose from, and behind them the current revision. The one at `otherwise` is chosen if
/// none is named.
fn choices(machine: &str, versions: &[&Value], chosen: Option<&str>, otherwise: usize) -> Markup {
    let arns = versions.iter().filter_map(|version| version["stateMachineVersionArn"].as_str());
    html! {
        @for (index, arn) in arns.chain([machine]).enumerate() {
            @let is_chosen = chosen.map_or(index == otherwise, |chosen| chosen == arn);
            option value=(arn) selected[is_chosen] { (version_label(machine, arn)) }
        }
    }
}

fn alias_entry(alias: &Value) -> Markup {
    html! {
        p {
            strong { (alias["name"].as_str().unwrap_or_default()) } " leads to "
            @for (index, route) in alias["routingConfiguration"].as_array().into_iter().flatten().enumerate() {
                @let version = route["stateMachineVersionArn"].as_str().unwrap_or_default();
                @if index > 0 { ", " }
                a href=(machine_path(version)) { (resource_name(version)) } " (" (route["weight"].to_string()) " %)"
            }
            @if let Some(description) = alias["description"].as_str() { " " span.soft { (description) } }
        }
    }
}
