//! Finds the steps that references to parents (`%`) mean.

use super::{Node, NodeKind};
use crate::{meter::with_stack, syntax_error::JsonataSyntaxError};

/// The references to parents in an expression, by number.
#[derive(Debug, Default)]
pub(super) struct ParentSlots(Vec<ParentSlot>);

#[derive(Debug)]
struct ParentSlot {
    /// How many steps up the parent still is.
    level: i64,
    /// The number of the label under which tuples hold it. Slots for the same step share theirs.
    label: usize,
}

impl ParentSlots {
    /// Adds a reference to the parent of a value.
    pub(super) fn add(&mut self) -> usize {
        let slot = self.0.len();
        self.0.push(ParentSlot { level: 1, label: slot });
        slot
    }

    /// The labels of the slots.
    pub(super) fn labels(&self) -> Vec<String> {
        self.0.iter().map(|slot| format!("!{}", slot.label)).collect()
    }

    fn level(&self, slot: usize) -> i64 {
        self.0.get(slot).map_or(0, |slot| slot.level)
    }

    fn change_level(&mut self, slot: usize, change: i64) {
        if let Some(slot) = self.0.get_mut(slot) {
            slot.level += change;
        }
    }

    /// Makes a step hold the parent of a slot.
    fn bind(&mut self, slot: usize, node: &mut Node) {
        if let Some(earlier) = node.ancestor {
            let label = self.0.get(earlier).map_or(slot, |slot| slot.label);
            if let Some(slot) = self.0.get_mut(slot) {
                slot.label = label;
            }
        }
        node.ancestor = Some(slot);
    }

    /// Looks for the parent of a slot in a node that comes before the reference.
    fn seek(&mut self, node: &mut Node, slot: usize) -> Result<(), JsonataSyntaxError> {
        match &mut node.kind {
            NodeKind::Name(_) | NodeKind::Wildcard => {
                self.change_level(slot, -1);
                if self.level(slot) == 0 {
                    self.bind(slot, node);
                    node.is_tuple = true;
                }
                Ok(())
            }
            NodeKind::Parent(_) => {
                self.change_level(slot, 1);
                Ok(())
            }
            NodeKind::Block(items) => match items.last_mut() {
                Some(last) => {
                    node.is_tuple = true;
                    with_stack(|| self.seek(last, slot))
                }
                None => Ok(()),
            },
            NodeKind::Path(path) => {
                node.is_tuple = true;
                for (i, step) in path.steps.iter_mut().rev().enumerate() {
                    if i > 0 && self.level(slot) <= 0 {
                        break;
                    }
                    with_stack(|| self.seek(step, slot))?;
                }
                Ok(())
            }
            _ => Err(cannot_derive_parent()),
        }
    }

    /// Looks for the parents that a predicate needs in the step it filters. Those that are further
    /// up are left to the step.
    pub(super) fn resolve_predicate(
        &mut self,
        step: &mut Node,
        predicate: &Node,
    ) -> Result<(), JsonataSyntaxError> {
        for slot in &predicate.seeking_parents {
            if self.level(*slot) == 1 {
                self.seek(step, *slot)?;
            } else {
                self.change_level(*slot, -1);
            }
        }
        if !predicate.seeking_parents.is_empty() {
            pass_up(step, predicate);
        }
        Ok(())
    }

    /// Looks for the parents that the last step of a path needs in the steps before it.
    pub(super) fn resolve_path(&mut self, path: &mut Node) -> Result<(), JsonataSyntaxError> {
        let NodeKind::Path(inner) = &mut path.kind else { return Ok(()) };
        let Some((last, before)) = inner.steps.split_last_mut() else { return Ok(()) };
        let mut slots = last.seeking_parents.clone();
        if let NodeKind::Parent(slot) = last.kind {
            slots.push(slot);
        }
        for slot in slots {
            let mut end = before.len();
            while self.level(slot) > 0 {
                if end == 0 {
                    path.seeking_parents.push(slot);
                    break;
                }
                end -= 1;
                // Steps that follow each other and bind the focus all start from the same value.
                while end > 0 && before[end].focus.is_some() && before[end - 1].focus.is_some() {
                    end -= 1;
                }
                self.seek(&mut before[end], slot)?;
            }
        }
        Ok(())
    }
}

/// Makes a node look for the parents that a node below it has not found.
pub(super) fn pass_up(above: &mut Node, below: &Node) {
    above.seeking_parents.extend_from_slice(&below.seeking_parents);
    if let NodeKind::Parent(slot) = below.kind {
        above.seeking_parents.push(slot);
    }
}

pub(super) fn cannot_derive_parent() -> JsonataSyntaxError {
    JsonataSyntaxError::new(
        "S0217: The object representing the 'parent' cannot be derived from this expression",
    )
}
