//! Counts what an evaluation costs: time, memory, depth.

use std::{cell::Cell, rc::Rc, time::Instant};

use step_budget::StepBudget;

use crate::{
    limits::{EvaluationLimits, LEVELS_MAX, VISITS_MAX},
    thrown::{Evaluated, Thrown},
};

/// The meter of one evaluation.
///
/// Invariant: whatever an evaluation builds holds a [`MemoryCharge`] for its bytes, which it gives
/// back when it is dropped.
#[derive(Debug)]
pub(crate) struct EvaluationMeter<'a> {
    limits: EvaluationLimits,
    budget: Option<&'a StepBudget<'a>>,
    start: Instant,
    steps: Cell<usize>,
    visits: Cell<usize>,
    live_bytes: Cell<usize>,
    peak_bytes: Cell<usize>,
    depth: Cell<usize>,
    calls: Cell<usize>,
    level: Cell<usize>,
}

/// How many steps are taken between two looks at the clock.
const STEPS_PER_CHECK: usize = 1_000;

impl<'a> EvaluationMeter<'a> {
    pub(crate) fn new(limits: EvaluationLimits, budget: Option<&'a StepBudget<'a>>) -> Self {
        Self {
            limits,
            budget,
            start: start_of_evaluation(),
            steps: Cell::new(0),
            visits: Cell::new(0),
            live_bytes: Cell::new(0),
            peak_bytes: Cell::new(0),
            depth: Cell::new(0),
            calls: Cell::new(0),
            level: Cell::new(0),
        }
    }

    /// Counts steps, each about as long as the evaluation of a small node.
    pub(crate) fn count_steps(&self, count: usize) -> Evaluated<()> {
        let steps = self.steps.get().saturating_add(count);
        if steps < STEPS_PER_CHECK {
            self.steps.set(steps);
            return Ok(());
        }
        self.steps.set(0);
        self.check_time()
    }

    fn check_time(&self) -> Evaluated<()> {
        let elapsed = self.start.elapsed().as_millis();
        let budget_is_over = self.budget.is_some_and(|budget| budget.remaining_milliseconds() == 0);
        if budget_is_over || elapsed >= u128::from(self.limits.milliseconds) {
            return Err(Thrown::timeout());
        }
        Ok(())
    }

    /// Counts values that are compared or printed. They may share their parts, so that there are
    /// far more of them than what was built.
    pub(crate) fn count_visits(&self, count: usize) -> Evaluated<()> {
        let visits = self.visits.get().saturating_add(count);
        self.visits.set(visits);
        if visits > VISITS_MAX {
            return Err(Thrown::too_large());
        }
        self.count_steps(count / 4)
    }

    /// Charges bytes that are about to be built.
    pub(crate) fn charge(self: &Rc<Self>, bytes: usize) -> Evaluated<MemoryCharge<'a>> {
        let mut charge = MemoryCharge { bytes: 0, meter: Rc::clone(self) };
        charge.add(bytes)?;
        Ok(charge)
    }

    /// How many items one array may have.
    pub(crate) fn items_max(&self) -> usize {
        self.limits.items
    }

    /// Refuses arrays that are too long.
    pub(crate) fn check_items(&self, count: usize) -> Evaluated<()> {
        if count > self.limits.items { Err(Thrown::too_large()) } else { Ok(()) }
    }

    /// Enters a node. [`Self::leave_node`] must follow.
    pub(crate) fn enter_node(&self) -> Evaluated<()> {
        let (depth, level) = (self.depth.get() + 1, self.level.get() + 1);
        if depth > self.limits.depth || level > LEVELS_MAX {
            return Err(Thrown::stack_overflow());
        }
        self.depth.set(depth);
        self.level.set(level);
        self.count_steps(1)
    }

    pub(crate) fn leave_node(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
        self.level.set(self.level.get().saturating_sub(1));
    }

    /// Enters a call. [`Self::leave_call`] must follow. A call in tail position enters no node, so
    /// that nodes alone would not show how deep calls are nested.
    pub(crate) fn enter_call(&self) -> Evaluated<()> {
        let calls = self.calls.get() + 1;
        if calls > self.limits.depth {
            return Err(Thrown::stack_overflow());
        }
        self.calls.set(calls);
        self.count_steps(1)
    }

    pub(crate) fn leave_call(&self) {
        self.calls.set(self.calls.get().saturating_sub(1));
    }

    /// Starts counting levels for a call. Returns the count to restore with [`Self::end_call`].
    pub(crate) fn start_call(&self) -> usize {
        self.level.replace(0)
    }

    pub(crate) fn end_call(&self, level: usize) {
        self.level.set(level);
    }

    fn add_live_bytes(&self, bytes: usize) -> Evaluated<()> {
        let live = self.live_bytes.get().saturating_add(bytes);
        if live > self.limits.live_bytes {
            return Err(Thrown::too_large());
        }
        let growth = live.saturating_sub(self.peak_bytes.get());
        if growth > 0 {
            if let Some(budget) = self.budget {
                budget.charge_bytes(growth).map_err(|_| Thrown::too_large())?;
            }
            self.peak_bytes.set(live);
        }
        self.live_bytes.set(live);
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock decides nothing but when an evaluation that runs too long is stopped"
)]
fn start_of_evaluation() -> Instant {
    Instant::now()
}

/// Bytes that something takes, until it is dropped.
#[derive(Debug)]
pub(crate) struct MemoryCharge<'a> {
    bytes: usize,
    meter: Rc<EvaluationMeter<'a>>,
}

impl<'a> MemoryCharge<'a> {
    /// Charges more bytes that are about to be built.
    pub(crate) fn add(&mut self, bytes: usize) -> Evaluated<()> {
        self.meter.add_live_bytes(bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    pub(crate) fn meter(&self) -> &Rc<EvaluationMeter<'a>> {
        &self.meter
    }
}

impl Drop for MemoryCharge<'_> {
    fn drop(&mut self) {
        self.meter.live_bytes.set(self.meter.live_bytes.get().saturating_sub(self.bytes));
    }
}

/// Runs work that may recurse, with more stack if little is left.
pub(crate) fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_RED_ZONE_BYTES, STACK_SEGMENT_BYTES, work)
}

/// How much stack must be left before more is taken. Between two calls of [`with_stack`], all code
/// takes far less.
const STACK_RED_ZONE_BYTES: usize = 192 << 10;

/// How much stack is taken at once.
const STACK_SEGMENT_BYTES: usize = 2 << 20;
