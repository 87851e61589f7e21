//! What an execution cost, as a part of its page.

use graph::ExecutionVisits;
use maud::{Markup, html};
use serde_json::Value;

use super::{
    execution_use::{ExecutionUse, StateUse},
    money::PicoDollars,
    prices::{
        DEPLOYMENT_MEGABYTES, FUNCTION_MEGABYTES, PRICES_OF, TRANSITION_MILLISECONDS,
        WRITES_OF_EXECUTION,
    },
};
use crate::{TargetKind, view::duration_text};

/// So many executions are a number that people know prices of.
const MANY: u64 = 1_000_000;

/// What the execution with this ARN cost, and each state of its definition.
pub(crate) fn cost_section(
    arn: &str,
    visits: &ExecutionVisits,
    definition: &str,
    kind: TargetKind,
) -> Markup {
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    let counted = ExecutionUse::count(visits, &definition);
    let is_express = arn.split(':').nth(5) == Some("express");
    html! {
        details.card data-key="cost" {
            summary { "What it cost" }
            p { (if is_express { EXPRESS_PROVENANCE } else { provenance(kind) }) }
            (price_table(&counted, is_express))
            @if !is_express { (request_facts(&counted.total())) }
            (states_table(&counted, is_express))
            (assumptions(is_express))
        }
    }
}

/// How far the price of an Express execution is known.
const EXPRESS_PROVENANCE: &str = "Step Functions charges an Express execution by its time, which its history tells, \
                                  and its memory, which nobody tells: reckoned with 64 MB, the least that there is.";

/// What the prices rest on.
fn assumptions(is_express: bool) -> Markup {
    html! {
        p.hint {
            "List prices of " (PRICES_OF) ", before any free allowance. "
            @if !is_express {
                "A deployment is reckoned with " code { "TransitionsPerDelivery=1" } ", " (DEPLOYMENT_MEGABYTES)
                " MB on arm64, and " (TRANSITION_MILLISECONDS) " ms for a transition, which is assumed; 25 transitions in \
                 a delivery cost about a fourteenth. "
            }
            "Lambda functions are reckoned with " (FUNCTION_MEGABYTES) " MB on x86_64, which Lambda gives a function that \
             asks for nothing else: histories do not tell. Other services that it calls, and what is stored, are not in it."
        }
    }
}

/// How far it is known.
fn provenance(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Local => {
            "It ran on this machine and cost nothing. What it would cost in AWS is reckoned from list prices; \
             transitions, calls and times are those of its history."
        }
        TargetKind::Deployment => {
            "Transitions, retries and calls are counted from its history. The requests behind them, and every \
             price, are reckoned: from what was metered for a transition, and from list prices."
        }
        TargetKind::StepFunctions => {
            "Transitions and retries are counted from its history, as AWS counts them. Prices are reckoned from \
             list prices; what a deployment of Statewright would cost is beside them."
        }
    }
}

fn price_table(counted: &ExecutionUse, is_express: bool) -> Markup {
    let total = counted.total();
    let functions = total.functions_price();
    let step_functions =
        if is_express { counted.express_price() } else { total.step_functions_price() };
    let deployment = total.deployment_price() + ExecutionUse::frame_price();
    html! {
        div.wide tabindex="0" role="region" aria-label="What it cost" {
            table {
                thead { tr {
                    th scope="col" { "Part" } th.number scope="col" { "This execution" }
                    th.number scope="col" { "A million such" }
                } }
                tbody {
                    (price_row("AWS Step Functions", step_functions))
                    // What an Express execution asks of a deployment was not metered.
                    @if !is_express { (price_row("A deployment of Statewright", deployment)) }
                    @if functions != PicoDollars::default() {
                        (price_row("Its Lambda functions, beside either", functions))
                    }
                }
            }
        }
    }
}

fn price_row(part: &str, price: PicoDollars) -> Markup {
    html! {
        tr {
            th scope="row" { (part) }
            td.number { (price) }
            td.number { (price.times(MANY)) }
        }
    }
}

/// What a deployment asks AWS for.
fn request_facts(total: &StateUse) -> Markup {
    let facts = [
        ("State transitions", total.transitions(), "counted"),
        ("of these, retries", total.retries, "counted"),
        ("Calls of Tasks", total.calls, "counted"),
        ("Branches and iterations", total.children, "counted"),
        ("DynamoDB write units", total.write_units() + WRITES_OF_EXECUTION, "reckoned"),
        ("SQS requests", total.sqs_requests(), "reckoned"),
        ("Lambda invocations", total.transitions(), "reckoned"),
    ];
    html! {
        dl.facts {
            @for (name, count, known) in facts {
                div { dt { (name) } dd { (count) " " span.hint { (known) } } }
            }
            @if total.function_calls > 0 {
                div { dt { "Time of Lambda functions" } dd {
                    (time_text(total.function_milliseconds)) " " span.hint { "counted" }
                } }
            }
        }
    }
}

fn states_table(counted: &ExecutionUse, is_express: bool) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="What each state cost" {
            table {
                thead { tr {
                    th scope="col" { "State" } th.number scope="col" { "Visits" } th.number scope="col" { "Retries" }
                    th.number scope="col" { "Lambda time" }
                    @if !is_express {
                        th.number scope="col" { "Step Functions" } th.number scope="col" { "Deployment" }
                    }
                    th.number scope="col" { "Lambda functions" }
                } }
                tbody {
                    @for (name, state) in &counted.states {
                        tr {
                            th scope="row" { (name) }
                            td.number { (state.visits) }
                            td.number { (state.retries) }
                            td.number { @if state.function_calls > 0 { (time_text(state.function_milliseconds)) } }
                            @if !is_express {
                                td.number { (state.step_functions_price()) }
                                td.number { (state.deployment_price()) }
                            }
                            td.number { @if state.function_calls > 0 { (state.functions_price()) } }
                        }
                    }
                }
            }
        }
    }
}

fn time_text(milliseconds: u64) -> String {
    duration_text(milliseconds.try_into().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reckoned_is_told_from_what_is_counted() {
        let shown =
            |kind, arn| cost_section(arn, &ExecutionVisits::default(), "{}", kind).into_string();
        let standard = "arn:aws:states:us-east-1:1:execution:order:1";
        let local = shown(TargetKind::Local, standard);
        assert!(local.contains("is reckoned from list prices"), "{local}");
        let deployment = shown(TargetKind::Deployment, standard);
        assert!(deployment.contains("are counted from its history"), "{deployment}");
        assert!(
            deployment.contains(r#"<dd>0 <span class="hint">counted</span></dd>"#),
            "{deployment}"
        );
        assert!(
            deployment.contains(r#"<dd>5 <span class="hint">reckoned</span></dd>"#),
            "{deployment}"
        );
        // An Express execution has no transitions to pay for.
        let express =
            shown(TargetKind::StepFunctions, "arn:aws:states:us-east-1:1:express:order:1:2");
        assert!(express.contains("$0.000001<") && !express.contains("A deployment"), "{express}");
    }
}
