//! The states of a definition as its text has them.

use serde_json::Value;

use crate::view::WrittenJson;

/// A state of a definition, at whatever depth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StateSource<'a> {
    pub(crate) name: &'a str,
    /// Its object.
    pub(crate) source: &'a Value,
    /// How many Parallel and Map states are around it.
    pub(crate) depth: usize,
}

impl StateSource<'_> {
    pub(crate) fn state_type(&self) -> &str {
        self.source["Type"].as_str().unwrap_or_default()
    }
}

/// All states of a definition in its order, each before those inside of it.
pub(crate) fn states_of(definition: &Value) -> Vec<StateSource<'_>> {
    let mut states = Vec::new();
    add_states(definition, 0, &mut states);
    states
}

/// The state with this name. A name is unique in a whole definition.
pub(crate) fn find_state<'a>(definition: &'a Value, name: &str) -> Option<&'a Value> {
    states_of(definition).into_iter().find(|state| state.name == name).map(|state| state.source)
}

/// The text of the state with this name, indented and else as it was written.
pub(crate) fn written_state(definition: &str, name: &str) -> Option<String> {
    find_written(&WrittenJson::parse(definition)?, name).map(WrittenJson::indented)
}

fn find_written<'a, 't>(workflow: &'a WrittenJson<'t>, name: &str) -> Option<&'a WrittenJson<'t>> {
    let states = workflow.member("States")?;
    states.member(name).or_else(|| {
        states.members().iter().find_map(|(_, source)| {
            let branches = source.member("Branches").map_or(&[][..], WrittenJson::elements);
            let processors = ["ItemProcessor", "Iterator"].map(|member| source.member(member));
            let mut inner = branches.iter().chain(processors.into_iter().flatten());
            inner.find_map(|inner| find_written(inner, name))
        })
    })
}

fn add_states<'a>(workflow: &'a Value, depth: usize, states: &mut Vec<StateSource<'a>>) {
    for (name, source) in workflow["States"].as_object().into_iter().flatten() {
        states.push(StateSource { name, source, depth });
        let branches = source["Branches"].as_array().into_iter().flatten();
        let processors = ["ItemProcessor", "Iterator"].map(|member| &source[member]);
        for inner in branches.chain(processors) {
            add_states(inner, depth + 1, states);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn states_are_found_at_every_depth() {
        let definition = json!({"StartAt": "A", "States": {
            "A": {"Type": "Parallel", "Branches": [{"States": {"B": {"Type": "Pass"}}}]},
            "C": {"Type": "Map", "ItemProcessor": {"States": {
                "D": {"Type": "Map", "Iterator": {"States": {"E": {"Type": "Wait"}}}}}}},
        }});
        let states = states_of(&definition);
        let found: Vec<(&str, &str, usize)> =
            states.iter().map(|state| (state.name, state.state_type(), state.depth)).collect();
        let expected = [
            ("A", "Parallel", 0),
            ("B", "Pass", 1),
            ("C", "Map", 0),
            ("D", "Map", 1),
            ("E", "Wait", 2),
        ];
        assert_eq!(found, expected);
        assert_eq!(find_state(&definition, "E"), Some(&json!({"Type": "Wait"})));
        assert_eq!(find_state(&json!("text"), "E"), None);
    }

    #[test]
    fn the_text_of_a_state_is_what_was_written() {
        let definition = r#"{"States": {"A": {"Type": "Parallel", "Branches": [{"States": {
            "\u0042": {"Result": 1.10, "Comment": "B"}}}]},
            "C": {"Iterator": {"States": {"D": {"Result": 12345678901234567890123}}}}}}"#;
        let expected = "{\n  \"Result\": 1.10,\n  \"Comment\": \"B\"\n}";
        assert_eq!(written_state(definition, "B").as_deref(), Some(expected));
        let expected = "{\n  \"Result\": 12345678901234567890123\n}";
        assert_eq!(written_state(definition, "D").as_deref(), Some(expected));
        assert_eq!(written_state(definition, "Branches"), None);
        assert_eq!(written_state("{broken", "A"), None);
    }
}
