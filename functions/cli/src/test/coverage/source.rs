//! The lines of a definition's states and transitions.

use std::{collections::BTreeMap, ops::RangeInclusive, path::Path};

use serde_json::Value;

use crate::{
    line_column::{ValueLines, locate_value_lines},
    text_source::read_text,
};

/// The first and the last line of something. Lines count from 1.
pub(super) type LineRange = RangeInclusive<usize>;

/// A definition's text where its author wrote it, and where its states are in it.
pub(super) struct DefinitionLines {
    /// The file, as CI tools name it: relative, and without `./`.
    pub(super) file: String,
    /// The lines of the definition, of which the first has this number in the file.
    pub(super) first_line: usize,
    pub(super) lines: Vec<String>,
    /// The location of each state within its text, by name: `/States/A`.
    state_locations: BTreeMap<String, String>,
    /// The lines of the file that a location has.
    value_lines: ValueLines,
}

impl DefinitionLines {
    /// A definition that has a file of its own. One that cannot be read any more has no lines.
    pub(super) fn of_file(file: &Path, json: &str) -> Self {
        let text = read_text(file).unwrap_or_default();
        Self::new(&file.display().to_string(), &text, "", json)
    }

    /// A definition in a block of a Markdown file, whose opening fence is on this line.
    pub(super) fn of_markdown_block(file: &str, json: &str, fence: usize) -> Self {
        let mut lines = Self::new(file, json, "", json);
        lines.first_line = fence + 1;
        for range in lines.value_lines.values_mut() {
            *range = range.start() + fence..=range.end() + fence;
        }
        lines
    }

    /// A definition that is a member of a JSON test file.
    pub(super) fn of_test_file(file: &str, text: &str, json: &str) -> Self {
        Self::new(file, text, "/definition", json)
    }

    fn new(file: &str, text: &str, within: &str, json: &str) -> Self {
        let definition: Value = serde_json::from_str(json).unwrap_or_default();
        let mut state_locations = BTreeMap::new();
        add_state_locations(&definition, within, &mut state_locations);
        Self {
            file: file.strip_prefix("./").unwrap_or(file).to_owned(),
            first_line: 1,
            lines: text.lines().map(str::to_owned).collect(),
            state_locations,
            value_lines: locate_value_lines(text),
        }
    }

    pub(super) fn lines_of_state(&self, state: &str) -> Option<LineRange> {
        self.value_lines.get(self.state_locations.get(state)?).cloned()
    }

    /// The lines of a field of a state, such as `Next` or `Catch[0]`.
    pub(super) fn lines_of_field(&self, state: &str, field: &str) -> Option<LineRange> {
        let location = self.state_locations.get(state)?;
        self.value_lines.get(&format!("{location}/{field}")).cloned()
    }
}

fn add_state_locations(workflow: &Value, location: &str, found: &mut BTreeMap<String, String>) {
    for (name, state) in workflow["States"].as_object().into_iter().flatten() {
        let location = format!("{location}/States/{name}");
        found.insert(name.clone(), location.clone());
        for field in ["ItemProcessor", "Iterator"] {
            add_state_locations(&state[field], &format!("{location}/{field}"), found);
        }
        for (at, branch) in state["Branches"].as_array().into_iter().flatten().enumerate() {
            add_state_locations(branch, &format!("{location}/Branches[{at}]"), found);
        }
    }
}
