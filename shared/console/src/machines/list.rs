//! The list of state machines.

use maud::html;
use serde_json::{Value, json};

use super::refused_edits::refused_edits;
use crate::{
    Console, ConsoleApi, TargetKind,
    form::FormFields,
    links::machine_path,
    page::{Page, PageResult, PageSection},
    view::{next_page_link, time_element},
};

/// Most state machines on a page.
const MACHINES_MAX: usize = 100;

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_machines(&self, query: &FormFields) -> PageResult {
        let mut members = json!({ "maxResults": MACHINES_MAX });
        if let Some(from) = query.get("from") {
            members["nextToken"] = from.into();
        }
        let answer = self.call("ListStateMachines", members).await?;
        let machines = answer["stateMachines"].as_array().map_or(&[][..], Vec::as_slice);
        let body = html! {
            h1 { "State machines" }
            (refused_edits(&self.api.refused_edits()))
            @if machines.is_empty() {
                (nothing_yet(self.target.kind))
            } @else {
                div.wide tabindex="0" role="region" aria-label="State machines" {
                    table {
                        thead { tr { th scope="col" { "Name" } th scope="col" { "Type" } th scope="col" { "Created" } } }
                        tbody {
                            @for machine in machines { (row(machine)) }
                        }
                    }
                }
                (next_page_link(query, &answer["nextToken"]))
            }
        };
        let title = "State machines".to_owned();
        Ok(Page { title, section: PageSection::Machines, body, is_live: true })
    }
}

fn row(machine: &Value) -> maud::Markup {
    let text = |name: &str| machine[name].as_str().unwrap_or_default();
    let kind = if text("type") == "EXPRESS" { "Express" } else { "Standard" };
    html! {
        tr {
            th scope="row" { a href=(machine_path(text("stateMachineArn"))) { (text("name")) } }
            td { (kind) }
            td { (time_element(&machine["creationDate"])) }
        }
    }
}

fn nothing_yet(kind: TargetKind) -> maud::Markup {
    html! {
        p { "There are no state machines yet." }
        @if kind == TargetKind::Local {
            p { code { "statewright local ." } " serves those of the project in a folder, and "
                code { "statewright deploy FILE.asl.json" } " creates one from its definition." }
        }
        p { a href="/connect" { "How to connect" } }
    }
}
