//! A value of the document, together with its location.

use serde_json::{Map, Value};

use super::report::ParseReport;
use crate::DiagnosticCode;

/// A value of the document, its location in AWS's notation, and the report that collects findings.
#[derive(Clone)]
pub(super) struct DocumentCursor<'a> {
    value: &'a Value,
    location: String,
    /// The child indexes on the way from the root; they sort in document order.
    position: Vec<usize>,
    report: &'a ParseReport,
}

impl<'a> DocumentCursor<'a> {
    /// Returns a cursor at the whole document.
    pub(super) const fn root(value: &'a Value, report: &'a ParseReport) -> Self {
        Self { value, location: String::new(), position: Vec::new(), report }
    }

    pub(super) const fn value(&self) -> &'a Value {
        self.value
    }

    /// Returns the location in AWS's notation; empty for the whole document.
    pub(super) fn location(&self) -> &str {
        &self.location
    }

    pub(super) const fn report(&self) -> &'a ParseReport {
        self.report
    }

    /// Returns a cursor at the child with this index; `step` is appended to the location.
    fn child_cursor(&self, index: usize, value: &'a Value, step: &str) -> Self {
        let mut position = self.position.clone();
        position.push(index);
        let location = format!("{}{step}", self.location);
        Self { value, location, position, report: self.report }
    }

    /// Returns a field of an object, if it is present.
    pub(super) fn get(&self, field: &str) -> Option<Self> {
        let (index, (_, value)) =
            self.value.as_object()?.iter().enumerate().find(|(_, (name, _))| *name == field)?;
        Some(self.child_cursor(index, value, &format!("/{field}")))
    }

    /// Whether an object has a field.
    pub(super) fn has_field(&self, field: &str) -> bool {
        self.value.as_object().is_some_and(|object| object.contains_key(field))
    }

    /// Lists the names of an object's fields, in the author's order.
    pub(super) fn field_names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value.as_object().into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// Lists the fields of an object, in the author's order.
    pub(super) fn field_entries(&self) -> impl Iterator<Item = (&'a str, Self)> + '_ {
        self.value.as_object().into_iter().flatten().enumerate().map(|(index, (name, value))| {
            (name.as_str(), self.child_cursor(index, value, &format!("/{name}")))
        })
    }

    /// Records a schema error at this value.
    pub(super) fn refuse(&self, message: impl Into<String>) {
        self.refuse_as(DiagnosticCode::SchemaValidationFailed, message);
    }

    /// Records an error at this value.
    pub(super) fn refuse_as(&self, code: DiagnosticCode, message: impl Into<String>) {
        self.report.add_error(&self.position, code, message.into(), &self.location);
    }

    /// Records an error inside this value; `step` is the location relative to this value.
    pub(super) fn refuse_inside(
        &self,
        step: &str,
        code: DiagnosticCode,
        message: impl Into<String>,
    ) {
        let location = format!("{}{step}", self.location);
        self.report.add_error(&self.position, code, message.into(), &location);
    }

    /// Returns the fields of an object; refuses any other value.
    pub(super) fn expect_object(&self) -> Option<&'a Map<String, Value>> {
        self.expect_type(self.value.as_object(), "[OBJECT]")
    }

    /// Returns the elements of an array; refuses any other value.
    pub(super) fn expect_array(&self) -> Option<Vec<Self>> {
        let elements = self.expect_type(self.value.as_array(), "[ARRAY]")?;
        let child = |(index, value)| self.child_cursor(index, value, &format!("[{index}]"));
        Some(elements.iter().enumerate().map(child).collect())
    }

    /// Returns the elements of a non-empty array; refuses any other value.
    pub(super) fn expect_non_empty_array(&self) -> Option<Vec<Self>> {
        let elements = self.expect_array()?;
        if elements.is_empty() {
            self.refuse("Value cannot be empty");
            return None;
        }
        Some(elements)
    }

    /// Returns a string; refuses any other value.
    pub(super) fn expect_string(&self) -> Option<&'a str> {
        self.expect_type(self.value.as_str(), "[STRING]")
    }

    /// Returns a Boolean; refuses any other value.
    pub(super) fn expect_boolean(&self) -> Option<bool> {
        self.expect_type(self.value.as_bool(), "[BOOLEAN]")
    }

    /// Returns an integer between two inclusive bounds; refuses any other value.
    pub(super) fn expect_integer(&self, minimum: u64, maximum: u64) -> Option<u64> {
        let is_integer = self.value.is_i64() || self.value.is_u64();
        self.expect_type(is_integer.then_some(()), "Integer")?;
        // Only a negative integer has no u64.
        let number = self.value.as_u64();
        match number {
            Some(number) if number > maximum => {
                self.refuse(format!("Maximum value is {maximum}"));
                None
            }
            Some(number) if number >= minimum => Some(number),
            Some(_) | None => {
                self.refuse(format!("Minimum value is {minimum}"));
                None
            }
        }
    }

    /// Returns a string that is one of `values`; refuses any other value.
    pub(super) fn expect_one_of(&self, values: &[&'static str]) -> Option<&'static str> {
        let text = self.expect_string()?;
        let known = values.iter().find(|value| **value == text).copied();
        if known.is_none() {
            self.refuse(format!("Value should be one of the following: [{}]", values.join(", ")));
        }
        known
    }

    /// Returns `found`; if it is `None`, records that a value of `type_name` is expected.
    pub(super) fn expect_type<T>(&self, found: Option<T>, type_name: &str) -> Option<T> {
        if found.is_none() {
            self.refuse(format!("Expected value of type {type_name}"));
        }
        found
    }

    /// Reads a field that may be left out. The outer `None` means that it is present and wrong.
    #[expect(clippy::option_option, reason = "wrong, left out and given are three things")]
    pub(super) fn optional_field<T>(
        &self,
        field: &str,
        read: impl FnOnce(&Self) -> Option<T>,
    ) -> Option<Option<T>> {
        self.get(field).map_or(Some(None), |cursor| read(&cursor).map(Some))
    }

    /// Reads a field, or returns the default if it is left out.
    pub(super) fn optional_field_or<T>(
        &self,
        field: &str,
        default: T,
        read: impl FnOnce(&Self) -> Option<T>,
    ) -> Option<T> {
        self.get(field).map_or(Some(default), |cursor| read(&cursor))
    }

    /// Reads every element, so that all errors are recorded; returns `None` if any is wrong.
    pub(super) fn read_each<T>(
        elements: &[Self],
        read: impl Fn(&Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let parsed: Vec<Option<T>> = elements.iter().map(read).collect();
        parsed.into_iter().collect()
    }
}
