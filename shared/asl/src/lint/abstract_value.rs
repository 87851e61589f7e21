//! What is known of a value before anything runs.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a value may be. Of an object it is known which members it may have: it has no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AbstractValue {
    /// Anything.
    Anything,
    /// An object with no members but these, or a value that has no members.
    Members(BTreeMap<String, Self>),
}

/// What a path leads to.
pub(super) enum PathLookup<'k> {
    /// Something, perhaps.
    Known(&'k AbstractValue),
    /// Nothing, whatever the value is.
    Nothing,
}

/// Members of all literals of a definition that are looked at; what is larger may be anything.
const MEMBERS_MAX: usize = 1_000;

impl AbstractValue {
    /// A value without members.
    pub(super) const fn without_members() -> Self {
        Self::Members(BTreeMap::new())
    }

    /// A value of the definition, in which `is_computed` says which members are only made when it
    /// runs, by their keys and values.
    pub(super) fn from_literal(value: &Value, is_computed: fn(&str, &Value) -> bool) -> Self {
        let mut left = MEMBERS_MAX;
        abstract_literal("", value, is_computed, &mut left)
    }

    /// What some names lead to, one inside the other.
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

    /// Puts a value into an object, where some names lead.
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

    /// What is either; true if that is more than this was.
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
        // A path into an array is another matter.
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
