//! [`Definition`] → JSON: what [`crate::parse`] reads as the same definition again.
//!
//! Comments of retriers and catchers, and fields that mean nothing where they stand, are not part
//! of a definition and are not printed; the old spellings of a Map are printed as the current ones.
//!
//! Invariant: parse ∘ print = identity (test
//! `every_definition_that_is_read_prints_and_is_read_the_same`).

mod comparison;
mod jsonata;
mod jsonpath;

use serde_json::{Map, Value, json};

use crate::{
    Catcher, ChoiceRule, ChoiceState, Definition, ErrorHandlers, FailState, FailText,
    JitterStrategy, NextOrEnd, NumberOrReference, ParallelState, PassState, QueryLanguage, Retrier,
    StateBody, StateDefinition, StateKind, SucceedState, TaskResource, TaskState, WaitDuration,
    WaitState, WorkflowDefinition,
};

/// The fields of an object in the making.
type JsonFields = Map<String, Value>;

/// What the printer asks of a query language.
trait PrintLanguage: QueryLanguage {
    /// `QueryLanguage`, where it is not the default.
    const QUERY_LANGUAGE: Option<&'static str>;
    /// What follows a field's name where its value is in the data.
    const SUFFIX: &'static str;

    fn print_reference(reference: &Self::ValueReference) -> Value;
    fn print_text(text: &Self::TextExpression) -> Value;
    fn print_template(template: &Self::JsonTemplate) -> Value;
    fn print_data_flow(fields: &mut JsonFields, flow: &Self::StateDataFlow);
    fn print_input_output(fields: &mut JsonFields, ends: &Self::StateInputOutput);
    fn print_map_items(fields: &mut JsonFields, items: &Self::MapItems);
    fn print_rule_condition(fields: &mut JsonFields, condition: &Self::RuleCondition);
    fn print_rule_output(fields: &mut JsonFields, chosen: &Self::RuleOutput);
    fn print_catcher_output(fields: &mut JsonFields, caught: &Self::CatcherOutput);
}

impl Definition {
    /// The definition as JSON.
    pub fn to_json(&self) -> Value {
        let mut fields = JsonFields::new();
        self.print_workflow(&mut fields, &self.workflow);
        if let Some(seconds) = self.timeout_seconds {
            set_field(&mut fields, "TimeoutSeconds", seconds);
        }
        fields.into()
    }

    fn print_workflow(&self, fields: &mut JsonFields, workflow: &WorkflowDefinition) {
        set_comment(fields, workflow.comment.as_deref());
        set_field(fields, "StartAt", workflow.start_at.as_str());
        let states = workflow.states.iter().filter_map(|name| self.find_state(name));
        let states: JsonFields =
            states.map(|state| (state.name.to_string(), self.print_state(state))).collect();
        set_field(fields, "States", states);
    }

    fn print_state(&self, state: &StateDefinition) -> Value {
        let mut fields = JsonFields::new();
        set_field(&mut fields, "Type", state.state_type().as_str());
        set_comment(&mut fields, state.comment.as_deref());
        match &state.body {
            StateBody::JsonPath(kind) => self.print_kind(&mut fields, kind),
            StateBody::Jsonata(kind) => self.print_kind(&mut fields, kind),
        }
        fields.into()
    }

    fn print_kind<L: PrintLanguage>(&self, fields: &mut JsonFields, kind: &StateKind<L>) {
        if let Some(language) = L::QUERY_LANGUAGE {
            set_field(fields, "QueryLanguage", language);
        }
        match kind {
            StateKind::Pass(pass) => print_pass(fields, pass),
            StateKind::Task(task) => print_task(fields, task),
            StateKind::Choice(choice) => print_choice(fields, choice),
            StateKind::Wait(wait) => print_wait(fields, wait),
            StateKind::Succeed(SucceedState { flow }) => L::print_input_output(fields, flow),
            StateKind::Fail(FailState { error, cause }) => {
                set_text::<L>(fields, "Error", error);
                set_text::<L>(fields, "Cause", cause);
            }
            StateKind::Parallel(parallel) => self.print_parallel(fields, parallel),
            StateKind::Map(map) => self.print_map(fields, map),
        }
    }

    fn print_parallel<L: PrintLanguage>(
        &self,
        fields: &mut JsonFields,
        parallel: &ParallelState<L>,
    ) {
        let branches = parallel.branches.iter().map(|branch| self.print_branch(branch));
        set_field(fields, "Branches", branches.collect::<Vec<Value>>());
        L::print_data_flow(fields, &parallel.flow);
        set_handlers(fields, &parallel.handlers);
        set_next(fields, &parallel.next);
    }

    fn print_map<L: PrintLanguage>(&self, fields: &mut JsonFields, map: &crate::MapState<L>) {
        L::print_map_items(fields, &map.items);
        if let Some(selector) = &map.item_selector {
            set_field(fields, "ItemSelector", L::print_template(selector));
        }
        set_number::<L>(fields, "MaxConcurrency", Some(&map.concurrency));
        if let Some(count) = map.tolerance.count {
            set_field(fields, "ToleratedFailureCount", count);
        }
        if let Some(percentage) = map.tolerance.percentage {
            set_field(fields, "ToleratedFailurePercentage", json!(percentage));
        }
        set_field(fields, "ItemProcessor", self.print_branch(&map.processor));
        L::print_data_flow(fields, &map.flow);
        set_handlers(fields, &map.handlers);
        set_next(fields, &map.next);
    }

    fn print_branch(&self, branch: &WorkflowDefinition) -> Value {
        let mut fields = JsonFields::new();
        self.print_workflow(&mut fields, branch);
        fields.into()
    }
}

fn print_pass<L: PrintLanguage>(fields: &mut JsonFields, pass: &PassState<L>) {
    if let Some(result) = &pass.result {
        set_field(fields, "Result", result.json_value().clone());
    }
    L::print_data_flow(fields, &pass.flow);
    set_next(fields, &pass.next);
}

fn print_task<L: PrintLanguage>(fields: &mut JsonFields, task: &TaskState<L>) {
    let resource = match &task.resource {
        TaskResource::LambdaFunction { arn } => arn.clone(),
        TaskResource::Integration { action, pattern } => {
            let [service, action] = action.arn_names();
            format!("arn:aws:states:::{service}:{action}{}", pattern.arn_suffix())
        }
    };
    set_field(fields, "Resource", resource);
    set_number(fields, "TimeoutSeconds", task.timeout.as_ref());
    set_number(fields, "HeartbeatSeconds", task.heartbeat.as_ref());
    L::print_data_flow(fields, &task.flow);
    set_handlers(fields, &task.handlers);
    set_next(fields, &task.next);
}

fn print_choice<L: PrintLanguage>(fields: &mut JsonFields, choice: &ChoiceState<L>) {
    L::print_input_output(fields, &choice.flow);
    set_field(
        fields,
        "Choices",
        choice.rules.iter().map(print_choice_rule).collect::<Vec<Value>>(),
    );
    if let Some(default) = &choice.default {
        set_field(fields, "Default", default.as_str());
    }
}

fn print_choice_rule<L: PrintLanguage>(rule: &ChoiceRule<L>) -> Value {
    let mut fields = JsonFields::new();
    set_comment(&mut fields, rule.comment.as_deref());
    L::print_rule_condition(&mut fields, &rule.condition);
    L::print_rule_output(&mut fields, &rule.rule_output);
    set_field(&mut fields, "Next", rule.next.as_str());
    fields.into()
}

fn print_wait<L: PrintLanguage>(fields: &mut JsonFields, wait: &WaitState<L>) {
    match &wait.duration {
        WaitDuration::Seconds(seconds) => set_field(fields, "Seconds", *seconds),
        WaitDuration::Timestamp(timestamp) => set_field(fields, "Timestamp", timestamp.to_string()),
        WaitDuration::SecondsReference(reference) => {
            set_reference::<L>(fields, "Seconds", reference)
        }
        WaitDuration::TimestampReference(reference) => {
            set_reference::<L>(fields, "Timestamp", reference)
        }
    }
    L::print_input_output(fields, &wait.flow);
    set_next(fields, &wait.next);
}

fn set_field(fields: &mut JsonFields, name: &str, value: impl Into<Value>) {
    fields.insert(name.to_owned(), value.into());
}

fn set_comment(fields: &mut JsonFields, comment: Option<&str>) {
    if let Some(comment) = comment {
        set_field(fields, "Comment", comment);
    }
}

fn set_next(fields: &mut JsonFields, next: &NextOrEnd) {
    match next {
        NextOrEnd::State(name) => set_field(fields, "Next", name.as_str()),
        NextOrEnd::End => set_field(fields, "End", true),
    }
}

fn set_reference<L: PrintLanguage>(
    fields: &mut JsonFields,
    name: &str,
    reference: &L::ValueReference,
) {
    set_field(fields, &format!("{name}{}", L::SUFFIX), L::print_reference(reference));
}

fn set_number<L: PrintLanguage>(
    fields: &mut JsonFields,
    name: &str,
    number: Option<&NumberOrReference<L>>,
) {
    match number {
        None => {}
        Some(NumberOrReference::Literal(number)) => set_field(fields, name, *number),
        Some(NumberOrReference::Reference(reference)) => {
            set_reference::<L>(fields, name, reference)
        }
    }
}

fn set_text<L: PrintLanguage>(fields: &mut JsonFields, name: &str, text: &FailText<L>) {
    match text {
        FailText::Absent => {}
        FailText::Literal(literal) => set_field(fields, name, literal.as_str()),
        FailText::Expression(text) => {
            set_field(fields, &format!("{name}{}", L::SUFFIX), L::print_text(text))
        }
    }
}

fn set_handlers<L: PrintLanguage>(
    fields: &mut JsonFields,
    ErrorHandlers { retry, catch }: &ErrorHandlers<L>,
) {
    if !retry.is_empty() {
        set_field(fields, "Retry", retry.iter().map(print_retrier).collect::<Vec<Value>>());
    }
    if !catch.is_empty() {
        set_field(fields, "Catch", catch.iter().map(print_catcher).collect::<Vec<Value>>());
    }
}

fn print_retrier(retrier: &Retrier) -> Value {
    let mut fields = JsonFields::new();
    set_field(&mut fields, "ErrorEquals", retrier.error_equals.clone());
    if retrier.interval_seconds != 1 || retrier.max_delay_seconds.is_none() {
        set_field(&mut fields, "IntervalSeconds", retrier.interval_seconds);
    }
    set_field(&mut fields, "MaxAttempts", retrier.max_attempts);
    set_field(&mut fields, "BackoffRate", json!(retrier.backoff_rate));
    if let Some(seconds) = retrier.max_delay_seconds {
        set_field(&mut fields, "MaxDelaySeconds", seconds);
    }
    if retrier.jitter == JitterStrategy::Full {
        set_field(&mut fields, "JitterStrategy", "FULL");
    }
    fields.into()
}

fn print_catcher<L: PrintLanguage>(catcher: &Catcher<L>) -> Value {
    let mut fields = JsonFields::new();
    set_field(&mut fields, "ErrorEquals", catcher.error_equals.clone());
    L::print_catcher_output(&mut fields, &catcher.catcher_output);
    set_field(&mut fields, "Next", catcher.next.as_str());
    fields.into()
}
