//! From labelled records to a trained, calibrated and measured model.
//!
//! In: the rows of a file by column, each with a label. Out: a [`TrainedModel`] whose card carries the figures on rows that nothing was
//! fitted on. The protocol (P0 and P1 in ARCHITECTURE.md): rows that are equal in all features form a group; groups are split 80 / 20; of the
//! 80, only normal rows are used, most to fit, some to stop the autoencoder, some to calibrate. Supervised detectors see the 80's attacks as well.
//!
//! # Layout
//! - this file: parameters, [`train`], [`fit_model`], figures.
//! - [`split`]: which rows are used for what; [`fit_data`]: what detectors are given.

pub mod fit_data;
pub mod split;

use std::sync::Arc;

use crate::artifact::{ModelCard, ProtocolFigures, TrainingData};
use crate::autoencoder::{AutoencoderParams, NetworkScratch};
use crate::calibration::{Calibration, DEFAULT_THRESHOLD};
use crate::density::DensityParams;
use crate::detector::{Detector, DetectorParams};
use crate::ensemble::{HeldOut, calibrate, evidence};
use crate::evaluation::{LabelledScore, ModelFigures};
use crate::isolation_forest::IsolationForestParams;
use crate::preprocess::Preprocess;
use crate::profile::FeatureProfile;
use crate::projection::Projection;
use crate::random::Random;
use crate::random_forest::RandomForestParams;
use crate::record::{RecordBatch, Vocabulary};
use crate::schema::{FeatureKind, View};
use crate::trained_model::{
    Detections, ENSEMBLE, HYBRID, MAX_MODEL_MEMBERS, Member, Scorer, TrainedModel,
};

use fit_data::for_each_block;
pub use fit_data::{FitData, network_rows};
pub use split::{DistinctRows, LabelledRecords, Split};

/// One detector of a model.
#[derive(Clone, Debug)]
pub struct MemberParams {
    /// Its weight in the ensemble, ≥ 0; a supervised one has 0.
    pub weight: f32,
    /// How it is fitted.
    pub detector: Arc<dyn DetectorParams>,
}

impl MemberParams {
    /// A detector and its weight.
    pub fn new(weight: f32, detector: impl DetectorParams + 'static) -> Self {
        Self {
            weight,
            detector: Arc::new(detector),
        }
    }
}

/// How a model is trained.
#[derive(Clone, Debug)]
pub struct TrainingParams {
    /// Seed of the split and of every detector. Default 42.
    pub seed: u64,
    /// Share of the groups that are kept for the test. Default 0.2.
    pub test_share: f64,
    /// Share of the remaining normal rows that calibrate. Default 0.2.
    pub calibration_share: f64,
    /// Share of the remaining normal rows that stop the autoencoder. Default 0.1.
    pub validation_share: f64,
    /// The detectors, 1 to 6 of different kinds.
    pub members: Vec<MemberParams>,
    /// How much the ensemble counts beside the supervised detector in the hybrid. Default 1.
    pub novelty_weight: f32,
}

impl TrainingParams {
    /// What was found best for a view on validation rows; see ARCHITECTURE.md, "Detectors".
    pub fn for_view(view: View) -> Self {
        let [forest, network, density] = ensemble_weights(view);
        Self::of_members(vec![
            MemberParams::new(forest, IsolationForestParams::for_view(view)),
            MemberParams::new(network, AutoencoderParams::for_view(view)),
            MemberParams::new(density, DensityParams::for_view(view)),
            MemberParams::new(0.0, RandomForestParams::for_view(view)),
        ])
    }

    /// The default split and these detectors.
    pub fn of_members(members: Vec<MemberParams>) -> Self {
        Self {
            seed: 42,
            test_share: 0.2,
            calibration_share: 0.2,
            validation_share: 0.1,
            members,
            novelty_weight: 1.0,
        }
    }
}

/// Weights of isolation forest, autoencoder and density, chosen on validation rows. The density finds the most attacks at 1 % false alarms,
/// the others more at 0.1 %, since they know how far beyond everything seen a value lies: equal weights lose least of either.
fn ensemble_weights(view: View) -> [f32; 3] {
    match view {
        View::Kdd41 | View::Kdd28 => [1.0, 1.0, 1.0],
        View::Kdd5 => [3.0, 1.0, 1.0],
    }
}

/// Why a model cannot be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// The rows lack columns of the view.
    #[error("the records have the features of view {have}, which does not hold those of {wanted}")]
    View {
        /// Their view.
        have: &'static str,
        /// The view asked for.
        wanted: &'static str,
    },
    /// Too few normal rows.
    #[error("expected at least {expected} normal records to {purpose}, found {found}")]
    TooFew {
        /// What they are for.
        purpose: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A number of detectors that no model may have.
    #[error("expected 1 to {MAX_MODEL_MEMBERS} detectors, found {0}")]
    Members(usize),
    /// A detector cannot be fitted.
    #[error("{problem}")]
    Detector {
        /// Its name.
        detector: &'static str,
        /// Why not.
        problem: String,
    },
    /// The scores cannot be calibrated.
    #[error("{0}")]
    Calibration(String),
}

/// Fewest normal rows that a model is fitted on.
const MIN_FIT_ROWS: usize = 256;
/// Fewest distinct attacks that a supervised detector is fitted on; a model of fewer goes without it, and its card says so.
const MIN_ATTACKS: usize = 50;

/// Trains the detectors of one view, calibrates them, and measures them on the test rows.
///
/// `name` and `sha256` describe the data on the card.
///
/// # Errors
/// See [`TrainingError`].
pub fn train(
    records: &LabelledRecords,
    view: View,
    name: &str,
    sha256: &str,
    params: &TrainingParams,
) -> Result<TrainedModel, TrainingError> {
    let split = records.split(records.batch.view(), params);
    let mut model = fit_model(records, view, &split, params)?;
    model.card.data.name = name.to_owned();
    model.card.limits.insert(0, traffic_limit(name));
    model.card.data.sha256 = sha256.to_owned();
    model.card.figures = measure(&model, records, &split);
    Ok(model)
}

/// Fits and calibrates the detectors of one view on given rows; the card has no figures, its data no name, and its limits say nothing of them.
///
/// # Errors
/// See [`TrainingError`].
pub fn fit_model(
    records: &LabelledRecords,
    view: View,
    split: &Split,
    params: &TrainingParams,
) -> Result<TrainedModel, TrainingError> {
    if split.fit.len() < MIN_FIT_ROWS {
        return Err(TrainingError::TooFew {
            purpose: "fit",
            expected: MIN_FIT_ROWS,
            found: split.fit.len(),
        });
    }
    let batch = records.batch.project(view).ok_or(TrainingError::View {
        have: records.batch.view().name(),
        wanted: view.name(),
    })?;
    let vocabularies = vocabularies_of(records, view);

    // Distinct in all features that the file has: in a narrow view many different records look alike, and their number is what makes them usual.
    let fit = DistinctRows::of(&records.batch, &split.fit);
    let attacks = DistinctRows::of(&records.batch, &split.attacks);
    let has_attacks = attacks.rows.len() >= MIN_ATTACKS;
    let mut params = params.clone();
    params
        .members
        .retain(|member| has_attacks || !member.detector.is_supervised());
    let params = &params;
    if !(1..=MAX_MODEL_MEMBERS).contains(&params.members.len()) {
        return Err(TrainingError::Members(params.members.len()));
    }
    let validation = DistinctRows::of(&records.batch, &split.validation).rows;
    let preprocess = Preprocess::fit(&batch, &vocabularies, &fit.rows);
    let batch = preprocess.recode(&batch, &vocabularies);
    let data = FitData {
        preprocess: &preprocess,
        batch: &batch,
        fit: &fit,
        validation: &validation,
        attacks: &attacks,
    };
    let calibration = DistinctRows::of(&records.batch, &split.calibration).rows;
    let (members, held_out) = fit_members(&data, &calibration, params)?;
    let (ensemble, hybrid) = calibrate(&members, &held_out, params.novelty_weight)
        .map_err(TrainingError::Calibration)?;
    let map_rows = map_rows(&batch, &fit, &attacks, params.seed);
    Ok(TrainedModel {
        projection: Projection::fit(&network_rows(&preprocess, &batch, &map_rows)),
        profile: FeatureProfile::measure_all(&batch, preprocess.vocabularies(), &split.fit),
        card: ModelCard {
            data: TrainingData {
                name: String::new(),
                sha256: String::new(),
                n_rows: records.batch.n_rows(),
                n_distinct: records.n_distinct(),
                n_fit: split.fit.len(),
                n_fit_distinct: fit.rows.len(),
                n_validation: validation.len(),
                n_calibration: calibration.len(),
                n_attacks: attacks.rows.len(),
                n_test: split.test.len(),
            },
            seed: params.seed,
            parameters: describe(params),
            figures: Vec::new(),
            limits: limits(has_attacks),
        },
        preprocess,
        members,
        ensemble,
        hybrid,
        held_out,
    })
}

/// Fits the detectors and calibrates each on held-out normal rows; what they say of those is kept.
fn fit_members(
    data: &FitData<'_>,
    calibration_rows: &[usize],
    params: &TrainingParams,
) -> Result<(Vec<Member>, HeldOut), TrainingError> {
    let detectors = params
        .members
        .iter()
        .map(|member| {
            member
                .detector
                .fit(data, params.seed)
                .map_err(|problem| TrainingError::Detector {
                    detector: member.detector.kind().name,
                    problem,
                })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let raw = raw_scores(data.preprocess, &detectors, data.batch, calibration_rows);
    let members = detectors
        .into_iter()
        .zip(&params.members)
        .zip(&raw)
        .map(|((detector, params), raw)| {
            Ok(Member {
                weight: params.weight,
                calibration: Calibration::fit(raw).map_err(TrainingError::Calibration)?,
                detector,
            })
        })
        .collect::<Result<Vec<_>, TrainingError>>()?;
    let columns: Vec<Vec<f32>> = members
        .iter()
        .zip(&raw)
        .map(|(member, raw)| {
            raw.iter()
                .map(|&raw| evidence(member.calibration.p_value(raw)))
                .collect()
        })
        .collect();
    Ok((members, HeldOut::new(&columns)))
}

/// Figures of the ensemble and every other column on all test rows (P0) and on the distinct ones (P1).
fn measure(model: &TrainedModel, records: &LabelledRecords, split: &Split) -> Vec<ProtocolFigures> {
    [("P0", &split.test), ("P1", &split.test_distinct)]
        .into_iter()
        .flat_map(|(protocol, rows)| {
            let detections = detect_rows(model, records, rows);
            let labels: Vec<u32> = rows.iter().map(|&row| records.labels[row]).collect();
            figures_of(model, &detections, &labels, &records.label_names)
                .into_iter()
                .map(move |figures| ProtocolFigures {
                    protocol: protocol.to_owned(),
                    figures,
                })
        })
        .collect()
}

/// Scores some rows of records that may have more features and other category codes than the model; none where features are missing.
pub fn detect_rows(model: &TrainedModel, records: &LabelledRecords, rows: &[usize]) -> Detections {
    let Some(batch) = records.batch.select(rows).project(model.view()) else {
        return Detections::default();
    };
    let batch = model
        .preprocess
        .recode(&batch, &vocabularies_of(records, model.view()));
    Scorer::new(Arc::new(model.clone())).detect(&batch)
}

/// Figures of the ensemble and every other column, at the default threshold.
pub fn figures_of(
    model: &TrainedModel,
    detections: &Detections,
    labels: &[u32],
    label_names: &[String],
) -> Vec<ModelFigures> {
    let figures = |name: &str, raw: &[f32], risk: &[f32]| {
        let scores: Vec<LabelledScore> = labels
            .iter()
            .zip(raw)
            .zip(risk)
            .map(|((&label, &raw), &risk)| LabelledScore { raw, risk, label })
            .collect();
        ModelFigures::compute(name, &scores, label_names, DEFAULT_THRESHOLD)
    };
    let columns = detections.raw.iter().zip(&detections.column_risk);
    std::iter::once(figures(
        ENSEMBLE.name,
        &detections.combined,
        &detections.risk,
    ))
    .chain(
        model
            .columns()
            .into_iter()
            .zip(columns)
            .map(|(kind, (raw, risk))| figures(kind.name, raw, risk)),
    )
    .collect()
}

/// The batch's vocabularies that belong to the categorical columns of a narrower view.
fn vocabularies_of(records: &LabelledRecords, view: View) -> Vec<Vocabulary> {
    let categorical = records
        .batch
        .view()
        .features()
        .filter(|feature| feature.kind == FeatureKind::Category);
    categorical
        .zip(&records.vocabularies)
        .filter(|(feature, _)| view.features().any(|wanted| wanted.name == feature.name))
        .map(|(_, vocabulary)| vocabulary.clone())
        .collect()
}

/// Raw scores of each detector.
fn raw_scores(
    preprocess: &Preprocess,
    detectors: &[Arc<dyn Detector>],
    batch: &RecordBatch,
    rows: &[usize],
) -> Vec<Vec<f32>> {
    let mut scores = vec![Vec::with_capacity(rows.len()); detectors.len()];
    let mut scratch = NetworkScratch::default();
    for_each_block(preprocess, batch, rows, |block, n_rows| {
        for (scores, detector) in scores.iter_mut().zip(detectors) {
            scores.extend_from_slice(&detector.score(block, &mut scratch)[..n_rows]);
        }
    });
    scores
}

/// Rows that the map's axes are fitted on: the fitted normal rows and as many attacks, both distinct in the view.
fn map_rows(
    batch: &RecordBatch,
    fit: &DistinctRows,
    attacks: &DistinctRows,
    seed: u64,
) -> Vec<usize> {
    let mut others = DistinctRows::of(batch, &attacks.rows).rows;
    let mut rows = DistinctRows::of(batch, &fit.rows).rows;
    let n = rows.len().min(others.len()).min(20_000);
    let mut random = Random::new(seed, 2 << 32);
    random.shuffle(&mut others);
    random.shuffle(&mut rows);
    if n > 0 {
        rows.truncate(n);
    }
    rows.extend_from_slice(&others[..n]);
    rows
}

fn describe(params: &TrainingParams) -> Vec<(String, String)> {
    let weights: Vec<String> = params
        .members
        .iter()
        .filter(|member| member.weight > 0.0)
        .map(|member| format!("{} {}", member.detector.kind().name, member.weight))
        .collect();
    let detectors = params.members.iter().map(|member| {
        let detector = &member.detector;
        (detector.kind().name.to_owned(), detector.describe())
    });
    detectors
        .chain([
            (
                ENSEMBLE.name.to_owned(),
                format!("weighted mean of −log₁₀ p: {}", weights.join(", ")),
            ),
            (
                HYBRID.name.to_owned(),
                format!(
                    "−log₁₀ p of the supervised detector + {} × the ensemble's score",
                    params.novelty_weight
                ),
            ),
            (
                "split".to_owned(),
                format!(
                    "by groups of equal rows, {:.0} % test; of the other normal rows {:.0} % calibrate and {:.0} % stop the autoencoder; seed {}",
                    params.test_share * 100.0,
                    params.calibration_share * 100.0,
                    params.validation_share * 100.0,
                    params.seed
                ),
            ),
        ])
        .collect()
}

fn traffic_limit(name: &str) -> String {
    format!(
        "Knows only the traffic of {name}. What is normal elsewhere may look odd, and the other way round: train a baseline of your own before you act on a verdict."
    )
}

fn limits(has_attacks: bool) -> Vec<String> {
    let no_attacks = format!(
        "No supervised detector: the training data have fewer than {MIN_ATTACKS} distinct attacks."
    );
    [
        "The test records come from the same traffic as the training records; on another attack mix recall is lower.",
        "A label says what the makers of the data meant, not what harm was done.",
    ]
    .into_iter()
    .chain((!has_attacks).then_some(no_attacks.as_str()))
    .map(str::to_owned)
    .collect()
}
