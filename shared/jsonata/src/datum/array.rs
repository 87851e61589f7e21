//! Arrays.

use std::rc::Rc;

use serde_json::Value;

use super::{Datum, disposal};
use crate::{
    meter::{EvaluationMeter, MemoryCharge},
    thrown::Evaluated,
};

/// An array of JSON, or one that was built.
#[derive(Clone, Debug)]
pub(crate) enum Array<'a> {
    Borrowed(&'a [Value]),
    Built(Rc<BuiltArray<'a>>),
}

/// An array that an evaluation built.
#[derive(Debug)]
pub(crate) struct BuiltArray<'a> {
    pub(super) items: Vec<Datum<'a>>,
    marks: ArrayMarks,
    charge: MemoryCharge<'a>,
}

impl Drop for BuiltArray<'_> {
    fn drop(&mut self) {
        disposal::drop_items(std::mem::take(&mut self.items));
    }
}

/// Properties of an array that decide how it behaves in a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ArrayMarks(u8);

impl ArrayMarks {
    /// A plain array.
    pub(crate) const NONE: Self = Self(0);
    /// It is a result sequence: one item stands for itself, and none for nothing.
    pub(crate) const SEQUENCE: Self = Self(1);
    /// It stays an array even with one item.
    pub(crate) const KEEP_SINGLETON: Self = Self(2);
    /// It was written as an array and is not flattened.
    pub(crate) const CONSTRUCTED: Self = Self(4);
    /// It wraps the input document, which is an array.
    pub(crate) const OUTER_WRAPPER: Self = Self(8);
    /// Its items are tuples of bound variables.
    pub(crate) const TUPLE_STREAM: Self = Self(16);

    pub(crate) const fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    pub(crate) const fn with(self, mark: Self) -> Self {
        Self(self.0 | mark.0)
    }
}

impl<'a> Array<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Borrowed(items) => items.len(),
            Self::Built(built) => built.items.len(),
        }
    }

    /// The item at an index; undefined outside the array.
    pub(crate) fn get(&self, index: usize) -> Datum<'a> {
        match self {
            Self::Borrowed(items) => items.get(index).map_or(Datum::Undefined, Datum::from_json),
            Self::Built(built) => built.items.get(index).cloned().unwrap_or(Datum::Undefined),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Datum<'a>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Counts the time of a look at each item. Arrays of JSON are short enough to be looked at.
    pub(crate) fn count_scan(&self) -> Evaluated<()> {
        match self {
            Self::Borrowed(_) => Ok(()),
            Self::Built(built) => built.charge.meter().count_steps(built.items.len() / 32),
        }
    }

    pub(crate) fn marks(&self) -> ArrayMarks {
        match self {
            Self::Borrowed(_) => ArrayMarks::NONE,
            Self::Built(built) => built.marks,
        }
    }

    pub(crate) fn is_sequence(&self) -> bool {
        self.marks().has(ArrayMarks::SEQUENCE)
    }

    /// Whether both are the same array, not only equal ones.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Borrowed(a), Self::Borrowed(b)) => std::ptr::eq(*a, *b),
            (Self::Built(a), Self::Built(b)) => Rc::ptr_eq(a, b),
            (Self::Borrowed(_), Self::Built(_)) | (Self::Built(_), Self::Borrowed(_)) => false,
        }
    }

    /// The same items with these marks.
    pub(crate) fn with_marks(
        self,
        meter: &Rc<EvaluationMeter<'a>>,
        marks: ArrayMarks,
    ) -> Evaluated<Self> {
        if self.marks() == marks {
            return Ok(self);
        }
        if let Self::Built(mut built) = self {
            if let Some(unshared) = Rc::get_mut(&mut built) {
                unshared.marks = marks;
                return Ok(Self::Built(built));
            }
            return Self::Built(built).copy_with_marks(meter, marks);
        }
        self.copy_with_marks(meter, marks)
    }

    fn copy_with_marks(
        &self,
        meter: &Rc<EvaluationMeter<'a>>,
        marks: ArrayMarks,
    ) -> Evaluated<Self> {
        let mut copy = ArrayBuilder::with_capacity(meter, marks, self.len())?;
        copy.extend(self)?;
        Ok(copy.build())
    }
}

/// Builds an array and charges for it as it grows.
#[derive(Debug)]
pub(crate) struct ArrayBuilder<'a>(BuiltArray<'a>);

impl<'a> ArrayBuilder<'a> {
    pub(crate) fn new(meter: &Rc<EvaluationMeter<'a>>, marks: ArrayMarks) -> Evaluated<Self> {
        let charge = meter.charge(size_of::<BuiltArray<'a>>())?;
        Ok(Self(BuiltArray { items: Vec::new(), marks, charge }))
    }

    /// A result sequence.
    pub(crate) fn sequence(meter: &Rc<EvaluationMeter<'a>>) -> Evaluated<Self> {
        Self::new(meter, ArrayMarks::SEQUENCE)
    }

    pub(crate) fn with_capacity(
        meter: &Rc<EvaluationMeter<'a>>,
        marks: ArrayMarks,
        capacity: usize,
    ) -> Evaluated<Self> {
        let mut builder = Self::new(meter, marks)?;
        builder.reserve(capacity)?;
        Ok(builder)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.items.len()
    }

    pub(crate) fn items(&self) -> &[Datum<'a>] {
        &self.0.items
    }

    pub(crate) fn items_mut(&mut self) -> &mut [Datum<'a>] {
        &mut self.0.items
    }

    pub(crate) fn set_marks(&mut self, marks: ArrayMarks) {
        self.0.marks = marks;
    }

    /// Charges for the items that are about to be added and makes place for them.
    fn reserve(&mut self, more: usize) -> Evaluated<()> {
        let built = &mut self.0;
        let needed = built.items.len().saturating_add(more);
        if needed <= built.items.capacity() {
            return Ok(());
        }
        built.charge.meter().check_items(needed)?;
        built.charge.meter().count_steps(more / 64)?;
        let roomy = (2 * built.items.len()).min(built.charge.meter().items_max()).max(4);
        let capacity = if built.items.is_empty() && more > 1 { needed } else { needed.max(roomy) };
        let growth = capacity - built.items.capacity();
        built.charge.add(growth * size_of::<Datum<'a>>())?;
        built.items.reserve_exact(capacity - built.items.len());
        Ok(())
    }

    pub(crate) fn push(&mut self, item: Datum<'a>) -> Evaluated<()> {
        self.reserve(1)?;
        self.0.items.push(item);
        Ok(())
    }

    /// Adds the items of an array.
    pub(crate) fn extend(&mut self, array: &Array<'a>) -> Evaluated<()> {
        match array.len() {
            0 => Ok(()),
            1 => self.push(array.get(0)),
            more => {
                self.reserve(more)?;
                self.0.items.extend(array.iter());
                Ok(())
            }
        }
    }

    /// Adds the items of an array, or a value that is none.
    pub(crate) fn append(&mut self, value: Datum<'a>) -> Evaluated<()> {
        if let Datum::Array(array) = &value { self.extend(array) } else { self.push(value) }
    }

    pub(crate) fn build(self) -> Array<'a> {
        Array::Built(Rc::new(self.0))
    }

    pub(crate) fn build_datum(self) -> Datum<'a> {
        Datum::Array(self.build())
    }
}
