//! A stopwatch around a detector's parameters: `oddflow train` says how long each fit took; `models` itself reads no clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use models::detector::{Detector, DetectorKind, DetectorParams};
use models::training::FitData;

/// Seconds of each fit, by view and detector; clones write into the same table.
#[derive(Clone, Debug, Default)]
pub(super) struct FitTimes(Arc<Mutex<SecondsOfFits>>);

/// Seconds by name of view, then by name of detector.
pub(super) type SecondsOfFits = BTreeMap<&'static str, BTreeMap<&'static str, f64>>;

impl FitTimes {
    /// The same parameters, timed.
    pub(super) fn of(&self, detector: Arc<dyn DetectorParams>) -> Arc<dyn DetectorParams> {
        Arc::new(Timed {
            detector,
            times: self.clone(),
        })
    }

    /// What was measured so far.
    pub(super) fn seconds(&self) -> SecondsOfFits {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, view: &'static str, detector: &'static str, seconds: f64) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(view)
            .or_default()
            .insert(detector, seconds);
    }
}

/// Parameters that fit as they did, and note how long that took.
#[derive(Debug)]
struct Timed {
    detector: Arc<dyn DetectorParams>,
    times: FitTimes,
}

impl DetectorParams for Timed {
    fn kind(&self) -> DetectorKind {
        self.detector.kind()
    }

    fn is_supervised(&self) -> bool {
        self.detector.is_supervised()
    }

    fn fit(&self, data: &FitData<'_>, seed: u64) -> Result<Arc<dyn Detector>, String> {
        let started = Instant::now();
        let fitted = self.detector.fit(data, seed)?;
        let seconds = started.elapsed().as_secs_f64();
        let (view, detector) = (data.view().name(), self.kind().name);
        self.times.add(view, detector, seconds);
        eprintln!("{view}: {detector} fitted in {seconds:.2} s");
        Ok(fitted)
    }

    fn describe(&self) -> String {
        self.detector.describe()
    }
}
