//! Which visit each event belongs to.

use super::visit::{VisitIndex, VisitScope};

/// What the events after an event may go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventPlace {
    /// The execution itself.
    Execution,
    /// Whatever a redrive resumes.
    Redrive,
    /// A visit.
    Visit(VisitIndex),
    /// A Parallel whose branches begin.
    Branches(VisitIndex),
    /// A scope that begins.
    Start(VisitScope),
}

/// The places of events, whose ids ascend.
#[derive(Clone, Debug, Default)]
pub(super) struct EventPlaces {
    ids: Vec<u64>,
    places: Vec<EventPlace>,
}

impl EventPlaces {
    pub(super) fn add_place(&mut self, id: u64, place: EventPlace) {
        self.ids.push(id);
        self.places.push(place);
    }

    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn last_id(&self) -> u64 {
        self.ids.last().copied().unwrap_or_default()
    }

    pub(super) fn place_of(&self, id: u64) -> Option<EventPlace> {
        // Ids have no gaps unless events are missing.
        let distance = id.checked_sub(*self.ids.first()?)?;
        let guess = usize::try_from(distance).ok().filter(|at| self.ids.get(*at) == Some(&id));
        let at = guess.or_else(|| self.ids.binary_search(&id).ok())?;
        self.places.get(at).copied()
    }
}
