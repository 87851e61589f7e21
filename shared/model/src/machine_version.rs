//! Versions of state machines, and the aliases that route to them.
//!
//! Invariant: everything that a machine has published is one value, so that one conditional write
//! keeps what holds between its parts: a version to which an alias routes is there, and no number is
//! given twice.

use std::{collections::BTreeMap, fmt, num::NonZeroU32, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    RevisionId, Timestamp,
    alias_routing::AliasRouting,
    limits::{ALIASES_MAX, NAME_CHARS_MAX, VERSIONS_MAX},
};

/// The number of a version of a state machine, counting from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionNumber(NonZeroU32);

impl VersionNumber {
    /// The number of the first version.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Parses the digits of a number, as an ARN has them.
    pub fn parse(digits: &str) -> Option<Self> {
        let number = digits.parse().ok().map(Self)?;
        (number.to_string() == digits).then_some(number)
    }

    /// Returns the number after it.
    #[must_use]
    pub const fn next_number(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of an alias: 1–80 ASCII letters, digits, `_`, `-` and `.`, not all of them digits.
///
/// Spec: API reference, `CreateStateMachineAlias` § name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AliasName(Arc<str>);

impl AliasName {
    /// The pattern of a name, as AWS writes it.
    pub const PATTERN: &str = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$";

    /// Checks the length and the characters of a name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_name = Self::has_valid_chars(text) && text.len() <= NAME_CHARS_MAX;
        is_name.then(|| Self(text.into()))
    }

    /// Returns whether a text follows [`Self::PATTERN`].
    pub fn has_valid_chars(text: &str) -> bool {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        text.chars().all(is_allowed) && text.chars().any(|c| !c.is_ascii_digit())
    }

    /// Returns the name as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One version: a revision that keeps its number for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateMachineVersion {
    /// The revision.
    pub revision: RevisionId,
    /// The description of its publisher, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was published.
    pub created_at: Timestamp,
}

/// One alias: a name for one version or two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateMachineAlias {
    /// The description of its owner, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Which version a start gets.
    pub routing: AliasRouting,
    /// When the alias was created.
    pub created_at: Timestamp,
    /// When it was last updated, or created if it never was.
    pub updated_at: Timestamp,
}

/// The version and the alias that an execution was started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedVersion {
    /// The version.
    #[serde(rename = "v")]
    pub number: VersionNumber,
    /// The alias that chose it; none if the version was started by its own ARN.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<AliasName>,
}

/// All that a state machine has published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineVersions {
    /// Counts the changes of this value, from the milliseconds at which the machine was created: so a
    /// later machine of the same name has other numbers.
    pub changes: i64,
    /// The number of the last version that was published, deleted or not.
    pub last_number: Option<VersionNumber>,
    /// The versions that were not deleted.
    pub versions: BTreeMap<VersionNumber, StateMachineVersion>,
    /// The aliases.
    pub aliases: BTreeMap<AliasName, StateMachineAlias>,
}

/// Why the versions of a machine cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionConflict {
    /// There are [`VERSIONS_MAX`] versions.
    TooManyVersions,
    /// There are [`ALIASES_MAX`] aliases.
    TooManyAliases,
    /// These aliases route to the version.
    RoutedTo(Vec<AliasName>),
    /// An alias routes to a version that there is not.
    NoSuchVersion,
    /// The alias exists, with another description or routing.
    AliasDiffers,
    /// There is no such alias.
    NoSuchAlias,
}

impl MachineVersions {
    /// What a machine has published that was just created.
    pub fn of_new_machine(created_at: Timestamp) -> Self {
        Self { changes: created_at.as_milliseconds(), ..Self::default() }
    }

    /// Returns the newest version of a revision, if it was published.
    pub fn version_of_revision(
        &self,
        revision: &RevisionId,
    ) -> Option<(VersionNumber, &StateMachineVersion)> {
        let mut versions = self.versions.iter().rev();
        versions.find(|(_, version)| version.revision == *revision).map(|(at, it)| (*at, it))
    }

    /// Publishes a revision, unless it has a version already. Returns the number of its version.
    pub fn publish_version(
        &mut self,
        version: StateMachineVersion,
    ) -> Result<VersionNumber, VersionConflict> {
        if let Some((number, _)) = self.version_of_revision(&version.revision) {
            return Ok(number);
        }
        if self.versions.len() >= VERSIONS_MAX {
            return Err(VersionConflict::TooManyVersions);
        }
        let number = self.last_number.map_or(VersionNumber::FIRST, VersionNumber::next_number);
        self.last_number = Some(number);
        self.versions.insert(number, version);
        Ok(number)
    }

    /// Deletes a version to which no alias routes. May be repeated.
    pub fn delete_version(&mut self, number: VersionNumber) -> Result<(), VersionConflict> {
        let routed = self.aliases_of_version(number).map(|(name, _)| name.clone());
        let routed: Vec<AliasName> = routed.collect();
        if !routed.is_empty() {
            return Err(VersionConflict::RoutedTo(routed));
        }
        self.versions.remove(&number);
        Ok(())
    }

    /// Returns the aliases that route to a version, by name.
    pub fn aliases_of_version(
        &self,
        number: VersionNumber,
    ) -> impl Iterator<Item = (&AliasName, &StateMachineAlias)> {
        self.aliases.iter().filter(move |(_, alias)| alias.routing.routes_to(number))
    }

    /// Creates an alias. If there is one of that name with the same description and routing, nothing
    /// changes. Returns when it was created.
    pub fn create_alias(
        &mut self,
        name: AliasName,
        alias: StateMachineAlias,
    ) -> Result<Timestamp, VersionConflict> {
        if let Some(earlier) = self.aliases.get(&name) {
            let is_same =
                earlier.description == alias.description && earlier.routing == alias.routing;
            return if is_same {
                Ok(earlier.created_at)
            } else {
                Err(VersionConflict::AliasDiffers)
            };
        }
        self.check_routing(&alias.routing)?;
        if self.aliases.len() >= ALIASES_MAX {
            return Err(VersionConflict::TooManyAliases);
        }
        let created_at = alias.created_at;
        self.aliases.insert(name, alias);
        Ok(created_at)
    }

    /// Updates an alias; what is none stays as it is. Returns when it was last changed: an update
    /// that changes nothing leaves that time as it was.
    pub fn update_alias(
        &mut self,
        name: &AliasName,
        description: Option<String>,
        routing: Option<AliasRouting>,
        at: Timestamp,
    ) -> Result<Timestamp, VersionConflict> {
        if !self.aliases.contains_key(name) {
            return Err(VersionConflict::NoSuchAlias);
        }
        if let Some(routing) = &routing {
            self.check_routing(routing)?;
        }
        let alias = self.aliases.get_mut(name).ok_or(VersionConflict::NoSuchAlias)?;
        let description = description.or_else(|| alias.description.clone());
        let routing = routing.unwrap_or(alias.routing);
        if alias.description != description || alias.routing != routing {
            *alias = StateMachineAlias {
                description,
                routing,
                created_at: alias.created_at,
                updated_at: at,
            };
        }
        Ok(alias.updated_at)
    }

    fn check_routing(&self, routing: &AliasRouting) -> Result<(), VersionConflict> {
        let is_there = |number: &VersionNumber| self.versions.contains_key(number);
        if routing.versions().all(|number| is_there(&number)) {
            Ok(())
        } else {
            Err(VersionConflict::NoSuchVersion)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(revision: &str) -> StateMachineVersion {
        let created_at = Timestamp::from_milliseconds(1);
        StateMachineVersion { revision: RevisionId::new(revision), description: None, created_at }
    }

    fn alias(description: &str, routing: AliasRouting) -> StateMachineAlias {
        let at = Timestamp::from_milliseconds(2);
        let description = Some(description.to_owned());
        StateMachineAlias { description, routing, created_at: at, updated_at: at }
    }

    fn name(text: &str) -> AliasName {
        AliasName::parse(text).expect("a name")
    }

    fn published(revisions: &[&str]) -> (MachineVersions, Vec<VersionNumber>) {
        let mut machine = MachineVersions::default();
        let numbers = revisions.iter().map(|id| machine.publish_version(version(id)));
        let numbers = numbers.collect::<Result<_, _>>().expect("few versions");
        (machine, numbers)
    }

    #[test]
    fn a_revision_has_one_version_and_no_number_is_given_twice() {
        let (mut machine, numbers) = published(&["a", "b", "b"]);
        assert_eq!(numbers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1", "2", "2"]);
        machine.delete_version(numbers[1]).expect("no alias");
        machine.delete_version(numbers[1]).expect("it may be repeated");
        let again = machine.publish_version(version("b")).expect("few versions");
        assert_eq!(again.to_string(), "3");
    }

    #[test]
    fn there_are_at_most_a_thousand_versions_and_a_hundred_aliases() {
        let (mut machine, numbers) = published(&["0"]);
        for number in 1..VERSIONS_MAX {
            machine.publish_version(version(&number.to_string())).expect("not too many");
        }
        assert_eq!(machine.publish_version(version("more")), Err(VersionConflict::TooManyVersions));
        let routing = AliasRouting::to_one(numbers[0]);
        for number in 0..ALIASES_MAX {
            machine.create_alias(name(&format!("a{number}")), alias("", routing)).expect("few");
        }
        let more = machine.create_alias(name("more"), alias("", routing));
        assert_eq!(more, Err(VersionConflict::TooManyAliases));
    }

    #[test]
    fn a_version_with_an_alias_stays() {
        let (mut machine, numbers) = published(&["a", "b"]);
        let routing = AliasRouting::to_one(numbers[0]);
        machine.create_alias(name("live"), alias("", routing)).expect("it is new");
        let routed = Err(VersionConflict::RoutedTo(vec![name("live")]));
        assert_eq!(machine.delete_version(numbers[0]), routed);
        let other = AliasRouting::to_one(numbers[1]);
        let at = Timestamp::from_milliseconds(3);
        assert_eq!(machine.update_alias(&name("live"), None, Some(other), at), Ok(at));
        assert_eq!(machine.delete_version(numbers[0]), Ok(()));
        let gone = machine.update_alias(&name("live"), None, Some(routing), at);
        assert_eq!(gone, Err(VersionConflict::NoSuchVersion));
    }

    #[test]
    fn an_alias_is_created_once() {
        let (mut machine, numbers) = published(&["a"]);
        let first = alias("x", AliasRouting::to_one(numbers[0]));
        for _ in 0..2 {
            let created = machine.create_alias(name("live"), first.clone());
            assert_eq!(created, Ok(first.created_at));
        }
        let other = alias("y", AliasRouting::to_one(numbers[0]));
        let differs = machine.create_alias(name("live"), other);
        assert_eq!(differs, Err(VersionConflict::AliasDiffers));
        let later = Timestamp::from_milliseconds(9);
        let same = machine.update_alias(&name("live"), Some("x".to_owned()), None, later);
        assert_eq!(same, Ok(first.updated_at));
    }

    #[test]
    fn an_alias_has_a_name_that_is_no_number() {
        for good in ["PROD", "a-b_c.1", "1.", "-"] {
            assert!(AliasName::parse(good).is_some(), "{good}");
        }
        for bad in ["", "1", "123", "a b", "é", "a:b", &"x".repeat(81)] {
            assert!(AliasName::parse(bad).is_none(), "{bad}");
        }
        for bad in ["", "0", "01", "+1", "a", "4294967296"] {
            assert!(VersionNumber::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_published_reads_back_as_it_was_written() {
        let (mut machine, numbers) = published(&["a", "b"]);
        let half = AliasRouting::to_two((numbers[0], 40), numbers[1]).expect("two versions");
        machine.create_alias(name("live"), alias("x", half)).expect("it is new");
        let json = serde_json::to_string(&machine).expect("prints");
        assert_eq!(serde_json::from_str::<MachineVersions>(&json).expect("reads"), machine);
    }
}
