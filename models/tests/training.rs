//! Training on small made-up tables: reproducible, split by groups, and clear about what cannot be trained.

use std::collections::{HashMap, HashSet};

use models::autoencoder::{AutoencoderParams, HiddenLayer};
use models::density::DensityParams;
use models::detector::DetectorParams;
use models::isolation_forest::IsolationForestParams;
use models::preprocess::Preprocess;
use models::random::Random;
use models::random_forest::RandomForestParams;
use models::record::{Column, RecordBatch, UNSEEN, Vocabulary};
use models::schema::{FeatureKind, View};
use models::trained_model::{Scorer, TrainedModel};
use models::training::{
    DistinctRows, FitData, LabelledRecords, MemberParams, Split, TrainingError, TrainingParams,
    train,
};

fn small_forest() -> IsolationForestParams {
    IsolationForestParams {
        n_trees: 10,
        n_samples: 64,
        ..IsolationForestParams::default()
    }
}

fn small_autoencoder() -> AutoencoderParams {
    AutoencoderParams {
        hidden: vec![
            HiddenLayer::rectified(8),
            HiddenLayer::linear(2),
            HiddenLayer::rectified(8),
        ],
        n_epochs: 3,
        ..AutoencoderParams::default()
    }
}

/// The normal-only detectors, small.
fn small_params() -> TrainingParams {
    TrainingParams::of_members(vec![
        MemberParams::new(1.0, small_forest()),
        MemberParams::new(3.0, small_autoencoder()),
        MemberParams::new(2.0, DensityParams::default()),
    ])
}

/// The same and the supervised one.
fn all_detectors() -> TrainingParams {
    let mut params = small_params();
    let forest = RandomForestParams {
        n_trees: 8,
        ..RandomForestParams::default()
    };
    params.members.push(MemberParams::new(0.0, forest));
    params
}

/// A made-up table: normal rows about e², attacks far beyond; every third row is a copy of an earlier one.
fn table(view: View, n_normal: usize, n_attacks: usize, seed: u64) -> LabelledRecords {
    let mut random = Random::new(seed, 0);
    let words = Vocabulary::new(["a", "b", "c"].map(str::to_owned).to_vec());
    let mut batch = RecordBatch::new(view);
    let mut labels = Vec::new();
    for row in 0..n_normal + n_attacks {
        let label = u32::from(row >= n_normal);
        labels.push(label);
        let is_copy = row % 3 == 2 && labels[row - 1] == label;
        if is_copy {
            let original = batch.select(&[row - 1]);
            batch.push_row_of(&original, 0);
            continue;
        }
        for (column, feature) in view.features().enumerate() {
            let size = [2.0, 9.0][label as usize];
            match feature.kind {
                FeatureKind::Category => batch.push_code(column, random.below(2) as u32 + label),
                FeatureKind::Rate => batch.push_number(column, random.below(101) as f32 / 100.0),
                FeatureKind::Flag => batch.push_number(column, random.below(2) as f32),
                _ => batch.push_number(column, libm::exp(size + random.normal()).floor() as f32),
            }
        }
    }
    let n_words = view
        .features()
        .filter(|feature| feature.kind == FeatureKind::Category)
        .count();
    LabelledRecords {
        batch,
        vocabularies: vec![words; n_words],
        labels,
        label_names: vec!["normal".to_owned(), "neptune".to_owned()],
    }
}

fn train_small(records: &LabelledRecords, view: View) -> Result<TrainedModel, TrainingError> {
    train(records, view, "made up", "0", &all_detectors())
}

/// Without the supervised detector, which wants attacks.
fn train_normal_only(records: &LabelledRecords) -> Result<TrainedModel, TrainingError> {
    let view = records.batch.view();
    train(records, view, "made up", "0", &small_params())
}

#[test]
fn same_seed_same_bytes() {
    for view in View::ALL {
        let bytes = |seed: u64| {
            let records = table(view, 2_000, 300, 1);
            let mut params = all_detectors();
            params.seed = seed;
            let model = train(&records, view, "made up", "0", &params).unwrap();
            model.to_bytes().unwrap()
        };
        assert!(bytes(42) == bytes(42), "{}", view.name());
        assert!(bytes(42) != bytes(43), "{}", view.name());
    }
}

#[test]
fn a_written_model_is_read_back_bit_for_bit() {
    for view in View::ALL {
        for seed in 0..4 {
            let model = train_small(&table(view, 2_000, 300, seed), view).unwrap();
            let read = TrainedModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
            assert!(read.ensemble == model.ensemble, "{}", view.name());
            assert!(read.card == model.card, "{}", view.name());
            assert!(read.to_bytes().unwrap() == model.to_bytes().unwrap());
        }
    }
}

#[test]
fn a_written_model_scores_like_the_trained_one() {
    let records = table(View::Kdd41, 2_000, 300, 2);
    let model = train_small(&records, View::Kdd41).unwrap();
    let read = TrainedModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    let batch = model
        .preprocess
        .recode(&records.batch, &records.vocabularies);
    let trained = Scorer::new(model.into()).detect(&batch);
    assert!(Scorer::new(read.into()).detect(&batch) == trained);
}

#[test]
fn attacks_unlike_normal_rows_are_found() {
    for view in View::ALL {
        let model = train_small(&table(view, 3_000, 300, 3), view).unwrap();
        for entry in &model.card.figures {
            let figures = &entry.figures;
            assert!(
                figures.roc_auc > 0.95,
                "{}: {}",
                figures.model,
                figures.roc_auc
            );
        }
    }
}

#[test]
fn the_form_view_is_trained_from_a_wide_table() {
    let records = table(View::Kdd41, 2_000, 100, 4);
    let model = train_small(&records, View::Kdd5).unwrap();
    assert_eq!(model.view(), View::Kdd5);
    assert_eq!(model.card.data.n_rows, 2_100);
    let error = train_small(&table(View::Kdd5, 2_000, 100, 4), View::Kdd41).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the records have the features of view kdd5, which does not hold those of kdd41"
    );
}

#[test]
fn too_few_rows_are_named_with_what_they_are_for() {
    for (n_normal, expected) in [
        (0, "expected at least 256 normal records to fit, found 0"),
        (1, "expected at least 256 normal records to fit, found"),
        (100, "expected at least 256 normal records to fit, found"),
        (
            600,
            "calibration needs at least 200 held-out normal records, found",
        ),
    ] {
        let error = train_small(&table(View::Kdd5, n_normal, 50, 5), View::Kdd5).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with(expected), "{n_normal} rows: {message}");
    }
}

#[test]
fn without_rows_there_is_an_error_too() {
    let error = train_small(&table(View::Kdd5, 0, 0, 5), View::Kdd5).unwrap_err();
    assert!(matches!(error, TrainingError::TooFew { found: 0, .. }));
}

#[test]
fn every_view_is_trained_with_all_detectors() {
    for view in View::ALL {
        let model = train_small(&table(view, 2_000, 300, 1), view).unwrap();
        let columns: Vec<&str> = model.columns().iter().map(|kind| kind.name).collect();
        let expected = [
            "isolation_forest",
            "autoencoder",
            "density",
            "random_forest",
            "hybrid",
        ];
        assert_eq!(columns, expected, "{}", view.name());
        let described: Vec<&str> = model
            .card
            .parameters
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(described[..4], expected[..4]);
        assert!(model.card.data.n_attacks > 0);
        let figures = model.card.figures.iter();
        assert_eq!(figures.filter(|entry| entry.protocol == "P1").count(), 6);
    }
}

#[test]
fn the_detectors_that_ship_train_on_a_small_table() {
    let records = table(View::Kdd5, 2_500, 300, 1);
    let params = TrainingParams::for_view(View::Kdd5);
    let model = train(&records, View::Kdd5, "made up", "0", &params).unwrap();
    assert!(TrainedModel::from_bytes(&model.to_bytes().unwrap()).is_ok());
}

#[test]
fn with_few_attacks_the_supervised_detector_is_left_out_and_the_card_says_so() {
    for n_attacks in [0, 40] {
        let records = table(View::Kdd5, 2_000, n_attacks, 6);
        let model = train_small(&records, View::Kdd5).unwrap();
        assert_eq!(model.members.len(), 3);
        assert!(model.hybrid.is_none());
        let said = model.card.limits.iter();
        assert_eq!(said.filter(|limit| limit.contains("attacks")).count(), 1);
        let described = model.card.parameters.iter();
        assert!(described.clone().all(|(name, _)| name != "random_forest"));
        assert!(TrainedModel::from_bytes(&model.to_bytes().unwrap()).is_ok());
    }
}

#[test]
fn a_supervised_detector_alone_is_an_error_without_attacks() {
    let supervised = MemberParams::new(0.0, RandomForestParams::default());
    let params = TrainingParams::of_members(vec![supervised]);
    let records = table(View::Kdd5, 2_000, 0, 6);
    let error = train(&records, View::Kdd5, "made up", "0", &params).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 to 6 detectors, found 0");
}

/// By itself the forest says what it lacks, whoever calls it.
#[test]
fn the_supervised_detector_asks_for_both_classes() {
    let records = table(View::Kdd5, 400, 400, 6);
    let rows = |first: usize| DistinctRows::of(&records.batch, &Vec::from_iter(first..first + 400));
    let (normal, attacks) = (rows(0), rows(400));
    let none = DistinctRows::default();
    let preprocess = Preprocess::fit(&records.batch, &[], &normal.rows);
    for (fit, attacks) in [(&normal, &none), (&none, &attacks)] {
        let data = FitData {
            preprocess: &preprocess,
            batch: &records.batch,
            fit,
            validation: &[],
            attacks,
        };
        let error = DetectorParams::fit(&RandomForestParams::default(), &data, 1).unwrap_err();
        let expected = format!(
            "random forest: expected normal rows and attacks to tell apart, found {} and {}",
            fit.rows.len(),
            attacks.rows.len()
        );
        assert_eq!(error, expected);
    }
}

#[test]
fn without_normal_rows_there_is_an_error() {
    let error = train_small(&table(View::Kdd5, 0, 2_000, 6), View::Kdd5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected at least 256 normal records to fit, found 0"
    );
}

#[test]
fn a_number_of_detectors_that_cannot_be_is_an_error() {
    let records = table(View::Kdd5, 1_000, 50, 6);
    for n_members in [0, 7] {
        let members = (0..n_members).map(|_| MemberParams::new(1.0, small_forest()));
        let params = TrainingParams::of_members(members.collect());
        let error = train(&records, View::Kdd5, "made up", "0", &params).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("expected 1 to 6 detectors, found {n_members}")
        );
    }
}

#[test]
fn detectors_that_all_weigh_nothing_are_an_error() {
    let params = TrainingParams::of_members(vec![MemberParams::new(0.0, small_forest())]);
    let records = table(View::Kdd5, 2_000, 50, 6);
    let error = train(&records, View::Kdd5, "made up", "0", &params).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ensemble: expected a detector with a weight above 0"
    );
}

#[test]
fn without_attacks_the_others_are_trained_all_the_same() {
    let model = train_normal_only(&table(View::Kdd5, 2_000, 0, 6)).unwrap();
    assert!(model.hybrid.is_none());
    for entry in &model.card.figures {
        assert_eq!(entry.figures.roc_auc, 0.5);
        assert_eq!(entry.figures.recall, 0.0);
        assert!(entry.figures.recall_by_attack.is_empty());
    }
}

/// Sets every number of some columns to one value.
fn flatten(records: &mut LabelledRecords, is_flat: impl Fn(usize) -> bool) {
    let mut batch = RecordBatch::new(records.batch.view());
    for row in 0..records.batch.n_rows() {
        for (column, values) in records.batch.columns().iter().enumerate() {
            match values {
                Column::Numeric(values) => {
                    let value = if is_flat(column) { 7.0 } else { values[row] };
                    batch.push_number(column, value);
                }
                Column::Category(codes) => batch.push_code(column, codes[row]),
            }
        }
    }
    records.batch = batch;
}

#[test]
fn constant_columns_are_fine() {
    for view in View::ALL {
        let mut records = table(view, 3_000, 200, 7);
        // What varies still tells normal rows apart.
        flatten(&mut records, |column| column == 0 || column % 4 == 2);
        let model = train_small(&records, view).unwrap();
        assert!(TrainedModel::from_bytes(&model.to_bytes().unwrap()).is_ok());
        let batch = model
            .preprocess
            .recode(&records.batch, &records.vocabularies);
        let detections = Scorer::new(model.into()).detect(&batch);
        assert!(detections.combined.iter().all(|score| score.is_finite()));
    }
}

#[test]
fn too_few_distinct_rows_are_named_with_what_they_are_for() {
    let mut records = table(View::Kdd5, 3_000, 600, 7);
    flatten(&mut records, |column| column > 0);
    let message = train_small(&records, View::Kdd5).unwrap_err().to_string();
    let expected = "calibration needs at least 200 held-out normal records, found";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn columns_constant_in_all_rows_but_two_are_fine() {
    let mut records = table(View::Kdd41, 4_000, 400, 7);
    flatten(&mut records, |column| column != 4 && column != 5);
    let model = train_small(&records, View::Kdd41).unwrap();
    let batch = model
        .preprocess
        .recode(&records.batch, &records.vocabularies);
    let mut scorer = Scorer::new(model.into());
    let detections = scorer.detect(&batch);
    assert!(
        detections
            .raw
            .iter()
            .flatten()
            .all(|score| score.is_finite())
    );
    for column in 0..=5 {
        scorer.explain(&batch, &detections, 4_300, column);
    }
}

#[test]
fn an_unseen_word_in_every_row_is_fine() {
    // What a file without the column gives: numbers of 0 and words that nobody knows.
    let mut records = table(View::Kdd41, 2_000, 300, 7);
    let mut batch = RecordBatch::new(View::Kdd41);
    for row in 0..records.batch.n_rows() {
        for (column, values) in records.batch.columns().iter().enumerate() {
            match values {
                Column::Numeric(values) if column != 5 => batch.push_number(column, values[row]),
                Column::Numeric(_) => batch.push_number(column, 0.0),
                Column::Category(_) => batch.push_code(column, UNSEEN),
            }
        }
    }
    records.batch = batch;
    let model = train_small(&records, View::Kdd41).unwrap();
    assert!(TrainedModel::from_bytes(&model.to_bytes().unwrap()).is_ok());
    let ours = records.batch.select(&[0, 2_200]);
    let detections = Scorer::new(model.into()).detect(&ours);
    assert!(detections.combined.iter().all(|score| score.is_finite()));
}

#[test]
fn rows_that_are_all_equal_are_an_error() {
    for seed in 0..10 {
        let mut records = table(View::Kdd5, 2_000, 0, 8);
        flatten(&mut records, |_| true);
        let mut params = small_params();
        params.seed = seed;
        // One group: wherever it goes, the other parts are empty.
        assert!(train(&records, View::Kdd5, "made up", "0", &params).is_err());
    }
}

fn row_keys(batch: &RecordBatch) -> Vec<Vec<u32>> {
    (0..batch.n_rows())
        .map(|row| {
            batch
                .columns()
                .iter()
                .map(|column| column.bits(row))
                .collect()
        })
        .collect()
}

fn parts(split: &Split) -> [&Vec<usize>; 4] {
    [
        &split.fit,
        &split.validation,
        &split.calibration,
        &split.test,
    ]
}

#[test]
fn equal_rows_are_never_in_two_parts() {
    for seed in [0, 42, u64::MAX] {
        let records = table(View::Kdd5, 3_000, 1_000, 9);
        let params = TrainingParams {
            seed,
            ..small_params()
        };
        let split = records.split(View::Kdd5, &params);
        let keys = row_keys(&records.batch);
        let mut part_of: HashMap<&[u32], usize> = HashMap::new();
        let mut seen = HashSet::new();
        for (part, rows) in parts(&split).into_iter().enumerate() {
            for &row in rows {
                assert!(seen.insert(row), "row {row} is in two parts");
                let first = *part_of.entry(&keys[row]).or_insert(part);
                assert_eq!(first, part, "copies of row {row} are in two parts");
            }
        }
        // Every normal row is somewhere; attacks are in the test or nowhere.
        for (row, &label) in records.labels.iter().enumerate() {
            assert!(label == 1 || seen.contains(&row));
        }
        assert!(
            parts(&split)[..3]
                .iter()
                .all(|rows| { rows.iter().all(|&row| records.labels[row] == 0) })
        );
    }
}

#[test]
fn rows_equal_in_a_narrow_view_are_on_one_side_of_its_test() {
    let records = table(View::Kdd41, 3_000, 1_000, 9);
    let narrow = row_keys(&records.batch.project(View::Kdd5).unwrap());
    assert!(narrow.iter().collect::<HashSet<_>>().len() < records.n_distinct());
    let split = records.split(View::Kdd5, &small_params());
    let keys =
        |rows: &[usize]| -> HashSet<&Vec<u32>> { rows.iter().map(|&row| &narrow[row]).collect() };
    let test = keys(&split.test);
    for part in [
        &split.fit,
        &split.validation,
        &split.calibration,
        &split.attacks,
    ] {
        assert!(keys(part).is_disjoint(&test));
    }
}

#[test]
fn shares_of_the_split_are_about_right() {
    let records = table(View::Kdd5, 20_000, 5_000, 10);
    let split = records.split(View::Kdd5, &small_params());
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    let is_near = |found: f64, expected: f64| (found - expected).abs() < 0.015;
    assert!(is_near(share(split.test.len(), 25_000), 0.2));
    let n_train = split.fit.len() + split.validation.len() + split.calibration.len();
    assert!(is_near(share(split.calibration.len(), n_train), 0.2));
    assert!(is_near(share(split.validation.len(), n_train), 0.1));
}

#[test]
fn distinct_test_rows_are_the_test_rows_without_copies() {
    let records = table(View::Kdd5, 3_000, 500, 11);
    let split = records.split(View::Kdd5, &small_params());
    let keys = row_keys(&records.batch);
    let distinct = |rows: &[usize]| -> HashSet<(Vec<u32>, u32)> {
        rows.iter()
            .map(|&row| (keys[row].clone(), records.labels[row]))
            .collect()
    };
    assert_eq!(distinct(&split.test), distinct(&split.test_distinct));
    assert_eq!(
        distinct(&split.test_distinct).len(),
        split.test_distinct.len()
    );
    assert!(split.test_distinct.len() < split.test.len());
}

#[test]
fn a_seed_moves_the_split() {
    let records = table(View::Kdd5, 3_000, 500, 12);
    let split = |seed| {
        records.split(
            View::Kdd5,
            &TrainingParams {
                seed,
                ..small_params()
            },
        )
    };
    assert_eq!(split(1), split(1));
    assert_ne!(split(1).test, split(2).test);
}

#[test]
fn no_part_is_fitted_on_test_rows() {
    let records = table(View::Kdd5, 2_000, 300, 13);
    let model = train_small(&records, View::Kdd5).unwrap();
    let split = records.split(View::Kdd5, &all_detectors());
    let data = &model.card.data;
    assert_eq!(data.n_fit, split.fit.len());
    let n_calibration = DistinctRows::of(&records.batch, &split.calibration)
        .rows
        .len();
    assert_eq!(data.n_calibration, n_calibration);
    assert_eq!(data.n_test, split.test.len());
    assert!(data.n_fit_distinct < data.n_fit);

    // Other test rows, same model: only the figures may differ.
    let mut changed = records.clone();
    for &row in &split.test {
        changed.labels[row] = 1 - changed.labels[row];
    }
    let mut other = train_small(&changed, View::Kdd5).unwrap();
    assert_ne!(other.card.figures, model.card.figures);
    other.card = model.card.clone();
    assert!(other.to_bytes().unwrap() == model.to_bytes().unwrap());
}
