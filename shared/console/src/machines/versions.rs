//! The versions and aliases of a state machine, and what changed between two of them.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    Console, ConsoleApi,
    form::FormFields,
    links::{machine_path, resource_name, unqualified_arn},
    page::PageError,
    view::{line_diff, missing_part, time_element},
};

impl<A: ConsoleApi> Console<A> {
    pub(super) async fn show_versions(
        &self,
        machine: &Value,
        query: &FormFields,
    ) -> Result<Markup, PageError> {
        let arn = unqualified_arn(machine["stateMachineArn"].as_str().unwrap_or_default());
        let aliases = self.show_aliases(arn).await;
        let listed = self.call("ListStateMachineVersions", list_request(arn)).await;
        let shown = match &listed {
            Ok(listed) => self.show_version_list(arn, query, listed).await?,
            Err(why) => missing_part("They cannot be listed.", why),
        };
        Ok(html! {
            section aria-labelledby="aliases" {
                h2 #aliases { "Aliases" }
                (aliases)
            }
            section aria-labelledby="versions" {
                h2 #versions { "Versions" }
                (shown)
            }
        })
    }

    async fn show_aliases(&self, machine: &str) -> Markup {
        let listed = match self.call("ListStateMachineAliases", list_request(machine)).await {
            Ok(mut listed) => listed["stateMachineAliases"].take(),
            Err(why) => return missing_part("They cannot be listed.", &why),
        };
        let mut entries = Vec::new();
        for alias in listed.as_array().into_iter().flatten() {
            let arn = alias["stateMachineAliasArn"].as_str().unwrap_or_default();
            let members = json!({ "stateMachineAliasArn": arn });
            entries.push(match self.call("DescribeStateMachineAlias", members).await {
                Ok(alias) => alias_entry(&alias),
                Err(why) => missing_part(
                    &format!("What {} leads to cannot be read.", resource_name(arn)),
                    &why,
                ),
            });
        }
        html! {
            @if entries.is_empty() { p { "It has no aliases." } }
            @for entry in &entries { (entry) }
        }
    }

    async fn show_version_list(
        &self,
        arn: &str,
        query: &FormFields,
        listed: &Value,
    ) -> Result<Markup, PageError> {
        let versions = listed["stateMachineVersions"].as_array().map_or(&[][..], Vec::as_slice);
        let difference = self.difference(arn, query, versions.first()).await;
        let difference =
            difference.unwrap_or_else(|why| missing_part("They cannot be compared.", &why));
        let version_arn = |version: &Value| {
            version["stateMachineVersionArn"].as_str().unwrap_or_default().to_owned()
        };
        Ok(html! {
            @if versions.is_empty() {
                p { "No version was published." }
                p.hint { "What has changed since an execution was started is on its page, under Definition." }
            } @else {
                form.inline method="get" action=(machine_path(arn)) {
                    input type="hidden" name="view" value="versions";
                    label for="before" { "Compare" }
                    select #before name="before" { (choices(arn, versions, query.get("before"), 0)) }
                    label for="after" { "with" }
                    select #after name="after" { (choices(arn, versions, query.get("after"), versions.len())) }
                    button type="submit" { "Show changes" }
                }
                (difference)
                div.wide tabindex="0" role="region" aria-label="Versions" {
                    table {
                        thead { tr { th scope="col" { "Version" } th scope="col" { "Published" } } }
                        tbody {
                            @for version in versions {
                                tr { th scope="row" { a href=(machine_path(&version_arn(version))) { (resource_name(&version_arn(version))) } }
                                     td { (time_element(&version["creationDate"])) } }
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

/// The newest of what a state machine has: it has a thousand versions at most, and a hundred aliases.
fn list_request(machine: &str) -> Value {
    json!({ "stateMachineArn": machine, "maxResults": 100 })
}

fn version_label(machine: &str, arn: &str) -> String {
    match arn.strip_prefix(machine).and_then(|rest| rest.strip_prefix(':')) {
        Some(version) => format!("version {version}"),
        None => "the current revision".to_owned(),
    }
}

/// The versions to choose from, and behind them the current revision. The one at `otherwise` is chosen if
/// none is named.
fn choices(machine: &str, versions: &[Value], chosen: Option<&str>, otherwise: usize) -> Markup {
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
