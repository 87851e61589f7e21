//! Slots for calls: how many calls of one function are made at once.

use model::TaskCall;

/// Bounds the calls that are made at once, so that those of a slow function leave room for others,
/// and so that a task's time begins when its function does.
///
/// An implementation without bounds of its own always has a slot: AWS bounds the calls of a Lambda
/// function itself.
pub trait CallSlots {
    /// Takes a slot for this call, which the present delivery is about to claim. The delivery gives it
    /// back when it ends, or when it takes another.
    ///
    /// Returns false if none is free. Then nothing that claims the call may be appended. A delivery
    /// that has nothing else to append ends with [`crate::Disposition::AwaitSlot`]; one that has sends
    /// a message for what follows.
    fn take_call_slot(&self, call: &TaskCall) -> bool {
        let _ = call;
        true
    }
}
