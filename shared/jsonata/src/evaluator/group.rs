//! `{key: value}`, as a constructor and to group.

use std::{collections::BTreeMap, rc::Rc};

use super::{Evaluator, VariableFrame, path::StepInput, tuple::missing_tuple};
use crate::{
    datum::{ArrayMarks, Datum, Object, ObjectBuilder, Text, json_text},
    syntax::Group,
    thrown::{Evaluated, Thrown},
};

/// The items of one key.
struct KeyItems<'a> {
    key: Text<'a>,
    /// Which pair of the group they belong to.
    pair: usize,
    items: Vec<Datum<'a>>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn evaluate_group(
        &self,
        group: &'a Group,
        input: Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let is_tuple_stream = input.is_marked(ArrayMarks::TUPLE_STREAM);
        let items = match input {
            Datum::Array(array) if array.len() == 0 => StepInput::One(Datum::Undefined),
            Datum::Array(array) => StepInput::Each(array),
            other => StepInput::One(other),
        };
        if items.len() == 1 && !is_tuple_stream {
            return self.evaluate_object(group, &items.get(0), frame);
        }
        let keys = self.group_items(group, &items, is_tuple_stream, frame)?;
        let mut object = ObjectBuilder::new(&self.meter, keys.len())?;
        for KeyItems { key, pair, items } in keys {
            let Some((_, value)) = group.pairs.get(pair) else { continue };
            let items = self.join_values(items)?;
            let value = if is_tuple_stream {
                let (context, frame) = self.tuple_context(&items, frame)?;
                self.evaluate(value, &context, &frame)?
            } else {
                self.evaluate(value, &items, frame)?
            };
            if !value.is_undefined() {
                object.insert(key, value)?;
            }
        }
        Ok(object.build_datum())
    }

    /// The group of a single item, which is an object as it is written.
    fn evaluate_object(
        &self,
        group: &'a Group,
        item: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Datum<'a>> {
        let mut keys: Vec<(Text<'a>, usize)> = Vec::with_capacity(group.pairs.len());
        for (pair, (key, _)) in group.pairs.iter().enumerate() {
            let Some(key) = text_key(self.evaluate(key, item, frame)?)? else { continue };
            let is_known = if keys.len() < 32 {
                keys.iter().any(|(known, _)| **known == *key)
            } else {
                self.meter.count_steps(keys.len() / 16)?;
                keys.iter().any(|(known, _)| **known == *key)
            };
            if is_known {
                return Err(duplicate_key(&key));
            }
            keys.push((key, pair));
        }
        let mut object = ObjectBuilder::new(&self.meter, keys.len())?;
        for (key, pair) in keys {
            let Some((_, value)) = group.pairs.get(pair) else { continue };
            let value = self.evaluate(value, item, frame)?;
            if !value.is_undefined() {
                object.insert(key, value)?;
            }
        }
        Ok(object.build_datum())
    }

    fn group_items(
        &self,
        group: &'a Group,
        items: &StepInput<'a>,
        is_tuple_stream: bool,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<Vec<KeyItems<'a>>> {
        let mut keys: Vec<KeyItems<'a>> = Vec::new();
        let mut places: BTreeMap<Box<str>, usize> = BTreeMap::new();
        let mut charge = self.meter.charge(0)?;
        for index in 0..items.len() {
            let item = items.get(index);
            let (context, tuple_frame) = match (&item, is_tuple_stream) {
                (Datum::Object(tuple), true) => {
                    (tuple.get("@"), VariableFrame::of_tuple(frame, tuple))
                }
                (_, true) if !group.pairs.is_empty() => return Err(missing_tuple()),
                _ => (item.clone(), Rc::clone(frame)),
            };
            for (pair, (key, _)) in group.pairs.iter().enumerate() {
                let key = self.evaluate(key, &context, &tuple_frame)?;
                let Some(key) = text_key(key)? else { continue };
                charge.add(size_of::<Datum<'a>>())?;
                match places.get(&*key).and_then(|place| keys.get_mut(*place)) {
                    Some(known) if known.pair != pair => return Err(duplicate_key(&key)),
                    Some(known) => known.items.push(item.clone()),
                    None => {
                        charge.add(size_of::<KeyItems<'a>>() + 2 * key.len() + 64)?;
                        places.insert(Box::from(&*key), keys.len());
                        keys.push(KeyItems { key, pair, items: vec![item.clone()] });
                    }
                }
            }
        }
        Ok(keys)
    }

    /// The value and the variables of several tuples.
    fn tuple_context(
        &self,
        tuples: &Datum<'a>,
        frame: &Rc<VariableFrame<'a>>,
    ) -> Evaluated<(Datum<'a>, Rc<VariableFrame<'a>>)> {
        let tuple: Object<'a> = self.reduce_tuples(tuples)?;
        let inner = VariableFrame::below(frame);
        tuple.visit(&mut |name, value| {
            if let Some(name) = name.borrowed().filter(|name| *name != "@") {
                inner.bind(name, value);
            }
        });
        Ok((tuple.get("@"), inner))
    }
}

/// The key of an object; `None` if it is undefined.
fn text_key(key: Datum<'_>) -> Evaluated<Option<Text<'_>>> {
    match key {
        Datum::Undefined => Ok(None),
        Datum::Text(key) => Ok(Some(key)),
        other => Err(Thrown::with_value("T1003", json_text(&other))),
    }
}

fn duplicate_key(key: &str) -> Thrown {
    Thrown::with_value("D1009", crate::datum::quote_json(key))
}
