//! From a definition to its graph.

use std::collections::BTreeMap;

use asl::{
    Catcher, ChoiceRule, ChoiceState, Definition, ErrorHandlers, FailText, JsonPath, Jsonata,
    JsonataCondition, NextOrEnd, NumberOrReference, QueryLanguage, StateBody, StateDefinition,
    StateKind, WaitDuration, WorkflowDefinition,
};
use model::{StateName, TaskResource};

use crate::{
    condition_text::{condition_text, shorten_expression},
    state_graph::{EdgeKind, GraphEdge, GraphNode, StateGraph, StateNode},
};

/// Builds the graph of a state machine.
pub fn graph_definition(definition: &Definition) -> StateGraph {
    let mut builder = GraphBuilder { definition, states_seen: 0 };
    let mut graph = builder.build_workflow(&definition.workflow);
    graph.add_end();
    graph
}

struct GraphBuilder<'d> {
    definition: &'d Definition,
    states_seen: usize,
}

/// What the drawing says of a state beside its name, whatever its query language.
struct StateFacts {
    detail: String,
    retries: Vec<String>,
    ends: bool,
    transitions: Vec<StateTransition>,
}

struct StateTransition {
    target: StateName,
    kind: EdgeKind,
    label: String,
}

impl GraphBuilder<'_> {
    fn build_workflow(&mut self, workflow: &WorkflowDefinition) -> StateGraph {
        let mut nodes = vec![GraphNode::Start];
        let mut transitions = Vec::new();
        let mut indices = BTreeMap::new();
        let states = workflow.states.iter().filter_map(|name| self.definition.find_state(name));
        for state in states.collect::<Vec<_>>() {
            let facts = state_facts(state);
            indices.insert(state.name.clone(), nodes.len());
            transitions.push((nodes.len(), facts.transitions));
            let number = self.states_seen;
            self.states_seen += 1;
            let inner = state.inner_workflows().iter().map(|inner| self.build_workflow(inner));
            let inner = inner.collect();
            nodes.push(GraphNode::State(Box::new(StateNode {
                name: state.name.to_string(),
                number,
                state_type: state.state_type(),
                detail: facts.detail,
                comment: state.comment.clone(),
                retries: facts.retries,
                is_last: facts.ends,
                inner,
            })));
        }
        let mut edges = Vec::new();
        if let Some(first) = indices.get(&workflow.start_at) {
            let label = String::new();
            edges.push(GraphEdge { from: 0, to: *first, kind: EdgeKind::Next, label });
        }
        for (from, transitions) in transitions {
            for StateTransition { target, kind, label } in transitions {
                if let Some(to) = indices.get(&target) {
                    edges.push(GraphEdge { from, to: *to, kind, label });
                }
            }
        }
        StateGraph { nodes, edges }
    }
}

impl StateGraph {
    /// Adds the end, and an edge to it from each state after which the machine may end.
    fn add_end(&mut self) {
        let end = self.nodes.len();
        let is_last =
            |node: &GraphNode| node.state().is_some_and(|state| state.is_last && !state.fails());
        let last = self.nodes.iter().enumerate().filter(|(_, node)| is_last(node));
        let edges = last.map(|(from, _)| GraphEdge {
            from,
            to: end,
            kind: EdgeKind::Next,
            label: String::new(),
        });
        let edges: Vec<_> = edges.collect();
        if !edges.is_empty() {
            self.nodes.push(GraphNode::End);
            self.edges.extend(edges);
        }
    }
}

fn state_facts(state: &StateDefinition) -> StateFacts {
    match &state.body {
        StateBody::JsonPath(kind) => kind_facts(kind),
        StateBody::Jsonata(kind) => kind_facts(kind),
    }
}

/// A query language whose conditions and references have a short text.
trait DrawnLanguage: QueryLanguage {
    fn rule_text(condition: &Self::RuleCondition) -> String;
    fn reference_text(reference: &Self::ValueReference) -> String;
    fn expression_text(expression: &Self::TextExpression) -> String;
}

impl DrawnLanguage for JsonPath {
    fn rule_text(condition: &Self::RuleCondition) -> String {
        condition_text(condition)
    }

    fn reference_text(reference: &Self::ValueReference) -> String {
        reference.source_text().to_owned()
    }

    fn expression_text(expression: &Self::TextExpression) -> String {
        expression.source_text().to_owned()
    }
}

impl DrawnLanguage for Jsonata {
    fn rule_text(condition: &Self::RuleCondition) -> String {
        match condition {
            JsonataCondition::Literal(value) => value.to_string(),
            JsonataCondition::Expression(expression) => shorten_expression(expression.source()),
        }
    }

    fn reference_text(reference: &Self::ValueReference) -> String {
        shorten_expression(reference.source())
    }

    fn expression_text(expression: &Self::TextExpression) -> String {
        shorten_expression(expression.source())
    }
}

fn kind_facts<L: DrawnLanguage>(kind: &StateKind<L>) -> StateFacts {
    let simple = |detail: String, next: &NextOrEnd| follow(detail, next, Vec::new(), Vec::new());
    match kind {
        StateKind::Pass(pass) => simple(String::new(), &pass.next),
        StateKind::Wait(wait) => simple(wait_text(&wait.duration), &wait.next),
        StateKind::Task(task) => {
            let (retries, catches) = handler_facts(&task.handlers);
            follow(resource_text(&task.resource), &task.next, retries, catches)
        }
        StateKind::Parallel(parallel) => {
            let (retries, catches) = handler_facts(&parallel.handlers);
            let branches = parallel.branches.len();
            let noun = if branches == 1 { "branch" } else { "branches" };
            follow(format!("{branches} {noun}"), &parallel.next, retries, catches)
        }
        StateKind::Map(map) => {
            let (retries, catches) = handler_facts(&map.handlers);
            let detail = match &map.concurrency {
                NumberOrReference::Literal(0) => "each item".to_owned(),
                NumberOrReference::Literal(count) => format!("each item, {count} at once"),
                NumberOrReference::Reference(count) => {
                    format!("each item, {} at once", L::reference_text(count))
                }
            };
            follow(detail, &map.next, retries, catches)
        }
        StateKind::Choice(choice) => choice_facts(choice),
        StateKind::Succeed(_) => last(String::new()),
        StateKind::Fail(fail) => last(match &fail.error {
            FailText::Absent => String::new(),
            FailText::Literal(error) => error.clone(),
            FailText::Expression(expression) => L::expression_text(expression),
        }),
    }
}

fn last(detail: String) -> StateFacts {
    StateFacts { detail, retries: Vec::new(), ends: true, transitions: Vec::new() }
}

fn follow(
    detail: String,
    next: &NextOrEnd,
    retries: Vec<String>,
    catches: Vec<StateTransition>,
) -> StateFacts {
    let mut transitions = Vec::new();
    if let NextOrEnd::State(target) = next {
        let (target, label) = (target.clone(), String::new());
        transitions.push(StateTransition { target, kind: EdgeKind::Next, label });
    }
    transitions.extend(catches);
    StateFacts { detail, retries, ends: *next == NextOrEnd::End, transitions }
}

fn choice_facts<L: DrawnLanguage>(choice: &ChoiceState<L>) -> StateFacts {
    let rule = |rule: &ChoiceRule<L>| StateTransition {
        target: rule.next.clone(),
        kind: EdgeKind::ChoiceRule,
        label: rule.comment.clone().unwrap_or_else(|| L::rule_text(&rule.condition)),
    };
    let default = choice.default.iter().map(|target| StateTransition {
        target: target.clone(),
        kind: EdgeKind::Default,
        label: "Default".to_owned(),
    });
    StateFacts {
        detail: String::new(),
        retries: Vec::new(),
        ends: false,
        transitions: choice.rules.iter().map(rule).chain(default).collect(),
    }
}

fn handler_facts<L: QueryLanguage>(
    handlers: &ErrorHandlers<L>,
) -> (Vec<String>, Vec<StateTransition>) {
    let retries = handlers
        .retry
        .iter()
        .map(|retrier| format!("{} ×{}", retrier.error_equals.join(", "), retrier.max_attempts));
    let catch = |catcher: &Catcher<L>| StateTransition {
        target: catcher.next.clone(),
        kind: EdgeKind::Catch,
        label: catcher.error_equals.join(", "),
    };
    (retries.collect(), handlers.catch.iter().map(catch).collect())
}

/// What a Task calls: `lambda:invoke`, `price-item` of a function's ARN, `activity:approval`.
fn resource_text(resource: &TaskResource) -> String {
    match resource {
        TaskResource::LambdaFunction { arn } => {
            let name = arn.split(':').nth(6).unwrap_or(arn);
            format!("λ {name}")
        }
        TaskResource::Activity { arn } => arn.splitn(6, ':').last().unwrap_or(arn).to_owned(),
        TaskResource::Integration(integration) => {
            let service = integration.service.strip_prefix("aws-sdk:");
            let service = service.unwrap_or(&integration.service);
            format!("{service}:{}", integration.action_and_pattern())
        }
    }
}

fn wait_text<L: DrawnLanguage>(duration: &WaitDuration<L>) -> String {
    match duration {
        WaitDuration::Seconds(seconds) => format!("{seconds} s"),
        WaitDuration::Timestamp(time) => format!("until {time}"),
        WaitDuration::SecondsReference(seconds) => format!("{} s", L::reference_text(seconds)),
        WaitDuration::TimestampReference(time) => format!("until {}", L::reference_text(time)),
    }
}
