//! Density as a detector: fitted on the features of normal rows.

use std::sync::Arc;

use serde_json::Value;

use super::{DENSITY, read_settings, settings_of};
use crate::artifact::ArtifactError;
use crate::autoencoder::NetworkScratch;
use crate::density::{Density, DensityParams, DensityStructure, Surprise};
use crate::detector::{Contributions, Detector, DetectorKind, DetectorParams};
use crate::preprocess::{EncodedBlock, Lanes, Preprocess};
use crate::tensors::{TensorList, Tensors};
use crate::training::FitData;

impl DetectorParams for DensityParams {
    fn kind(&self) -> DetectorKind {
        DENSITY
    }

    fn fit(&self, data: &FitData<'_>, _: u64) -> Result<Arc<dyn Detector>, String> {
        let density = Density::fit(data.batch, data.preprocess, &data.fit.rows, self)?;
        Ok(Arc::new(density))
    }

    fn describe(&self) -> String {
        let structure = match self.structure {
            DensityStructure::Marginals => "a histogram per feature",
            DensityStructure::ChowLiu => "pairs along a Chow-Liu tree",
            DensityStructure::Pairs => "all pairs of features",
        };
        let surprise = match self.surprise {
            Surprise::Probability => "−ln of the probability",
            Surprise::Tail => "−ln of the tail's probability",
        };
        format!(
            "{structure}, {surprise} above {} nats, about {} bins of at most {} in ln(1 + x), values of {} % of the rows for themselves, back-off by {} rows",
            self.allowance,
            self.n_bins,
            self.max_bin_span,
            self.frequent_share * 100.0,
            self.back_off_rows
        )
    }
}

impl Detector for Density {
    fn kind(&self) -> DetectorKind {
        DENSITY
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
    let stored = read_settings(DENSITY, settings)?;
    Ok(Arc::new(Density::load(stored, tensors, preprocess)?))
}
