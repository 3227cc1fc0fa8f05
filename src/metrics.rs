//! Counters and histograms of a masker, in Prometheus' text format. Labels are kinds, verbs and error codes: never a value.

use crate::error::{Code, Error, Result};
use prometheus::{
    exponential_buckets, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
};
use std::time::Duration;

/// What a masker counts. Thread-safe; lock-free once a label is known.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    masked: IntCounterVec,
    restored: IntCounter,
    refused: IntCounterVec,
    engine: Histogram,
    store: Histogram,
}

impl Metrics {
    /// All counters at zero.
    pub fn new() -> Metrics {
        let seconds = HistogramVec::new(
            HistogramOpts::new("aws_masker_seconds", "Time spent, by part of the work.")
                .buckets(exponential_buckets(0.000_01, 4.0, 10).expect(STATIC)),
            &["part"],
        )
        .expect(STATIC);
        let metrics = Metrics {
            registry: Registry::new(),
            masked: vector("aws_masker_masked_total", "Identifiers replaced by tokens.", "kind"),
            restored: IntCounter::new("aws_masker_restored_total", "Tokens replaced by originals.").expect(STATIC),
            refused: vector("aws_masker_refused_total", "Requests refused.", "code"),
            engine: seconds.with_label_values(&["engine"]),
            store: seconds.with_label_values(&["store"]),
        };
        let collectors: [Box<dyn prometheus::core::Collector>; 4] = [
            Box::new(metrics.masked.clone()),
            Box::new(metrics.restored.clone()),
            Box::new(metrics.refused.clone()),
            Box::new(seconds),
        ];
        for collector in collectors {
            metrics.registry.register(collector).expect(STATIC);
        }
        metrics
    }

    pub(crate) fn masked(&self, kind: &str, count: u64) {
        self.masked.with_label_values(&[kind]).inc_by(count);
    }

    pub(crate) fn restored(&self, count: u64) {
        self.restored.inc_by(count);
    }

    pub(crate) fn refused(&self, code: Code) {
        self.refused.with_label_values(&[&code.to_string()]).inc();
    }

    pub(crate) fn engine(&self, time: Duration) {
        self.engine.observe(time.as_secs_f64());
    }

    pub(crate) fn store(&self, time: Duration) {
        self.store.observe(time.as_secs_f64());
    }

    /// The metrics in Prometheus' text exposition format.
    ///
    /// # Errors
    /// `AWS_MASKER_6002` if they cannot be written.
    pub fn text(&self) -> Result<String> {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .map_err(|_| Error::new(Code::Json, "The metrics could not be written."))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

/// Why an `expect` on a metric's definition cannot fail.
const STATIC: &str = "names and labels are constants of this file";

fn vector(name: &str, help: &str, label: &str) -> IntCounterVec {
    IntCounterVec::new(Opts::new(name, help), &[label]).expect(STATIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::new();
        metrics.masked("AWS_EC2", 2);
        metrics.restored(3);
        metrics.refused(Code::StoreUnavailable);
        metrics.engine(Duration::from_micros(5));
        let text = metrics.text().unwrap();
        assert!(text.contains("aws_masker_masked_total{kind=\"AWS_EC2\"} 2"), "{text}");
        assert!(text.contains("aws_masker_restored_total 3"));
        assert!(text.contains("aws_masker_refused_total{code=\"AWS_MASKER_1001\"} 1"));
        assert!(text.contains("aws_masker_seconds_count{part=\"engine\"} 1"));
    }
}
