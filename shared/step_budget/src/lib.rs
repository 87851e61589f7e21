//! What one step may cost: bytes that its expressions build, and time.
//!
//! Expressions charge a budget *before* they build something, so that a small definition cannot take
//! gigabytes on its way to a result that is refused as too large.
//!
//! Invariant: nothing here reads a clock. The shell that runs the step knows how much time is left,
//! and [`StepTime`] asks it.

mod json_bytes;
mod step_time;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

pub use json_bytes::parsed_bytes_max;
pub use step_time::StepTime;

/// The reason a step is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetExceeded {
    /// Its expressions would build more bytes than a step may.
    #[error("the values that the step builds are too large")]
    Bytes,
    /// Its time is over.
    #[error("the step takes too long")]
    Time,
}

/// The budget of one step. All its expressions share it.
#[derive(Debug)]
pub struct StepBudget<'c> {
    bytes_left: AtomicUsize,
    time: &'c StepTime<'c>,
}

impl<'c> StepBudget<'c> {
    /// Creates the budget of a step that may build this many bytes in that time.
    pub const fn new(bytes: usize, time: &'c StepTime<'c>) -> Self {
        Self { bytes_left: AtomicUsize::new(bytes), time }
    }

    /// Charges bytes that are about to be built. What is freed is not given back.
    pub fn charge_bytes(&self, bytes: usize) -> Result<(), BudgetExceeded> {
        // One thread takes a step, so nothing is lost between the two.
        let left = self.bytes_left.load(Ordering::Relaxed).checked_sub(bytes);
        self.bytes_left.store(left.unwrap_or(0), Ordering::Relaxed);
        left.map(|_| ()).ok_or(BudgetExceeded::Bytes)
    }

    /// Charges the memory of a copy of this value, and checks the time.
    pub fn charge_copy(&self, value: &Value) -> Result<(), BudgetExceeded> {
        self.check_time()?;
        self.charge_value(value)
    }

    /// Charges the memory of a copy of each value, and checks the time.
    pub fn charge_copies<V: AsRef<Value>>(&self, values: &[V]) -> Result<(), BudgetExceeded> {
        values.iter().try_for_each(|value| self.charge_copy(value.as_ref()))
    }

    /// Fails if the time is over.
    pub fn check_time(&self) -> Result<(), BudgetExceeded> {
        if self.time.remaining_milliseconds() == 0 { Err(BudgetExceeded::Time) } else { Ok(()) }
    }

    /// Returns how many milliseconds are left. No limit is `u64::MAX`.
    pub fn remaining_milliseconds(&self) -> u64 {
        self.time.remaining_milliseconds()
    }

    fn charge_value(&self, value: &Value) -> Result<(), BudgetExceeded> {
        self.charge_bytes(json_bytes::node_bytes(value))?;
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
            Value::Array(items) => items.iter().try_for_each(|item| self.charge_value(item)),
            Value::Object(members) => members.iter().try_for_each(|(name, value)| {
                self.charge_bytes(json_bytes::member_bytes(name))?;
                self.charge_value(value)
            }),
        }
    }
}

impl StepBudget<'static> {
    /// Creates a budget without limits.
    pub const fn unlimited() -> Self {
        Self::new(usize::MAX, StepTime::unlimited())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_copy_is_charged_before_it_is_made() {
        let budget = StepBudget::new(1_000, StepTime::unlimited());
        assert_eq!(budget.charge_copy(&json!({"a": [1, "x"]})), Ok(()));
        assert_eq!(budget.charge_copy(&json!("x".repeat(2_000))), Err(BudgetExceeded::Bytes));
        assert_eq!(budget.charge_bytes(1), Err(BudgetExceeded::Bytes));
    }

    #[test]
    fn an_array_of_small_numbers_costs_more_than_its_text() {
        let numbers: Value = (0..100).collect();
        let budget = StepBudget::new(10 * numbers.to_string().len(), StepTime::unlimited());
        assert_eq!(budget.charge_copy(&numbers), Err(BudgetExceeded::Bytes));
    }

    #[test]
    fn a_text_is_never_larger_when_it_is_parsed_than_was_charged_for_it() {
        for text in [r#"{"a":{"b":[1,2,3,{}]},"c":"d,e:f"}"#, "[[[[]]]]", "1", "[null,null]", "{}"]
        {
            let value: Value = serde_json::from_str(text).expect("it is JSON");
            let budget = StepBudget::new(parsed_bytes_max(text), StepTime::unlimited());
            assert_eq!(budget.charge_copy(&value), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_step_whose_time_is_over_is_given_up() {
        let left = AtomicUsize::new(1);
        let remaining = || left.load(Ordering::Relaxed) as u64;
        let time = StepTime::new(&remaining);
        let budget = StepBudget::new(usize::MAX, &time);
        assert_eq!(budget.check_time(), Ok(()));
        assert!(!time.was_over());
        left.store(0, Ordering::Relaxed);
        assert_eq!(budget.charge_copy(&json!(1)), Err(BudgetExceeded::Time));
        assert!(time.was_over());
    }
}
