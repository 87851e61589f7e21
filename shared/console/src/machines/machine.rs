//! One state machine.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::refused_edits::refused_edits;
use crate::{
    Console, ConsoleApi, TargetKind,
    form::FormFields,
    links::{machine_path, resource_name, unqualified_arn},
    page::{Page, PageResult, PageSection},
    view::{status_badge, time_element},
};

/// What of a state machine is shown, chosen by `?view=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MachineView {
    Definition,
    Start,
    Versions,
    Tags,
}

impl MachineView {
    const ALL: [Self; 4] = [Self::Definition, Self::Start, Self::Versions, Self::Tags];

    fn of_query(query: &FormFields) -> Self {
        let named = query.get("view");
        Self::ALL.into_iter().find(|view| Some(view.name()) == named).unwrap_or(Self::Definition)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Start => "start",
            Self::Versions => "versions",
            Self::Tags => "tags",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Definition => "Definition",
            Self::Start => "Start",
            Self::Versions => "Versions and aliases",
            Self::Tags => "Tags",
        }
    }
}

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_machine(&self, arn: &str, query: &FormFields) -> PageResult {
        let machine = self.call("DescribeStateMachine", json!({ "stateMachineArn": arn })).await?;
        let view = MachineView::of_query(query);
        let shown = match view {
            MachineView::Definition => self.show_definition(&machine).await,
            MachineView::Start => self.show_start_form(&machine, query).await,
            MachineView::Versions => self.show_versions(&machine, query).await?,
            MachineView::Tags => self.show_tags(&machine).await,
        };
        let name = resource_name(arn);
        let mut refused = self.api.refused_edits();
        refused.retain(|edit| edit.machine.as_deref() == Some(name));
        // One that `local` serves from a file changes with it.
        let is_live = view == MachineView::Definition && self.target.kind == TargetKind::Local;
        let body = html! {
            h1 { (name) }
            (facts(&machine))
            (refused_edits(&refused))
            nav.tabs aria-label="Views of the state machine" {
                @for other in MachineView::ALL {
                    a href={ (machine_path(arn)) "?view=" (other.name()) } aria-current=[(other == view).then_some("page")] {
                        (other.label())
                    }
                }
                // Those of an Express state machine are in no list.
                @if machine["type"] != "EXPRESS" {
                    a href={ "/executions" (FormFields::default().query_with(&[("machine", arn)])) } { "Executions" }
                }
            }
            @if view != MachineView::Start {
                p.actions { a.button.primary href={ (machine_path(arn)) "?view=start" } { "Start execution" } }
            }
            (shown)
        };
        Ok(Page { title: name.to_owned(), section: PageSection::Machines, body, is_live })
    }
}

fn facts(machine: &Value) -> Markup {
    let text = |name: &str| machine[name].as_str().unwrap_or_default();
    let arn = text("stateMachineArn");
    let whole = unqualified_arn(arn);
    html! {
        dl.facts {
            div { dt { "Type" } dd { (if text("type") == "EXPRESS" { "Express" } else { "Standard" }) } }
            @if let Some(status) = machine["status"].as_str() {
                div { dt { "Status" } dd { (status_badge(status)) } }
            }
            div { dt { "Created" } dd { (time_element(&machine["creationDate"])) } }
            @if let Some(revision) = machine["revisionId"].as_str() {
                div { dt { "Revision" } dd { code { (revision) } } }
            }
            div { dt { "Role" } dd { code { (text("roleArn")) } } }
            div { dt { "ARN" } dd { code { (arn) } } }
            @if whole != arn {
                div { dt { "State machine" } dd { a href=(machine_path(whole)) { (resource_name(whole)) } } }
            }
        }
        @if let Some(description) = machine["description"].as_str() { p { (description) } }
    }
}
