//! `|pattern|update, delete|`
//!
//! jsonata-js changes the objects of a copy. Here values do not change, so the changed objects are
//! kept beside the copy and put in where the originals were.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{Evaluator, VariableFrame};
use crate::{
    datum::{
        Array, ArrayBuilder, ArrayMarks, Datum, Object, ObjectBuilder, json_text, number_text,
    },
    limits::DATUM_DEPTH_MAX,
    meter::with_stack,
    syntax::TransformNode,
    thrown::{Evaluated, Thrown},
};

/// The changed objects, by the address of the original.
#[derive(Default)]
struct ChangedObjects<'a> {
    versions: BTreeMap<usize, Object<'a>>,
    /// Keeps the originals alive, so that their addresses stay their own.
    originals: Vec<Object<'a>>,
}

impl<'a> Evaluator<'a> {
    /// Applies a transform to an object or array.
    pub(super) fn transform(
        &self,
        node: &'a TransformNode,
        frame: &Rc<VariableFrame<'a>>,
        value: &Datum<'a>,
    ) -> Evaluated<Datum<'a>> {
        if value.is_undefined() {
            return Ok(Datum::Undefined);
        }
        self.check_clone(frame)?;
        let copy = self.copy_deeply(value, 0)?;
        let matches = match self.evaluate(&node.pattern, &copy, frame)? {
            Datum::Undefined => return Ok(copy),
            Datum::Array(array) => array,
            single => {
                let mut matches = ArrayBuilder::new(&self.meter, ArrayMarks::NONE)?;
                matches.push(single)?;
                matches.build()
            }
        };
        let mut changed = ChangedObjects::default();
        for matched in matches.iter() {
            self.change(node, frame, &matched, &mut changed)?;
        }
        if changed.versions.is_empty() {
            return Ok(copy);
        }
        Ok(self.with_changes(&copy, &changed, 0)?.unwrap_or(copy))
    }

    /// The copy is made with `$clone`, which an expression may only replace by another function.
    fn check_clone(&self, frame: &Rc<VariableFrame<'a>>) -> Evaluated<()> {
        match self.lookup_variable("clone", frame) {
            Datum::Function(_) => Ok(()),
            _ => Err(Thrown::code("T2013")),
        }
    }

    /// Changes one match.
    fn change(
        &self,
        node: &'a TransformNode,
        frame: &Rc<VariableFrame<'a>>,
        matched: &Datum<'a>,
        changed: &mut ChangedObjects<'a>,
    ) -> Evaluated<()> {
        let current = self.current_version(matched, changed)?;
        let update = self.evaluate(&node.update, &current, frame)?;
        let mut draft = match (&current, matched) {
            (Datum::Object(object), Datum::Object(_)) => {
                Some(ObjectBuilder::copy(&self.meter, object)?)
            }
            _ => None,
        };
        match &update {
            Datum::Undefined => {}
            Datum::Object(members) => {
                for (name, value) in members.members() {
                    match &mut draft {
                        Some(draft) => draft.insert(name, value)?,
                        None => refuse_member(&name, &current)?,
                    }
                }
            }
            other => return Err(Thrown::with_value("T2011", json_text(other))),
        }
        if let Some(delete) = &node.delete {
            let context = match draft {
                Some(built) => {
                    let object = built.build();
                    draft = Some(ObjectBuilder::copy(&self.meter, &object)?);
                    Datum::Object(object)
                }
                None => current.clone(),
            };
            let names = self.evaluate(delete, &context, frame)?;
            let names = deleted_names(&names)?;
            if let Some(draft) = draft.as_mut().filter(|_| !names.is_empty()) {
                draft.remove_members(&names)?;
            }
        }
        if let (Some(draft), Datum::Object(original)) = (draft, matched) {
            changed.versions.insert(original.address(), draft.build());
            changed.originals.push(original.clone());
        }
        Ok(())
    }

    /// A match as it is after all earlier changes. It is an object of its own, so that an update
    /// that contains it does not contain itself.
    fn current_version(
        &self,
        matched: &Datum<'a>,
        changed: &ChangedObjects<'a>,
    ) -> Evaluated<Datum<'a>> {
        let current = self.with_changes(matched, changed, 0)?.unwrap_or_else(|| matched.clone());
        match &current {
            Datum::Object(object) => Ok(ObjectBuilder::copy(&self.meter, object)?.build_datum()),
            _ => Ok(current),
        }
    }

    /// A value with the changed objects in place of the originals; `None` if nothing is changed.
    fn with_changes(
        &self,
        value: &Datum<'a>,
        changed: &ChangedObjects<'a>,
        depth: usize,
    ) -> Evaluated<Option<Datum<'a>>> {
        if depth > DATUM_DEPTH_MAX {
            return Err(Thrown::stack_overflow());
        }
        if changed.versions.is_empty() {
            return Ok(None);
        }
        match value {
            Datum::Array(Array::Built(_)) => {
                let Datum::Array(array) = value else { return Ok(None) };
                self.meter.count_steps(array.len())?;
                let mut copy: Option<ArrayBuilder<'a>> = None;
                for (index, item) in array.iter().enumerate() {
                    let item = with_stack(|| self.with_changes(&item, changed, depth + 1))?;
                    let Some(item) = item else { continue };
                    if copy.is_none() {
                        let mut items = ArrayBuilder::new(&self.meter, array.marks())?;
                        items.extend(array)?;
                        copy = Some(items);
                    }
                    if let Some(place) =
                        copy.as_mut().and_then(|copy| copy.items_mut().get_mut(index))
                    {
                        *place = item;
                    }
                }
                Ok(copy.map(ArrayBuilder::build_datum))
            }
            Datum::Object(original) => {
                let version = changed.versions.get(&original.address());
                let object = version.unwrap_or(original);
                self.meter.count_steps(object.len())?;
                let mut copy: Option<ObjectBuilder<'a>> = None;
                for (name, member) in object.members() {
                    let member = with_stack(|| self.with_changes(&member, changed, depth + 1))?;
                    let Some(member) = member else { continue };
                    if copy.is_none() {
                        copy = Some(ObjectBuilder::copy(&self.meter, object)?);
                    }
                    if let Some(place) = copy.as_mut().and_then(|copy| copy.get_mut(&name)) {
                        *place = member;
                    }
                }
                Ok(match copy {
                    Some(copy) => Some(copy.build_datum()),
                    None => version.cloned().map(Datum::Object),
                })
            }
            _ => Ok(None),
        }
    }

    /// A copy whose objects and arrays are its own: `$clone`.
    pub(crate) fn copy_deeply(&self, value: &Datum<'a>, depth: usize) -> Evaluated<Datum<'a>> {
        if depth > DATUM_DEPTH_MAX {
            return Err(Thrown::stack_overflow());
        }
        match value {
            Datum::Array(array) => {
                self.meter.count_visits(array.len())?;
                let mut copy =
                    ArrayBuilder::with_capacity(&self.meter, ArrayMarks::NONE, array.len())?;
                for item in array.iter() {
                    copy.push(with_stack(|| self.copy_deeply(&item, depth + 1))?)?;
                }
                Ok(copy.build_datum())
            }
            Datum::Object(object) => {
                self.meter.count_visits(object.len())?;
                let mut copy = ObjectBuilder::new(&self.meter, object.len())?;
                for (name, member) in object.members() {
                    let member = with_stack(|| self.copy_deeply(&member, depth + 1))?;
                    copy.insert(name, member)?;
                }
                Ok(copy.build_datum())
            }
            // The copy goes through JSON text, which has 15 digits, no functions and nothing that
            // is undefined.
            Datum::Number(number) => Ok(Datum::Number(crate::datum::round_to_precision(*number))),
            Datum::Function(_) => Datum::text(&self.meter, String::new()),
            Datum::Undefined => Ok(Datum::Null),
            other => Ok(other.clone()),
        }
    }
}

/// Fails as JavaScript does where a member of a scalar is set. What is set on an array or a function
/// does no harm.
fn refuse_member(name: &str, target: &Datum<'_>) -> Evaluated<()> {
    let described = match target {
        Datum::Null | Datum::Undefined => {
            let target = if matches!(target, Datum::Null) { "null" } else { "undefined" };
            return Err(Thrown::Plain(format!(
                "Cannot set properties of {target} (setting '{name}')"
            )));
        }
        Datum::Bool(boolean) => format!("boolean '{boolean}'"),
        Datum::Number(number) => format!("number '{}'", number_text(*number)),
        Datum::Text(text) => format!("string '{}'", &**text),
        Datum::Array(_) | Datum::Object(_) | Datum::Function(_) => return Ok(()),
    };
    Err(Thrown::Plain(format!("Cannot create property '{name}' on {described}")))
}

/// The names of the members that are deleted: a text or an array of texts.
fn deleted_names(names: &Datum<'_>) -> Evaluated<BTreeSet<String>> {
    let wrong = || Thrown::with_value("T2012", json_text(names));
    match names {
        Datum::Undefined => Ok(BTreeSet::new()),
        Datum::Text(name) => Ok(BTreeSet::from([(**name).to_owned()])),
        Datum::Array(array) => {
            array.iter().map(|name| name.as_text().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}
