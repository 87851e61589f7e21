//! Objects.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use serde_json::{Map, Value};

use super::{Datum, Text, disposal};
use crate::{
    meter::{EvaluationMeter, MemoryCharge},
    thrown::Evaluated,
};

/// An object of JSON, or one that was built.
#[derive(Clone, Debug)]
pub(crate) enum Object<'a> {
    Borrowed(&'a Map<String, Value>),
    Built(Rc<BuiltObject<'a>>),
}

/// An object that an evaluation built. Its members keep the order in which they were added.
#[derive(Debug)]
pub(crate) struct BuiltObject<'a> {
    pub(super) members: Vec<(Text<'a>, Datum<'a>)>,
    /// Where the members are, if there are many.
    places: BTreeMap<Box<str>, usize>,
    charge: MemoryCharge<'a>,
}

/// Objects with more members have an index.
const UNINDEXED_MEMBERS_MAX: usize = 12;

/// What an entry of the index takes besides its text.
const PLACE_BYTES: usize = 48;

impl Drop for BuiltObject<'_> {
    fn drop(&mut self) {
        disposal::drop_members(std::mem::take(&mut self.members));
    }
}

impl BuiltObject<'_> {
    fn place(&self, name: &str) -> Option<usize> {
        if self.members.len() > UNINDEXED_MEMBERS_MAX {
            return self.places.get(name).copied();
        }
        self.members.iter().position(|(member, _)| **member == *name)
    }
}

impl<'a> Object<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Borrowed(members) => members.len(),
            Self::Built(built) => built.members.len(),
        }
    }

    /// The member with a name; undefined if there is none.
    pub(crate) fn get(&self, name: &str) -> Datum<'a> {
        match self {
            Self::Borrowed(members) => {
                find_member(members, name).map_or(Datum::Undefined, Datum::from_json)
            }
            Self::Built(built) => {
                built.place(name).map_or(Datum::Undefined, |place| built.members[place].1.clone())
            }
        }
    }

    /// Copies the members, so that calls may follow for each of them.
    pub(crate) fn members(&self) -> Vec<(Text<'a>, Datum<'a>)> {
        let mut members = Vec::with_capacity(self.len());
        self.visit(&mut |name, value| members.push((name, value)));
        members
    }

    /// Visits the members in order.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(Text<'a>, Datum<'a>)) {
        match self {
            Self::Borrowed(members) => members
                .iter()
                .for_each(|(name, value)| visit(Text::Borrowed(name), Datum::from_json(value))),
            Self::Built(built) => {
                built.members.iter().for_each(|(name, value)| visit(name.clone(), value.clone()));
            }
        }
    }

    /// Whether both are the same object, not only equal ones.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.address() == other.address()
    }

    /// Tells objects apart while they are alive.
    pub(crate) fn address(&self) -> usize {
        match self {
            Self::Borrowed(members) => std::ptr::from_ref(*members).addr(),
            Self::Built(built) => Rc::as_ptr(built).addr(),
        }
    }
}

/// The member with a name. In a small object, comparing names takes less time than hashing one.
fn find_member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if members.len() > UNINDEXED_MEMBERS_MAX {
        return members.get(name);
    }
    members.iter().find(|(member, _)| *member == name).map(|(_, value)| value)
}

/// Builds an object and charges for it as it grows.
#[derive(Debug)]
pub(crate) struct ObjectBuilder<'a>(BuiltObject<'a>);

impl<'a> ObjectBuilder<'a> {
    pub(crate) fn new(meter: &Rc<EvaluationMeter<'a>>, capacity: usize) -> Evaluated<Self> {
        let member_bytes = size_of::<(Text<'a>, Datum<'a>)>();
        let charge = meter.charge(size_of::<BuiltObject<'a>>() + capacity * member_bytes)?;
        let members = Vec::with_capacity(capacity);
        Ok(Self(BuiltObject { members, places: BTreeMap::new(), charge }))
    }

    /// A copy of an object, to be changed.
    pub(crate) fn copy(meter: &Rc<EvaluationMeter<'a>>, object: &Object<'a>) -> Evaluated<Self> {
        let mut copy = Self::new(meter, object.len())?;
        for (name, value) in object.members() {
            copy.insert(name, value)?;
        }
        Ok(copy)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.members.len()
    }

    /// Sets a member, which keeps its place if it exists.
    pub(crate) fn insert(&mut self, name: Text<'a>, value: Datum<'a>) -> Evaluated<()> {
        let built = &mut self.0;
        if let Some(place) = built.place(&name) {
            built.members[place].1 = value;
            return Ok(());
        }
        if built.members.len() == built.members.capacity() {
            let growth = built.members.len().max(2);
            built.charge.add(growth * size_of::<(Text<'a>, Datum<'a>)>())?;
            built.members.reserve_exact(growth);
        }
        built.members.push((name, value));
        self.index_members()
    }

    /// Adds the members that the index lacks, if there must be one.
    fn index_members(&mut self) -> Evaluated<()> {
        let built = &mut self.0;
        if built.members.len() <= UNINDEXED_MEMBERS_MAX {
            return Ok(());
        }
        for place in built.places.len()..built.members.len() {
            let name = &built.members[place].0;
            built.charge.add(PLACE_BYTES + name.len())?;
            built.places.insert(Box::from(&**name), place);
        }
        Ok(())
    }

    /// The value of a member, to be changed.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Datum<'a>> {
        let place = self.0.place(name)?;
        self.0.members.get_mut(place).map(|(_, value)| value)
    }

    /// Removes the members with these names.
    pub(crate) fn remove_members(&mut self, names: &BTreeSet<String>) -> Evaluated<()> {
        let built = &mut self.0;
        built.charge.meter().count_steps(built.members.len())?;
        built.members.retain(|(name, _)| !names.contains(&**name));
        built.places.clear();
        self.index_members()
    }

    pub(crate) fn build(self) -> Object<'a> {
        Object::Built(Rc::new(self.0))
    }

    pub(crate) fn build_datum(self) -> Datum<'a> {
        Datum::Object(self.build())
    }
}
