//! What goes wrong, and when.

use crate::random::Random;

/// What becomes of one port call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It does what it says.
    Fine,
    /// The worker dies; the call has not taken effect.
    DiesBefore,
    /// The worker dies; the call has taken effect.
    DiesAfter,
    /// A fault; the call has not taken effect.
    Throttled,
    /// A fault; the call has taken effect.
    Doubted,
}

impl Fate {
    /// What the tally calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::DiesBefore => "worker dies before a port call",
            Self::DiesAfter => "worker dies after a port call",
            Self::Throttled => "throttled",
            Self::Doubted => "applied, reported as failed",
        }
    }
}

/// What a port call does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing, so in doubt is the same as throttled.
    Read,
    /// Something.
    Write,
    /// Calls of functions: the port has no faults.
    Outside,
}

/// The faults of a run.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// None.
    Calm,
    /// One, at the port call of that number.
    Once { call: u64, fate: Fate },
    /// Any, until so many have happened.
    Storm(Storm),
}

/// Rates, per mille.
#[derive(Clone, Debug)]
pub(crate) struct Storm {
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

impl Storm {
    /// A storm whose kind the seed decides: some seeds have faults of one kind only.
    pub(crate) fn drawn(random: &mut Random) -> Self {
        let mut rate = |most: u64| {
            let drawn = random.below(most + 1);
            let quiet = random.chance(250);
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
    pub(crate) const fn of_clocks() -> Self {
        Self { skew: 1_000, ..Self::NONE }
    }

    /// No faults but messages that come twice.
    pub(crate) const fn of_copies() -> Self {
        Self { left: 20, copies: 300, ..Self::NONE }
    }

    /// Whether a fault of that rate happens.
    fn strikes(&mut self, random: &mut Random, rate: u32) -> bool {
        let strikes = self.left > 0 && random.chance(rate);
        self.left -= u32::from(strikes);
        strikes
    }

    fn fate(&mut self, now: i64, random: &mut Random) -> Fate {
        if now < self.burst_until {
            return Fate::Throttled;
        }
        if now > self.burst_until + BURST_PAUSE && self.strikes(random, self.bursts) {
            self.burst_until = now + random.milliseconds(BURST_MAX);
        }
        let early = random.chance(500);
        if self.strikes(random, self.deaths) {
            return if early { Fate::DiesBefore } else { Fate::DiesAfter };
        }
        if self.strikes(random, self.refusals) {
            return if early { Fate::Throttled } else { Fate::Doubted };
        }
        Fate::Fine
    }
}

impl Plan {
    /// What becomes of the port call of that number.
    pub(crate) fn fate(
        &mut self,
        (number, now): (u64, i64),
        kind: Kind,
        random: &mut Random,
    ) -> Fate {
        let fate = match self {
            Self::Once { call, fate } if *call == number => *fate,
            Self::Calm | Self::Once { .. } => Fate::Fine,
            Self::Storm(storm) => storm.fate(now, random),
        };
        match (fate, kind) {
            (Fate::Throttled | Fate::Doubted, Kind::Outside) => Fate::Fine,
            (Fate::Doubted, Kind::Read) => Fate::Throttled,
            (fate, _) => fate,
        }
    }

    /// Whether a fault happens whose rate is that field of the storm.
    pub(crate) fn strikes(&mut self, random: &mut Random, rate: fn(&Storm) -> u32) -> bool {
        match self {
            Self::Calm | Self::Once { .. } => false,
            Self::Storm(storm) => {
                let rate = rate(storm);
                storm.strikes(random, rate)
            }
        }
    }

    /// How far the clock of the next worker is off.
    pub(crate) fn skew(&self, random: &mut Random) -> i64 {
        match self {
            Self::Calm | Self::Once { .. } => 0,
            Self::Storm(storm) => random.milliseconds(2 * storm.skew) - i64::from(storm.skew),
        }
    }
}
