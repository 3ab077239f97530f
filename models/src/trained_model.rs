//! A trained model of one view, and `detect`: everything that decides a score, called by browser, server and command line alike.
//!
//! In: a [`RecordBatch`]. Out: [`Detections`], columns of scores in the same row order. Each row's result depends on that row alone, with
//! the same bits on every target: sums run in a fixed order, there is no fused multiply-add, and `libm` gives the transcendental functions.

use std::sync::Arc;

use crate::artifact::ModelCard;
use crate::autoencoder::NetworkScratch;
use crate::calibration::{Calibration, risk};
use crate::detector::{Detector, DetectorKind};
use crate::ensemble::{HeldOut, Hybrid, calibrate, combine, evidence};
use crate::explain::FeatureShare;
use crate::preprocess::{EncodedBlock, N_LANES, Preprocess};
use crate::profile::FeatureProfile;
use crate::projection::Projection;
use crate::record::RecordBatch;
use crate::schema::View;

/// A detector with the calibration of its scores.
#[derive(Clone, Debug)]
pub struct Member {
    /// The fitted detector.
    pub detector: Arc<dyn Detector>,
    /// From its raw scores to p.
    pub calibration: Calibration,
    /// Its weight in the ensemble, ≥ 0; only ratios matter. A supervised member has none: it counts in the hybrid.
    pub weight: f32,
}

/// Everything that scores and explains records of one view.
#[derive(Clone, Debug)]
pub struct TrainedModel {
    /// From records to detector inputs.
    pub preprocess: Preprocess,
    /// The detectors, in the order of all score columns.
    pub members: Vec<Member>,
    /// From the members' weighted mean −log₁₀ p to the ensemble's p.
    pub ensemble: Calibration,
    /// The verdict with the supervised member, where there is one.
    pub hybrid: Option<Hybrid>,
    /// What the calibrations of ensemble and hybrid were fitted on.
    pub held_out: HeldOut,
    /// The map.
    pub projection: Projection,
    /// What is usual, feature by feature.
    pub profile: Vec<FeatureProfile>,
    /// Where the model comes from and how good it is.
    pub card: ModelCard,
}

/// The ensemble as a column of scores.
pub const ENSEMBLE: DetectorKind = DetectorKind {
    name: "ensemble",
    title: "Ensemble",
};

/// The hybrid as a column of scores.
pub const HYBRID: DetectorKind = DetectorKind {
    name: "hybrid",
    title: "Ensemble with known attacks",
};

/// Results of a batch by column; every vector has one entry per row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detections {
    /// Raw scores, one vector per column of [`TrainedModel::columns`].
    pub raw: Vec<Vec<f32>>,
    /// Risks 0..=100, likewise.
    pub column_risk: Vec<Vec<f32>>,
    /// Weighted mean −log₁₀ p of the members: the ensemble's raw score.
    pub combined: Vec<f32>,
    /// Risk 0..=100 of the ensemble.
    pub risk: Vec<f32>,
    /// Position on the map along both axes.
    pub position: [Vec<f32>; 2],
    /// Hash of the row's features: equal for equal rows.
    pub row_hash: Vec<u64>,
}

impl Detections {
    /// Adds the rows of another batch of the same model.
    pub fn append(&mut self, other: &Detections) {
        let n_columns = other.raw.len();
        self.raw.resize(n_columns, Vec::new());
        self.column_risk.resize(n_columns, Vec::new());
        for index in 0..n_columns {
            self.raw[index].extend_from_slice(&other.raw[index]);
            self.column_risk[index].extend_from_slice(&other.column_risk[index]);
        }
        self.combined.extend_from_slice(&other.combined);
        self.risk.extend_from_slice(&other.risk);
        self.position[0].extend_from_slice(&other.position[0]);
        self.position[1].extend_from_slice(&other.position[1]);
        self.row_hash.extend_from_slice(&other.row_hash);
    }
}

impl TrainedModel {
    /// The view whose records it scores.
    pub fn view(&self) -> View {
        self.preprocess.view()
    }

    /// What the score columns beside the ensemble's are: the members in order, then the hybrid where there is one.
    pub fn columns(&self) -> Vec<DetectorKind> {
        let members = self.members.iter().map(|member| member.detector.kind());
        members
            .chain(self.hybrid.as_ref().map(|_| HYBRID))
            .collect()
    }

    /// The calibration of each of [`TrainedModel::columns`].
    pub fn column_calibrations(&self) -> Vec<&Calibration> {
        let members = self.members.iter().map(|member| &member.calibration);
        let hybrid = self.hybrid.iter().map(|hybrid| &hybrid.calibration);
        members.chain(hybrid).collect()
    }

    /// The probability of an attack that a raw score of one of [`TrainedModel::columns`] stands for; `None` of all but supervised detectors.
    pub fn attack_probability(&self, column: usize, score: f32) -> Option<f32> {
        self.members.get(column)?.detector.attack_probability(score)
    }

    /// The same detectors with other weights in the ensemble, by detector name; ensemble and hybrid are calibrated anew.
    ///
    /// # Errors
    /// A sentence where a name is unknown, a weight is not in 0..=1000, all are 0, or a supervised detector is given one.
    pub fn with_weights(mut self, weights: &[(String, f32)]) -> Result<Self, String> {
        let unsupervised = self.members.iter().map(|member| &member.detector);
        let names: Vec<&str> = unsupervised
            .filter(|detector| !detector.is_supervised())
            .map(|detector| detector.kind().name)
            .collect();
        for (name, weight) in weights {
            let member = self
                .members
                .iter_mut()
                .find(|member| member.detector.kind().name == name)
                .ok_or_else(|| {
                    format!(
                        "expected one of the detectors {}, found \"{name}\"",
                        names.join(", ")
                    )
                })?;
            member.weight = *weight;
        }
        let novelty_weight = self
            .hybrid
            .as_ref()
            .map_or(0.0, |hybrid| hybrid.novelty_weight);
        (self.ensemble, self.hybrid) = calibrate(&self.members, &self.held_out, novelty_weight)?;
        Ok(self)
    }
}

/// Values kept per distinct row: raw and risk of each column, combined, risk, two coordinates.
const MAX_MEMBERS: usize = 6;
const MAX_COLUMNS: usize = MAX_MEMBERS + 1;
const N_VALUES: usize = 2 * MAX_COLUMNS + 4;

/// Rows remembered so that floods of copies are scored once. Direct-mapped: 2^14 rows are 4 MB for the widest view.
const N_CACHED_ROWS: usize = 1 << 14;

/// Scores batches with one model; owns the working memory, which is bounded and reused.
#[derive(Debug)]
pub struct Scorer {
    model: Arc<TrainedModel>,
    block: EncodedBlock,
    scratch: NetworkScratch,
    cache: RowCache,
    reasons: Vec<(u64, Vec<FeatureShare>)>,
    key: Vec<u32>,
    values: Vec<[f32; N_VALUES]>,
    waiting: Vec<usize>,
}

impl Scorer {
    /// Prepares to score with a model.
    pub fn new(model: Arc<TrainedModel>) -> Self {
        let cache = RowCache::new(model.view().n_features());
        Self {
            model,
            block: EncodedBlock::default(),
            scratch: NetworkScratch::default(),
            cache,
            reasons: vec![(0, Vec::new()); N_CACHED_ROWS],
            key: Vec::new(),
            values: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// The model it scores with.
    pub fn model(&self) -> &Arc<TrainedModel> {
        &self.model
    }

    /// Scores every row of a batch. A batch of another view gives no rows.
    pub fn detect(&mut self, batch: &RecordBatch) -> Detections {
        let n_rows = if batch.view() == self.model.view() {
            batch.n_rows()
        } else {
            0
        };
        self.values.clear();
        self.values.resize(n_rows, [0.0; N_VALUES]);
        let mut row_hash = Vec::with_capacity(n_rows);
        for row in 0..n_rows {
            self.key.clear();
            self.key
                .extend(batch.columns().iter().map(|column| column.bits(row)));
            let hash = hash_row(&self.key);
            row_hash.push(hash);
            match self.cache.get(hash, &self.key) {
                Some(values) => self.values[row] = *values,
                None => self.waiting.push(row),
            }
            if self.waiting.len() == N_LANES {
                self.score_waiting(batch, &row_hash);
            }
        }
        self.score_waiting(batch, &row_hash);
        self.collect(row_hash)
    }

    fn score_waiting(&mut self, batch: &RecordBatch, row_hash: &[u64]) {
        if self.waiting.is_empty() {
            return;
        }
        let model = Arc::clone(&self.model);
        model
            .preprocess
            .encode(batch, &self.waiting, &mut self.block);
        let raw: Vec<_> = model
            .members
            .iter()
            .map(|member| member.detector.score(&self.block, &mut self.scratch))
            .collect();
        let position = model.projection.project(&self.block);
        for (lane, row) in self.waiting.drain(..).enumerate() {
            let values = &mut self.values[row];
            let mut evidences = [0.0; MAX_MEMBERS];
            for (index, (member, raw)) in model.members.iter().zip(&raw).enumerate() {
                let p = member.calibration.p_value(raw[lane]);
                evidences[index] = evidence(p);
                values[index] = raw[lane];
                values[MAX_COLUMNS + index] = risk(p);
            }
            let combined = combine(&model.members, evidences);
            if let Some(hybrid) = &model.hybrid {
                let index = model.members.len();
                values[index] = hybrid.combine(evidences[hybrid.member], combined);
                values[MAX_COLUMNS + index] = risk(hybrid.calibration.p_value(values[index]));
            }
            values[2 * MAX_COLUMNS..].copy_from_slice(&[
                combined,
                risk(model.ensemble.p_value(combined)),
                position[0][lane],
                position[1][lane],
            ]);
            self.key.clear();
            self.key
                .extend(batch.columns().iter().map(|column| column.bits(row)));
            self.cache.insert(row_hash[row], &self.key, *values);
        }
    }

    fn collect(&self, row_hash: Vec<u64>) -> Detections {
        let column = |index: usize| {
            self.values
                .iter()
                .map(|values| values[index])
                .collect::<Vec<f32>>()
        };
        let n_columns = self.model.members.len() + usize::from(self.model.hybrid.is_some());
        Detections {
            raw: (0..n_columns).map(column).collect(),
            column_risk: (0..n_columns)
                .map(|index| column(MAX_COLUMNS + index))
                .collect(),
            combined: column(2 * MAX_COLUMNS),
            risk: column(2 * MAX_COLUMNS + 1),
            position: [column(2 * MAX_COLUMNS + 2), column(2 * MAX_COLUMNS + 3)],
            row_hash,
        }
    }

    /// What [`Scorer::remember_reasons`] last kept for a row's hash; a collision of 64 bits would misname a reason, never a score.
    pub(crate) fn known_reasons(&self, hash: u64) -> Option<Vec<FeatureShare>> {
        let (known, reasons) = &self.reasons[hash as usize % N_CACHED_ROWS];
        (*known == hash && !reasons.is_empty()).then(|| reasons.clone())
    }

    pub(crate) fn remember_reasons(&mut self, hash: u64, reasons: &[FeatureShare]) {
        self.reasons[hash as usize % N_CACHED_ROWS] = (hash, reasons.to_vec());
    }

    /// Working memory for explanations, which encode one row at a time.
    pub(crate) fn encode_one(
        &mut self,
        batch: &RecordBatch,
        row: usize,
    ) -> (&EncodedBlock, &mut NetworkScratch) {
        self.model.preprocess.encode(batch, &[row], &mut self.block);
        (&self.block, &mut self.scratch)
    }
}

/// Most members that a model may have.
pub const MAX_MODEL_MEMBERS: usize = MAX_MEMBERS;

/// Hash of a row's bits; multiply and fold (after Steele, Lea and Flood's SplitMix64), one 64-bit lane, the same everywhere.
fn hash_row(key: &[u32]) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15u64;
    for pair in key.chunks(2) {
        let word = u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32;
        hash = (hash ^ word).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash ^= hash >> 29;
    }
    hash = hash.wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 32
}

/// The last row seen in each slot, with its values; keys are compared in full, so that a collision costs time and never a wrong score.
#[derive(Debug)]
struct RowCache {
    n_features: usize,
    is_filled: Vec<bool>,
    hashes: Vec<u64>,
    keys: Vec<u32>,
    values: Vec<[f32; N_VALUES]>,
}

impl RowCache {
    fn new(n_features: usize) -> Self {
        Self {
            n_features,
            is_filled: vec![false; N_CACHED_ROWS],
            hashes: vec![0; N_CACHED_ROWS],
            keys: vec![0; N_CACHED_ROWS * n_features],
            values: vec![[0.0; N_VALUES]; N_CACHED_ROWS],
        }
    }

    fn get(&self, hash: u64, key: &[u32]) -> Option<&[f32; N_VALUES]> {
        let slot = hash as usize % N_CACHED_ROWS;
        let is_same = self.is_filled[slot]
            && self.hashes[slot] == hash
            && self.keys[slot * self.n_features..][..self.n_features] == *key;
        is_same.then(|| &self.values[slot])
    }

    fn insert(&mut self, hash: u64, key: &[u32], values: [f32; N_VALUES]) {
        let slot = hash as usize % N_CACHED_ROWS;
        self.is_filled[slot] = true;
        self.hashes[slot] = hash;
        self.keys[slot * self.n_features..][..self.n_features].copy_from_slice(key);
        self.values[slot] = values;
    }
}
