//! From labelled records to a trained, calibrated and measured model.
//!
//! In: the rows of a file by column, each with a label. Out: a [`TrainedModel`] whose card carries the figures on rows that nothing was
//! fitted on. The protocol (P0 and P1 in ARCHITECTURE.md): rows that are equal in all features form a group; groups are split 80 / 20; of the
//! 80, only normal rows are used, most to fit, some to stop the autoencoder, some to calibrate.

use std::collections::{HashMap, HashSet};

use ndarray::Array2;

use crate::artifact::{ModelCard, ProtocolFigures, TrainingData};
use crate::autoencoder::{
    Autoencoder, AutoencoderParams, HiddenLayer, NetworkScratch, TrainingCurve,
};
use crate::calibration::{Calibration, DEFAULT_THRESHOLD};
use crate::detector::{Detector, DetectorKind};
use crate::evaluation::{LabelledScore, ModelFigures, is_normal_label};
use crate::isolation_forest::{IsolationForest, IsolationForestParams};
use crate::preprocess::{EncodedBlock, N_LANES, Preprocess};
use crate::profile::FeatureProfile;
use crate::projection::Projection;
use crate::random::Random;
use crate::record::{RecordBatch, Vocabulary};
use crate::schema::View;
use crate::trained_model::{Detections, Member, Scorer, TrainedModel, combine};

/// The rows of a labelled file.
#[derive(Clone, Debug)]
pub struct LabelledRecords {
    /// Their features.
    pub batch: RecordBatch,
    /// What the batch's category codes mean, one entry per categorical column.
    pub vocabularies: Vec<Vocabulary>,
    /// One index into `label_names` per row.
    pub labels: Vec<u32>,
    /// The labels, as the file names them without the closing dot.
    pub label_names: Vec<String>,
}

/// How a model is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingParams {
    /// Seed of the split; detectors have their own in their parameters.
    pub seed: u64,
    /// Share of the groups that are kept for the test. Default 0.2.
    pub test_share: f64,
    /// Share of the remaining normal rows that calibrate. Default 0.2.
    pub calibration_share: f64,
    /// Share of the remaining normal rows that stop the autoencoder. Default 0.1.
    pub validation_share: f64,
    /// The forest.
    pub forest: IsolationForestParams,
    /// The network.
    pub autoencoder: AutoencoderParams,
}

impl TrainingParams {
    /// What was found best for a view on validation rows; see ARCHITECTURE.md, "Detectors".
    pub fn for_view(view: View) -> Self {
        match view {
            View::Kdd41 => Self::default(),
            // Two units describe five features; more of them, or more epochs, learn to copy attacks too.
            View::Kdd5 => Self {
                autoencoder: AutoencoderParams {
                    hidden: vec![
                        HiddenLayer::rectified(32),
                        HiddenLayer::rectified(2),
                        HiddenLayer::rectified(32),
                    ],
                    n_epochs: 15,
                    learning_rate: 0.001,
                    ..AutoencoderParams::default()
                },
                ..Self::default()
            },
        }
    }
}

impl Default for TrainingParams {
    fn default() -> Self {
        Self {
            seed: 42,
            test_share: 0.2,
            calibration_share: 0.2,
            validation_share: 0.1,
            forest: IsolationForestParams::default(),
            autoencoder: AutoencoderParams::default(),
        }
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
    /// The scores cannot be calibrated.
    #[error("{0}")]
    Calibration(String),
}

/// Fewest normal rows that a model is fitted on.
const MIN_FIT_ROWS: usize = 256;

/// Which rows are used for what; no group of equal rows is in two of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Normal rows for fitting.
    pub fit: Vec<usize>,
    /// Normal rows for early stopping.
    pub validation: Vec<usize>,
    /// Normal rows for calibration.
    pub calibration: Vec<usize>,
    /// All rows of the test groups.
    pub test: Vec<usize>,
    /// One row of each distinct pair of features and label among them.
    pub test_distinct: Vec<usize>,
}

impl LabelledRecords {
    /// For every row the index of its group of equal rows, and the number of groups.
    fn groups(&self) -> (Vec<usize>, usize) {
        let mut index_of: HashMap<Vec<u32>, usize> = HashMap::new();
        let groups = (0..self.batch.n_rows())
            .map(|row| {
                let key: Vec<u32> = self
                    .batch
                    .columns()
                    .iter()
                    .map(|column| column.bits(row))
                    .collect();
                let next = index_of.len();
                *index_of.entry(key).or_insert(next)
            })
            .collect();
        (groups, index_of.len())
    }

    /// Number of distinct rows, labels not counted.
    pub fn n_distinct(&self) -> usize {
        self.groups().1
    }

    /// Splits by groups of equal rows.
    pub fn split(&self, params: &TrainingParams) -> Split {
        let (groups, n_groups) = self.groups();
        let mut random = Random::new(params.seed, 1 << 32);
        let places: Vec<f64> = (0..n_groups).map(|_| random.uniform()).collect();
        let inner: Vec<f64> = (0..n_groups).map(|_| random.uniform()).collect();
        let is_normal: Vec<bool> = self
            .label_names
            .iter()
            .map(|label| is_normal_label(label))
            .collect();
        let mut split = Split {
            fit: Vec::new(),
            validation: Vec::new(),
            calibration: Vec::new(),
            test: Vec::new(),
            test_distinct: Vec::new(),
        };
        let mut seen = HashSet::new();
        for (row, &group) in groups.iter().enumerate() {
            let label = self.labels[row];
            if places[group] < params.test_share {
                split.test.push(row);
                if seen.insert((group, label)) {
                    split.test_distinct.push(row);
                }
            } else if is_normal[label as usize] {
                let place = inner[group];
                if place < params.calibration_share {
                    split.calibration.push(row);
                } else if place < params.calibration_share + params.validation_share {
                    split.validation.push(row);
                } else {
                    split.fit.push(row);
                }
            }
        }
        split
    }
}

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
) -> Result<(TrainedModel, TrainingCurve), TrainingError> {
    let split = records.split(params);
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
    let distinct = distinct_rows(&records.batch, &split.fit);
    let preprocess = Preprocess::fit(&batch, &vocabularies, &distinct);
    let batch = preprocess.recode(&batch, &vocabularies);

    let forest = IsolationForest::fit(
        &tree_columns(&preprocess, &batch, &distinct),
        &params.forest,
    );
    let fit_rows = network_rows(&preprocess, &batch, &distinct);
    let (network, curve) = Autoencoder::fit(
        &fit_rows,
        &network_rows(&preprocess, &batch, &split.validation),
        &params.autoencoder,
    );

    let detectors = vec![
        Detector::IsolationForest(forest),
        Detector::Autoencoder(network),
    ];
    let held_out = raw_scores(&preprocess, &detectors, &batch, &split.calibration);
    let members = detectors
        .into_iter()
        .zip(&held_out)
        .map(|(detector, raw)| {
            Ok(Member {
                weight: ensemble_weight(detector.kind()),
                calibration: Calibration::fit(raw).map_err(TrainingError::Calibration)?,
                detector,
            })
        })
        .collect::<Result<Vec<_>, TrainingError>>()?;
    let combined: Vec<f32> = (0..split.calibration.len())
        .map(|row| {
            combine(
                &members,
                members
                    .iter()
                    .zip(&held_out)
                    .map(|(member, raw)| member.calibration.p_value(raw[row])),
            )
        })
        .collect();
    let ensemble = Calibration::fit(&combined).map_err(TrainingError::Calibration)?;

    let map_rows = map_rows(&records.labels, &split, &batch, params.seed);
    let mut model = TrainedModel {
        projection: Projection::fit(&network_rows(&preprocess, &batch, &map_rows)),
        profile: FeatureProfile::measure_all(&batch, preprocess.vocabularies(), &split.fit),
        card: ModelCard {
            data: TrainingData {
                name: name.to_owned(),
                sha256: sha256.to_owned(),
                n_rows: records.batch.n_rows(),
                n_distinct: records.n_distinct(),
                n_fit: split.fit.len(),
                n_fit_distinct: distinct.len(),
                n_validation: split.validation.len(),
                n_calibration: split.calibration.len(),
                n_test: split.test.len(),
            },
            seed: params.seed,
            parameters: describe(params),
            figures: Vec::new(),
            limits: limits(),
        },
        preprocess,
        members,
        ensemble,
    };
    model.card.figures = measure(&model, records, &batch, &split);
    Ok((model, curve))
}

/// Figures of the ensemble and every member on all test rows (P0) and on the distinct ones (P1).
fn measure(
    model: &TrainedModel,
    records: &LabelledRecords,
    batch: &RecordBatch,
    split: &Split,
) -> Vec<ProtocolFigures> {
    let mut scorer = Scorer::new(std::sync::Arc::new(model.clone()));
    [("P0", &split.test), ("P1", &split.test_distinct)]
        .into_iter()
        .flat_map(|(protocol, rows)| {
            let detections = scorer.detect(&batch.select(rows));
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

/// Figures of the ensemble and every member, at the default threshold.
pub fn figures_of(
    model: &TrainedModel,
    detections: &Detections,
    labels: &[u32],
    label_names: &[String],
) -> Vec<ModelFigures> {
    let scores = |raw: &[f32], risk: &[f32]| -> Vec<LabelledScore> {
        labels
            .iter()
            .zip(raw)
            .zip(risk)
            .map(|((&label, &raw), &risk)| LabelledScore { raw, risk, label })
            .collect()
    };
    let ensemble = scores(&detections.combined, &detections.risk);
    let members = model
        .kinds()
        .into_iter()
        .zip(detections.raw.iter().zip(&detections.member_risk));
    std::iter::once(ModelFigures::compute(
        "ensemble",
        &ensemble,
        label_names,
        DEFAULT_THRESHOLD,
    ))
    .chain(members.map(|(kind, (raw, risk))| {
        ModelFigures::compute(
            kind.name(),
            &scores(raw, risk),
            label_names,
            DEFAULT_THRESHOLD,
        )
    }))
    .collect()
}

/// The batch's vocabularies that belong to the categorical columns of a narrower view.
fn vocabularies_of(records: &LabelledRecords, view: View) -> Vec<Vocabulary> {
    let categorical = records
        .batch
        .view()
        .features()
        .filter(|feature| feature.kind == crate::schema::FeatureKind::Category);
    categorical
        .zip(&records.vocabularies)
        .filter(|(feature, _)| view.features().any(|wanted| wanted.name == feature.name))
        .map(|(_, vocabulary)| vocabulary.clone())
        .collect()
}

/// The first row of every distinct one among `rows`: floods of copies must not own the fit.
fn distinct_rows(batch: &RecordBatch, rows: &[usize]) -> Vec<usize> {
    let mut seen: HashSet<Vec<u32>> = HashSet::new();
    let mut distinct = rows.to_vec();
    distinct.retain(|&row| {
        seen.insert(
            batch
                .columns()
                .iter()
                .map(|column| column.bits(row))
                .collect(),
        )
    });
    distinct
}

/// The autoencoder is the better judge of these data and counts three times as much, as measured on validation rows.
fn ensemble_weight(kind: DetectorKind) -> f32 {
    match kind {
        DetectorKind::IsolationForest => 1.0,
        DetectorKind::Autoencoder => 3.0,
    }
}

fn for_each_block(
    preprocess: &Preprocess,
    batch: &RecordBatch,
    rows: &[usize],
    mut visit: impl FnMut(&EncodedBlock, usize),
) {
    let mut block = EncodedBlock::default();
    for chunk in rows.chunks(N_LANES) {
        preprocess.encode(batch, chunk, &mut block);
        visit(&block, chunk.len());
    }
}

/// The tree encoding, input by input.
fn tree_columns(preprocess: &Preprocess, batch: &RecordBatch, rows: &[usize]) -> Vec<Vec<f32>> {
    let mut columns = vec![Vec::with_capacity(rows.len()); preprocess.tree_inputs().len()];
    for_each_block(preprocess, batch, rows, |block, n_rows| {
        for (column, lanes) in columns.iter_mut().zip(&block.tree) {
            column.extend_from_slice(&lanes[..n_rows]);
        }
    });
    columns
}

/// The network encoding, rows × inputs.
fn network_rows(preprocess: &Preprocess, batch: &RecordBatch, rows: &[usize]) -> Array2<f32> {
    let mut encoded = Array2::zeros((rows.len(), preprocess.network_inputs().len()));
    let mut first = 0;
    for_each_block(preprocess, batch, rows, |block, n_rows| {
        for lane in 0..n_rows {
            for (to, lanes) in encoded.row_mut(first + lane).iter_mut().zip(&block.network) {
                *to = lanes[lane];
            }
        }
        first += n_rows;
    });
    encoded
}

/// Raw scores of each detector.
fn raw_scores(
    preprocess: &Preprocess,
    detectors: &[Detector],
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

/// Rows that the map's axes are fitted on: the fitted normal rows and as many distinct others outside the test, labels unused but for that.
fn map_rows(labels: &[u32], split: &Split, batch: &RecordBatch, seed: u64) -> Vec<usize> {
    let mut is_taken = vec![false; batch.n_rows()];
    for rows in [
        &split.test,
        &split.fit,
        &split.validation,
        &split.calibration,
    ] {
        for &row in rows {
            is_taken[row] = true;
        }
    }
    let others: Vec<usize> = (0..labels.len()).filter(|&row| !is_taken[row]).collect();
    let mut others = distinct_rows(batch, &others);
    let mut rows = distinct_rows(batch, &split.fit);
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
    let (forest, network) = (&params.forest, &params.autoencoder);
    let hidden = network
        .hidden
        .iter()
        .map(|hidden| hidden.width.to_string())
        .collect::<Vec<_>>()
        .join("-");
    vec![
        (
            "isolation_forest".into(),
            format!(
                "{} trees, {} samples, seed {}",
                forest.n_trees, forest.n_samples, forest.seed
            ),
        ),
        (
            "autoencoder".into(),
            format!(
                "hidden layers {hidden}, ReLU (wide view: linear bottleneck), mean squared error, Adam {}, batch {}, at most {} epochs, noise {}, residual variance + {}, seed {}",
                network.learning_rate,
                network.batch_size,
                network.n_epochs,
                network.input_noise,
                network.added_residual_variance,
                network.seed
            ),
        ),
        (
            "split".into(),
            format!(
                "{:.0} % test by groups of equal rows, seed {}",
                params.test_share * 100.0,
                params.seed
            ),
        ),
    ]
}

fn limits() -> Vec<String> {
    [
        "Trained on simulated traffic of 1998: what is normal today may look odd, and the other way round. Train a baseline of your own before you act on a verdict.",
        "The test rows come from the same traffic as the training rows; on another attack mix recall is lower.",
        "A label says what the makers of the data meant, not what harm was done.",
    ]
    .map(str::to_owned)
    .to_vec()
}
