//! Counts the cost of an evaluation that the engine does not limit itself.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use jsonata_core::{
    evaluator::EvaluatorError,
    value::{JValue, with_stack},
};

use super::too_large_error;
use crate::limits::{
    ALLOCATED_TEXT_BYTES_MAX, BOUND_ITEMS_MAX, BUILT_MEMBERS_MAX, COPIES_MAX, EvaluationLimits,
    TEXT_BYTES_MAX, VALUE_BYTES_MAX, VISITS_MAX,
};

/// The number of bytes of text made before the meter checks which texts are still alive.
const TEXT_PURGE_BYTES: usize = 8 << 20;

/// Texts with fewer bytes than this are not tracked: an evaluation has no time to make many.
const FOLLOWED_BYTES_MIN: usize = 64;

/// An error if a limit is exceeded.
type MeterResult = Result<(), EvaluatorError>;

/// The meter of one evaluation.
#[derive(Debug)]
pub(super) struct CostMeter {
    limits: EvaluationLimits,
    visits: Cell<usize>,
    copies: Cell<usize>,
    built: Cell<usize>,
    bound: Cell<usize>,
    spent_bytes: Cell<usize>,
    unswept_bytes: Cell<usize>,
    texts: RefCell<Vec<Weak<str>>>,
    /// The length in bytes of the text that `$replace` searches, or of all that `$join` joins.
    pub(super) source_bytes: Cell<usize>,
    /// How many items `$join` joins.
    pub(super) items: Cell<usize>,
}

impl CostMeter {
    pub(super) fn new(limits: EvaluationLimits) -> Self {
        Self {
            limits,
            visits: Cell::new(0),
            copies: Cell::new(0),
            built: Cell::new(0),
            bound: Cell::new(0),
            spent_bytes: Cell::new(0),
            unswept_bytes: Cell::new(0),
            texts: RefCell::default(),
            source_bytes: Cell::new(0),
            items: Cell::new(0),
        }
    }

    /// How many items one array may have.
    pub(super) fn items_max(&self) -> usize {
        self.limits.items
    }

    /// Counts values that are visited.
    pub(super) fn count_visits(&self, count: usize) -> MeterResult {
        add_to_counter(&self.visits, count, VISITS_MAX)
    }

    /// Counts items that are put into another array.
    pub(super) fn count_copies(&self, count: usize) -> MeterResult {
        add_to_counter(&self.copies, count, COPIES_MAX.max(self.limits.items))
    }

    /// Counts the members of objects and arrays that are built.
    pub(super) fn count_built_members(&self, count: usize) -> MeterResult {
        add_to_counter(&self.built, count, BUILT_MEMBERS_MAX)
    }

    /// Counts items that `@` or `#` binds.
    pub(super) fn count_bound_items(&self, count: usize) -> MeterResult {
        add_to_counter(&self.bound, count, BOUND_ITEMS_MAX)
    }

    /// Counts text that a function of the engine makes.
    pub(super) fn count_text_bytes(&self, bytes: usize) -> MeterResult {
        if bytes > VALUE_BYTES_MAX {
            return Err(too_large_error());
        }
        add_to_counter(&self.spent_bytes, bytes, ALLOCATED_TEXT_BYTES_MAX)
    }

    /// Visits everything in a value and counts as many visits as the engine's own walk makes.
    pub(super) fn walk_value(&self, value: &JValue) -> MeterResult {
        match value {
            JValue::Array(items) => {
                self.count_visits(items.len())?;
                with_stack(|| {
                    items
                        .iter()
                        .filter(|item| is_container(item))
                        .try_for_each(|i| self.walk_value(i))
                })
            }
            JValue::Object(members) => {
                self.count_visits(members.len())?;
                with_stack(|| {
                    members
                        .values()
                        .filter(|v| is_container(v))
                        .try_for_each(|v| self.walk_value(v))
                })
            }
            _ => Ok(()),
        }
    }

    /// How many objects and arrays there are in a value.
    pub(super) fn count_containers(&self, value: &JValue) -> Result<usize, EvaluatorError> {
        self.count_visits(1)?;
        let below = |values: &mut dyn Iterator<Item = &JValue>| {
            values.filter(|value| is_container(value)).try_fold(1, |count: usize, value| {
                Ok(count.saturating_add(self.count_containers(value)?))
            })
        };
        match value {
            JValue::Array(items) => with_stack(|| below(&mut items.iter())),
            JValue::Object(members) => with_stack(|| below(&mut members.values())),
            _ => Ok(1),
        }
    }

    /// The minimum length of a value as JSON, in bytes.
    pub(super) fn printed_bytes_min(
        &self,
        value: &JValue,
        depth: usize,
    ) -> Result<usize, EvaluatorError> {
        let bytes = match value {
            JValue::String(text) => text.len(),
            JValue::Array(items) => {
                self.count_visits(items.len())?;
                with_stack(|| {
                    sum_lengths(items.iter().map(|item| self.printed_bytes_min(item, depth + 1)))
                })?
            }
            JValue::Object(members) => {
                self.count_visits(members.len())?;
                let keys: usize = members.keys().map(String::len).sum();
                keys + with_stack(|| {
                    sum_lengths(members.values().map(|v| self.printed_bytes_min(v, depth + 1)))
                })?
            }
            _ => 0,
        };
        let bytes = bytes.saturating_add(depth);
        if bytes > VALUE_BYTES_MAX { Err(too_large_error()) } else { Ok(bytes) }
    }

    /// Tracks a text that was made, and fails if too much tracked text is alive.
    pub(super) fn track_text(&self, text: &Rc<str>) -> MeterResult {
        if text.len() < FOLLOWED_BYTES_MIN {
            return Ok(());
        }
        let mut texts = self.texts.borrow_mut();
        texts.push(Rc::downgrade(text));
        self.unswept_bytes.set(self.unswept_bytes.get() + text.len());
        if self.unswept_bytes.get() < TEXT_PURGE_BYTES {
            return Ok(());
        }
        self.unswept_bytes.set(0);
        texts.retain(|text| text.strong_count() > 0);
        let alive: usize = texts.iter().filter_map(Weak::upgrade).map(|text| text.len()).sum();
        if alive > TEXT_BYTES_MAX { Err(too_large_error()) } else { Ok(()) }
    }
}

fn sum_lengths(
    mut lengths: impl Iterator<Item = Result<usize, EvaluatorError>>,
) -> Result<usize, EvaluatorError> {
    lengths.try_fold(0, |total: usize, length| {
        let total = total.saturating_add(length?);
        if total > VALUE_BYTES_MAX { Err(too_large_error()) } else { Ok(total) }
    })
}

fn is_container(value: &JValue) -> bool {
    matches!(value, JValue::Array(_) | JValue::Object(_))
}

fn add_to_counter(counter: &Cell<usize>, count: usize, max: usize) -> MeterResult {
    let total = counter.get().saturating_add(count);
    counter.set(total);
    if total > max { Err(too_large_error()) } else { Ok(()) }
}
