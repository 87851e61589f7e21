//! Building items and reading their attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use crate::{
    Error,
    keys::{ItemKey, PK, SK},
};

/// An item, or the values of an expression's placeholders.
pub(crate) type TableItem = HashMap<String, AttributeValue>;

pub(crate) fn string_attribute(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number_attribute(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An item with only its key attributes.
pub(crate) fn item_with_key(key: &ItemKey) -> TableItem {
    HashMap::from([
        (PK.to_owned(), string_attribute(&key.pk)),
        (SK.to_owned(), string_attribute(&key.sk)),
    ])
}

/// The key of an item that was read.
pub(crate) fn key_of_item(item: &TableItem) -> Result<ItemKey, Error> {
    let part = |name| read_string(item, name).map(str::to_owned);
    Ok(ItemKey { pk: part(PK)?, sk: part(SK)? })
}

pub(crate) fn read_string<'i>(item: &'i TableItem, name: &str) -> Result<&'i str, Error> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(broken_item(item, &format!("'{name}' is not a text"))),
    }
}

/// Reads a number attribute; `None` if the item does not have it.
pub(crate) fn read_number<N: std::str::FromStr>(
    item: &TableItem,
    name: &str,
) -> Result<Option<N>, Error> {
    let wrong = || broken_item(item, &format!("'{name}' is not such a number"));
    match item.get(name) {
        None => Ok(None),
        Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| wrong()),
        Some(_) => Err(wrong()),
    }
}

/// Reads a text attribute that is JSON; none if the item lacks it.
pub(crate) fn read_json<T: DeserializeOwned>(
    item: &TableItem,
    name: &str,
) -> Result<Option<T>, Error> {
    if !item.contains_key(name) {
        return Ok(None);
    }
    let value = serde_json::from_str(read_string(item, name)?);
    value.map(Some).map_err(|error| broken_item(item, &format!("'{name}': {error}")))
}

/// An [`Error::Broken`] whose reason names the item.
pub(crate) fn broken_item(item: &TableItem, reason: &str) -> Error {
    let part = |name| match item.get(name) {
        Some(AttributeValue::S(text)) => text.as_str(),
        _ => "?",
    };
    Error::broken(part(PK), format!("{reason} (item '{}')", part(SK)))
}
