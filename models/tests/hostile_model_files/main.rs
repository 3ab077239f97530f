//! Model files from hostile hands: each is refused with a message, or is a model that works like any other.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod arrays;
mod bytes;
mod inputs;
mod members;
#[path = "../random_records/mod.rs"]
mod random_records;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use models::artifact::ArtifactError;
use models::trained_model::{Scorer, TrainedModel};
use random_records::random_records;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

const KDD41: &[u8] = include_bytes!("../../artifacts/kdd41.oddflow");
const KDD28: &[u8] = include_bytes!("../../artifacts/kdd28.oddflow");
const KDD5: &[u8] = include_bytes!("../../artifacts/kdd5.oddflow");
const FILES: [&[u8]; 3] = [KDD41, KDD28, KDD5];

/// A size that is believed costs minutes or the whole memory; a busy machine does not take that long for an honest refusal.
const HANG_GUARD: Duration = Duration::from_secs(10);

/// Where the tensors of a safetensors file start: behind a length of 8 bytes and that many bytes of JSON.
fn data_start(file: &[u8]) -> usize {
    8 + usize::try_from(u64::from_le_bytes(file[..8].try_into().unwrap())).unwrap()
}

/// The description inside a file.
fn description(file: &[u8]) -> Value {
    let (_, metadata) = SafeTensors::read_metadata(file).unwrap();
    serde_json::from_str(&metadata.metadata().as_ref().unwrap()["oddflow"]).unwrap()
}

/// A tensor as it stands in a file.
#[derive(Clone)]
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    fn n_values(&self) -> usize {
        self.shape.iter().product()
    }
}

fn tensors(file: &[u8]) -> HashMap<String, Tensor> {
    SafeTensors::deserialize(file)
        .unwrap()
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let tensor = Tensor {
                dtype: view.dtype(),
                shape: view.shape().to_vec(),
                bytes: view.data().to_vec(),
            };
            (name, tensor)
        })
        .collect()
}

/// A file of these tensors and this description, text of any kind.
fn file_of(tensors: &HashMap<String, Tensor>, description: &str) -> Vec<u8> {
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, tensor)| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes).unwrap();
            (name.as_str(), view)
        })
        .collect();
    let metadata = HashMap::from([("oddflow".to_owned(), description.to_owned())]);
    safetensors::serialize(views, Some(metadata)).unwrap()
}

/// A shipped file with another value at a place (a JSON pointer) of its description.
fn with(file: &[u8], place: &str, value: Value) -> Vec<u8> {
    let mut description = description(file);
    *description.pointer_mut(place).unwrap() = value;
    file_of(&tensors(file), &description.to_string())
}

fn with_tensor(file: &[u8], name: &str, change: impl FnOnce(&mut Tensor)) -> Vec<u8> {
    let mut tensors = tensors(file);
    change(tensors.get_mut(name).unwrap());
    file_of(&tensors, &description(file).to_string())
}

fn refusal(file: &[u8]) -> ArtifactError {
    TrainedModel::from_bytes(file).err().unwrap()
}

/// The position of a member in a file.
fn member(file: &[u8], kind: &str) -> usize {
    let description = description(file);
    let members = description["members"].as_array().unwrap();
    members
        .iter()
        .position(|member| member["kind"] == kind)
        .unwrap()
}

/// Fails unless the file is refused or its model scores, explains, and survives being written. Says whether it is a model.
fn refuse_or_work(file: &[u8]) -> bool {
    let Ok(model) = TrainedModel::from_bytes(file) else {
        return false;
    };
    let written = model.to_bytes().unwrap();
    let again = TrainedModel::from_bytes(&written).unwrap();
    assert!(
        again.to_bytes().unwrap() == model.to_bytes().unwrap(),
        "a model that changes when it is written"
    );
    let vocabularies = model.preprocess.vocabularies();
    let batch = random_records(model.view(), vocabularies, 20, 1);
    let mut scorer = Scorer::new(Arc::new(model));
    let detections = scorer.detect(&batch);
    for risk in detections.column_risk.iter().chain([&detections.risk]) {
        assert!(risk.iter().all(|risk| (0.0..=100.0).contains(risk)));
    }
    let scores = detections.raw.iter().chain([&detections.combined]);
    assert!(scores.flatten().all(|score| score.is_finite()));
    for row in 0..batch.n_rows() {
        for column in 0..=scorer.model().columns().len() {
            let parts = scorer.feature_evidence(&batch, &detections, row, column);
            assert!(parts.iter().all(|part| *part >= 0.0), "{parts:?}");
            scorer.explain(&batch, &detections, row, column);
        }
    }
    true
}

#[test]
fn rebuilt_file_is_the_same_model() {
    for file in FILES {
        let rebuilt = file_of(&tensors(file), &description(file).to_string());
        assert!(
            TrainedModel::from_bytes(&rebuilt)
                .unwrap()
                .to_bytes()
                .unwrap()
                == TrainedModel::from_bytes(file).unwrap().to_bytes().unwrap()
        );
    }
}
