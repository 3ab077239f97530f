//! The trainings of one seed and the tests that each is put to.

use std::borrow::Cow;
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
use super::definitions::{PROTOCOLS, Protocol};
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

/// What models are trained on, and with which features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Study {
    /// KDD Cup 99 in a view, split by groups of records that are equal in all 41 features.
    Grouped(View),
    /// KDD Cup 99 in a view, split by groups of records that are equal in the view.
    TwinsApart(View),
    /// KDD Cup 99, split record by record.
    Plain,
    /// KDD Cup 99, attacks as inliers.
    Literature,
    /// KDD Cup 99, normal records as inliers.
    LiteratureReversed,
    /// All of KDD Cup 99.
    Corrected,
    /// All of NSL-KDD Train+.
    Nsl,
    /// The first fifth of it.
    NslFifth,
}

/// What models are tested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// The test of the training file's split.
    Split,
    /// The distinct records of it.
    SplitDistinct,
    /// `corrected`.
    Corrected,
    /// NSL-KDD Test+.
    NslPlus,
    /// Its normal records and the attacks whose type the training does not have.
    NslUnseen,
    /// NSL-KDD Test-21.
    Nsl21,
}

impl Study {
    /// Those of all protocols, each once.
    pub(super) fn all() -> Vec<Study> {
        let mut studies: Vec<Study> = Vec::new();
        for protocol in &PROTOCOLS {
            if !studies.contains(&protocol.study) {
                studies.push(protocol.study);
            }
        }
        studies
    }

    /// The protocols it measures.
    pub(super) fn protocols(self) -> impl Iterator<Item = &'static Protocol> {
        PROTOCOLS
            .iter()
            .filter(move |protocol| protocol.study == self)
    }

    /// The features that its models see.
    pub(super) fn view(self) -> View {
        match self {
            Study::Grouped(view) | Study::TwinsApart(view) => view,
            _ => View::Kdd41,
        }
    }

    /// What its two classes are called, those to be found last.
    pub(super) fn classes(self) -> [&'static str; 2] {
        match self {
            Study::Literature | Study::LiteratureReversed => ["inliers", "outliers"],
            _ => ["normal connections", "attacks"],
        }
    }

    /// Trains with a seed and scores the tests of its protocols.
    ///
    /// # Errors
    /// Where a model cannot be trained.
    pub(super) fn run(self, tables: &Tables, seed: u64) -> Result<Vec<ScoredTest>, TrainingError> {
        let params = self.params(seed);
        let (records, split) = self.training(tables, &params);
        let fitted = Fitted::new(&records, self.view(), &split, &params)?;
        let test = |protocol: &'static Protocol| match protocol.test {
            Test::Split => fitted.test(protocol, &records, &split.test),
            Test::SplitDistinct => fitted.test(protocol, &records, &split.test_distinct),
            Test::Corrected => fitted.test_all(protocol, &tables.corrected.records),
            Test::NslPlus => fitted.test_all(protocol, &tables.nsl_test.records),
            Test::NslUnseen => {
                let test = &tables.nsl_test.records;
                fitted.test(protocol, test, &fitted.unseen(test))
            }
            Test::Nsl21 => fitted.test_all(protocol, &tables.nsl_test_21.records),
        };
        Ok(self.protocols().map(test).collect())
    }

    fn params(self, seed: u64) -> TrainingParams {
        let mut params = TrainingParams {
            seed,
            ..TrainingParams::for_view(self.view())
        };
        // The outliers of the literature are for the test alone: there is nothing to learn them from.
        if matches!(self, Study::Literature | Study::LiteratureReversed) {
            params.members.retain(|member| member.weight > 0.0);
        }
        params
    }

    /// The records that are trained on, and which of them.
    fn training<'a>(
        self,
        tables: &'a Tables,
        params: &TrainingParams,
    ) -> (Cow<'a, LabelledRecords>, Split) {
        let kdd = &tables.kdd.records;
        let whole = |records: &'a LabelledRecords| {
            let split = data::whole(records, self.view(), params);
            (Cow::Borrowed(records), split)
        };
        let literature = |records: LabelledRecords, max_outliers: f64| {
            let split = data::literature(&records, params, max_outliers);
            (Cow::Owned(records), split)
        };
        match self {
            Study::Grouped(_) => (Cow::Borrowed(kdd), kdd.split(View::Kdd41, params)),
            Study::TwinsApart(view) => (Cow::Borrowed(kdd), kdd.split(view, params)),
            Study::Plain => (Cow::Borrowed(kdd), data::plain(kdd, params)),
            Study::Literature => {
                literature(data::relabel(kdd, |is_normal| !is_normal), f64::INFINITY)
            }
            // A quarter of the normal records, half of which are in the test.
            Study::LiteratureReversed => literature(data::relabel(kdd, |is_normal| is_normal), 0.5),
            Study::Corrected => whole(kdd),
            Study::Nsl => whole(&tables.nsl_train.records),
            Study::NslFifth => whole(&tables.nsl_train_20.records),
        }
    }
}

/// The scores of every model on one test.
#[derive(Debug)]
pub(super) struct ScoredTest {
    /// The protocol.
    pub(super) protocol: &'static Protocol,
    /// Models and baselines with one score per row.
    pub(super) models: Vec<(ModelName, Vec<LabelledScore>)>,
    /// Label names.
    pub(super) names: Vec<String>,
    /// For each row, its group of rows that are equal in the view.
    pub(super) groups: Vec<usize>,
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

    /// Normal records, and attacks whose type the training data do not have.
    fn unseen(&self, records: &LabelledRecords) -> Vec<usize> {
        let is_unseen = records
            .label_names
            .iter()
            .map(|name| !self.known.contains(name))
            .collect::<Vec<_>>();
        let is_normal = records.is_normal();
        (0..records.labels.len())
            .filter(|&row| is_normal[row] || is_unseen[records.labels[row] as usize])
            .collect()
    }

    fn test_all(&self, protocol: &'static Protocol, records: &LabelledRecords) -> ScoredTest {
        let rows: Vec<usize> = (0..records.labels.len()).collect();
        self.test(protocol, records, &rows)
    }

    fn test(
        &self,
        protocol: &'static Protocol,
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
        let (groups, _) = records.groups_in(self.model.view());
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
            known: self.known.clone(),
        }
    }
}
