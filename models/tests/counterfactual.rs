//! Changes that make records normal, by the shipped models: they do what they say, keep what is frozen, and take real values.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod random_records;

use std::sync::Arc;

use models::artifact::ArtifactError;
use models::autoencoder::NetworkScratch;
use models::calibration::{Calibration, DEFAULT_THRESHOLD};
use models::counterfactual::{Change, Goal, MAX_STEPS, Value, smallest_change, typical_records};
use models::detector::{Contributions, Detector, DetectorKind};
use models::preprocess::{EncodedBlock, Lanes, N_LANES, Preprocess};
use models::profile::FeatureProfile;
use models::record::{Column, RecordBatch};
use models::schema::View;
use models::tensors::TensorList;
use models::trained_model::{Member, Scorer, TrainedModel};
use random_records::random_records;

const FILES: [&[u8]; 3] = [
    include_bytes!("../artifacts/kdd41.oddflow"),
    include_bytes!("../artifacts/kdd28.oddflow"),
    include_bytes!("../artifacts/kdd5.oddflow"),
];

fn models() -> [Arc<TrainedModel>; 3] {
    FILES.map(|file| Arc::new(TrainedModel::from_bytes(file).unwrap()))
}

fn form_scorer() -> Scorer {
    let [_, _, form] = models();
    Scorer::new(form)
}

fn form(rows: &[[f32; 5]]) -> RecordBatch {
    let mut batch = RecordBatch::new(View::Kdd5);
    for row in rows {
        for (column, &value) in row.iter().enumerate() {
            batch.push_number(column, value);
        }
    }
    batch
}

/// The second example of the documents that Oddflow carries on.
fn odd_form() -> RecordBatch {
    form(&[[40.0, 1000.0, 1000.0, 10.0, 10.0]])
}

fn none_of(view: View) -> RecordBatch {
    RecordBatch::new(view)
}

/// Odd records of a model: a typical one with a few numbers that no normal record has.
fn odd_records(model: &Arc<TrainedModel>) -> Vec<RecordBatch> {
    let odd: [&[(&str, f32)]; 4] = [
        &[("count", 511.0), ("srv_count", 511.0), ("dst_bytes", 0.0)],
        &[("duration", 30_000.0), ("src_bytes", 0.0)],
        &[("src_bytes", 1e8), ("dst_bytes", 3e8), ("hot", 20.0)],
        &[
            ("rerror_rate", 1.0),
            ("srv_rerror_rate", 1.0),
            ("count", 120.0),
            ("urgent", 3.0),
        ],
    ];
    let typical = typical_records(model);
    odd.map(|odd| {
        let mut batch = none_of(model.view());
        for (index, feature) in model.view().features().enumerate() {
            let changed = odd.iter().find(|(name, _)| *name == feature.name);
            match (&typical.columns()[index], changed) {
                (Column::Numeric(_), Some((_, value))) => batch.push_number(index, *value),
                (Column::Numeric(values), None) => batch.push_number(index, values[0]),
                (Column::Category(codes), _) => batch.push_code(index, codes[0]),
            }
        }
        batch
    })
    .to_vec()
}

fn risk(scorer: &mut Scorer, batch: &RecordBatch, column: usize) -> f32 {
    let detections = scorer.detect(batch);
    match column.checked_sub(1) {
        None => detections.risk[0],
        Some(index) => detections.column_risk[index][0],
    }
}

fn change_of(scorer: &mut Scorer, record: &RecordBatch) -> Option<Change> {
    smallest_change(scorer, record, &none_of(record.view()), &Goal::default())
}

#[test]
fn the_second_example_of_the_form_gets_below_the_threshold() {
    let mut scorer = form_scorer();
    let change = change_of(&mut scorer, &odd_form()).unwrap();
    assert!((change.risk_before - 59.77).abs() < 0.01);
    assert!(change.risk_after < 50.0);
    let [step] = change.steps[..] else {
        panic!("{change:?}");
    };
    let (from, to) = (Value::Number(40.0), Value::Number(0.0));
    assert_eq!((step.feature, step.from, step.to), (0, from, to));
}

#[test]
fn a_changed_record_scores_as_the_change_says_under_every_column() {
    let mut n_found = 0;
    for model in models() {
        let mut scorer = Scorer::new(Arc::clone(&model));
        for record in odd_records(&model) {
            for column in 0..=model.columns().len() {
                let goal = Goal {
                    column,
                    ..Goal::default()
                };
                let before = risk(&mut scorer, &record, column);
                let found = smallest_change(&mut scorer, &record, &none_of(model.view()), &goal);
                let Some(change) = found else { continue };
                n_found += 1;
                assert_eq!(change.risk_before, before);
                assert_eq!(change.steps.is_empty(), before < DEFAULT_THRESHOLD);
                assert!(change.steps.len() <= MAX_STEPS && change.risk_after < DEFAULT_THRESHOLD);
                // By a scorer that has not seen the candidates.
                let mut fresh = Scorer::new(Arc::clone(&model));
                let after = risk(&mut fresh, &change.apply(&record), column);
                assert_eq!(after, change.risk_after);
            }
        }
    }
    // Of 3 models × 4 records × 6 columns.
    assert!(n_found > 65, "{n_found}");
}

#[test]
fn no_step_of_a_form_can_be_left_out() {
    let mut scorer = form_scorer();
    let records = random_records(View::Kdd5, &[], 100, 5);
    let mut n_long = 0;
    for row in 0..records.n_rows() {
        let record = records.select(&[row]);
        let change = change_of(&mut scorer, &record).unwrap();
        n_long += usize::from(change.steps.len() > 1);
        for left_out in 0..change.steps.len() {
            let mut fewer = change.clone();
            fewer.steps.remove(left_out);
            let risk = risk(&mut scorer, &fewer.apply(&record), 0);
            assert!(risk >= DEFAULT_THRESHOLD, "{left_out} of {change:?}");
        }
    }
    assert!(n_long > 50, "{n_long}");
}

#[test]
fn values_are_those_of_normal_records_or_of_the_profile() {
    for model in models() {
        let mut scorer = Scorer::new(Arc::clone(&model));
        let normal = typical_records(&model);
        for record in odd_records(&model) {
            let Some(change) = smallest_change(&mut scorer, &record, &normal, &Goal::default())
            else {
                continue;
            };
            for step in change.steps {
                let is_known = match (&model.profile[step.feature], step.to) {
                    (FeatureProfile::Numeric { quantiles }, Value::Number(to)) => {
                        quantiles.contains(&to)
                    }
                    (FeatureProfile::Category { .. }, Value::Code(to)) => model
                        .preprocess
                        .vocabularies()
                        .iter()
                        .any(|words| words.value(to).is_some()),
                    _ => false,
                };
                assert!(is_known, "{step:?}");
            }
        }
    }
}

#[test]
fn a_value_of_a_normal_record_is_taken_where_it_is_a_smaller_move() {
    let mut scorer = form_scorer();
    let record = form(&[[0.0, 54_540.0, 8_314.0, 5.0, 5.0]]);
    let alone = change_of(&mut scorer, &record).unwrap();
    let Value::Number(to) = alone.steps[0].to else {
        panic!("{alone:?}");
    };
    assert_eq!((alone.steps.len(), alone.steps[0].feature), (1, 1));
    // A little more is normal as well, but no quantile.
    let normal = form(&[
        [0.0, 100.0, 8_314.0, 1.0, 1.0],
        [0.0, to + 10.0, 8_314.0, 5.0, 5.0],
    ]);
    assert!(scorer.detect(&normal).risk[1] < DEFAULT_THRESHOLD);
    let change = smallest_change(&mut scorer, &record, &normal, &Goal::default()).unwrap();
    assert_eq!(change.steps.len(), 1);
    assert_eq!(change.steps[0].to, Value::Number(to + 10.0));
}

#[test]
fn a_lower_target_takes_no_smaller_change() {
    let mut scorer = form_scorer();
    let mut to = |target_risk: f32| {
        let goal = Goal {
            target_risk,
            ..Goal::default()
        };
        smallest_change(&mut scorer, &odd_form(), &none_of(View::Kdd5), &goal)
    };
    let n_steps = |change: Option<Change>| change.unwrap().steps.len();
    assert!(n_steps(to(60.0)) == 0 && n_steps(to(50.0)) <= n_steps(to(10.0)));
    // No record has a risk below 0.
    assert_eq!(to(0.0), None);
    assert_eq!(to(f32::NAN), None);
}

#[test]
fn frozen_features_keep_their_values() {
    for model in models() {
        let mut scorer = Scorer::new(Arc::clone(&model));
        let n_features = model.view().n_features();
        for record in odd_records(&model) {
            let Some(free) = change_of(&mut scorer, &record) else {
                continue;
            };
            let frozen = [free.steps[0].feature, n_features + 7];
            let goal = Goal {
                frozen: &frozen,
                ..Goal::default()
            };
            let change = smallest_change(&mut scorer, &record, &typical_records(&model), &goal);
            if let Some(change) = change {
                assert!(
                    change
                        .steps
                        .iter()
                        .all(|step| !frozen.contains(&step.feature))
                );
            }
            let all: Vec<usize> = (0..n_features).collect();
            let goal = Goal {
                frozen: &all,
                ..Goal::default()
            };
            let change = smallest_change(&mut scorer, &record, &typical_records(&model), &goal);
            assert_eq!(change, None);
        }
    }
}

#[test]
fn a_normal_record_needs_no_step() {
    for model in models() {
        let mut scorer = Scorer::new(Arc::clone(&model));
        let change = change_of(&mut scorer, &typical_records(&model)).unwrap();
        assert!(change.steps.is_empty());
        assert_eq!(change.risk_after, change.risk_before);
    }
}

#[test]
fn a_record_that_is_odd_throughout_has_no_small_change() {
    let [wide, ..] = models();
    let words = wide.preprocess.vocabularies();
    let record = random_records(View::Kdd41, words, 1, 5);
    assert_eq!(change_of(&mut Scorer::new(wide), &record), None);
}

#[test]
fn the_same_question_gets_the_same_answer() {
    for model in models() {
        let mut used = Scorer::new(Arc::clone(&model));
        for record in odd_records(&model) {
            let mut fresh = Scorer::new(Arc::clone(&model));
            let expected = change_of(&mut fresh, &record);
            assert_eq!(change_of(&mut used, &record), expected);
            assert_eq!(change_of(&mut used, &record), expected);
        }
    }
}

#[test]
fn other_views_missing_rows_and_unknown_columns_have_no_change() {
    let mut scorer = form_scorer();
    let [wide, ..] = models();
    assert_eq!(change_of(&mut scorer, &odd_records(&wide)[0]), None);
    assert_eq!(change_of(&mut scorer, &none_of(View::Kdd5)), None);
    let goal = Goal {
        column: 6,
        ..Goal::default()
    };
    let change = smallest_change(&mut scorer, &odd_form(), &none_of(View::Kdd5), &goal);
    assert_eq!(change, None);
    // Normal records of another view are as good as none.
    let wide = typical_records(&wide);
    let with_others = smallest_change(&mut scorer, &odd_form(), &wide, &Goal::default());
    assert_eq!(with_others, change_of(&mut scorer, &odd_form()));
}

#[test]
fn typical_records_are_different_and_normal() {
    for model in models() {
        let typical = typical_records(&model);
        assert!(typical.n_rows() >= 3, "{}", typical.n_rows());
        let detections = Scorer::new(model).detect(&typical);
        assert!(detections.risk.iter().all(|risk| *risk < DEFAULT_THRESHOLD));
        let mut hashes = detections.row_hash;
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), typical.n_rows());
    }
}

/// Says the same of every record.
#[derive(Debug)]
struct Constant(f32);

impl Detector for Constant {
    fn kind(&self) -> DetectorKind {
        DetectorKind {
            name: "constant",
            title: "Constant",
        }
    }

    fn score(&self, _: &EncodedBlock, _: &mut NetworkScratch) -> Lanes {
        [self.0; N_LANES]
    }

    fn contributions(
        &self,
        preprocess: &Preprocess,
        _: &EncodedBlock,
        _: usize,
        _: &mut NetworkScratch,
    ) -> Contributions {
        Contributions {
            base: self.0,
            by_feature: vec![0.0; preprocess.view().n_features()],
        }
    }

    fn explained(&self, score: f32) -> f32 {
        score
    }

    fn store(&self, _: &mut TensorList) -> Result<serde_json::Value, ArtifactError> {
        Err(ArtifactError::Write("a constant is not stored".into()))
    }
}

fn constant(score: f32) -> Arc<TrainedModel> {
    let [_, _, form] = models();
    let scores: Vec<f32> = (0..1000).map(|step| step as f32 / 1000.0).collect();
    let mut model = TrainedModel::clone(&form);
    model.members = vec![Member {
        detector: Arc::new(Constant(score)),
        calibration: Calibration::fit(&scores).unwrap(),
        weight: 1.0,
    }];
    model.hybrid = None;
    Arc::new(model)
}

#[test]
fn a_model_that_says_the_same_of_all_records_is_not_moved() {
    let odd = constant(100.0);
    assert_eq!(typical_records(&odd).n_rows(), 0);
    assert_eq!(change_of(&mut Scorer::new(odd), &odd_form()), None);
    let normal = constant(0.0);
    let change = change_of(&mut Scorer::new(normal), &odd_form()).unwrap();
    assert!(change.steps.is_empty());
}
