//! Direct paths: expressions that only select one member, e.g. `$states.input.a.b` or `$x.a`.
//!
//! Their value is copied as it is, so that integers beyond 2^53 stay exact, as they do on AWS.
#![expect(clippy::wildcard_enum_match_arm, reason = "few of the many kinds of nodes matter here")]

use serde_json::Value;

use crate::{
    session::{JsonataSession, StatesMember},
    syntax::{Node, NodeKind, SyntaxTree},
};

/// A variable, and the names from its value to what is selected.
#[derive(Debug)]
pub(crate) struct DirectPath {
    root: DirectRoot,
    names: Vec<String>,
}

#[derive(Debug)]
enum DirectRoot {
    Member(StatesMember),
    Variable(String),
}

/// The result of looking up a direct path.
pub(crate) enum DirectLookup<'v> {
    /// This value of the input or of a variable.
    Value(&'v Value),
    /// The path leads to no value.
    Nothing,
    /// The path leads through an array, or may start from the name of a function.
    Unknown,
}

impl DirectPath {
    /// Compiles an expression; `None` if it does more than select.
    pub(crate) fn from_tree(tree: &SyntaxTree) -> Option<Self> {
        if !tree.root.is_plain_step() {
            return None;
        }
        let steps = match &tree.root.kind {
            NodeKind::Variable(name) if !matches!(&**name, "" | "$" | "states") => {
                let root = DirectRoot::Variable(name.clone());
                return Some(Self { root, names: Vec::new() });
            }
            NodeKind::Path(path) if !path.keeps_singleton_array => &path.steps,
            _ => return None,
        };
        let (first, rest) = steps.split_first()?;
        let NodeKind::Variable(variable) = &first.kind else { return None };
        let mut names = rest.iter().map(step_name).collect::<Option<Vec<String>>>()?;
        let root = match &**variable {
            "" | "$" => return None,
            "states" => {
                let member = StatesMember::from_name(names.first()?)?;
                names.remove(0);
                DirectRoot::Member(member)
            }
            name => DirectRoot::Variable(name.to_owned()),
        };
        first.is_plain_step().then_some(Self { root, names })
    }

    /// Looks up what the path selects.
    pub(crate) fn find_value<'v>(&self, session: &JsonataSession<'v>) -> DirectLookup<'v> {
        let root = match &self.root {
            DirectRoot::Member(member) => match session.member_value(*member) {
                Some(value) => value,
                None => return DirectLookup::Nothing,
            },
            DirectRoot::Variable(name) => match session.variable_value(name) {
                Some(value) => value,
                None => return DirectLookup::Unknown,
            },
        };
        let mut value = root;
        for name in &self.names {
            value = match value {
                Value::Array(_) => return DirectLookup::Unknown,
                Value::Object(members) => match members.get(name) {
                    Some(member) => member,
                    None => return DirectLookup::Nothing,
                },
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    return DirectLookup::Nothing;
                }
            };
        }
        DirectLookup::Value(value)
    }
}

fn step_name(step: &Node) -> Option<String> {
    match &step.kind {
        NodeKind::Name(name) if step.is_plain_step() => Some(name.clone()),
        _ => None,
    }
}
