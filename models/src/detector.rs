//! What every detector promises, so that the set of detectors stays open.
//!
//! A detector gives a raw score per record, and **a higher score is more anomalous**. Raw scores of different detectors are on different
//! scales; [`crate::calibration`] makes them comparable. ARCHITECTURE.md, "How to add", has the few steps to a new one; `models/tests/toy_detector.rs` takes them.

use std::fmt::Debug;
use std::sync::Arc;

use serde_json::Value;

use crate::artifact::ArtifactError;
use crate::autoencoder::NetworkScratch;
use crate::preprocess::{EncodedBlock, Input, Lanes, Preprocess};
use crate::shipped_detectors;
use crate::tensors::{TensorList, Tensors};
use crate::training::FitData;

/// Name of a kind of detectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DetectorKind {
    /// In files, API and columns: `isolation_forest`.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
}

/// A fitted detector.
pub trait Detector: Debug + Send + Sync {
    /// Which kind it is.
    fn kind(&self) -> DetectorKind;

    /// Raw score of each lane, a finite number; higher is more anomalous. A lane's score depends on that lane alone.
    fn score(&self, block: &EncodedBlock, scratch: &mut NetworkScratch) -> Lanes;

    /// How much each feature of the view pushed the score of one lane, on a scale of the detector's own; see [`Detector::explained`].
    fn contributions(
        &self,
        preprocess: &Preprocess,
        block: &EncodedBlock,
        lane: usize,
        scratch: &mut NetworkScratch,
    ) -> Contributions;

    /// Whether it has seen attacks: such a detector counts in the hybrid and not in the ensemble.
    fn is_supervised(&self) -> bool {
        false
    }

    /// What [`Contributions::total`] is, of a record with this raw score: a rising function of it.
    fn explained(&self, score: f32) -> f32;

    /// The probability of an attack that a raw score stands for; `None` of detectors that are not supervised.
    fn attack_probability(&self, _score: f32) -> Option<f32> {
        None
    }

    /// Puts the arrays into `tensors` and returns the settings.
    ///
    /// # Errors
    /// Where the settings cannot be written as JSON.
    fn store(&self, tensors: &mut TensorList) -> Result<Value, ArtifactError>;
}

/// What each feature did to one record's score.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// What a record gets before any feature is looked at.
    pub base: f32,
    /// One entry per feature of the view; positive pushes the score up.
    pub by_feature: Vec<f32>,
}

impl Contributions {
    /// Base and features together.
    pub fn total(&self) -> f32 {
        self.base + self.by_feature.iter().sum::<f32>()
    }

    /// Sums the contributions of inputs that are made of the same feature.
    pub fn of_inputs(
        preprocess: &Preprocess,
        inputs: &[Input],
        base: f32,
        contributions: &[f32],
    ) -> Self {
        let mut by_feature = vec![0.0; preprocess.view().n_features()];
        for (share, input) in contributions.iter().zip(inputs) {
            by_feature[input.feature] += share;
        }
        Self { base, by_feature }
    }
}

/// How a detector is fitted.
pub trait DetectorParams: Debug + Send + Sync {
    /// Which kind it makes.
    fn kind(&self) -> DetectorKind;

    /// Whether it has to see attacks; without enough of them a model goes without it.
    fn is_supervised(&self) -> bool {
        false
    }

    /// Fits a detector; the same data and seed give the same one.
    ///
    /// # Errors
    /// A sentence that says why the data do not do.
    fn fit(&self, data: &FitData<'_>, seed: u64) -> Result<Arc<dyn Detector>, String>;

    /// The parameters in words, for the model card.
    fn describe(&self) -> String;
}

/// Reads what [`Detector::store`] wrote.
pub type LoadDetector =
    fn(Value, &Tensors<'_>, &Preprocess) -> Result<Arc<dyn Detector>, ArtifactError>;

/// The kinds of detectors that model files may hold.
#[derive(Clone, Debug)]
pub struct DetectorTypes(Vec<(DetectorKind, LoadDetector)>);

impl DetectorTypes {
    /// Those of Oddflow.
    pub fn shipped() -> Self {
        Self(shipped_detectors::LOADERS.to_vec())
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, kind: DetectorKind, load: LoadDetector) -> Self {
        self.0.push((kind, load));
        self
    }

    /// The loader of a kind.
    pub(crate) fn find(&self, name: &str) -> Option<LoadDetector> {
        self.0
            .iter()
            .find(|(kind, _)| kind.name == name)
            .map(|(_, load)| *load)
    }

    /// The names of all kinds.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|(kind, _)| kind.name).collect()
    }
}
