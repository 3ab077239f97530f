//! Any bytes are refused as a model file, or are a model that scores, explains every column and survives being written.
//!
//! Start from the shipped ones: `mkdir -p fuzz/corpus/model_file && cp artifacts/*.oddflow fuzz/corpus/model_file` in models.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use models::record::{RecordBatch, UNSEEN};
use models::schema::FeatureKind;
use models::trained_model::{Scorer, TrainedModel};

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = TrainedModel::from_bytes(bytes) else {
        return;
    };
    let written = model.to_bytes().expect("what was read can be written");
    let again = TrainedModel::from_bytes(&written).expect("what was written can be read");
    let rewritten = again.to_bytes().expect("what was read can be written");
    assert!(rewritten == written);

    let mut batch = RecordBatch::new(model.view());
    for (number, code) in [(0.0, 0), (1.0, 1), (f32::MAX, UNSEEN)] {
        for (column, feature) in model.view().features().enumerate() {
            match feature.kind {
                FeatureKind::Category => batch.push_code(column, code),
                _ => batch.push_number(column, number),
            }
        }
    }
    let mut scorer = Scorer::new(Arc::new(model));
    let detections = scorer.detect(&batch);
    for risk in detections.column_risk.iter().chain([&detections.risk]) {
        assert!(risk.iter().all(|risk| (0.0..=100.0).contains(risk)));
    }
    let n_columns = 1 + scorer.model().columns().len();
    for row in 0..batch.n_rows() {
        for column in 0..n_columns {
            let parts = scorer.feature_evidence(&batch, &detections, row, column);
            assert!(parts.iter().all(|part| *part >= 0.0));
            scorer.explain(&batch, &detections, row, column);
        }
    }
});
