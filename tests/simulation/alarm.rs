//! An ERROR event of `tracing` fails the run whose thread emitted it.

use std::{cell::RefCell, fmt};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

thread_local! {
    static ERRORS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Starts to collect ERROR events.
pub(crate) fn install_collector() {
    // Another test of this process may have installed the same collector already.
    drop(tracing::subscriber::set_global_default(ErrorEventCollector));
}

/// The errors of this thread since the previous call.
pub(crate) fn take_errors() -> Vec<String> {
    ERRORS.take()
}

struct ErrorEventCollector;

impl Subscriber for ErrorEventCollector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _span: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, _values: &span::Record<'_>) {}

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = EventText(event.metadata().target().to_owned());
        event.record(&mut text);
        ERRORS.with_borrow_mut(|errors| errors.push(text.0));
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}

struct EventText(String);

impl Visit for EventText {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        use fmt::Write as _;
        write!(self.0, " {field}={value:?}").expect("a String takes any text");
    }
}
