//! Checks for false lint warnings: runs random state machines and requires that no state that runs
//! successfully has a warning.

use asl::DiagnosticCode;
use model::{EventKind, StateName};
use random_stream::RandomStream;
use serde_json::{Map, Value, json};

use crate::test_driver::run_to_end;

const MACHINES: u128 = 4_000;
const STATES: u64 = 5;

struct DefinitionGenerator(RandomStream);

impl DefinitionGenerator {
    fn number_below(&mut self, limit: u64) -> u64 {
        self.0.next_u64() % limit
    }

    fn pick_text<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        let index =
            usize::try_from(self.number_below(texts.len() as u64)).expect("the lists are short");
        texts[index]
    }

    fn reference_path(&mut self) -> &'static str {
        self.pick_text(&["$", "$.a", "$.a.c", "$.b", "$.r", "$.r.s", "$.x", "$.y.z"])
    }

    fn random_path(&mut self) -> &'static str {
        match self.number_below(4) {
            0 => self.pick_text(&["$v", "$w", "$.l[0]", "$..c", "$$.State.Name", "States.UUID()"]),
            1 => self.pick_text(&["States.Format('{}', $.a)", "States.Array($.b, $.r)", "$v.c"]),
            _ => self.reference_path(),
        }
    }

    fn random_value(&mut self) -> Value {
        match self.number_below(4) {
            0 => json!({"a": 1}),
            1 => json!({"a": {"c": 2}, "b": null}),
            2 => json!({"r": {"s": {"t": "$.a"}}, "l": [{"c": 1}]}),
            _ => json!(["a"]),
        }
    }

    fn jsonata_expression(&mut self) -> Value {
        let source = match self.number_below(4) {
            0 => self.pick_text(&["$v", "$w", "$v.c", "1 + 1", "$states.input.*"]),
            _ => self.reference_path().trim_start_matches('$'),
        };
        let root = if source.is_empty() || source.starts_with('.') { "$states.input" } else { "" };
        json!(format!("{{% {root}{source} %}}"))
    }

    /// Generates a state whose targets are all later states, so that every machine ends.
    fn random_state(&mut self, index: u64) -> Value {
        let last = index + 1 == STATES;
        let mut next = || format!("S{}", (index + 1 + self.number_below(4) / 3).min(STATES - 1));
        let targets = if last { None } else { Some([next(), next()]) };
        let mut state = match (&targets, self.number_below(3)) {
            (Some([next, other]), 0) => return self.choice_state(next, other),
            (Some([next, _]), _) => json!({"Type": "Pass", "Next": next}),
            (None, _) => json!({"Type": "Pass", "End": true}),
        };
        let Value::Object(fields) = &mut state else { return state };
        if self.number_below(2) == 0 {
            self.add_jsonpath_fields(fields);
        } else {
            self.add_jsonata_fields(fields);
        }
        state
    }

    fn choice_state(&mut self, next: &str, other: &str) -> Value {
        if self.number_below(2) == 0 {
            let condition = self.pick_text(&["true", "false", "1 = 1", "$states.input.a = 1"]);
            let rule = json!({"Condition": format!("{{% {condition} %}}"), "Next": next});
            return json!({"Type": "Choice", "QueryLanguage": "JSONata", "Default": other,
                "Choices": [rule], "Output": self.random_value()});
        }
        let mut rule = json!({"Variable": self.reference_path(), "Next": next});
        rule[self.pick_text(&["IsPresent", "IsNull", "IsString"])] = json!(true);
        json!({"Type": "Choice", "Choices": [rule], "Default": other})
    }

    fn add_jsonpath_fields(&mut self, fields: &mut Map<String, Value>) {
        if self.number_below(2) == 0 {
            fields.insert("Result".to_owned(), self.random_value());
        }
        if self.number_below(2) == 0 {
            let parameters =
                json!({"x.$": self.random_path(), "y": {"z.$": self.random_path(), "a": 1}});
            fields.insert("Parameters".to_owned(), parameters);
        }
        if self.number_below(3) == 0 {
            fields.insert("Assign".to_owned(), json!({self.pick_text(&["v", "w"]): 1}));
        }
        for field in ["InputPath", "ResultPath", "OutputPath"] {
            let path = match self.number_below(12) {
                0 => Value::Null,
                1..4 => json!(self.reference_path()),
                _ => continue,
            };
            fields.insert(field.to_owned(), path);
        }
    }

    fn add_jsonata_fields(&mut self, fields: &mut Map<String, Value>) {
        fields.insert("QueryLanguage".to_owned(), json!("JSONata"));
        if self.number_below(3) > 0 {
            let output = json!({"x": self.jsonata_expression(), "y": {"z": self.jsonata_expression()}, "a": 1});
            fields.insert("Output".to_owned(), output);
        }
        if self.number_below(3) == 0 {
            fields.insert("Assign".to_owned(), json!({"v": self.jsonata_expression()}));
        }
    }
}

#[test]
fn a_state_that_does_its_work_has_no_warning() {
    let (mut exits, mut alarms) = (0, 0);
    for seed in 0..MACHINES {
        let mut random = DefinitionGenerator(RandomStream::new(seed));
        let states: Map<String, Value> =
            (0..STATES).map(|index| (format!("S{index}"), random.random_state(index))).collect();
        let text = json!({"StartAt": "S0", "States": states}).to_string();
        let Ok(definition) = asl::parse_definition(&text) else { continue };
        let findings = asl::lint_definition(&text, &definition);
        alarms += findings.len();
        let is_warned = |name: &StateName, of: fn(DiagnosticCode) -> bool| {
            let place = format!("/States/{name}");
            findings.iter().any(|finding| {
                let location = finding.location.as_deref().unwrap_or_default();
                let rest = location.strip_prefix(&place);
                of(finding.code)
                    && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        for event in run_to_end(&text, r#"{"a": {"c": 1}, "r": {}}"#, &[]).events {
            if let EventKind::StateEntered { name, .. } = &event {
                let is_unreachable = |code| code == DiagnosticCode::StatewrightUnreachableState;
                assert!(!is_warned(name, is_unreachable), "{name}: {text} {findings:?}");
            }
            if let EventKind::StateExited { name, .. } = &event {
                assert!(!is_warned(name, |_| true), "{name}: {text} {findings:?}");
                exits += 1;
            }
        }
    }
    assert!(exits > 1_000 && alarms > 1_000, "{exits} states were left, {alarms} warnings given");
}
