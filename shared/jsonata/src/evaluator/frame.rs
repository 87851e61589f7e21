//! Frames: the variables of a scope.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use crate::{
    datum::{Datum, Object, Remains, dispose},
    meter::{EvaluationMeter, MemoryCharge},
    thrown::Evaluated,
};

/// The variables of a scope, and the scope around it.
#[derive(Debug, Default)]
pub(crate) struct VariableFrame<'a> {
    bindings: RefCell<Vec<(&'a str, Datum<'a>)>>,
    parent: Option<Rc<Self>>,
    is_captured: Cell<bool>,
}

impl<'a> VariableFrame<'a> {
    /// An empty frame inside another one.
    pub(crate) fn below(parent: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self {
            bindings: RefCell::default(),
            parent: Some(Rc::clone(parent)),
            is_captured: Cell::new(false),
        })
    }

    /// A frame with the variables of a tuple.
    pub(crate) fn of_tuple(parent: &Rc<Self>, tuple: &Object<'a>) -> Rc<Self> {
        let frame = Self::below(parent);
        tuple.visit(&mut |name, value| {
            if let Some(name) = name.borrowed() {
                frame.bindings.borrow_mut().push((name, value));
            }
        });
        frame
    }

    /// Sets a variable of this frame.
    pub(crate) fn bind(&self, name: &'a str, value: Datum<'a>) {
        let mut bindings = self.bindings.borrow_mut();
        match bindings.iter_mut().find(|(known, _)| *known == name) {
            Some(binding) => binding.1 = value,
            None => bindings.push((name, value)),
        }
    }

    /// The value of a variable in this frame or one around it.
    pub(crate) fn find(&self, name: &str) -> Option<Datum<'a>> {
        let mut frame = self;
        loop {
            let bindings = frame.bindings.borrow();
            if let Some((_, value)) = bindings.iter().find(|(known, _)| *known == name) {
                return Some(value.clone());
            }
            frame = frame.parent.as_deref()?;
        }
    }

    /// Moves what the frame holds to `remains`.
    pub(crate) fn take_remains(&mut self, remains: &mut Vec<Remains<'a>>) {
        let bindings = self.bindings.get_mut().drain(..);
        remains.extend(bindings.map(|(_, value)| Remains::Datum(value)));
        remains.extend(self.parent.take().map(Remains::Frame));
    }
}

impl Drop for VariableFrame<'_> {
    fn drop(&mut self) {
        let mut remains = Vec::new();
        self.take_remains(&mut remains);
        dispose(remains);
    }
}

/// The frames that functions see. A function in such a frame may hold the frame itself, so that
/// neither would ever be dropped.
#[derive(Debug, Default)]
pub(super) struct CapturedFrames<'a> {
    frames: Vec<Weak<VariableFrame<'a>>>,
    /// How many frames there are before those that are gone are forgotten.
    purge_at: usize,
    charge: Option<MemoryCharge<'a>>,
}

/// What an entry of the list takes, with what is left of a frame that is gone.
const ENTRY_BYTES: usize = 96;

impl<'a> CapturedFrames<'a> {
    pub(super) fn add(
        &mut self,
        frame: &Rc<VariableFrame<'a>>,
        meter: &Rc<EvaluationMeter<'a>>,
    ) -> Evaluated<()> {
        // A function is often bound in a frame around the one that it sees.
        let mut next = Some(frame);
        while let Some(frame) = next {
            if frame.is_captured.replace(true) {
                break;
            }
            self.push(frame, meter)?;
            next = frame.parent.as_ref();
        }
        Ok(())
    }

    fn push(
        &mut self,
        frame: &Rc<VariableFrame<'a>>,
        meter: &Rc<EvaluationMeter<'a>>,
    ) -> Evaluated<()> {
        if self.frames.len() >= self.purge_at {
            self.frames.retain(|frame| frame.strong_count() > 0);
            self.purge_at = (2 * self.frames.len()).max(1_000);
            self.charge = None;
            self.charge = Some(meter.charge(self.purge_at * ENTRY_BYTES)?);
        }
        self.frames.push(Rc::downgrade(frame));
        Ok(())
    }
}

/// Empties the frames, so that they can be dropped.
impl Drop for CapturedFrames<'_> {
    fn drop(&mut self) {
        let frames: Vec<Rc<VariableFrame<'_>>> =
            self.frames.iter().filter_map(Weak::upgrade).collect();
        for frame in &frames {
            let bindings = std::mem::take(&mut *frame.bindings.borrow_mut());
            dispose(bindings.into_iter().map(|(_, value)| Remains::Datum(value)).collect());
        }
    }
}
