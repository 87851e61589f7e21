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
    Body, Branch, Catcher, Choice, ChoiceRule, Definition, Fail, Handlers, Jitter, Language, Next,
    Number, Parallel, Pass, Resource, Retrier, State, StateKind, Succeed, Task, Text, Wait,
    WaitFor,
};

/// The fields of an object in the making.
type Fields = Map<String, Value>;

/// What the printer asks of a query language.
trait Print: Language {
    /// `QueryLanguage`, where it is not the default.
    const QUERY_LANGUAGE: Option<&'static str>;
    /// What follows a field's name where its value is in the data.
    const SUFFIX: &'static str;

    fn reference(reference: &Self::Reference) -> Value;
    fn text(text: &Self::Text) -> Value;
    fn template(template: &Self::Template) -> Value;
    fn flow(fields: &mut Fields, flow: &Self::Flow);
    fn ends(fields: &mut Fields, ends: &Self::Ends);
    fn items(fields: &mut Fields, items: &Self::Items);
    fn condition(fields: &mut Fields, condition: &Self::Condition);
    fn chosen(fields: &mut Fields, chosen: &Self::Chosen);
    fn caught(fields: &mut Fields, caught: &Self::Caught);
}

impl Definition {
    /// The definition as JSON.
    pub fn to_json(&self) -> Value {
        let mut fields = Fields::new();
        self.print_workflow(&mut fields, &self.workflow);
        if let Some(seconds) = self.timeout_seconds {
            set(&mut fields, "TimeoutSeconds", seconds);
        }
        fields.into()
    }

    fn print_workflow(&self, fields: &mut Fields, workflow: &Branch) {
        set_comment(fields, workflow.comment.as_deref());
        set(fields, "StartAt", workflow.start_at.as_str());
        let states = workflow.states.iter().filter_map(|name| self.state(name));
        let states: Fields =
            states.map(|state| (state.name.to_string(), self.print(state))).collect();
        set(fields, "States", states);
    }

    fn print(&self, state: &State) -> Value {
        let mut fields = Fields::new();
        set(&mut fields, "Type", state.state_type().as_str());
        set_comment(&mut fields, state.comment.as_deref());
        match &state.body {
            Body::JsonPath(kind) => self.print_kind(&mut fields, kind),
            Body::Jsonata(kind) => self.print_kind(&mut fields, kind),
        }
        fields.into()
    }

    fn print_kind<L: Print>(&self, fields: &mut Fields, kind: &StateKind<L>) {
        if let Some(language) = L::QUERY_LANGUAGE {
            set(fields, "QueryLanguage", language);
        }
        match kind {
            StateKind::Pass(pass) => print_pass(fields, pass),
            StateKind::Task(task) => print_task(fields, task),
            StateKind::Choice(choice) => print_choice(fields, choice),
            StateKind::Wait(wait) => print_wait(fields, wait),
            StateKind::Succeed(Succeed { flow }) => L::ends(fields, flow),
            StateKind::Fail(Fail { error, cause }) => {
                set_text::<L>(fields, "Error", error);
                set_text::<L>(fields, "Cause", cause);
            }
            StateKind::Parallel(parallel) => self.print_parallel(fields, parallel),
            StateKind::Map(map) => self.print_map(fields, map),
        }
    }

    fn print_parallel<L: Print>(&self, fields: &mut Fields, parallel: &Parallel<L>) {
        let branches = parallel.branches.iter().map(|branch| self.print_branch(branch));
        set(fields, "Branches", branches.collect::<Vec<Value>>());
        L::flow(fields, &parallel.flow);
        set_handlers(fields, &parallel.handlers);
        set_next(fields, &parallel.next);
    }

    fn print_map<L: Print>(&self, fields: &mut Fields, map: &crate::Map<L>) {
        L::items(fields, &map.items);
        if let Some(selector) = &map.item_selector {
            set(fields, "ItemSelector", L::template(selector));
        }
        set_number::<L>(fields, "MaxConcurrency", Some(&map.concurrency));
        if let Some(count) = map.tolerance.count {
            set(fields, "ToleratedFailureCount", count);
        }
        if let Some(percentage) = map.tolerance.percentage {
            set(fields, "ToleratedFailurePercentage", json!(percentage));
        }
        set(fields, "ItemProcessor", self.print_branch(&map.processor));
        L::flow(fields, &map.flow);
        set_handlers(fields, &map.handlers);
        set_next(fields, &map.next);
    }

    fn print_branch(&self, branch: &Branch) -> Value {
        let mut fields = Fields::new();
        self.print_workflow(&mut fields, branch);
        fields.into()
    }
}

fn print_pass<L: Print>(fields: &mut Fields, pass: &Pass<L>) {
    if let Some(result) = &pass.result {
        set(fields, "Result", result.value().clone());
    }
    L::flow(fields, &pass.flow);
    set_next(fields, &pass.next);
}

fn print_task<L: Print>(fields: &mut Fields, task: &Task<L>) {
    let resource = match &task.resource {
        Resource::LambdaFunction { arn } => arn.clone(),
        Resource::Integration { action, pattern } => {
            let [service, action] = action.names();
            format!("arn:aws:states:::{service}:{action}{}", pattern.suffix())
        }
    };
    set(fields, "Resource", resource);
    set_number(fields, "TimeoutSeconds", task.timeout.as_ref());
    set_number(fields, "HeartbeatSeconds", task.heartbeat.as_ref());
    L::flow(fields, &task.flow);
    set_handlers(fields, &task.handlers);
    set_next(fields, &task.next);
}

fn print_choice<L: Print>(fields: &mut Fields, choice: &Choice<L>) {
    L::ends(fields, &choice.flow);
    set(fields, "Choices", choice.rules.iter().map(rule).collect::<Vec<Value>>());
    if let Some(default) = &choice.default {
        set(fields, "Default", default.as_str());
    }
}

fn rule<L: Print>(rule: &ChoiceRule<L>) -> Value {
    let mut fields = Fields::new();
    set_comment(&mut fields, rule.comment.as_deref());
    L::condition(&mut fields, &rule.condition);
    L::chosen(&mut fields, &rule.chosen);
    set(&mut fields, "Next", rule.next.as_str());
    fields.into()
}

fn print_wait<L: Print>(fields: &mut Fields, wait: &Wait<L>) {
    match &wait.duration {
        WaitFor::Seconds(seconds) => set(fields, "Seconds", *seconds),
        WaitFor::Timestamp(timestamp) => set(fields, "Timestamp", timestamp.to_string()),
        WaitFor::SecondsOf(reference) => set_reference::<L>(fields, "Seconds", reference),
        WaitFor::TimestampOf(reference) => set_reference::<L>(fields, "Timestamp", reference),
    }
    L::ends(fields, &wait.flow);
    set_next(fields, &wait.next);
}

fn set(fields: &mut Fields, name: &str, value: impl Into<Value>) {
    fields.insert(name.to_owned(), value.into());
}

fn set_comment(fields: &mut Fields, comment: Option<&str>) {
    if let Some(comment) = comment {
        set(fields, "Comment", comment);
    }
}

fn set_next(fields: &mut Fields, next: &Next) {
    match next {
        Next::State(name) => set(fields, "Next", name.as_str()),
        Next::End => set(fields, "End", true),
    }
}

fn set_reference<L: Print>(fields: &mut Fields, name: &str, reference: &L::Reference) {
    set(fields, &format!("{name}{}", L::SUFFIX), L::reference(reference));
}

fn set_number<L: Print>(fields: &mut Fields, name: &str, number: Option<&Number<L>>) {
    match number {
        None => {}
        Some(Number::Literal(number)) => set(fields, name, *number),
        Some(Number::Of(reference)) => set_reference::<L>(fields, name, reference),
    }
}

fn set_text<L: Print>(fields: &mut Fields, name: &str, text: &Text<L>) {
    match text {
        Text::Absent => {}
        Text::Literal(literal) => set(fields, name, literal.as_str()),
        Text::Of(text) => set(fields, &format!("{name}{}", L::SUFFIX), L::text(text)),
    }
}

fn set_handlers<L: Print>(fields: &mut Fields, Handlers { retry, catch }: &Handlers<L>) {
    if !retry.is_empty() {
        set(fields, "Retry", retry.iter().map(retrier).collect::<Vec<Value>>());
    }
    if !catch.is_empty() {
        set(fields, "Catch", catch.iter().map(catcher).collect::<Vec<Value>>());
    }
}

fn retrier(retrier: &Retrier) -> Value {
    let mut fields = Fields::new();
    set(&mut fields, "ErrorEquals", retrier.error_equals.clone());
    if retrier.interval_seconds != 1 || retrier.max_delay_seconds.is_none() {
        set(&mut fields, "IntervalSeconds", retrier.interval_seconds);
    }
    set(&mut fields, "MaxAttempts", retrier.max_attempts);
    set(&mut fields, "BackoffRate", json!(retrier.backoff_rate));
    if let Some(seconds) = retrier.max_delay_seconds {
        set(&mut fields, "MaxDelaySeconds", seconds);
    }
    if retrier.jitter == Jitter::Full {
        set(&mut fields, "JitterStrategy", "FULL");
    }
    fields.into()
}

fn catcher<L: Print>(catcher: &Catcher<L>) -> Value {
    let mut fields = Fields::new();
    set(&mut fields, "ErrorEquals", catcher.error_equals.clone());
    L::caught(&mut fields, &catcher.caught);
    set(&mut fields, "Next", catcher.next.as_str());
    fields.into()
}
