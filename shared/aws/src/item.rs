//! Reading attributes of items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    Error,
    keys::{Key, PK, SK},
};

/// An item, or what an expression names.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An item of nothing but its key.
pub(crate) fn of_key(key: &Key) -> Item {
    HashMap::from([(PK.to_owned(), text(&key.pk)), (SK.to_owned(), text(&key.sk))])
}

/// The key of an item that was read.
pub(crate) fn key_of(item: &Item) -> Result<Key, Error> {
    let part = |name| text_of(item, name).map(str::to_owned);
    Ok(Key { pk: part(PK)?, sk: part(SK)? })
}

pub(crate) fn text_of<'i>(item: &'i Item, name: &str) -> Result<&'i str, Error> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(broken(item, &format!("'{name}' is not a text"))),
    }
}

/// The number of that name; none where there is no such attribute.
pub(crate) fn number_of<N: std::str::FromStr>(item: &Item, name: &str) -> Result<Option<N>, Error> {
    let wrong = || broken(item, &format!("'{name}' is not such a number"));
    match item.get(name) {
        None => Ok(None),
        Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| wrong()),
        Some(_) => Err(wrong()),
    }
}

/// Says which item it is.
pub(crate) fn broken(item: &Item, reason: &str) -> Error {
    let part = |name| match item.get(name) {
        Some(AttributeValue::S(text)) => text.as_str(),
        _ => "?",
    };
    Error::broken(part(PK), format!("{reason} (item '{}')", part(SK)))
}
