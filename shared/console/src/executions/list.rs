//! The page of executions.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::{
    bulk_action::BulkAction,
    conditions::{ListConditions, ListSource},
    filter_form::filter_form,
    merged_lists::MergedLists,
    rows::execution_table,
    scan::{ExecutionScan, FOUND_MAX, ScanEnd},
};
use crate::{
    Console, ConsoleApi, TargetKind,
    form::FormFields,
    links::{is_alias, machine_path, map_run_path, resource_name, unqualified_arn},
    page::{Page, PageError, PageResult, PageSection},
    view::{next_page_link, now},
};

/// Most state machines that the page knows.
const MACHINES_MAX: usize = 1_000;
/// Most state machines whose executions are shown together.
const MERGED_MACHINES_MAX: usize = 100;

impl<A: ConsoleApi> Console<A> {
    pub(crate) async fn show_executions(&self, query: &FormFields) -> PageResult {
        let conditions = ListConditions::of_query(query, now())?;
        let machines = self.list_machines().await?;
        let lists = match &conditions.source {
            ListSource::AllMachines => {
                let listed = self.listable_arns(&machines);
                let members = listed.map(|arn| conditions.list_members(Some(arn)));
                MergedLists::begin(members)
            }
            ListSource::Machine(_) | ListSource::MapRun(_) => {
                MergedLists::go_on(conditions.list_members(None), query.get("from"))
            }
        };
        let scan = Box::pin(self.scan_executions(lists, &conditions)).await?;
        let body = html! {
            h1 { (heading(&conditions)) }
            @if let ListSource::Machine(arn) = &conditions.source && !is_alias(arn) {
                p.actions { a.button.primary href={ (machine_path(arn)) "?view=start" } { "Start execution" } }
            }
            (filter_form(query, &conditions, &machines))
            @if !scan.found.is_empty() {
                form method="post" action=(BulkAction::Stop.confirmation_path()) {
                    (self.action_token.field())
                    input type="hidden" name="back" value={ "/executions" (query.query_with(&[])) };
                    (bulk_buttons())
                    (execution_table(&scan.found, &conditions))
                    p.hint { "In the order of what happened last: the start, a redrive, or the end." }
                }
            }
            (scan_end(&scan, &conditions, machines.len()))
            (next_page_link(query, &scan.next_token.as_deref().into()))
        };
        let title = "Executions".to_owned();
        // What has failed changes seldom, and each look at it costs a request for each execution. The lists
        // of all state machines are as many requests as there are of those.
        let is_cheap =
            self.target.kind == TargetKind::Local || conditions.source != ListSource::AllMachines;
        let is_live = is_cheap && !conditions.needs_description();
        Ok(Page { title, section: PageSection::Executions, body, is_live })
    }

    async fn list_machines(&self) -> Result<Vec<Value>, PageError> {
        let members = json!({ "maxResults": MACHINES_MAX });
        let listed = self.call_if_available("ListStateMachines", members).await?;
        match listed.map(|mut listed| listed["stateMachines"].take()) {
            Some(Value::Array(machines)) => Ok(machines),
            _ => Ok(Vec::new()),
        }
    }

    /// The state machines whose executions are in a list. Step Functions keeps none of Express executions.
    fn listable_arns<'m>(&self, machines: &'m [Value]) -> impl Iterator<Item = &'m str> {
        let keeps_express = self.target.kind != TargetKind::StepFunctions;
        let listed = move |machine: &&Value| keeps_express || machine["type"] != "EXPRESS";
        let arn = |machine: &'m Value| machine["stateMachineArn"].as_str();
        machines.iter().filter(listed).filter_map(arn).take(MERGED_MACHINES_MAX)
    }
}

fn heading(conditions: &ListConditions) -> Markup {
    html! {
        @match &conditions.source {
            ListSource::AllMachines => "Executions",
            ListSource::Machine(arn) if is_alias(arn) => {
                "Executions of " a href={ (machine_path(unqualified_arn(arn))) "?view=versions" } { (resource_name(arn)) }
            }
            ListSource::Machine(arn) => { "Executions of " a href=(machine_path(arn)) { (resource_name(arn)) } }
            ListSource::MapRun(arn) => { "Executions of the Map Run " a href=(map_run_path(arn)) { (resource_name(arn)) } }
        }
    }
}

fn bulk_buttons() -> Markup {
    html! {
        p.actions {
            @for action in [BulkAction::Stop, BulkAction::Redrive] {
                button type="submit" formaction=(action.confirmation_path()) data-needs-choice { (action.verb()) "…" }
            }
            span.soft.chosen-count hidden { span data-chosen { "0" } " chosen" }
        }
    }
}

/// Says what the page does not show.
fn scan_end(scan: &ExecutionScan, conditions: &ListConditions, machines: usize) -> Markup {
    let is_merged = conditions.source == ListSource::AllMachines;
    let found = scan.found.len();
    html! {
        @match scan.end {
            ScanEnd::Unlisted => p.notice {
                "Executions of an Express state machine are in no list. Its logs tell of them."
            },
            ScanEnd::Complete => {
                @if found == 0 {
                    p { @if conditions.has_conditions() { "No execution is like that." } @else { "There are none." } }
                }
            }
            ScanEnd::PageFull => {
                @if is_merged {
                    p.hint { "These are the newest " (FOUND_MAX) ". Choose a state machine to see older ones." }
                }
            }
            ScanEnd::LimitReached => p.notice {
                "The search has ended early: " (found) " of the " (scan.listed) " executions that it has looked at are like that. "
                @if is_merged { "Choose a state machine to search older ones." } @else { "The next page goes on from there." }
            },
        }
        @if is_merged && machines > MERGED_MACHINES_MAX {
            p.hint { "Only executions of the first " (MERGED_MACHINES_MAX) " of the " (machines) " state machines are shown together." }
        }
    }
}
