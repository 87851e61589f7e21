//! Puts the steps of paths together, with their filters, groups, orders and bound variables.

use super::{
    Node, NodeKind, SortTerm, StepStage,
    ancestry::pass_up,
    parsed::{ParsedNode, ParsedPair, ParsedTerm},
    process::{Processed, Processor},
};
use crate::{datum::number_text, syntax_error::JsonataSyntaxError};

impl Processor {
    /// `left.right`
    pub(super) fn process_map(&mut self, left: ParsedNode, right: ParsedNode) -> Processed {
        let left = self.process(left)?;
        let mut path = match left.kind {
            NodeKind::Path(_) => left,
            NodeKind::Parent(slot) => {
                let mut path = Node::path(left);
                path.seeking_parents.push(slot);
                path
            }
            _ => Node::path(left),
        };
        let mut right = self.process(right)?;
        let NodeKind::Path(inner) = &mut path.kind else { return Ok(path) };
        if let NodeKind::Path(rest) = right.kind {
            inner.steps.extend(rest.steps);
        } else {
            right.stages.extend(right.predicates.drain(..).map(StepStage::Filter));
            inner.steps.push(right);
        }
        for step in &mut inner.steps {
            check_step(step)?;
            if let NodeKind::Text(text) = &mut step.kind {
                step.kind = NodeKind::Name(std::mem::take(text));
            }
        }
        inner.keeps_singleton_array |= inner.steps.iter().any(|step| step.keep_array);
        if let Some(first) = inner.steps.first_mut() {
            first.is_constructed |= first.is_array();
        }
        if let Some(last) = inner.steps.last_mut() {
            last.is_constructed |= last.is_array();
        }
        self.slots.resolve_path(&mut path)?;
        Ok(path)
    }

    /// `left[predicate]`
    pub(super) fn process_predicate(
        &mut self,
        left: ParsedNode,
        predicate: ParsedNode,
    ) -> Processed {
        let mut node = self.process(left)?;
        let is_path = matches!(node.kind, NodeKind::Path(_));
        let step = last_step(&mut node);
        if step.group.is_some() {
            return Err(JsonataSyntaxError::new(
                "S0209: A predicate cannot follow a grouping expression in a step",
            ));
        }
        let predicate = self.process(predicate)?;
        self.slots.resolve_predicate(step, &predicate)?;
        if is_path {
            step.stages.push(StepStage::Filter(predicate));
        } else {
            step.predicates.push(predicate);
        }
        Ok(node)
    }

    /// `left{key: value}`
    pub(super) fn process_group_by(
        &mut self,
        left: ParsedNode,
        pairs: Vec<ParsedPair>,
    ) -> Processed {
        let mut node = self.process(left)?;
        if node.group.is_some() {
            return Err(JsonataSyntaxError::new(
                "S0210: Each step can only have one grouping expression",
            ));
        }
        node.group = Some(Box::new(self.process_pairs(pairs)?));
        Ok(node)
    }

    /// `left^(terms)`
    pub(super) fn process_order_by(
        &mut self,
        left: ParsedNode,
        terms: Vec<ParsedTerm>,
    ) -> Processed {
        let mut node = self.process(left)?;
        if !matches!(node.kind, NodeKind::Path(_)) {
            node = Node::path(node);
        }
        let mut sort = Node::new(NodeKind::Null);
        let mut sort_terms = Vec::with_capacity(terms.len());
        for ParsedTerm { is_descending, expression } in terms {
            let expression = self.process(expression)?;
            pass_up(&mut sort, &expression);
            sort_terms.push(SortTerm { is_descending, expression });
        }
        sort.kind = NodeKind::Sort(sort_terms);
        if let NodeKind::Path(path) = &mut node.kind {
            path.steps.push(sort);
        }
        self.slots.resolve_path(&mut node)?;
        Ok(node)
    }

    /// `left@$name`
    pub(super) fn process_focus(
        &mut self,
        left: ParsedNode,
        name: String,
        keep_array: bool,
    ) -> Processed {
        let mut node = self.process(left)?;
        let step = last_step(&mut node);
        if !step.stages.is_empty() || !step.predicates.is_empty() {
            return Err(JsonataSyntaxError::new(
                "S0215: A context variable binding must precede any predicates on a step",
            ));
        }
        if matches!(step.kind, NodeKind::Sort(_)) {
            return Err(JsonataSyntaxError::new(
                "S0216: A context variable binding must precede the 'order-by' clause on a step",
            ));
        }
        step.keep_array |= keep_array;
        step.focus = Some(name);
        step.is_tuple = true;
        Ok(node)
    }

    /// `left#$name`
    pub(super) fn process_index(&mut self, left: ParsedNode, name: String) -> Processed {
        let mut node = self.process(left)?;
        if !matches!(node.kind, NodeKind::Path(_)) {
            node.stages.extend(node.predicates.drain(..).map(StepStage::Filter));
            node = Node::path(node);
        }
        let step = last_step(&mut node);
        if step.stages.is_empty() {
            step.index = Some(name);
        } else {
            step.stages.push(StepStage::Index(name));
        }
        step.is_tuple = true;
        Ok(node)
    }
}

/// The last step of a path, or a node that is no path.
fn last_step(node: &mut Node) -> &mut Node {
    if !matches!(&node.kind, NodeKind::Path(path) if !path.steps.is_empty()) {
        return node;
    }
    match &mut node.kind {
        NodeKind::Path(path) => path.steps.last_mut().expect("the path has steps"),
        _ => unreachable!("the node is a path"),
    }
}

/// Refuses literals as steps.
fn check_step(step: &Node) -> Result<(), JsonataSyntaxError> {
    let literal = match &step.kind {
        NodeKind::Number(number) => number_text(*number),
        NodeKind::Bool(boolean) => boolean.to_string(),
        NodeKind::Null => "null".to_owned(),
        _ => return Ok(()),
    };
    Err(JsonataSyntaxError::new(&format!(
        "S0213: The literal value {literal} cannot be used as a step within a path expression"
    )))
}
