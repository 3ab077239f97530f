//! Random forest as a detector: the supervised one, fitted on the features of normal rows and attacks.

use std::sync::Arc;

use serde_json::Value;

use super::{RANDOM_FOREST, read_settings, settings_of};
use crate::artifact::ArtifactError;
use crate::autoencoder::NetworkScratch;
use crate::detector::{Contributions, Detector, DetectorKind, DetectorParams};
use crate::preprocess::{EncodedBlock, Lanes, Preprocess};
use crate::random_forest::{RandomForest, RandomForestParams};
use crate::schema::FeatureKind;
use crate::tensors::{TensorList, Tensors};
use crate::training::FitData;

impl DetectorParams for RandomForestParams {
    fn kind(&self) -> DetectorKind {
        RANDOM_FOREST
    }

    fn is_supervised(&self) -> bool {
        true
    }

    fn fit(&self, data: &FitData<'_>, seed: u64) -> Result<Arc<dyn Detector>, String> {
        let params = Self {
            seed,
            ..self.clone()
        };
        let rows = [&data.fit.rows[..], &data.attacks.rows[..]].concat();
        let is_attack: Vec<bool> = (0..rows.len())
            .map(|row| row >= data.fit.rows.len())
            .collect();
        let kinds: Vec<FeatureKind> = data.view().features().map(|feature| feature.kind).collect();
        // Copies count, but a flood does not own the fit.
        let weights: Vec<f32> = data
            .fit
            .copies
            .iter()
            .chain(&data.attacks.copies)
            .map(|&copies| libm::log1pf(copies as f32))
            .collect();
        let (forest, _) = RandomForest::fit(
            &data.feature_columns(&rows),
            &kinds,
            &is_attack,
            &weights,
            &params,
        )?;
        Ok(Arc::new(forest))
    }

    fn describe(&self) -> String {
        let candidates = self
            .n_candidates
            .map_or_else(|| "√n".to_owned(), |n| n.to_string());
        format!(
            "supervised, fitted on attacks too: {} trees of at most {} leaves and depth {}, leaves of at least weight {}, {} features tried at a node, a row weighs ln(1 + copies)",
            self.n_trees, self.max_leaves, self.max_depth, self.min_leaf_weight, candidates
        )
    }
}

impl Detector for RandomForest {
    fn kind(&self) -> DetectorKind {
        RANDOM_FOREST
    }

    fn is_supervised(&self) -> bool {
        true
    }

    fn score(&self, block: &EncodedBlock, _: &mut NetworkScratch) -> Lanes {
        self.score(block)
    }

    fn contributions(
        &self,
        _: &Preprocess,
        block: &EncodedBlock,
        lane: usize,
        _: &mut NetworkScratch,
    ) -> Contributions {
        self.contributions(block, lane)
    }

    fn explained(&self, score: f32) -> f32 {
        score
    }

    fn attack_probability(&self, score: f32) -> Option<f32> {
        Some(self.probability(score))
    }

    fn store(&self, tensors: &mut TensorList) -> Result<Value, ArtifactError> {
        settings_of(&self.store(tensors))
    }
}

/// Reads what `store` wrote.
pub(super) fn load(
    settings: Value,
    tensors: &Tensors<'_>,
    preprocess: &Preprocess,
) -> Result<Arc<dyn Detector>, ArtifactError> {
    let stored = read_settings(RANDOM_FOREST, settings)?;
    Ok(Arc::new(RandomForest::load(stored, tensors, preprocess)?))
}
