//! Isolation forest as a detector: fitted on the tree encoding of normal rows.

use std::sync::Arc;

use serde_json::Value;

use super::{ISOLATION_FOREST, read_settings, settings_of};
use crate::artifact::ArtifactError;
use crate::autoencoder::NetworkScratch;
use crate::detector::{Contributions, Detector, DetectorKind, DetectorParams};
use crate::isolation_forest::{
    CategoryColumn, CategoryCuts, IsolationForest, IsolationForestParams,
};
use crate::preprocess::{EncodedBlock, Lanes, Preprocess};
use crate::schema::FeatureKind;
use crate::tensors::{TensorList, Tensors};
use crate::training::FitData;

impl DetectorParams for IsolationForestParams {
    fn kind(&self) -> DetectorKind {
        ISOLATION_FOREST
    }

    fn fit(&self, data: &FitData<'_>, seed: u64) -> Result<Arc<dyn Detector>, String> {
        let params = Self {
            seed,
            ..self.clone()
        };
        let rows = &data.fit.rows;
        Ok(Arc::new(IsolationForest::fit_with_categories(
            &data.tree_columns(rows),
            &category_columns(data, rows),
            &params,
        )))
    }

    fn describe(&self) -> String {
        let depth = self.max_depth.map_or_else(
            || "⌈log₂ rows⌉".to_owned(),
            |max_depth| max_depth.to_string(),
        );
        let categories = match self.category_cuts {
            CategoryCuts::BySurprise => "cut by surprise",
            CategoryCuts::OneAgainstRest => "also cut one against the rest",
        };
        format!(
            "{} trees on at most {} rows each, depth {depth}, at least {} rows to be cut, {:.0} % of the cuts by pooled gain, categories {categories}",
            self.n_trees,
            self.n_samples,
            self.min_cut_rows,
            self.pooled_gain_share * 100.0
        )
    }
}

fn category_columns(data: &FitData<'_>, rows: &[usize]) -> Vec<CategoryColumn> {
    let columns = data.feature_columns(rows);
    let features = data.view().features().zip(columns).enumerate();
    features
        .filter(|(_, (feature, _))| feature.kind == FeatureKind::Category)
        .map(|(feature, (_, codes))| CategoryColumn { feature, codes })
        .collect()
}

impl Detector for IsolationForest {
    fn kind(&self) -> DetectorKind {
        ISOLATION_FOREST
    }

    fn score(&self, block: &EncodedBlock, _: &mut NetworkScratch) -> Lanes {
        self.score(block)
    }

    fn contributions(
        &self,
        preprocess: &Preprocess,
        block: &EncodedBlock,
        lane: usize,
        _: &mut NetworkScratch,
    ) -> Contributions {
        self.contributions_by_feature(preprocess, block, lane)
    }

    fn explained(&self, score: f32) -> f32 {
        self.explained(score)
    }

    fn store(&self, tensors: &mut TensorList) -> Result<Value, ArtifactError> {
        settings_of(&self.store(tensors))
    }
}

pub(super) fn load(
    settings: Value,
    tensors: &Tensors<'_>,
    preprocess: &Preprocess,
) -> Result<Arc<dyn Detector>, ArtifactError> {
    let stored = read_settings(ISOLATION_FOREST, settings)?;
    Ok(Arc::new(IsolationForest::load(
        stored, tensors, preprocess,
    )?))
}
