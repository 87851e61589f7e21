//! What is known about a value before an execution runs.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a value may be. For an object, all the members that it may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AbstractValue {
    /// Any value.
    Anything,
    /// An object with no members except these, or a value that has no members.
    Members(BTreeMap<String, Self>),
}

/// The result of looking up a path in an [`AbstractValue`].
pub(super) enum PathLookup<'k> {
    /// The path may exist, and then leads to this value.
    Known(&'k AbstractValue),
    /// The path does not exist, whatever the value is.
    Nothing,
}

/// Values examined within one literal; any beyond that are [`AbstractValue::Anything`].
const MEMBERS_MAX: usize = 1_000;

impl AbstractValue {
    /// Returns a value without members.
    pub(super) const fn without_members() -> Self {
        Self::Members(BTreeMap::new())
    }

    /// Approximates a literal of the definition. `is_computed` is given the key and the value of a
    /// member, and says whether that member is computed at run time.
    pub(super) fn from_literal(value: &Value, is_computed: fn(&str, &Value) -> bool) -> Self {
        let mut left = MEMBERS_MAX;
        abstract_literal("", value, is_computed, &mut left)
    }

    /// Looks up a path of member names, outermost first.
    pub(super) fn find_path(&self, names: &[&str]) -> PathLookup<'_> {
        let mut known = self;
        for name in names {
            match known {
                Self::Anything => break,
                Self::Members(members) => match members.get(*name) {
                    Some(member) => known = member,
                    None => return PathLookup::Nothing,
                },
            }
        }
        PathLookup::Known(known)
    }

    /// Sets the member at a path of names, and creates the objects on the way.
    pub(super) fn insert_at_path(&mut self, names: &[&str], value: Self) {
        let Some((first, rest)) = names.split_first() else {
            *self = value;
            return;
        };
        match self {
            Self::Anything => {}
            Self::Members(members) => {
                members
                    .entry((*first).to_owned())
                    .or_insert_with(Self::without_members)
                    .insert_at_path(rest, value);
            }
        }
    }

    /// Widens this value so that it covers `other` too. Returns whether that changed it.
    pub(super) fn join_value(&mut self, other: &Self) -> bool {
        match (&mut *self, other) {
            (Self::Anything, _) => false,
            (Self::Members(_), Self::Anything) => {
                *self = Self::Anything;
                true
            }
            (Self::Members(members), Self::Members(others)) => {
                let mut grows = false;
                for (name, other) in others {
                    if let Some(member) = members.get_mut(name) {
                        grows |= member.join_value(other);
                    } else {
                        members.insert(name.clone(), other.clone());
                        grows = true;
                    }
                }
                grows
            }
        }
    }
}

fn abstract_literal(
    key: &str,
    value: &Value,
    is_computed: fn(&str, &Value) -> bool,
    left: &mut usize,
) -> AbstractValue {
    if is_computed(key, value) || *left == 0 {
        return AbstractValue::Anything;
    }
    *left -= 1;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            AbstractValue::without_members()
        }
        // Paths into arrays are not tracked.
        Value::Array(_) => AbstractValue::Anything,
        Value::Object(members) => {
            let mut all = BTreeMap::new();
            for (key, value) in members {
                let name = if is_computed(key, value) {
                    key.strip_suffix(".$").unwrap_or(key)
                } else {
                    key
                };
                all.insert(name.to_owned(), abstract_literal(key, value, is_computed, left));
            }
            AbstractValue::Members(all)
        }
    }
}
