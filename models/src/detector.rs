//! The detectors as one closed set, and what all of them promise.
//!
//! Every detector gives a raw score per record, and **a higher score is more anomalous**. Raw scores of different detectors are on
//! different scales; [`crate::calibration`] makes them comparable.

use serde::{Deserialize, Serialize};

use crate::autoencoder::{Autoencoder, NetworkScratch};
use crate::isolation_forest::IsolationForest;
use crate::preprocess::{EncodedBlock, Input, Lanes, Preprocess};

/// The kinds of detectors that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectorKind {
    /// [`IsolationForest`].
    IsolationForest,
    /// [`Autoencoder`].
    Autoencoder,
}

impl DetectorKind {
    /// Name in files, API and columns: `isolation_forest`, `autoencoder`.
    pub fn name(self) -> &'static str {
        match self {
            Self::IsolationForest => "isolation_forest",
            Self::Autoencoder => "autoencoder",
        }
    }

    /// Name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::IsolationForest => "Isolation forest",
            Self::Autoencoder => "Autoencoder",
        }
    }
}

/// A fitted detector.
#[derive(Clone, Debug, PartialEq)]
pub enum Detector {
    /// Random cuts.
    IsolationForest(IsolationForest),
    /// Reconstruction error.
    Autoencoder(Autoencoder),
}

impl Detector {
    /// Which kind it is.
    pub fn kind(&self) -> DetectorKind {
        match self {
            Self::IsolationForest(_) => DetectorKind::IsolationForest,
            Self::Autoencoder(_) => DetectorKind::Autoencoder,
        }
    }

    /// Raw score of each lane; higher is more anomalous.
    pub fn score(&self, block: &EncodedBlock, scratch: &mut NetworkScratch) -> Lanes {
        match self {
            Self::IsolationForest(forest) => forest.score(block),
            Self::Autoencoder(network) => network.score(block, scratch),
        }
    }

    /// How much each feature of the view pushed the score of one lane up, on the detector's own scale; negative pushes are down.
    pub fn contributions(
        &self,
        preprocess: &Preprocess,
        block: &EncodedBlock,
        lane: usize,
        scratch: &mut NetworkScratch,
    ) -> Vec<f32> {
        match self {
            Self::IsolationForest(forest) => by_feature(
                preprocess,
                preprocess.tree_inputs(),
                &forest.contributions(block, lane),
            ),
            Self::Autoencoder(network) => by_feature(
                preprocess,
                preprocess.network_inputs(),
                &network.contributions(block, lane, scratch),
            ),
        }
    }

    /// Checks that the detector reads what the preprocessing writes.
    ///
    /// # Errors
    /// A sentence with both widths.
    pub fn check_width(&self, preprocess: &Preprocess) -> Result<(), String> {
        let (expected, found) = match self {
            Self::IsolationForest(forest) => (preprocess.tree_inputs().len(), forest.n_inputs()),
            Self::Autoencoder(network) => (preprocess.network_inputs().len(), network.n_inputs()),
        };
        if expected == found {
            Ok(())
        } else {
            Err(format!(
                "{}: view {} gives {expected} inputs, the detector expects {found}",
                self.kind().name(),
                preprocess.view().name()
            ))
        }
    }
}

/// Sums the contributions of inputs that are made of the same feature.
fn by_feature(preprocess: &Preprocess, inputs: &[Input], contributions: &[f32]) -> Vec<f32> {
    let mut by_feature = vec![0.0; preprocess.view().n_features()];
    for (share, input) in contributions.iter().zip(inputs) {
        by_feature[input.feature] += share;
    }
    by_feature
}
