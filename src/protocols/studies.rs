//! The trainings of one seed and the tests that each is put to.

use std::collections::BTreeSet;

use models::evaluation::LabelledScore;
use models::evaluation::measure::ModelName;
use models::evaluation::report::MapGrid;
use models::schema::View;
use models::trained_model::{Detections, ENSEMBLE, TrainedModel};
use models::training::{
    LabelledRecords, Split, TrainingError, TrainingParams, detect_rows, fit_model,
};

use super::baselines;
use super::data::{self, Table};
use super::map::map_grid;

/// The files.
#[derive(Debug)]
pub(super) struct Tables {
    /// KDD Cup 99, 10 %.
    pub(super) kdd: Table,
    /// Its labelled test file.
    pub(super) corrected: Table,
    /// NSL-KDD Train+, all and the first fifth.
    pub(super) nsl_train: Table,
    pub(super) nsl_train_20: Table,
    /// NSL-KDD Test+ and Test-21.
    pub(super) nsl_test: Table,
    pub(super) nsl_test_21: Table,
}

/// A training with its tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Study {
    /// P0 and P1 of a view.
    Grouped(View),
    /// P0 with a plain split.
    Plain,
    /// P1-lit, attacks as inliers.
    Literature,
    /// P1-lit, normal records as inliers.
    LiteratureReversed,
    /// P2.
    Corrected,
    /// P3.
    Nsl,
    /// P3 on a fifth of the training file.
    NslFifth,
}

impl Study {
    /// All of them.
    pub(super) const ALL: [Study; 9] = [
        Study::Grouped(View::Kdd41),
        Study::Grouped(View::Kdd28),
        Study::Grouped(View::Kdd5),
        Study::Plain,
        Study::Literature,
        Study::LiteratureReversed,
        Study::Corrected,
        Study::Nsl,
        Study::NslFifth,
    ];

    /// The protocols it measures.
    pub(super) fn protocols(self) -> &'static [&'static str] {
        match self {
            Study::Grouped(View::Kdd41) => &["P0", "P1"],
            Study::Grouped(View::Kdd28) => &["P0-28", "P1-28"],
            Study::Grouped(View::Kdd5) => &["P0-5", "P1-5"],
            Study::Plain => &["P0 plain split"],
            Study::Literature => &["P1-lit KDDCUP"],
            Study::LiteratureReversed => &["P1-lit KDDCUP-Rev"],
            Study::Corrected => &["P2"],
            Study::Nsl => &["P3", "P3 unseen", "P3 Test-21"],
            Study::NslFifth => &["P3 20 %"],
        }
    }

    /// Trains with a seed and scores the tests.
    ///
    /// # Errors
    /// Where a model cannot be trained.
    pub(super) fn run(self, tables: &Tables, seed: u64) -> Result<Vec<ScoredTest>, TrainingError> {
        let kdd = &tables.kdd.records;
        match self {
            Study::Grouped(view) => {
                let params = seeded(view, seed);
                let split = kdd.split(&params);
                let (p0, p1) = match view {
                    View::Kdd41 => ("P0", "P1"),
                    View::Kdd28 => ("P0-28", "P1-28"),
                    View::Kdd5 => ("P0-5", "P1-5"),
                };
                let fitted = Fitted::new(kdd, view, &split, &params)?;
                Ok(vec![
                    fitted.test(p0, kdd, &split.test),
                    fitted.test(p1, kdd, &split.test_distinct),
                ])
            }
            Study::Plain => {
                let params = seeded(View::Kdd41, seed);
                let split = data::plain(kdd, &params);
                let fitted = Fitted::new(kdd, View::Kdd41, &split, &params)?;
                Ok(vec![fitted.test("P0 plain split", kdd, &split.test)])
            }
            Study::Literature => {
                let records = data::relabel(kdd, |is_normal| !is_normal);
                literature("P1-lit KDDCUP", &records, f64::INFINITY, seed)
            }
            Study::LiteratureReversed => {
                let records = data::relabel(kdd, |is_normal| is_normal);
                // A quarter of the normal records, half of which are in the test.
                literature("P1-lit KDDCUP-Rev", &records, 0.5, seed)
            }
            Study::Corrected => {
                let fitted = Fitted::whole(kdd, seed)?;
                Ok(vec![fitted.test_all("P2", &tables.corrected.records)])
            }
            Study::Nsl => {
                let fitted = Fitted::whole(&tables.nsl_train.records, seed)?;
                let test = &tables.nsl_test.records;
                let is_known = |name: &String| fitted.known.contains(name);
                let is_normal = test.is_normal();
                let unseen: Vec<usize> = (0..test.labels.len())
                    .filter(|&row| {
                        is_normal[row] || !is_known(&test.label_names[test.labels[row] as usize])
                    })
                    .collect();
                Ok(vec![
                    fitted.test_all("P3", test),
                    fitted.test("P3 unseen", test, &unseen),
                    fitted.test_all("P3 Test-21", &tables.nsl_test_21.records),
                ])
            }
            Study::NslFifth => {
                let fitted = Fitted::whole(&tables.nsl_train_20.records, seed)?;
                Ok(vec![fitted.test_all("P3 20 %", &tables.nsl_test.records)])
            }
        }
    }
}

fn seeded(view: View, seed: u64) -> TrainingParams {
    TrainingParams {
        seed,
        ..TrainingParams::for_view(view)
    }
}

fn literature(
    name: &'static str,
    records: &LabelledRecords,
    max_outliers: f64,
    seed: u64,
) -> Result<Vec<ScoredTest>, TrainingError> {
    let mut params = seeded(View::Kdd41, seed);
    params.members.retain(|member| member.weight > 0.0);
    let split = data::literature(records, &params, max_outliers);
    let fitted = Fitted::new(records, View::Kdd41, &split, &params)?;
    Ok(vec![fitted.test(name, records, &split.test)])
}

/// The scores of every model on one test.
#[derive(Debug)]
pub(super) struct ScoredTest {
    /// The protocol.
    pub(super) protocol: &'static str,
    /// Models and baselines with one score per row.
    pub(super) models: Vec<(ModelName, Vec<LabelledScore>)>,
    /// Label names.
    pub(super) names: Vec<String>,
    /// For each row, its group of rows that are equal in all features of the file.
    pub(super) groups: Vec<usize>,
    /// For each row, its group of rows that are equal in the view.
    pub(super) view_groups: Vec<u64>,
    /// Attack types that the training data have.
    pub(super) known: BTreeSet<String>,
    /// The test on the map.
    pub(super) map: MapGrid,
}

/// The models of one training.
struct Fitted {
    model: TrainedModel,
    baselines: TrainedModel,
    known: BTreeSet<String>,
}

impl Fitted {
    fn new(
        records: &LabelledRecords,
        view: View,
        split: &Split,
        params: &TrainingParams,
    ) -> Result<Self, TrainingError> {
        let known = split
            .attacks
            .iter()
            .map(|&row| records.label_names[records.labels[row] as usize].clone())
            .collect();
        Ok(Self {
            model: fit_model(records, view, split, params)?,
            baselines: fit_model(records, view, split, &baselines::params(params.seed))?,
            known,
        })
    }

    /// Fitted on a file that is for training only.
    fn whole(records: &LabelledRecords, seed: u64) -> Result<Self, TrainingError> {
        let params = seeded(View::Kdd41, seed);
        let split = data::whole(records, &params);
        Self::new(records, View::Kdd41, &split, &params)
    }

    fn test_all(&self, protocol: &'static str, records: &LabelledRecords) -> ScoredTest {
        let rows: Vec<usize> = (0..records.labels.len()).collect();
        self.test(protocol, records, &rows)
    }

    fn test(
        &self,
        protocol: &'static str,
        records: &LabelledRecords,
        rows: &[usize],
    ) -> ScoredTest {
        let labels: Vec<u32> = rows.iter().map(|&row| records.labels[row]).collect();
        let detections = detect_rows(&self.model, records, rows);
        let plain = detect_rows(&self.baselines, records, rows);
        let scored = |raw: &[f32], risk: &[f32]| -> Vec<LabelledScore> {
            labels
                .iter()
                .zip(raw.iter().zip(risk))
                .map(|(&label, (&raw, &risk))| LabelledScore { raw, risk, label })
                .collect()
        };
        let own = |name: &str, title: &str| ModelName {
            name: name.to_owned(),
            title: title.to_owned(),
            is_baseline: false,
        };
        let ensemble = (
            own(ENSEMBLE.name, ENSEMBLE.title),
            scored(&detections.combined, &detections.risk),
        );
        let columns = |detections: &Detections, model: &TrainedModel| {
            let kinds = model.columns().into_iter();
            let columns = detections.raw.iter().zip(&detections.column_risk);
            kinds
                .zip(columns)
                .map(|(kind, (raw, risk))| (kind, scored(raw, risk)))
                .collect::<Vec<_>>()
        };
        let detectors = columns(&detections, &self.model)
            .into_iter()
            .map(|(kind, scores)| (own(kind.name, kind.title), scores));
        let baselines = columns(&plain, &self.baselines)
            .into_iter()
            .map(|(kind, scores)| (baselines::name_of(kind), scores));
        let all_attack = baselines::all_attack(&labels);
        let (groups, _) = records.groups();
        ScoredTest {
            protocol,
            models: std::iter::once(ensemble)
                .chain(detectors)
                .chain(baselines)
                .chain([all_attack])
                .collect(),
            names: records.label_names.clone(),
            groups: rows.iter().map(|&row| groups[row]).collect(),
            map: map_grid(&self.model, &detections, records, rows),
            view_groups: detections.row_hash,
            known: self.known.clone(),
        }
    }
}
