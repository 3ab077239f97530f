//! A detector of somebody else's, added by the steps of ARCHITECTURE.md ("How to add a detector"): it is fitted, calibrated, weighed,
//! explained, written and read like ours, and nothing in the crate knows it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod random_records;

use std::sync::Arc;

use models::artifact::ArtifactError;
use models::autoencoder::NetworkScratch;
use models::detector::{Contributions, Detector, DetectorKind, DetectorParams, DetectorTypes};
use models::isolation_forest::IsolationForestParams;
use models::preprocess::{EncodedBlock, Lanes, N_LANES, Preprocess};
use models::random::Random;
use models::record::Vocabulary;
use models::schema::View;
use models::tensors::{TensorList, Tensors};
use models::trained_model::{Scorer, TrainedModel};
use models::training::{FitData, LabelledRecords, MemberParams, TrainingParams, train};
use random_records::random_records;
use serde_json::{Value, json};

// Step 1: a name, parameters, a fit.

const KIND: DetectorKind = DetectorKind {
    name: "furthest",
    title: "Furthest input",
};

/// Scores by the input that is furthest from its median among normal records.
#[derive(Debug)]
struct FurthestParams;

impl DetectorParams for FurthestParams {
    fn kind(&self) -> DetectorKind {
        KIND
    }

    fn fit(&self, data: &FitData<'_>, _: u64) -> Result<Arc<dyn Detector>, String> {
        let rows = data.network_rows(&data.fit.rows);
        let medians = rows.columns().into_iter().map(|column| {
            let mut values = column.to_vec();
            values.sort_unstable_by(f32::total_cmp);
            values[values.len() / 2]
        });
        Ok(Arc::new(Furthest {
            medians: medians.collect(),
        }))
    }

    fn describe(&self) -> String {
        "distance of the furthest input from its median".to_owned()
    }
}

// Step 2: score, explanation, storage.

#[derive(Debug)]
struct Furthest {
    medians: Vec<f32>,
}

impl Furthest {
    fn distances(&self, block: &EncodedBlock, lane: usize) -> Vec<f32> {
        let inputs = block.network.iter().zip(&self.medians);
        inputs
            .map(|(lanes, median)| (lanes[lane] - median).abs())
            .collect()
    }
}

impl Detector for Furthest {
    fn kind(&self) -> DetectorKind {
        KIND
    }

    fn score(&self, block: &EncodedBlock, _: &mut NetworkScratch) -> Lanes {
        let mut scores = [0.0; N_LANES];
        for (lane, score) in scores.iter_mut().enumerate() {
            *score = self.distances(block, lane).into_iter().fold(0.0, f32::max);
        }
        scores
    }

    fn contributions(
        &self,
        preprocess: &Preprocess,
        block: &EncodedBlock,
        lane: usize,
        _: &mut NetworkScratch,
    ) -> Contributions {
        let mut distances = self.distances(block, lane);
        let furthest = (0..distances.len())
            .max_by(|&a, &b| distances[a].total_cmp(&distances[b]))
            .unwrap();
        for (index, distance) in distances.iter_mut().enumerate() {
            *distance *= f32::from(u8::from(index == furthest));
        }
        Contributions::of_inputs(preprocess, preprocess.network_inputs(), 0.0, &distances)
    }

    fn explained(&self, score: f32) -> f32 {
        score
    }

    fn store(&self, tensors: &mut TensorList) -> Result<Value, ArtifactError> {
        let n_inputs = self.medians.len();
        tensors.f32s("medians", &[n_inputs], self.medians.iter().copied());
        Ok(json!({}))
    }
}

fn load(
    _: Value,
    tensors: &Tensors<'_>,
    preprocess: &Preprocess,
) -> Result<Arc<dyn Detector>, ArtifactError> {
    let medians = tensors.f32s("medians")?;
    if medians.len() == preprocess.network_inputs().len() && medians.iter().all(|m| m.is_finite()) {
        Ok(Arc::new(Furthest { medians }))
    } else {
        Err(ArtifactError::Inconsistent(
            "furthest: expected one finite median per input".into(),
        ))
    }
}

// Step 3: among the members of a model, and among the types that model files may hold.

fn records() -> LabelledRecords {
    let words: Vec<Vocabulary> = (0..3)
        .map(|_| Vocabulary::new(["a", "b", "c"].map(str::to_owned).to_vec()))
        .collect();
    let mut random = Random::new(5, 0);
    let batch = random_records(View::Kdd41, &words, 3_000, 5);
    LabelledRecords {
        labels: (0..3_000)
            .map(|_| u32::from(random.uniform() < 0.1))
            .collect(),
        batch,
        vocabularies: words,
        label_names: vec!["normal".into(), "neptune".into()],
    }
}

fn model() -> (LabelledRecords, TrainedModel) {
    let records = records();
    let forest = IsolationForestParams {
        n_trees: 10,
        ..IsolationForestParams::default()
    };
    let params = TrainingParams::of_members(vec![
        MemberParams::new(1.0, forest),
        MemberParams::new(2.0, FurthestParams),
    ]);
    let model = train(&records, View::Kdd41, "made up", "0", &params).unwrap();
    (records, model)
}

#[test]
fn counts_in_the_ensemble_and_has_a_column_of_its_own() {
    let (records, model) = model();
    assert_eq!(model.columns()[1], KIND);
    assert!(
        model
            .card
            .parameters
            .iter()
            .any(|(name, value)| name == "furthest" && value.contains("median"))
    );
    assert!(
        model
            .card
            .figures
            .iter()
            .any(|entry| entry.figures.model == "furthest")
    );
    let batch = model
        .preprocess
        .recode(&records.batch, &records.vocabularies);
    let without = model
        .clone()
        .with_weights(&[("furthest".into(), 0.0)])
        .unwrap();
    let risk = |model: TrainedModel| Scorer::new(Arc::new(model)).detect(&batch).risk;
    assert!(risk(model) != risk(without));
}

#[test]
fn is_explained_by_the_input_that_made_its_score() {
    let (records, model) = model();
    let batch = model
        .preprocess
        .recode(&records.batch, &records.vocabularies);
    let mut scorer = Scorer::new(Arc::new(model));
    let detections = scorer.detect(&batch);
    for row in 0..20 {
        let reasons = scorer.explain(&batch, &detections, row, 2);
        assert_eq!(reasons.len(), 1);
        assert!((reasons[0].share - 1.0).abs() < 1e-5);
    }
}

#[test]
fn is_read_back_by_those_who_know_it_and_refused_by_others() {
    let (records, model) = model();
    let bytes = model.to_bytes().unwrap();
    let types = DetectorTypes::shipped().with(KIND, load);
    let read = TrainedModel::from_bytes_with(&bytes, &types).unwrap();
    let batch = model
        .preprocess
        .recode(&records.batch, &records.vocabularies);
    let detect = |model: TrainedModel| Scorer::new(Arc::new(model)).detect(&batch);
    assert_eq!(detect(read), detect(model));
    let error = TrainedModel::from_bytes(&bytes).unwrap_err();
    assert!(error.to_string().contains("found \"furthest\""), "{error}");
}
