//! A forest in a model file.
//!
//! In and out: `inputs` (one per node), `threshold_high` and `threshold_low` (the upper and the lower 16 bits of each cut: the lower ones are
//! mostly 0 and cost nothing apart), `leaf_sizes`. Nothing read is trusted.

use serde::{Deserialize, Serialize};

use super::IsolationForest;
use crate::artifact::ArtifactError;
use crate::preprocess::Preprocess;
use crate::schema::FeatureKind;
use crate::tensors::{TensorList, Tensors};

/// What a model file holds beside the arrays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredIsolationForest {
    n_samples: usize,
    category_features: Vec<u16>,
}

impl IsolationForest {
    /// Writes the arrays and returns the rest.
    pub(crate) fn store(&self, tensors: &mut TensorList) -> StoredIsolationForest {
        let bits = || self.thresholds.iter().map(|threshold| threshold.to_bits());
        let n_cuts = self.thresholds.len();
        tensors.u8s("inputs", &[self.inputs.len()], &self.inputs);
        tensors.u16s(
            "threshold_high",
            &[n_cuts],
            bits().map(|bits| (bits >> 16) as u16),
        );
        tensors.u16s("threshold_low", &[n_cuts], bits().map(|bits| bits as u16));
        let sizes = self.leaf_sizes.iter().copied();
        tensors.u16s("leaf_sizes", &[self.leaf_sizes.len()], sizes);
        StoredIsolationForest {
            n_samples: self.n_samples,
            category_features: self.category_features.clone(),
        }
    }

    /// Reads back what [`IsolationForest::store`] wrote, for the view of a preprocessing.
    ///
    /// # Errors
    /// Where an array lacks, has another size, or holds what no fit would write.
    pub(crate) fn load(
        stored: StoredIsolationForest,
        tensors: &Tensors<'_>,
        preprocess: &Preprocess,
    ) -> Result<Self, ArtifactError> {
        let inconsistent =
            |problem: &str| ArtifactError::Inconsistent(format!("isolation forest: {problem}"));
        let features = preprocess.view().features();
        let are_categories = stored.category_features.iter().all(|&feature| {
            let feature = features.clone().nth(usize::from(feature));
            feature.is_some_and(|feature| feature.kind == FeatureKind::Category)
        });
        if !are_categories || stored.category_features.len() > features.len() {
            return Err(inconsistent("expected categorical features of the view"));
        }
        let (high, low) = (
            tensors.u16s("threshold_high")?,
            tensors.u16s("threshold_low")?,
        );
        if high.len() != low.len() {
            return Err(inconsistent(
                "expected as many upper as lower halves of cuts",
            ));
        }
        let halves = high.into_iter().zip(low);
        let thresholds = halves
            .map(|(high, low)| f32::from_bits(u32::from(high) << 16 | u32::from(low)))
            .collect();
        Self::assemble(
            preprocess.tree_inputs().len(),
            stored.category_features,
            stored.n_samples,
            tensors.u8s("inputs")?,
            thresholds,
            tensors.u16s("leaf_sizes")?,
        )
        .map_err(ArtifactError::Inconsistent)
    }
}
