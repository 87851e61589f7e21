//! How an alias chooses a version.

use serde::{Deserialize, Serialize};

use crate::VersionNumber;

/// The weights of all routes of an alias together.
const WEIGHTS_SUM: u8 = 100;

/// One version, or two and how many of a hundred starts each gets.
///
/// Spec: API reference, `CreateStateMachineAlias` § routingConfiguration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasRouting {
    /// The version that is named first.
    #[serde(rename = "v")]
    first: VersionNumber,
    /// The other version and its weight.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    second: Option<(VersionNumber, u8)>,
}

/// One item of `routingConfiguration`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AliasRoute {
    /// The version.
    pub version: VersionNumber,
    /// How many of a hundred starts it gets.
    pub weight: u8,
}

impl AliasRouting {
    /// Routes all starts to one version.
    pub const fn to_one(version: VersionNumber) -> Self {
        Self { first: version, second: None }
    }

    /// Routes starts to two versions. The second gets what the weight of the first leaves of 100.
    /// Returns none if the versions are the same or the weight is more than that.
    pub fn to_two((first, weight): (VersionNumber, u8), second: VersionNumber) -> Option<Self> {
        let rest = WEIGHTS_SUM.checked_sub(weight)?;
        (first != second).then_some(Self { first, second: Some((second, rest)) })
    }

    /// Returns the versions with their weights, in the order given.
    pub fn routes(&self) -> impl Iterator<Item = AliasRoute> {
        let rest = self.second.map_or(0, |(_, weight)| weight);
        let first = AliasRoute { version: self.first, weight: WEIGHTS_SUM.saturating_sub(rest) };
        let second = self.second.map(|(version, weight)| AliasRoute { version, weight });
        [Some(first), second].into_iter().flatten()
    }

    /// Returns the versions.
    pub fn versions(&self) -> impl Iterator<Item = VersionNumber> {
        self.routes().map(|route| route.version)
    }

    /// Returns whether a version is one of them, whatever its weight.
    pub fn routes_to(&self, number: VersionNumber) -> bool {
        self.versions().any(|version| version == number)
    }

    /// Chooses a version for a start by a random number.
    pub fn choose_version(&self, random: u128) -> VersionNumber {
        let drawn = random % u128::from(WEIGHTS_SUM);
        match self.second {
            Some((second, weight)) if drawn < u128::from(weight) => second,
            Some(_) | None => self.first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: VersionNumber = VersionNumber::FIRST;
    const SECOND: VersionNumber = FIRST.next_number();

    #[test]
    fn each_version_gets_as_many_of_a_hundred_starts_as_its_weight() {
        for weight in [0, 1, 50, 100] {
            let routing = AliasRouting::to_two((FIRST, weight), SECOND).expect("two versions");
            let chosen = (0..100).filter(|random| routing.choose_version(*random) == FIRST);
            assert_eq!(chosen.count(), usize::from(weight));
            let routes: Vec<_> = routing.routes().map(|route| route.weight).collect();
            assert_eq!(routes, [weight, 100 - weight]);
        }
        assert!((0..100).all(|random| AliasRouting::to_one(FIRST).choose_version(random) == FIRST));
    }

    #[test]
    fn two_routes_are_two_versions_and_a_hundred_starts() {
        assert_eq!(AliasRouting::to_two((FIRST, 50), FIRST), None);
        assert_eq!(AliasRouting::to_two((FIRST, 101), SECOND), None);
    }
}
