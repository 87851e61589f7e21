//! Finds the variables and the members of `$states` that an expression reads.

use std::collections::BTreeSet;

use crate::{
    meter::with_stack,
    session::StatesMember,
    syntax::{Group, Node, NodeKind, StepStage, SyntaxTree},
};

/// The variables and the members of `$states` that an expression may read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct ExpressionReads {
    /// The variables that come from outside: neither bound in the expression nor called as a
    /// function, without `$`.
    pub variables: BTreeSet<String>,
    /// Whether it reads `$states.input`.
    pub input: bool,
    /// Whether it reads `$states.context`.
    pub context: bool,
    /// Whether it may read `$states.context.Execution.Input`.
    pub execution_input: bool,
    /// Whether it reads `$states.result`.
    pub result: bool,
    /// Whether it reads `$states.errorOutput`.
    pub error_output: bool,
    /// Whether it reads `$states` as a whole and thus all its members, whose fields are then set
    /// too.
    pub states: bool,
    /// The name `x` of every `$states.x` that does not exist.
    pub unknown: BTreeSet<String>,
    /// The names read at the top level, where there is no value to read them from. AWS refuses
    /// them: `Reference to 'x' at the top level is not supported.`
    pub top_level: BTreeSet<String>,
    /// Whether it reads `$$`. AWS refuses it: `Reference to '$$' is not supported.`
    pub root: bool,
}

impl ExpressionReads {
    /// Adds what another expression reads.
    pub fn merge(&mut self, other: &Self) {
        let Self {
            variables,
            input,
            context,
            execution_input,
            result,
            error_output,
            states,
            unknown,
            top_level,
            root,
        } = other;
        self.variables.extend(variables.iter().cloned());
        self.input |= input;
        self.context |= context;
        self.execution_input |= execution_input;
        self.result |= result;
        self.error_output |= error_output;
        self.states |= states;
        self.unknown.extend(unknown.iter().cloned());
        self.top_level.extend(top_level.iter().cloned());
        self.root |= root;
    }

    pub(crate) fn from_tree(tree: &SyntaxTree) -> Self {
        let mut walk = ReadsCollector { reads: Self::default(), scopes: vec![BTreeSet::new()] };
        walk.visit_node(&tree.root, NameFocus::Nothing);
        walk.reads
    }
}

/// The value that a name is read from.
#[derive(Clone, Copy)]
enum NameFocus {
    /// No value: the name is at the top level.
    Nothing,
    /// A value that another part of the expression gives.
    Value,
}

struct ReadsCollector<'n> {
    reads: ExpressionReads,
    /// The names bound so far, innermost scope last.
    scopes: Vec<BTreeSet<&'n str>>,
}

impl<'n> ReadsCollector<'n> {
    fn visit_node(&mut self, node: &'n Node, focus: NameFocus) {
        with_stack(|| {
            self.visit_kind(node, focus);
            for filter in node.filters() {
                self.visit_node(filter, NameFocus::Value);
            }
            if let Some(group) = &node.group {
                self.visit_group(group);
            }
        });
    }

    fn visit_kind(&mut self, node: &'n Node, focus: NameFocus) {
        match &node.kind {
            NodeKind::Name(name) => self.visit_name(name, focus),
            NodeKind::Variable(name) if name == "$" => self.reads.root = true,
            NodeKind::Variable(name) => self.visit_variable(name),
            NodeKind::Path(path) => self.visit_path(&path.steps, focus),
            NodeKind::Bind { name, value } => self.visit_assignment(name, value, focus),
            NodeKind::Lambda(lambda) => {
                let names = lambda.parameters.iter().map(|name| &**name).collect();
                self.visit_in_scope(names, |walk| walk.visit_node(&lambda.body, focus));
            }
            NodeKind::Block(items) => self.visit_in_scope(BTreeSet::new(), |walk| {
                for item in items {
                    walk.visit_node(item, focus);
                }
            }),
            NodeKind::Call { procedure, arguments }
            | NodeKind::TailCall { procedure, arguments } => {
                self.visit_procedure(procedure, focus);
                for argument in arguments {
                    self.visit_node(argument, focus);
                }
            }
            NodeKind::PartialCall { procedure, arguments } => {
                self.visit_procedure(procedure, focus);
                for argument in arguments.iter().flatten() {
                    self.visit_node(argument, focus);
                }
            }
            NodeKind::Sort(_) | NodeKind::Transform(_) => {
                node.visit_children(&mut |child| self.visit_node(child, NameFocus::Value));
            }
            NodeKind::Text(_)
            | NodeKind::Number(_)
            | NodeKind::Bool(_)
            | NodeKind::Null
            | NodeKind::Regex(_)
            | NodeKind::Binary { .. }
            | NodeKind::And { .. }
            | NodeKind::Or { .. }
            | NodeKind::Negate(_)
            | NodeKind::Apply { .. }
            | NodeKind::Array(_)
            | NodeKind::Object(_)
            | NodeKind::Condition { .. }
            | NodeKind::Wildcard
            | NodeKind::Descendants
            | NodeKind::Parent(_) => {
                node.visit_children(&mut |child| self.visit_node(child, focus));
            }
        }
    }

    /// What is called by its name is a function, and not a variable of the workflow.
    fn visit_procedure(&mut self, procedure: &'n Node, focus: NameFocus) {
        if !matches!(procedure.kind, NodeKind::Variable(_)) {
            self.visit_node(procedure, focus);
        }
    }

    fn visit_group(&mut self, group: &'n Group) {
        group.visit_nodes(&mut |node| self.visit_node(node, NameFocus::Value));
    }

    fn visit_in_scope(&mut self, names: BTreeSet<&'n str>, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(names);
        walk(self);
        self.scopes.pop();
    }

    fn bind_name(&mut self, name: &'n str) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name);
        }
    }

    fn visit_name(&mut self, name: &str, focus: NameFocus) {
        match focus {
            NameFocus::Nothing => {
                self.reads.top_level.insert(name.to_owned());
            }
            NameFocus::Value => {}
        }
    }

    fn is_bound(&self, name: &str) -> bool {
        name.is_empty() || self.scopes.iter().any(|scope| scope.contains(name))
    }

    fn visit_variable(&mut self, name: &str) {
        if self.is_bound(name) {
            return;
        }
        if name == "states" {
            self.reads.states = true;
            for member in StatesMember::ALL {
                self.visit_member(member);
            }
            self.reads.execution_input = true;
        } else {
            self.reads.variables.insert(name.to_owned());
        }
    }

    fn visit_member(&mut self, member: StatesMember) {
        match member {
            StatesMember::Input => self.reads.input = true,
            StatesMember::Context => self.reads.context = true,
            StatesMember::Result => self.reads.result = true,
            StatesMember::ErrorOutput => self.reads.error_output = true,
        }
    }

    /// In `$x := …`, a function may call itself. Other values are evaluated before `$x` is bound.
    fn visit_assignment(&mut self, name: &'n str, value: &'n Node, focus: NameFocus) {
        if matches!(value.kind, NodeKind::Lambda(_)) {
            self.bind_name(name);
        }
        self.visit_node(value, focus);
        self.bind_name(name);
    }

    fn visit_path(&mut self, steps: &'n [Node], focus: NameFocus) {
        let mut focus = focus;
        for (i, step) in steps.iter().enumerate() {
            if i > 0 || !self.visit_states_path(steps) {
                self.visit_kind(step, focus);
            }
            for filter in step.filters() {
                self.visit_node(filter, NameFocus::Value);
            }
            if let Some(group) = &step.group {
                self.visit_group(group);
            }
            for name in [&step.focus, &step.index].into_iter().flatten() {
                self.bind_name(name);
            }
            for stage in &step.stages {
                if let StepStage::Index(name) = stage {
                    self.bind_name(name);
                }
            }
            focus = NameFocus::Value;
        }
    }

    /// Records what `$states.name…` reads. False if the path does not begin like that.
    fn visit_states_path(&mut self, steps: &[Node]) -> bool {
        let [states, member, rest @ ..] = steps else { return false };
        let (NodeKind::Variable(variable), NodeKind::Name(name)) = (&states.kind, &member.kind)
        else {
            return false;
        };
        if variable != "states" || self.is_bound(variable) || !is_plain(states) {
            return false;
        }
        match StatesMember::from_name(name) {
            Some(member) => self.visit_member(member),
            None => {
                self.reads.unknown.insert(name.clone());
            }
        }
        if name == "context" {
            self.reads.execution_input |= !is_plain(member) || may_lead_to_input(rest);
        }
        true
    }
}

/// Whether only the step's own name determines what it selects.
fn is_plain(step: &Node) -> bool {
    step.is_plain_step()
}

/// Whether a path below the context may lead to the execution's input.
fn may_lead_to_input(steps: &[Node]) -> bool {
    let [execution, rest @ ..] = steps else { return true };
    match plain_name(execution) {
        Some("Execution") => rest.first().is_none_or(|field| match plain_name(field) {
            Some(name) => name == "Input",
            None => true,
        }),
        Some(_) => false,
        None => true,
    }
}

/// The name of a step that consists only of a name.
fn plain_name(step: &Node) -> Option<&str> {
    let NodeKind::Name(name) = &step.kind else { return None };
    is_plain(step).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::ExpressionReads;
    use crate::JsonataExpression;

    fn reads(source: &str) -> ExpressionReads {
        let expression = JsonataExpression::parse(&format!("{{% {source} %}}"));
        expression.expect("the expression is well-formed").reads().clone()
    }

    #[test]
    fn the_members_of_states_are_told_apart() {
        let read = reads("$states.input.a[b > $states.result.c]");
        assert!(read.input && read.result && !read.context && !read.error_output && !read.states);
        assert!(reads("$states").states && reads("$states").execution_input);
        assert!(reads("$lookup($states, 'input')").input);
        assert_eq!(reads("$states.nope.x").unknown.into_iter().collect::<Vec<_>>(), ["nope"]);
    }

    #[test]
    fn the_executions_input_is_told_from_the_rest_of_the_context() {
        for source in [
            "$states.context",
            "$states.context.Execution",
            "$states.context.Execution.Input.x",
            "$states.context.*",
            "$states.context[Execution.Input].State",
            "$states.context.Execution.(Input)",
        ] {
            assert!(reads(source).execution_input, "{source}");
        }
        for source in
            ["$states.context.State.Name", "$states.context.Execution.Id", "$states.input"]
        {
            assert!(!reads(source).execution_input, "{source}");
        }
    }

    #[test]
    fn variables_bound_in_the_expression_are_its_own() {
        let variables = |source: &str| reads(source).variables.into_iter().collect::<Vec<_>>();
        assert_eq!(variables("$a + $b.c"), ["a", "b"]);
        assert_eq!(variables("($x := $x + $y; $x)"), ["x", "y"]);
        assert_eq!(variables("($x := 1; $x)"), [""; 0]);
        assert_eq!(variables("$map($items, function($v) { $v & $w })"), ["items", "w"]);
        assert_eq!(variables("($f := function($n) { $n ? $f($n - 1) : $f }; $f(1))"), [""; 0]);
        assert_eq!(variables("(($x := 1); $x)"), ["x"]);
        assert_eq!(variables("$states.input.a@$v.b#$i.{'v': $v, 'i': $i}"), [""; 0]);
        assert_eq!(variables("$nope(1)"), [""; 0]);
    }

    #[test]
    fn names_at_the_top_level_are_found() {
        let top = |source: &str| reads(source).top_level.into_iter().collect::<Vec<_>>();
        assert_eq!(top("phone[0].number"), ["phone"]);
        assert_eq!(top("$states.input.items[value > 3]^(price){kind: price}"), [""; 0]);
        assert_eq!(top("$map($states.input.a, function($x){ b })"), ["b"]);
        assert!(reads("$$.a").root);
    }
}
