//! The text format in which Prometheus reads metrics.
//!
//! Spec: Prometheus, "Exposition formats" § Text-based format, version 0.0.4.

use std::fmt::{Display, Write};

/// The media type of the format.
pub(crate) const EXPOSITION_MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How a metric behaves.
#[derive(Clone, Copy, Debug)]
pub(super) enum MetricKind {
    /// It only grows, until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// A text of metrics that is being written.
#[derive(Debug, Default)]
pub(super) struct ExpositionText(String);

/// The metric whose samples are being written.
pub(super) struct MetricFamily<'a> {
    name: &'static str,
    text: &'a mut String,
}

impl ExpositionText {
    /// Begins a metric. Its help is one line without a backslash.
    pub(super) fn begin_metric(
        &mut self,
        name: &'static str,
        kind: MetricKind,
        help: &str,
    ) -> MetricFamily<'_> {
        let kind = match kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
        };
        let text = &mut self.0;
        // Writing to a string cannot fail.
        writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}").ok();
        MetricFamily { name, text }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl MetricFamily<'_> {
    /// Writes the one sample of a metric without labels.
    pub(super) fn write_value(&mut self, value: impl Display) {
        self.write_sample(&[], value);
    }

    /// Writes a sample. Label values are ours: none has a quote, a backslash or a line end.
    pub(super) fn write_sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let mut pairs = String::new();
        for (label, of) in labels {
            let before = if pairs.is_empty() { "" } else { "," };
            write!(pairs, "{before}{label}=\"{of}\"").ok();
        }
        let braced = if pairs.is_empty() { pairs } else { format!("{{{pairs}}}") };
        writeln!(self.text, "{}{braced} {value}", self.name).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_has_its_help_its_type_and_its_samples() {
        let mut text = ExpositionText::default();
        let mut ends = text.begin_metric("ends_total", MetricKind::Counter, "Ends.");
        ends.write_sample(&[("type", "A"), ("status", "B")], 3);
        text.begin_metric("start_seconds", MetricKind::Gauge, "Start.").write_value(1.5);
        let expected = "# HELP ends_total Ends.\n# TYPE ends_total counter\n\
             ends_total{type=\"A\",status=\"B\"} 3\n\
             # HELP start_seconds Start.\n# TYPE start_seconds gauge\nstart_seconds 1.5\n";
        assert_eq!(text.into_text(), expected);
    }
}
