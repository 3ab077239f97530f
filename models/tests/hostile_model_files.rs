//! Model files from hostile hands: each is refused with a message, or is a model that works like any other.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod random_records;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use models::artifact::{ArtifactError, MAX_MODEL_BYTES};
use models::random::Random;
use models::trained_model::{MAX_MODEL_MEMBERS, Scorer, TrainedModel};
use random_records::random_records;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

const KDD41: &[u8] = include_bytes!("../artifacts/kdd41.oddflow");
const KDD28: &[u8] = include_bytes!("../artifacts/kdd28.oddflow");
const KDD5: &[u8] = include_bytes!("../artifacts/kdd5.oddflow");
const FILES: [&[u8]; 3] = [KDD41, KDD28, KDD5];

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

#[test]
fn refuses_a_file_cut_off_anywhere() {
    for file in FILES {
        let header = (0..64).chain(data_start(file) - 4..data_start(file) + 4);
        let percents = (0..100).map(|percent| file.len() * percent / 100 + percent % 7);
        for length in header.chain(percents).chain([file.len() - 1]) {
            refusal(&file[..length]);
        }
    }
}

#[test]
fn refuses_more_bytes_than_the_tensors_need() {
    let mut longer = KDD5.to_vec();
    longer.push(0);
    refusal(&longer);
}

#[test]
fn flipped_bytes_are_refused_or_harmless() {
    let mut random = Random::new(99, 0);
    let mut n_models = 0;
    for case in 0..1_200 {
        // Mostly the smallest, which is read soonest.
        let file = [KDD41, KDD28, KDD5][(case / 2 % 8).min(2)];
        let mut flipped = file.to_vec();
        // Half of them in the descriptions, which are a small part of the file.
        let end = [data_start(file), file.len()][case % 2];
        for _ in 0..1 + random.below(4) {
            let at = random.below(end);
            flipped[at] ^= 1 << random.below(8);
        }
        n_models += usize::from(refuse_or_work(&flipped));
    }
    // Most flips of a weight make another weight: both ways out of the test must be taken.
    assert!((120..1_150).contains(&n_models), "{n_models} models");
}

#[test]
fn replaced_bytes_are_refused_or_harmless() {
    let mut random = Random::new(100, 0);
    for _ in 0..300 {
        let mut file = KDD5.to_vec();
        let first = random.below(file.len() - 64);
        let length = 1 + random.below(64);
        for byte in &mut file[first..first + length] {
            *byte = random.below(256) as u8;
        }
        refuse_or_work(&file);
    }
}

#[test]
fn random_bytes_are_refused() {
    let mut random = Random::new(101, 0);
    for length in [0, 1, 7, 8, 9, 100, 10_000] {
        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        refusal(&bytes);
    }
}

#[test]
fn refuses_a_number_that_is_not_finite() {
    for file in FILES {
        for (name, tensor) in tensors(file) {
            if tensor.dtype != Dtype::F32 || tensor.bytes.is_empty() {
                continue;
            }
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                for place in [0, tensor.bytes.len() - 4] {
                    let changed = with_tensor(file, &name, |tensor| {
                        tensor.bytes[place..place + 4].copy_from_slice(&value.to_le_bytes());
                    });
                    assert!(
                        matches!(refusal(&changed), ArtifactError::Inconsistent(_)),
                        "{name}"
                    );
                }
            }
        }
    }
}

/// The forest's cuts are stored in halves: the upper one of ±∞ and NaN has all bits of the exponent.
#[test]
fn refuses_a_cut_that_is_not_finite() {
    for upper in [0x7f80u16, 0xff80, 0x7fc0, u16::MAX] {
        let changed = with_tensor(KDD5, "isolation_forest.threshold_high", |tensor| {
            tensor.bytes[..2].copy_from_slice(&upper.to_le_bytes());
        });
        assert_eq!(
            refusal(&changed).to_string(),
            "model file: isolation forest: expected finite cuts"
        );
    }
}

#[test]
fn refuses_tensors_that_are_missing_of_another_type_or_size() {
    for file in FILES {
        let (whole, text) = (tensors(file), description(file).to_string());
        for (name, tensor) in &whole {
            let mut fewer = whole.clone();
            fewer.remove(name);
            let error = refusal(&file_of(&fewer, &text));
            assert!(
                matches!(&error, ArtifactError::Tensor { name: missing, .. } if missing == name)
            );

            let error = refusal(&with_tensor(file, name, |tensor| {
                tensor.dtype = Dtype::I8;
                tensor.shape = vec![tensor.bytes.len()];
            }));
            assert!(matches!(error, ArtifactError::Tensor { .. }), "{name}");

            let width = tensor.bytes.len() / tensor.n_values().max(1);
            for n_values in [
                0,
                1,
                tensor.n_values() / 2,
                tensor.n_values() - tensor.n_values().min(1),
            ] {
                if n_values >= tensor.n_values() {
                    continue;
                }
                let shorter = with_tensor(file, name, |tensor| {
                    tensor.bytes.truncate(n_values * width);
                    tensor.shape = vec![n_values];
                });
                // Precisions of one network less are a network of more layers.
                if name == "autoencoder.precision" && n_values == tensor.n_values() / 2 {
                    refuse_or_work(&shorter);
                    continue;
                }
                assert!(
                    matches!(
                        TrainedModel::from_bytes(&shorter),
                        Err(ArtifactError::Tensor { .. } | ArtifactError::Inconsistent(_))
                    ),
                    "{name} of {n_values}"
                );
            }
        }
    }
}

/// A detector that looks for its arrays in vain must not find another's.
#[test]
fn refuses_tensors_of_other_shapes_and_of_twice_the_size() {
    for file in FILES {
        for (name, tensor) in tensors(file) {
            if tensor.bytes.is_empty() {
                continue;
            }
            let error = refusal(&with_tensor(file, &name, |tensor| {
                tensor.bytes.extend_from_within(..);
                tensor.shape[0] *= 2;
            }));
            assert!(
                matches!(error, ArtifactError::Inconsistent(_)),
                "{name}: {error}"
            );

            // The same numbers in another shape are another matrix, and the same list.
            let reshaped = with_tensor(file, &name, |tensor| {
                let n_values = tensor.n_values();
                tensor.shape = vec![1, n_values, 1];
            });
            let is_matrix = name.ends_with(".weights");
            assert_eq!(
                TrainedModel::from_bytes(&reshaped).is_err(),
                is_matrix,
                "{name}"
            );
        }
    }
}

#[test]
fn random_tensors_are_refused_or_harmless() {
    let mut random = Random::new(102, 0);
    for file in FILES {
        for name in tensors(file).into_keys() {
            refuse_or_work(&with_tensor(file, &name, |tensor| {
                for byte in &mut tensor.bytes {
                    *byte = random.below(256) as u8;
                }
            }));
            for byte in [0, u8::MAX] {
                refuse_or_work(&with_tensor(file, &name, |tensor| tensor.bytes.fill(byte)));
            }
        }
    }
}

/// The header alone: nothing behind it.
fn bare_header(json: &str) -> Vec<u8> {
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(json.as_bytes());
    file
}

#[test]
fn refuses_absurd_sizes_at_once() {
    let started = Instant::now();
    for length in [u64::MAX, u64::MAX - 8, 1 << 63, 1 << 40, 100_000_001] {
        let mut file = KDD5.to_vec();
        file[..8].copy_from_slice(&length.to_le_bytes());
        refusal(&file);
    }
    for (shape, offsets) in [
        ("[18446744073709551615]", "[0,18446744073709551615]"),
        ("[4294967296,4294967296]", "[0,16]"),
        ("[1099511627776,1099511627776]", "[0,0]"),
        ("[18446744073709551615,0]", "[0,0]"),
        ("[1]", "[4,0]"),
        ("[1]", "[18446744073709551612,18446744073709551615]"),
    ] {
        let header = format!(
            r#"{{"__metadata__":{{"oddflow":"{{}}"}},"projection":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#
        );
        refusal(&bare_header(&header));
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn refuses_a_file_over_the_limit_unread() {
    let error = refusal(&vec![0; MAX_MODEL_BYTES + 1]);
    assert_eq!(
        error.to_string(),
        "model file has 16777217 bytes, expected at most 16777216"
    );
}

#[test]
fn refuses_deeply_nested_descriptions() {
    for nested in ["[".repeat(1_000_000), "{\"a\":".repeat(1_000_000)] {
        refusal(&bare_header(&nested));
        refusal(&file_of(&HashMap::new(), &nested));
    }
}

#[test]
fn refuses_a_file_that_is_not_ours() {
    let foreign = bare_header("{}");
    assert_eq!(
        refusal(&foreign).to_string(),
        "model file has no Oddflow description: expected metadata named \"oddflow\""
    );
    for text in ["", "null", "[]", "{}", "\u{0}", "{\"format_version\":2}"] {
        let error = refusal(&file_of(&tensors(KDD5), text));
        assert!(matches!(error, ArtifactError::Description(_)), "{text}");
    }
}

#[test]
fn names_the_version_of_a_file_of_another_version() {
    for other in [1, 3] {
        let file = with(KDD5, "/format_version", json!(other));
        assert_eq!(
            refusal(&file).to_string(),
            format!("model file has format version {other}, expected 2")
        );
    }
    // Even where the rest has changed so much that it cannot be read.
    let far_future = file_of(&HashMap::new(), r#"{"format_version":7,"layers":"many"}"#);
    assert!(matches!(
        refusal(&far_future),
        ArtifactError::Version { found: 7 }
    ));
    for version in [
        json!(0),
        json!("2"),
        json!(2.5),
        json!(-1),
        json!(u64::MAX),
        json!(null),
    ] {
        refusal(&with(KDD5, "/format_version", version));
    }
}

#[test]
fn refuses_the_encodings_of_another_view() {
    let (wide, form) = (description(KDD41), description(KDD5));
    for (file, other) in [
        (KDD41, &form),
        (KDD5, &wide),
        (KDD28, &form),
        (KDD5, &description(KDD28)),
    ] {
        for place in [
            "/view",
            "/preprocess",
            "/preprocess/vocabularies",
            "/preprocess/tree_inputs",
            "/preprocess/network_inputs",
            "/profile",
        ] {
            let theirs = other.pointer(place).unwrap().clone();
            let error = refusal(&with(file, place, theirs));
            assert!(
                matches!(error, ArtifactError::Inconsistent(_)),
                "{place}: {error}"
            );
        }
    }
}

#[test]
fn refuses_the_tensors_of_another_view() {
    refusal(&file_of(&tensors(KDD41), &description(KDD5).to_string()));
    refusal(&file_of(&tensors(KDD5), &description(KDD41).to_string()));
    refusal(&file_of(&tensors(KDD28), &description(KDD41).to_string()));
    refusal(&file_of(&tensors(KDD41), &description(KDD28).to_string()));
}

#[test]
fn refuses_members_that_cannot_be() {
    let member = description(KDD5)["members"][0].clone();
    for (place, value) in [
        ("/members", json!([])),
        (
            "/members",
            json!(vec![member.clone(); MAX_MODEL_MEMBERS + 1]),
        ),
        ("/members/0/kind", json!("oracle")),
        ("/members/0/kind", json!("autoencoder")),
        ("/members/0/kind", json!("ensemble")),
        ("/members/0/settings", json!({})),
        ("/members/0/settings", json!(null)),
        ("/members/0/weight", json!(-1)),
        ("/members/0/weight", json!(1000.5)),
        ("/members/0/weight", json!(1e39)),
        ("/members/0/weight", json!(null)),
        ("/members/0/weight", json!("NaN")),
    ] {
        refusal(&with(KDD5, place, value));
    }
    for place in ["/members/0", "/members/0/settings", "/members/3/settings"] {
        let mut unknown = description(KDD5);
        unknown.pointer_mut(place).unwrap()["command"] = json!("rm");
        refusal(&file_of(&tensors(KDD5), &unknown.to_string()));
    }
}

#[test]
fn a_weight_may_be_0_but_not_all_of_them() {
    for place in [
        "/members/0/weight",
        "/members/1/weight",
        "/members/2/weight",
    ] {
        assert!(refuse_or_work(&with(KDD5, place, json!(0))));
    }
    let mut none = description(KDD5);
    for member in none["members"].as_array_mut().unwrap() {
        member["weight"] = json!(0.0);
    }
    assert_eq!(
        refusal(&file_of(&tensors(KDD5), &none.to_string())).to_string(),
        "model file: expected a detector with a weight above 0"
    );
}

#[test]
fn refuses_settings_that_cannot_be() {
    let absurd = json!(u64::MAX);
    for (kind, setting, value) in [
        ("isolation_forest", "n_samples", json!(0)),
        ("isolation_forest", "n_samples", json!(1)),
        ("isolation_forest", "n_samples", json!(16)),
        ("isolation_forest", "n_samples", json!(65_536)),
        ("isolation_forest", "n_samples", absurd.clone()),
        ("isolation_forest", "n_samples", json!(-1)),
        // The form has no words.
        ("isolation_forest", "category_features", json!([0])),
        ("isolation_forest", "category_features", json!([5])),
        ("isolation_forest", "category_features", json!([u16::MAX])),
        ("autoencoder", "activations", json!([])),
        ("autoencoder", "activations", json!(["linear"])),
        ("autoencoder", "activations", json!(vec!["linear"; 15])),
        ("autoencoder", "activations", json!(vec!["linear"; 17])),
        ("autoencoder", "activations", json!(vec!["linear"; 100_000])),
        ("autoencoder", "activations", json!(vec!["run"; 16])),
        ("density", "n_ends", json!([])),
        ("density", "n_ends", json!([0, 0, 0, 0, 0])),
        ("density", "n_ends", json!([absurd, absurd, absurd, 2, 2])),
        ("density", "n_ends", json!(vec![1; 100_000])),
        ("density", "edges", json!([])),
        ("density", "edges", json!([[0, 5]])),
        ("density", "edges", json!([[absurd, null]])),
        ("density", "edges", json!([[0, absurd]])),
        ("density", "edges", json!(vec![json!([0, null]); 100_000])),
        ("random_forest", "n_trees", json!(0)),
        ("random_forest", "n_trees", json!(1)),
        ("random_forest", "n_trees", json!(-1)),
        ("random_forest", "n_trees", absurd.clone()),
    ] {
        let started = Instant::now();
        let place = format!("/members/{}/settings/{setting}", member(KDD5, kind));
        let error = refusal(&with(KDD5, &place, value.clone()));
        assert!(started.elapsed() < Duration::from_secs(1), "{place}");
        assert!(
            matches!(
                error,
                ArtifactError::Description(_)
                    | ArtifactError::Inconsistent(_)
                    | ArtifactError::Tensor { .. }
            ),
            "{place}: {error}"
        );
    }
}

#[test]
fn names_the_layer_that_does_not_fit() {
    let narrow = with_tensor(KDD5, "autoencoder.5.bias", |tensor| {
        tensor.bytes.truncate(4);
        tensor.shape = vec![1];
    });
    let error = refusal(&narrow).to_string();
    assert!(error.contains("layer 1 of network 1"), "{error}");
}

#[test]
fn refuses_hybrids_that_cannot_be() {
    for (place, value) in [
        // Normal-only detectors know no attack.
        ("/hybrid/member", json!(0)),
        ("/hybrid/member", json!(2)),
        ("/hybrid/member", json!(4)),
        ("/hybrid/member", json!(u64::MAX)),
        ("/hybrid/member", json!(-1)),
        ("/hybrid/member", json!(null)),
        ("/hybrid/novelty_weight", json!(-0.5)),
        ("/hybrid/novelty_weight", json!(1000.5)),
        ("/hybrid/novelty_weight", json!(1e39)),
        ("/hybrid/novelty_weight", json!(null)),
        ("/hybrid/novelty_weight", json!("NaN")),
        ("/hybrid/calibration", json!(null)),
        ("/hybrid", json!({})),
        ("/hybrid", json!([])),
    ] {
        refusal(&with(KDD5, place, value.clone()));
    }
    // JSON has no NaN; a file that says so all the same is no description.
    let text = description(KDD5).to_string();
    let weight = "\"novelty_weight\":1.0";
    assert!(text.contains(weight));
    refusal(&file_of(
        &tensors(KDD5),
        &text.replace(weight, "\"novelty_weight\":NaN"),
    ));
    for novelty_weight in [0.0, 1000.0] {
        let file = with(KDD5, "/hybrid/novelty_weight", json!(novelty_weight));
        assert!(refuse_or_work(&file));
    }
}

#[test]
fn a_model_without_hybrid_has_no_column_of_it() {
    let file = with(KDD5, "/hybrid", json!(null));
    assert!(refuse_or_work(&file));
    let model = TrainedModel::from_bytes(&file).unwrap();
    assert_eq!(model.columns().len(), model.members.len());
}

#[test]
fn refuses_held_out_evidence_of_another_number_of_records() {
    for n_values in [0, 4, 4 * 13_971, 4 * 13_972 - 1] {
        let file = with_tensor(KDD5, "held_out", |tensor| {
            tensor.bytes.truncate(2 * n_values);
            tensor.shape = vec![n_values];
        });
        let error = refusal(&file).to_string();
        assert_eq!(
            error,
            format!("model file: held-out evidence: expected 55888 numbers, found {n_values}")
        );
    }
}

/// Whatever a file claims of them, other weights can be tried or are an error.
#[test]
fn extreme_held_out_evidence_can_be_calibrated_or_not() {
    for byte in [0, u8::MAX] {
        let file = with_tensor(KDD5, "held_out", |tensor| tensor.bytes.fill(byte));
        let model = TrainedModel::from_bytes(&file).unwrap();
        if let Ok(model) = model.with_weights(&[("density".to_owned(), 7.0)]) {
            assert!(refuse_or_work(&model.to_bytes().unwrap()));
        }
    }
}

#[test]
fn refuses_calibrations_that_cannot_be() {
    for calibration in [
        "/ensemble",
        "/hybrid/calibration",
        "/members/0/calibration",
        "/members/3/calibration",
    ] {
        for (place, value) in [
            ("n_sample", json!(0)),
            ("scores", json!([])),
            ("scores", json!([2.0, 1.0])),
            ("n_at_least", json!([])),
            ("n_at_least", json!([1, 2, 3])),
            ("tail/start", json!(1e30)),
            ("tail/start", json!(1e39)),
            ("tail/scale", json!(0.0)),
            ("tail/scale", json!(-1.0)),
            ("tail/scale", json!(null)),
            ("tail/shape", json!("NaN")),
            ("tail/share", json!(null)),
        ] {
            refusal(&with(KDD5, &format!("{calibration}/{place}"), value));
        }
    }
}

#[test]
fn refuses_inputs_that_cannot_be() {
    let input = |feature: u64, transform: Value, mean: Value| json!({"feature": feature, "transform": transform, "mean": mean, "scale": 1.0});
    let surprise = |ends: Value, surprise: Value| json!({"tail_surprise": {"ends": ends, "surprise": surprise}});
    for bad in [
        input(5, json!("log"), json!(0.0)),
        input(u64::MAX, json!("log"), json!(0.0)),
        input(0, json!("log"), json!(1e39)),
        input(0, json!("is_unseen"), json!(0.0)),
        input(0, json!({"one_hot": {"code": 0}}), json!(0.0)),
        input(0, json!({"shell": {"code": 0}}), json!(0.0)),
        input(0, surprise(json!([]), json!([1.0])), json!(0.0)),
        input(0, surprise(json!([1.0]), json!([1.0])), json!(0.0)),
        input(
            0,
            surprise(json!([2.0, 1.0]), json!([1.0, 2.0, 3.0])),
            json!(0.0),
        ),
        input(0, surprise(json!([1e39]), json!([1.0, 2.0])), json!(0.0)),
    ] {
        for encoding in ["tree_inputs", "network_inputs"] {
            let place = format!("/preprocess/{encoding}/0");
            refusal(&with(KDD5, &place, bad.clone()));
        }
    }
    for inputs in [
        json!([]),
        json!(vec![input(0, json!("log"), json!(0.0)); 5_000]),
    ] {
        refusal(&with(KDD5, "/preprocess/network_inputs", inputs));
    }
}

#[test]
fn refuses_vocabularies_out_of_order() {
    for words in [json!(["udp", "tcp"]), json!(["tcp", "tcp"])] {
        refusal(&with(KDD41, "/preprocess/vocabularies/0", words));
    }
}

#[test]
fn extreme_but_finite_weights_work() {
    for file in FILES {
        for (name, tensor) in tensors(file) {
            if tensor.dtype != Dtype::F32 {
                continue;
            }
            for value in [f32::MAX, f32::MIN] {
                refuse_or_work(&with_tensor(file, &name, |tensor| {
                    let n_values = tensor.bytes.len() / 4;
                    tensor.bytes = value.to_le_bytes().repeat(n_values);
                }));
            }
        }
    }
}

#[test]
fn codes_and_words_beyond_the_vocabulary_work() {
    let any_input = json!({"feature": 1, "transform": {"one_hot": {"code": u32::MAX}}, "mean": -3e38, "scale": 3e38});
    assert!(refuse_or_work(&with(
        KDD41,
        "/preprocess/tree_inputs/0",
        any_input.clone()
    )));
    let place = "/preprocess/network_inputs/0";
    assert!(refuse_or_work(&with(KDD41, place, any_input)));
    // The density has a place for each word: with fewer its tables do not fit.
    assert!(!refuse_or_work(&with(
        KDD41,
        "/preprocess/vocabularies/0",
        json!([])
    )));
}

#[test]
fn figures_that_do_not_fit_in_32_bits_are_refused() {
    for (place, value) in [
        ("/projection_explained/0", json!(1e39)),
        ("/profile/0/numeric/quantiles/0", json!(1e39)),
    ] {
        refuse_or_work(&with(KDD5, place, value));
    }
}

#[test]
fn profiles_of_another_length_or_kind_are_refused_or_harmless() {
    for profile in [
        json!({"numeric": {"quantiles": []}}),
        json!({"numeric": {"quantiles": vec![1.0; 100]}}),
        json!({"numeric": {"quantiles": [3.0, 2.0, 1.0]}}),
        json!({"category": {"shares": []}}),
    ] {
        refuse_or_work(&with(KDD5, "/profile/0", profile));
    }
}

#[test]
fn the_same_detector_twice_is_refused() {
    let member = description(KDD5)["members"][0].clone();
    let twice = with(KDD5, "/members", json!([member.clone(), member]));
    assert_eq!(
        refusal(&twice).to_string(),
        "model file: expected each detector once"
    );
}

#[test]
fn ranks_beyond_the_sample_are_refused_or_harmless() {
    let n_knots = description(KDD5)["ensemble"]["scores"]
        .as_array()
        .unwrap()
        .len();
    let ranks = json!(vec![u32::MAX; n_knots]);
    let file = with(KDD5, "/ensemble/n_at_least", ranks);
    if let Ok(model) = TrainedModel::from_bytes(&file) {
        let start = description(KDD5)["ensemble"]["scores"][1].as_f64().unwrap() as f32;
        let p = model.ensemble.p_value(start);
        assert!(p > 0.0 && p <= 1.0, "p is {p}");
    }
}

#[test]
fn a_forest_of_overfull_leaves_is_refused_or_read_in_time() {
    // As many trees as are allowed, each leaf claiming more rows than there were samples.
    let file = with_tensor(KDD5, "isolation_forest.leaf_sizes", |tensor| {
        tensor.bytes = u16::MAX.to_le_bytes().repeat(tensor.bytes.len() / 2);
    });
    let started = Instant::now();
    let is_model = refuse_or_work(&file);
    let elapsed = started.elapsed();
    assert!(
        elapsed < Duration::from_secs(1),
        "a file of {} kB (model: {is_model}) takes {elapsed:?}",
        file.len() / 1000
    );
}
