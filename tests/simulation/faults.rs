//! What goes wrong, and when.

use crate::random::SimulationRandom;

/// What becomes of one port call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortCallOutcome {
    /// It does what it says.
    Succeeds,
    /// The worker dies; the call has not taken effect.
    CrashBefore,
    /// The worker dies; the call has taken effect.
    CrashAfter,
    /// A fault; the call has not taken effect.
    Throttled,
    /// A fault; the call has taken effect.
    AppliedWithError,
}

impl PortCallOutcome {
    /// What the tally calls it.
    pub(crate) const fn fault_name(self) -> &'static str {
        match self {
            Self::Succeeds => "fine",
            Self::CrashBefore => "worker dies before a port call",
            Self::CrashAfter => "worker dies after a port call",
            Self::Throttled => "throttled",
            Self::AppliedWithError => "applied, reported as failed",
        }
    }
}

/// What a port call does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortCallKind {
    /// Nothing, so in doubt is the same as throttled.
    Read,
    /// Something.
    Write,
    /// Calls of functions: the port has no faults.
    FunctionCall,
}

/// The faults of a run.
#[derive(Clone, Debug)]
pub(crate) enum FaultPlan {
    /// None.
    NoFaults,
    /// One, at the port call of that number.
    Once { call: u64, fate: PortCallOutcome },
    /// Any, until so many have happened.
    RandomFaults(FaultRates),
}

/// Rates, per mille.
#[derive(Clone, Debug)]
pub(crate) struct FaultRates {
    /// Faults left before calm.
    pub(crate) left: u32,
    /// Of port calls at which the worker dies.
    pub(crate) deaths: u32,
    /// Of port calls that are throttled or left in doubt.
    pub(crate) refusals: u32,
    /// Of messages sent that have a second copy, or come late.
    pub(crate) copies: u32,
    /// Of acknowledgements that are lost: the message is delivered after its deletion.
    pub(crate) returns: u32,
    /// Of scheduler steps at which time jumps while workers are in the middle of things.
    pub(crate) freezes: u32,
    /// Of port calls at which a burst of throttling begins.
    pub(crate) bursts: u32,
    /// Until when the burst lasts.
    pub(crate) burst_until: i64,
    /// Milliseconds by which clocks of workers differ from that of the queue, either way.
    pub(crate) skew: u32,
}

/// Milliseconds that a burst of throttling lasts, at most: a lease is renewed with 40 s to spare, and
/// a call whose worker cannot say for longer that it lives is lost by design.
const BURST_MAX: u32 = 30_000;
/// Milliseconds from one burst to the next, at least.
const BURST_PAUSE: i64 = 60_000;

impl FaultRates {
    /// A storm whose kind the seed decides: some seeds have faults of one kind only.
    pub(crate) fn from_random(random: &mut SimulationRandom) -> Self {
        let mut rate = |most: u64| {
            let drawn = random.number_below(most + 1);
            let quiet = random.draw_per_mille(250);
            u32::try_from(if quiet { 0 } else { drawn }).expect("rates are small")
        };
        Self {
            left: 10 + rate(50),
            deaths: rate(40),
            refusals: rate(40),
            copies: rate(150),
            returns: rate(100),
            freezes: rate(8),
            bursts: rate(3),
            burst_until: 0,
            // Two workers' clocks then differ by two seconds at most.
            skew: rate(1_000),
        }
    }

    const NONE: Self = Self {
        left: 0,
        deaths: 0,
        refusals: 0,
        copies: 0,
        returns: 0,
        freezes: 0,
        bursts: 0,
        burst_until: 0,
        skew: 0,
    };

    /// No faults but clocks that differ as much as they may.
    pub(crate) const fn only_clock_skew() -> Self {
        Self { skew: 1_000, ..Self::NONE }
    }

    /// No faults but messages that come twice.
    pub(crate) const fn only_duplicates() -> Self {
        Self { left: 20, copies: 300, ..Self::NONE }
    }

    /// Whether a fault of that rate happens.
    fn draw_fault(&mut self, random: &mut SimulationRandom, rate: u32) -> bool {
        let strikes = self.left > 0 && random.draw_per_mille(rate);
        self.left -= u32::from(strikes);
        strikes
    }

    fn draw_outcome(&mut self, now: i64, random: &mut SimulationRandom) -> PortCallOutcome {
        if now < self.burst_until {
            return PortCallOutcome::Throttled;
        }
        if now > self.burst_until + BURST_PAUSE && self.draw_fault(random, self.bursts) {
            self.burst_until = now + random.draw_milliseconds(BURST_MAX);
        }
        let early = random.draw_per_mille(500);
        if self.draw_fault(random, self.deaths) {
            return if early { PortCallOutcome::CrashBefore } else { PortCallOutcome::CrashAfter };
        }
        if self.draw_fault(random, self.refusals) {
            return if early {
                PortCallOutcome::Throttled
            } else {
                PortCallOutcome::AppliedWithError
            };
        }
        PortCallOutcome::Succeeds
    }
}

impl FaultPlan {
    /// What becomes of the port call of that number.
    pub(crate) fn decide_outcome(
        &mut self,
        (number, now): (u64, i64),
        kind: PortCallKind,
        random: &mut SimulationRandom,
    ) -> PortCallOutcome {
        let fate = match self {
            Self::Once { call, fate } if *call == number => *fate,
            Self::NoFaults | Self::Once { .. } => PortCallOutcome::Succeeds,
            Self::RandomFaults(storm) => storm.draw_outcome(now, random),
        };
        match (fate, kind) {
            (
                PortCallOutcome::Throttled | PortCallOutcome::AppliedWithError,
                PortCallKind::FunctionCall,
            ) => PortCallOutcome::Succeeds,
            (PortCallOutcome::AppliedWithError, PortCallKind::Read) => PortCallOutcome::Throttled,
            (fate, _) => fate,
        }
    }

    /// Whether a fault happens whose rate is that field of the storm.
    pub(crate) fn draw_fault(
        &mut self,
        random: &mut SimulationRandom,
        rate: fn(&FaultRates) -> u32,
    ) -> bool {
        match self {
            Self::NoFaults | Self::Once { .. } => false,
            Self::RandomFaults(storm) => {
                let rate = rate(storm);
                storm.draw_fault(random, rate)
            }
        }
    }

    /// How far the clock of the next worker is off.
    pub(crate) fn draw_clock_skew(&self, random: &mut SimulationRandom) -> i64 {
        match self {
            Self::NoFaults | Self::Once { .. } => 0,
            Self::RandomFaults(storm) => {
                random.draw_milliseconds(2 * storm.skew) - i64::from(storm.skew)
            }
        }
    }
}
