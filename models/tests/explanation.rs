//! Explanations of the shipped models: what the features add up to is the score that they explain.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod random_records;

use std::sync::Arc;

use models::autoencoder::NetworkScratch;
use models::preprocess::EncodedBlock;
use models::trained_model::{Scorer, TrainedModel};
use random_records::random_records;

const FILES: [&[u8]; 3] = [
    include_bytes!("../artifacts/kdd41.oddflow"),
    include_bytes!("../artifacts/kdd28.oddflow"),
    include_bytes!("../artifacts/kdd5.oddflow"),
];

fn models() -> impl Iterator<Item = Arc<TrainedModel>> {
    FILES
        .iter()
        .map(|file| Arc::new(TrainedModel::from_bytes(file).unwrap()))
}

fn assert_close(found: f32, expected: f32, what: &str) {
    let tolerance = 1e-3 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: the features sum to {found}, the score is {expected}"
    );
}

#[test]
fn contributions_sum_to_the_score_of_every_detector() {
    for model in models() {
        let vocabularies = model.preprocess.vocabularies();
        let batch = random_records(model.view(), vocabularies, 64, 3);
        let (mut block, mut scratch) = (EncodedBlock::default(), NetworkScratch::default());
        for row in 0..batch.n_rows() {
            model.preprocess.encode(&batch, &[row], &mut block);
            for member in &model.members {
                let detector = &member.detector;
                let score = detector.score(&block, &mut scratch)[0];
                let parts = detector.contributions(&model.preprocess, &block, 0, &mut scratch);
                assert_eq!(parts.by_feature.len(), model.view().n_features());
                let what = format!("{}, row {row}", detector.kind().name);
                assert_close(parts.total(), detector.explained(score), &what);
            }
        }
    }
}

#[test]
fn evidence_sums_to_the_score_of_every_column() {
    for model in models() {
        let vocabularies = model.preprocess.vocabularies();
        let batch = random_records(model.view(), vocabularies, 64, 4);
        let mut scorer = Scorer::new(Arc::clone(&model));
        let detections = scorer.detect(&batch);
        for row in 0..batch.n_rows() {
            let sum = |scorer: &mut Scorer, column: usize| -> f32 {
                let parts = scorer.feature_evidence(&batch, &detections, row, column);
                assert!(parts.iter().all(|part| *part >= 0.0));
                parts.iter().sum()
            };
            assert_close(sum(&mut scorer, 0), detections.combined[row], "ensemble");
            for (index, member) in model.members.iter().enumerate() {
                let raw = detections.raw[index][row];
                let expected = models::ensemble::evidence(member.calibration.p_value(raw));
                assert_close(
                    sum(&mut scorer, index + 1),
                    expected,
                    member.detector.kind().name,
                );
            }
            if model.hybrid.is_some() {
                let index = model.members.len();
                assert_close(
                    sum(&mut scorer, index + 1),
                    detections.raw[index][row],
                    "hybrid",
                );
            }
        }
    }
}

#[test]
fn weights_change_the_ensemble_and_the_defaults_change_nothing() {
    for model in models() {
        let same: Vec<(String, f32)> = model
            .members
            .iter()
            .map(|member| (member.detector.kind().name.to_owned(), member.weight))
            .collect();
        let again = TrainedModel::clone(&model).with_weights(&same).unwrap();
        assert_eq!(again.ensemble, model.ensemble);
        assert_eq!(again.hybrid, model.hybrid);
        let (name, weight) = &same[0];
        let other = [(name.clone(), weight + 5.0)];
        let other = TrainedModel::clone(&model).with_weights(&other).unwrap();
        assert!(other.ensemble != model.ensemble);
        for wrong in [("nobody", 1.0), (name, -1.0), (name, f32::NAN)] {
            let wrong = [(wrong.0.to_owned(), wrong.1)];
            assert!(TrainedModel::clone(&model).with_weights(&wrong).is_err());
        }
    }
}
