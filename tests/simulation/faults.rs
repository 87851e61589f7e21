//! The faults of a run, and when they happen.

use crate::random::SimulationRandom;

/// What happens to one port call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortCallOutcome {
    /// It takes effect and returns.
    Succeeds,
    /// The worker dies before the call takes effect.
    CrashBefore,
    /// The worker dies after the call has taken effect.
    CrashAfter,
    /// It returns a fault and has no effect.
    Throttled,
    /// It returns a fault but has taken effect.
    AppliedWithError,
}

impl PortCallOutcome {
    /// The name of the fault in the tally.
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

impl PortCallOutcome {
    /// The same without the death of the worker.
    pub(crate) const fn without_death(self) -> Self {
        match self {
            Self::CrashBefore => Self::Throttled,
            Self::CrashAfter => Self::AppliedWithError,
            Self::Succeeds | Self::Throttled | Self::AppliedWithError => self,
        }
    }
}

/// The effect that a port call has on the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortCallKind {
    /// It changes nothing, so a fault in doubt is the same as throttling.
    Read,
    /// It changes the world.
    Write,
    /// It calls a function. This port reports no faults.
    FunctionCall,
}

/// What does not work during an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutageKind {
    /// Every port call to the store faults.
    Store,
    /// Nothing can be sent or acknowledged.
    Queue,
    /// Calls of functions hang until their worker is killed for it.
    TaskCaller,
    /// The observer cannot be told of changes of status.
    Observer,
    /// Records cannot be read, as if a newer version had written them.
    Reading,
    /// Every delivery ends with a fault, whatever it is.
    Delivery,
    /// Every delivery kills its worker once it has begun to work.
    Process,
}

impl OutageKind {
    /// The name of the fault in the tally.
    pub(crate) const fn fault_name(self) -> &'static str {
        match self {
            Self::Store => "store out of service",
            Self::Queue => "queue out of service",
            Self::TaskCaller => "functions out of reach",
            Self::Observer => "observer out of service",
            Self::Reading => "record not readable",
            Self::Delivery => "delivery fails",
            Self::Process => "delivery kills its worker",
        }
    }
}

/// An outage: when it is, and of what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) kind: OutageKind,
    /// When it begins and ends, in milliseconds since 1970.
    pub(crate) from: i64,
    pub(crate) until: i64,
}

/// The faults of a run.
#[derive(Clone, Debug)]
pub(crate) enum FaultPlan {
    NoFaults,
    /// No fault but this outage.
    Outage(Outage),
    /// One fault, at the port call with this number.
    Once {
        call: u64,
        outcome: PortCallOutcome,
    },
    /// Random faults, up to [`FaultRates::left`].
    RandomFaults(FaultRates),
}

/// How often each kind of fault happens, per mille where nothing else is said.
#[derive(Clone, Debug)]
pub(crate) struct FaultRates {
    /// The number of faults that may still happen.
    pub(crate) left: u32,
    /// Port calls at which the worker dies.
    pub(crate) deaths: u32,
    /// Port calls that are throttled or left in doubt.
    pub(crate) refusals: u32,
    /// Messages that are duplicated or late.
    pub(crate) copies: u32,
    /// Acknowledgements that are lost, so that the message is delivered after its deletion.
    pub(crate) returns: u32,
    /// Scheduler steps at which time jumps while workers are busy.
    pub(crate) freezes: u32,
    /// Port calls at which a burst of throttling begins.
    pub(crate) bursts: u32,
    /// When the current burst ends, in milliseconds since 1970.
    pub(crate) burst_until: i64,
    /// Milliseconds by which a worker's clock may differ from the queue's, either way.
    pub(crate) skew: u32,
}

/// The longest burst of throttling, in milliseconds. A lease is renewed 40 s before it expires; a
/// call whose worker cannot renew it for longer is lost by design.
const BURST_MAX: u32 = 30_000;
/// The shortest time between two bursts, in milliseconds.
const BURST_PAUSE: i64 = 60_000;

impl FaultRates {
    /// Draws the rates. Some seeds have faults of one kind only.
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
            // The clocks of two workers then differ by at most two seconds.
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

    /// No faults except clocks that differ as much as they may.
    pub(crate) const fn only_clock_skew() -> Self {
        Self { skew: 1_000, ..Self::NONE }
    }

    /// Draws whether a fault with this rate happens.
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
    /// Decides the outcome of the port call with this number.
    pub(crate) fn decide_outcome(
        &mut self,
        (number, now): (u64, i64),
        kind: PortCallKind,
        random: &mut SimulationRandom,
    ) -> PortCallOutcome {
        let outcome = match self {
            Self::Once { call, outcome } if *call == number => *outcome,
            Self::NoFaults | Self::Once { .. } | Self::Outage(_) => PortCallOutcome::Succeeds,
            Self::RandomFaults(storm) => storm.draw_outcome(now, random),
        };
        match (outcome, kind) {
            (
                PortCallOutcome::Throttled | PortCallOutcome::AppliedWithError,
                PortCallKind::FunctionCall,
            ) => PortCallOutcome::Succeeds,
            (PortCallOutcome::AppliedWithError, PortCallKind::Read) => PortCallOutcome::Throttled,
            (outcome, _) => outcome,
        }
    }

    /// Whether there is an outage of that kind.
    pub(crate) fn is_out(&self, now: i64, kind: OutageKind) -> bool {
        match self {
            Self::Outage(outage) => {
                outage.kind == kind && (outage.from..outage.until).contains(&now)
            }
            Self::NoFaults | Self::Once { .. } | Self::RandomFaults(_) => false,
        }
    }

    /// Draws whether a fault happens whose rate is this field of the rates.
    pub(crate) fn draw_fault(
        &mut self,
        random: &mut SimulationRandom,
        rate: fn(&FaultRates) -> u32,
    ) -> bool {
        match self {
            Self::NoFaults | Self::Once { .. } | Self::Outage(_) => false,
            Self::RandomFaults(storm) => {
                let rate = rate(storm);
                storm.draw_fault(random, rate)
            }
        }
    }

    /// Draws by how many milliseconds the clock of the next worker is ahead.
    pub(crate) fn draw_clock_skew(&self, random: &mut SimulationRandom) -> i64 {
        match self {
            Self::NoFaults | Self::Once { .. } | Self::Outage(_) => 0,
            Self::RandomFaults(storm) => {
                random.draw_milliseconds(2 * storm.skew) - i64::from(storm.skew)
            }
        }
    }
}
