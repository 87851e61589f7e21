//! Projections: the part of a value that an expression needs.
//!
//! Converting 1,000 orders costs more than most expressions over them. If the paths of an
//! expression show which members it reads, only those are converted:
//! `$states.input.orders[price > 10].id` needs only the price and the id of every order.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use std::collections::BTreeMap;

use jsonata_core::{
    ast::{AstNode, PathStep, Stage},
    value::with_stack,
};

use crate::children::visit_children;

/// The part of a value that is needed.
///
/// A projection of an array applies to every item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValueProjection {
    /// The whole value.
    Whole,
    /// These members of an object, or the whole of a value that is not an object.
    Members(BTreeMap<String, Self>),
}

impl ValueProjection {
    /// The value without any members.
    pub(crate) fn no_members() -> Self {
        Self::Members(BTreeMap::new())
    }

    fn only_member(name: &str, need: Self) -> Self {
        Self::Members(BTreeMap::from([(name.to_owned(), need)]))
    }

    /// Adds what another projection needs.
    pub(crate) fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Whole, _) => {}
            (_, Self::Whole) => *self = Self::Whole,
            (Self::Members(members), Self::Members(others)) => {
                for (name, need) in others {
                    match members.get_mut(&name) {
                        Some(member) => member.merge(need),
                        None => {
                            members.insert(name, need);
                        }
                    }
                }
            }
        }
    }

    /// Whether this projection includes all that the other one needs.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole, _) => true,
            (Self::Members(_), Self::Whole) => false,
            (Self::Members(members), Self::Members(others)) => others
                .iter()
                .all(|(name, need)| members.get(name).is_some_and(|member| member.covers(need))),
        }
    }

    /// The part of a variable's value that an expression needs.
    pub(crate) fn for_variable(ast: &AstNode, variable: &str) -> Self {
        // `%` and `$$` can leave any path, so the whole value is needed.
        if any_node(ast, &|node| matches!(node, AstNode::Parent(_) | AstNode::ParentVariable(_))) {
            return Self::Whole;
        }
        let mut need = Self::no_members();
        collect_uses(ast, variable, &mut need);
        need
    }

    /// The part that is needed of a member of the value.
    pub(crate) fn for_member(&self, name: &str) -> Self {
        match self {
            Self::Whole => Self::Whole,
            Self::Members(members) => members.get(name).cloned().unwrap_or_else(Self::no_members),
        }
    }
}

fn any_node(node: &AstNode, test: &dyn Fn(&AstNode) -> bool) -> bool {
    let mut found = test(node);
    with_stack(|| {
        visit_children(node, &mut |child| found = found || any_node(child, test));
    });
    found
}

/// Merges what each use of a variable needs into `need`.
fn collect_uses(node: &AstNode, variable: &str, need: &mut ValueProjection) {
    with_stack(|| match node {
        AstNode::Variable(name) if name == variable => *need = ValueProjection::Whole,
        AstNode::Path { steps } => {
            collect_path_uses(steps, &ValueProjection::Whole, variable, need);
        }
        // These functions do not read the members of their arguments.
        AstNode::Function { name, args, .. } if matches!(&**name, "count" | "exists") => {
            for argument in args {
                match argument {
                    AstNode::Path { steps } => {
                        collect_path_uses(steps, &ValueProjection::no_members(), variable, need);
                    }
                    other => collect_uses(other, variable, need),
                }
            }
        }
        _ => visit_children(node, &mut |child| collect_uses(child, variable, need)),
    });
}

/// Merges what a path needs into `need`, if `end` is needed of the path's value.
fn collect_path_uses(
    steps: &[PathStep],
    end: &ValueProjection,
    variable: &str,
    need: &mut ValueProjection,
) {
    let Some((first, rest)) = steps.split_first() else { return };
    if matches!(&first.node, AstNode::Variable(name) if name == variable) {
        need.merge(if is_plain(first) {
            steps_projection(rest, end)
        } else {
            ValueProjection::Whole
        });
    } else {
        collect_uses(&first.node, variable, need);
    }
    // The filters and the later steps may use the variable again.
    first.stages.iter().for_each(|stage| collect_stage_uses(stage, variable, need));
    for step in rest {
        collect_uses(&step.node, variable, need);
        step.stages.iter().for_each(|stage| collect_stage_uses(stage, variable, need));
    }
}

fn collect_stage_uses(stage: &Stage, variable: &str, need: &mut ValueProjection) {
    if let Stage::Filter(filter) = stage {
        collect_uses(filter, variable, need);
    }
}

/// Whether a step only selects: it has no filter and binds no variable.
fn is_plain(step: &PathStep) -> bool {
    step.stages.is_empty() && !binds_variable(step)
}

fn binds_variable(step: &PathStep) -> bool {
    step.is_tuple || step.focus.is_some() || step.index_var.is_some()
}

/// The part that steps need of the value they start from, if `end` is needed of the path's value.
fn steps_projection(steps: &[PathStep], end: &ValueProjection) -> ValueProjection {
    let Some((step, rest)) = steps.split_first() else { return end.clone() };
    if binds_variable(step) {
        return ValueProjection::Whole;
    }
    match &step.node {
        AstNode::Name(name) => {
            let mut need = steps_projection(rest, end);
            for stage in &step.stages {
                match stage {
                    Stage::Filter(filter) => need.merge(focus_projection(filter)),
                    Stage::KeepArray => {}
                    Stage::Index(_) => return ValueProjection::Whole,
                }
            }
            ValueProjection::only_member(name, need)
        }
        // These build a result from the value, so whatever they read is needed as a whole.
        AstNode::FunctionApplication(_)
        | AstNode::Object(_)
        | AstNode::ArrayGroup(_)
        | AstNode::Block(_)
            if step.stages.is_empty() =>
        {
            focus_projection(&step.node)
        }
        _ => ValueProjection::Whole,
    }
}

/// The part that an expression needs of the value it is evaluated on.
fn focus_projection(node: &AstNode) -> ValueProjection {
    match node {
        AstNode::String(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Regex { .. } => ValueProjection::no_members(),
        AstNode::Variable(name) if !name.is_empty() => ValueProjection::no_members(),
        AstNode::Path { steps } => match steps.first().map(|step| &step.node) {
            Some(AstNode::Name(_)) => steps_projection(steps, &ValueProjection::Whole),
            Some(AstNode::Variable(name)) if !name.is_empty() && steps.iter().all(is_plain) => {
                steps.iter().skip(1).fold(ValueProjection::no_members(), |need, step| {
                    match &step.node {
                        AstNode::Name(_) => need,
                        _ => ValueProjection::Whole,
                    }
                })
            }
            _ => ValueProjection::Whole,
        },
        AstNode::Binary { .. }
        | AstNode::Unary { .. }
        | AstNode::Conditional { .. }
        | AstNode::Array(_)
        | AstNode::ArrayGroup(_)
        | AstNode::Object(_)
        | AstNode::Block(_)
        | AstNode::FunctionApplication(_) => children_projection(node),
        // A call without arguments may take the value as its argument.
        AstNode::Function { args, is_builtin: true, .. } if !args.is_empty() => {
            call_projection(node)
        }
        _ => ValueProjection::Whole,
    }
}

fn children_projection(node: &AstNode) -> ValueProjection {
    let mut need = ValueProjection::no_members();
    visit_children(node, &mut |child| need.merge(focus_projection(child)));
    need
}

/// The part that a call needs. The named functions never take the value as an implicit argument.
fn call_projection(node: &AstNode) -> ValueProjection {
    let names = ["sum", "count", "max", "min", "average", "exists", "!concatenate"];
    match node {
        AstNode::Function { name, .. } if names.contains(&&**name) => children_projection(node),
        _ => ValueProjection::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::ValueProjection;

    /// The part that an expression needs of `$states`; `*` is the whole value.
    fn need(source: &str) -> String {
        let ast = jsonata_core::parser::parse(source).expect("the expression is well-formed");
        shown(&ValueProjection::for_variable(&ast, "states"))
    }

    fn shown(need: &ValueProjection) -> String {
        match need {
            ValueProjection::Whole => "*".to_owned(),
            ValueProjection::Members(members) => {
                let shown =
                    |(name, need): (&String, &ValueProjection)| format!("{name}:{}", shown(need));
                format!("{{{}}}", members.iter().map(shown).collect::<Vec<_>>().join(","))
            }
        }
    }

    #[test]
    fn a_path_needs_what_it_leads_through() {
        for (source, needed) in [
            ("$states.input.orders[price > 10].id", "{input:{orders:{id:*,price:*}}}"),
            ("$states.input.a[b.c = $x and d].e[0]", "{input:{a:{b:{c:*},d:*,e:*}}}"),
            ("$sum($states.input.a.(b * c))", "{input:{a:{b:*,c:*}}}"),
            ("$states.input.a.{'x': b, 'y': $sum(c.d)}", "{input:{a:{b:*,c:{d:*}}}}"),
            ("$states.input.a[b = $states.context.c].d", "{context:{c:*},input:{a:{b:*,d:*}}}"),
            ("$count($states.input.a[b = 1])", "{input:{a:{b:*}}}"),
            ("$x.a", "{}"),
        ] {
            assert_eq!(need(source), needed, "{source}");
        }
    }

    #[test]
    fn what_may_lead_elsewhere_needs_all() {
        for (source, needed) in [
            ("$states", "*"),
            ("$states.input.a", "{input:{a:*}}"),
            ("$states.input.a.*", "{input:{a:*}}"),
            ("$states.input.a[$.b].c", "{input:{a:*}}"),
            ("$states.input.a[$string() = 'x'].c", "{input:{a:*}}"),
            ("$states.input.a[$f($)].c", "{input:{a:*}}"),
            ("$states.input.a.(%.b).c", "*"),
            ("$states.input.a@$x.b", "{input:*}"),
            ("$states.input.a.($x := $; $x.b)", "{input:{a:*}}"),
            ("$states.input.a{b: c}", "{input:{a:*}}"),
            ("$states[input].a", "*"),
            ("$states.input.a^(b).c", "{input:{a:*}}"),
            ("$map($states.input.a, function($v) { $v.b })", "{input:{a:*}}"),
        ] {
            assert_eq!(need(source), needed, "{source}");
        }
    }
}
