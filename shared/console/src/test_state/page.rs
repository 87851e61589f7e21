//! The page on which a state is tested.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::{fields::TestStateFields, tested_state};
use crate::{
    Console, ConsoleApi, TargetKind,
    form::FormFields,
    links::{machine_path, resource_name},
    page::{ActionOutcome, Page, PageResult, PageSection},
    state_source::{states_of, written_state},
    view::{definition_source, indented_json},
};

impl<A: ConsoleApi> Console<A> {
    /// The form, filled with a state of the machine that `?machine=` names, or with the visit of a state
    /// that `?execution=` and `?visit=` name.
    pub(crate) async fn show_test_state(&self, query: &FormFields) -> PageResult {
        let mut fields = TestStateFields::of_form(query);
        if let (Some(execution), Some(visit)) = (query.get("execution"), query.get("visit")) {
            fields = self.recorded_test(execution, visit).await?.fields;
            if self.target.kind != TargetKind::Local {
                let members = json!({ "executionArn": execution });
                let machine = self.call("DescribeStateMachineForExecution", members).await?;
                machine["roleArn"].as_str().unwrap_or_default().clone_into(&mut fields.role);
            }
        } else if let Some(machine) = query.get("machine") {
            let described =
                self.call("DescribeStateMachine", json!({ "stateMachineArn": machine })).await?;
            fields.definition = indented_json(described["definition"].as_str().unwrap_or_default());
            if self.target.kind != TargetKind::Local {
                described["roleArn"].as_str().unwrap_or_default().clone_into(&mut fields.role);
            }
        }
        Ok(self.test_state_page(&fields, None))
    }

    /// Tests the state of a form, and shows what it did beside the form. What is refused is told there,
    /// too, so that nothing that was written is lost.
    pub(crate) async fn test_state(&self, form: &FormFields) -> ActionOutcome {
        let fields = TestStateFields::of_form(form);
        let shown = match fields.to_members(self.target.kind) {
            Ok(members) => match self.call("TestState", members).await {
                Ok(tested) => result_of(&fields, &tested),
                Err(error) => refusal(&error.to_string()),
            },
            Err(problem) => refusal(&problem),
        };
        ActionOutcome::Show(self.test_state_page(&fields, Some(shown)))
    }

    fn test_state_page(&self, fields: &TestStateFields, shown: Option<Markup>) -> Page {
        let title = match fields.state.as_str() {
            "" => "Test a state".to_owned(),
            state => format!("Test {state}"),
        };
        let body = html! {
            @if !fields.machine.is_empty() {
                p.crumbs { a href=(machine_path(&fields.machine)) { (resource_name(&fields.machine)) } }
            }
            h1 { (title) }
            p.hint {
                "One state runs by itself, and nothing of it is recorded. Without a mock, a Task makes its call."
            }
            @if let Some(shown) = shown {
                section #tested aria-labelledby="tested-title" {
                    h2 #tested-title { "What it did" }
                    (shown)
                }
                h2 { "Test again" }
            }
            (self.test_state_form(fields))
        };
        Page { title, section: PageSection::TestState, body, is_live: false }
    }

    fn test_state_form(&self, fields: &TestStateFields) -> Markup {
        html! {
            form.card method="post" action="/actions/test-state" {
                (self.action_token.field())
                input type="hidden" name="machine" value=(fields.machine);
                div.side-by-side {
                    div {
                        (json_area("definition", "Definition of a state, or of a whole state machine", &fields.definition, 14))
                        (state_field(fields))
                        (chosen_state(fields))
                    }
                    div {
                        (json_area("input", "Input", &fields.input, 6))
                        (json_area("variables", "Variables", &fields.variables, 2))
                        fieldset {
                            legend { "Mock: a result, or an error" }
                            (json_area("result", "Result of the call, or of the children", &fields.result, 4))
                            (text_field("error", "Error", &fields.error))
                            (text_field("cause", "Cause", &fields.cause))
                        }
                        (more_fields(fields, self.target.kind))
                    }
                }
                p { button.primary type="submit" { "Test" } }
            }
        }
    }
}

fn result_of(fields: &TestStateFields, tested: &Value) -> Markup {
    let state = fields.state_source().unwrap_or_default();
    let input = if fields.input.is_empty() { "{}" } else { &fields.input };
    tested_state(input, &fields.variables, &state, tested)
}

fn refusal(problem: &str) -> Markup {
    html! { p.notice.bad role="alert" { (problem) } }
}

/// The name of the state, with those of the definition to choose from.
fn state_field(fields: &TestStateFields) -> Markup {
    let definition: Value = serde_json::from_str(&fields.definition).unwrap_or_default();
    html! {
        label for="test-state" { "Name of the state in the state machine" }
        input #test-state type="text" name="state" value=(fields.state) maxlength="80" list="test-states" autocomplete="off" spellcheck="false";
        datalist #test-states {
            @for state in states_of(&definition) { option value=(state.name) {} }
        }
    }
}

/// The state that a whole state machine's definition is searched for.
fn chosen_state(fields: &TestStateFields) -> Markup {
    html! {
        @if let Some(state) = written_state(&fields.definition, &fields.state) {
            details open {
                summary { "The state alone" }
                (definition_source(&state, &[], &[]))
            }
        }
    }
}

/// What few tests need.
fn more_fields(fields: &TestStateFields, kind: TargetKind) -> Markup {
    let is_set = [
        &fields.context,
        &fields.validation,
        &fields.retries,
        &fields.iteration_failures,
        &fields.error_caused_by,
        &fields.item_reader_data,
    ];
    html! {
        @if kind != TargetKind::Local {
            (text_field("role", "Role of the call, if there is no mock", &fields.role))
        }
        details open[is_set.iter().any(|field| !field.is_empty())] {
            summary { "More" }
            (json_area("context", "Context object (only with a mock)", &fields.context, 4))
            label for="test-validation" { "Check of the mocked result" }
            select #test-validation name="validation" {
                @for (value, label) in VALIDATION_MODES {
                    option value=(value) selected[fields.validation == value] { (label) }
                }
            }
            (number_field("retries", "Retries that its retriers have made", &fields.retries))
            (number_field("iteration-failures", "Iterations of a Map that failed", &fields.iteration_failures))
            (text_field("error-caused-by", "State inside of it that caused the error", &fields.error_caused_by))
            (json_area("item-reader-data", "What the ItemReader of a Map reads", &fields.item_reader_data, 3))
        }
    }
}

/// The modes of `mock.fieldValidationMode`.
const VALIDATION_MODES: [(&str, &str); 4] = [
    ("", "The default of the API"),
    ("STRICT", "All required fields, and those that are there"),
    ("PRESENT", "The fields that are there"),
    ("NONE", "Nothing"),
];

fn json_area(name: &str, label: &str, value: &str, rows: u8) -> Markup {
    html! {
        label for={ "test-" (name) } { (label) }
        textarea id={ "test-" (name) } name=(name) rows=(rows) spellcheck="false" data-json aria-describedby={ "test-" (name) "-problem" } { "\n" (value) }
        p.problem id={ "test-" (name) "-problem" } role="alert" {}
    }
}

fn text_field(name: &str, label: &str, value: &str) -> Markup {
    html! {
        label for={ "test-" (name) } { (label) }
        input id={ "test-" (name) } type="text" name=(name) value=(value) autocomplete="off" spellcheck="false";
    }
}

fn number_field(name: &str, label: &str, value: &str) -> Markup {
    html! {
        label for={ "test-" (name) } { (label) }
        input id={ "test-" (name) } type="number" name=(name) value=(value) min="0" step="1";
    }
}
