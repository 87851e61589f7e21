//! The workflows and states of a definition as written in the document, valid or not.

use model::limits::{FRAME_DEPTH_MAX, NAME_CHARS_MAX};
use serde_json::{Map, Value};

/// A workflow: the whole state machine, a Parallel branch, or a Map's item processor.
pub(crate) struct WorkflowOutline<'d> {
    /// Location in the document, such as `/States/P/Branches[0]`; empty for the whole machine.
    pub(crate) location: String,
    /// The enclosing workflow, as its index in the list, and the name of the state there that
    /// contains this workflow. `None` for the whole machine.
    pub(crate) outer: Option<(usize, &'d str)>,
    /// `StartAt`, if it is a string.
    pub(crate) start_at: Option<&'d str>,
    /// Whether `States` is an object.
    pub(crate) has_states: bool,
    /// `States`, in the author's order; empty if it is no object.
    pub(crate) states: Vec<StateOutline<'d>>,
}

/// A state as written in the document.
pub(crate) struct StateOutline<'d> {
    /// Key in `States`.
    pub(crate) name: &'d str,
    /// Location in the document, such as `/States/A`.
    pub(crate) location: String,
    /// Type, fields and query language. `None` if the type is missing or unknown, or if the name
    /// is too long.
    pub(crate) shape: Option<TypedStateOutline<'d>>,
    /// Whether the state is an object without a type.
    pub(crate) lacks_type: bool,
}

impl StateOutline<'_> {
    /// Whether the machine may end in this state. One that cannot be read may; one without a type
    /// may not (observed).
    pub(crate) fn may_end(&self) -> bool {
        match self.shape {
            Some(shape) => shape.may_end(),
            None => !self.lacks_type,
        }
    }
}

/// A state whose type is known.
#[derive(Clone, Copy)]
pub(crate) struct TypedStateOutline<'d> {
    /// `Type`
    pub(crate) kind: &'d str,
    /// All fields of the state, including `Type`.
    pub(crate) fields: &'d Map<String, Value>,
    /// The state's own query language, or else the machine's.
    pub(crate) language: OutlineLanguage,
}

/// A query language, as named by `QueryLanguage`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutlineLanguage {
    JsonPath,
    Jsonata,
}

/// A transition that a state may take.
#[derive(Clone, Copy)]
pub(crate) struct OutlineTransition<'d> {
    /// The field that defines the transition.
    pub(crate) source: TransitionSource,
    /// Name of the target state, which may not exist.
    pub(crate) target: &'d str,
}

/// The field that defines a transition. `ChoiceRule` and `Catcher` hold the index in `Choices` or
/// `Catch`.
#[derive(Clone, Copy)]
pub(crate) enum TransitionSource {
    Next,
    ChoiceRule(usize),
    Default,
    Catcher(usize),
}

impl TransitionSource {
    /// Returns the location of the `Next` or `Default` field, relative to the state.
    pub(crate) fn field_location(self) -> String {
        match self {
            Self::Next => "Next".to_owned(),
            Self::ChoiceRule(index) => format!("Choices[{index}]/Next"),
            Self::Default => "Default".to_owned(),
            Self::Catcher(index) => format!("Catch[{index}]/Next"),
        }
    }
}

const TYPES: [&str; 8] = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"];

/// Lists every workflow of a document in document order, each before the workflows nested in it.
pub(crate) fn outline_workflows(document: &Value) -> Vec<WorkflowOutline<'_>> {
    let language = resolve_language(document.get("QueryLanguage"), OutlineLanguage::JsonPath);
    let mut outline = OutlineBuilder { language, workflows: Vec::new() };
    outline.add_workflow(document, String::new(), None, 0);
    outline.workflows
}

fn resolve_language(named: Option<&Value>, default: OutlineLanguage) -> OutlineLanguage {
    match named {
        None => default,
        Some(name) if name == "JSONPath" => OutlineLanguage::JsonPath,
        // AWS treats any value other than exactly `JSONPath` as JSONata.
        Some(_) => OutlineLanguage::Jsonata,
    }
}

struct OutlineBuilder<'d> {
    language: OutlineLanguage,
    workflows: Vec<WorkflowOutline<'d>>,
}

impl<'d> OutlineBuilder<'d> {
    fn add_workflow(
        &mut self,
        workflow: &'d Value,
        location: String,
        outer: Option<(usize, &'d str)>,
        depth: usize,
    ) {
        let Some(fields) = workflow.as_object().filter(|_| depth <= FRAME_DEPTH_MAX) else {
            return;
        };
        let index = self.workflows.len();
        let start_at = fields.get("StartAt").and_then(Value::as_str);
        let states = fields.get("States").and_then(Value::as_object);
        let has_states = states.is_some();
        let states = states.into_iter().flatten().map(|(name, state)| StateOutline {
            name,
            location: format!("{location}/States/{name}"),
            shape: self.type_state(name, state),
            lacks_type: state.as_object().is_some_and(|fields| !fields.contains_key("Type")),
        });
        let states = states.collect();
        self.workflows.push(WorkflowOutline { location, outer, start_at, has_states, states });
        for (inner, location, name) in inner_workflows(&self.workflows[index]) {
            self.add_workflow(inner, location, Some((index, name)), depth + 1);
        }
    }

    fn type_state(&self, name: &str, state: &'d Value) -> Option<TypedStateOutline<'d>> {
        let fields = state.as_object()?;
        let kind = fields.get("Type")?.as_str()?;
        let is_readable = TYPES.contains(&kind) && name.chars().count() <= NAME_CHARS_MAX;
        let language = resolve_language(fields.get("QueryLanguage"), self.language);
        is_readable.then_some(TypedStateOutline { kind, fields, language })
    }
}

/// Returns the workflows nested directly in a workflow's states, each with its location and the
/// name of the state that contains it.
fn inner_workflows<'d>(workflow: &WorkflowOutline<'d>) -> Vec<(&'d Value, String, &'d str)> {
    let mut found = Vec::new();
    for state in &workflow.states {
        let Some(shape) = state.shape else { continue };
        // Document order, in which AWS reports findings.
        for (field, value) in shape.fields {
            match (shape.kind, field.as_str()) {
                ("Parallel", "Branches") => {
                    for (index, branch) in value.as_array().into_iter().flatten().enumerate() {
                        let location = format!("{}/Branches[{index}]", state.location);
                        found.push((branch, location, state.name));
                    }
                }
                ("Map", "ItemProcessor" | "Iterator") => {
                    found.push((value, format!("{}/{field}", state.location), state.name));
                }
                _ => {}
            }
        }
    }
    found
}

impl<'d> TypedStateOutline<'d> {
    /// Returns a field's value if it is a string.
    pub(crate) fn field_text(&self, field: &str) -> Option<&'d str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// Returns a field's elements; empty if it is not an array.
    pub(crate) fn field_elements(&self, field: &str) -> &'d [Value] {
        self.fields.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Whether a workflow may end in this state. Any `End` other than `false` counts, even one of
    /// the wrong type.
    pub(crate) fn may_end(&self) -> bool {
        match self.kind {
            "Succeed" | "Fail" => true,
            "Choice" => false,
            _ => self.fields.get("End").is_some_and(|end| end != false),
        }
    }

    /// Returns the transitions that the state names, without those whose target is no string. A
    /// `Next` of a state that cannot have one is refused, but makes its target reachable (observed).
    pub(crate) fn transitions(&self) -> Vec<OutlineTransition<'d>> {
        let one = |written_by: TransitionSource, field: &str| {
            Some(OutlineTransition { source: written_by, target: self.field_text(field)? })
        };
        let all = |written_by: fn(usize) -> TransitionSource, field: &str| {
            let elements = self.field_elements(field).iter().enumerate();
            let next = elements.filter_map(|(index, element)| {
                let target = element.get("Next")?.as_str()?;
                Some(OutlineTransition { source: written_by(index), target })
            });
            next.collect::<Vec<_>>()
        };
        match self.kind {
            "Choice" => {
                let default = one(TransitionSource::Default, "Default");
                all(TransitionSource::ChoiceRule, "Choices").into_iter().chain(default).collect()
            }
            "Task" | "Parallel" | "Map" => {
                let next = one(TransitionSource::Next, "Next").into_iter();
                next.chain(all(TransitionSource::Catcher, "Catch")).collect()
            }
            _ => one(TransitionSource::Next, "Next").into_iter().collect(),
        }
    }
}
