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
const KDD5: &[u8] = include_bytes!("../artifacts/kdd5.oddflow");

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
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
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
    for (row, risk) in detections.risk.iter().enumerate() {
        assert!((0.0..=100.0).contains(risk), "risk {risk}");
        for column in 0..=scorer.model().columns().len() {
            scorer.explain(&batch, &detections, row, column);
        }
    }
    true
}

#[test]
fn rebuilt_file_is_the_same_model() {
    for file in [KDD41, KDD5] {
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
    for file in [KDD41, KDD5] {
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
    for case in 0..2_000 {
        let file = [KDD5, KDD41][usize::from(case % 8 == 0)];
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
    assert!((200..1_900).contains(&n_models), "{n_models} models");
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
    for file in [KDD41, KDD5] {
        for (name, tensor) in tensors(file) {
            if tensor.dtype != Dtype::F32 {
                continue;
            }
            for value in [f32::NAN, f32::INFINITY] {
                // +∞ is a cut that nothing passes: where a branch has ended.
                if name == "isolation_forest.thresholds" && value == f32::INFINITY {
                    continue;
                }
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

#[test]
fn refuses_tensors_that_are_missing_of_another_type_or_size() {
    for file in [KDD41, KDD5] {
        for name in tensors(file).into_keys() {
            let mut fewer = tensors(file);
            fewer.remove(&name);
            let error = refusal(&file_of(&fewer, &description(file).to_string()));
            assert!(
                matches!(&error, ArtifactError::Tensor { name: missing, .. } if *missing == name)
            );

            let error = refusal(&with_tensor(file, &name, |tensor| {
                tensor.dtype = Dtype::I8;
                tensor.shape = vec![tensor.bytes.len()];
            }));
            assert!(matches!(error, ArtifactError::Tensor { .. }));

            refusal(&with_tensor(file, &name, |tensor| {
                tensor.shape = vec![0];
                tensor.bytes.clear();
            }));
            refusal(&with_tensor(file, &name, |tensor| {
                let half = tensor.shape.iter().product::<usize>() / 2;
                let width = tensor.bytes.len() / tensor.shape.iter().product::<usize>();
                tensor.bytes.truncate(half * width);
                tensor.shape = vec![half];
            }));
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
    for text in ["", "null", "[]", "{}", "\u{0}", "{\"format_version\":1}"] {
        let error = refusal(&file_of(&tensors(KDD5), text));
        assert!(matches!(error, ArtifactError::Description(_)), "{text}");
    }
}

#[test]
fn names_the_version_of_a_file_of_another_version() {
    let newer = with(KDD5, "/format_version", json!(2));
    assert_eq!(
        refusal(&newer).to_string(),
        "model file has format version 2, expected 1"
    );
    // Even where the rest has changed so much that it cannot be read.
    let far_future = file_of(&HashMap::new(), r#"{"format_version":7,"layers":"many"}"#);
    assert!(matches!(
        refusal(&far_future),
        ArtifactError::Version { found: 7 }
    ));
    for version in [
        json!(0),
        json!("1"),
        json!(1.5),
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
    for (file, other) in [(KDD41, &form), (KDD5, &wide)] {
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
        ("/members/0/settings/n_samples", json!(0)),
        ("/members/0/settings/n_samples", json!(1)),
        ("/members/0/settings/n_samples", json!(16)),
        ("/members/0/settings/n_samples", json!(4097)),
        ("/members/0/settings/n_samples", json!(u64::MAX)),
        ("/members/0/settings/n_samples", json!(-1)),
        ("/members/0/weight", json!(0)),
        ("/members/0/weight", json!(-1)),
        ("/members/0/weight", json!(1e39)),
        ("/members/0/weight", json!(null)),
        ("/members/1/settings/activations", json!([])),
        ("/members/1/settings/activations", json!(["linear"])),
        ("/members/1/settings/activations", json!(vec!["linear"; 5])),
        (
            "/members/1/settings/activations",
            json!(["linear", "run", "me", "!"]),
        ),
    ] {
        refusal(&with(KDD5, place, value));
    }
    let mut unknown = description(KDD5);
    unknown["members"][0]["command"] = json!("rm");
    refusal(&file_of(&tensors(KDD5), &unknown.to_string()));
}

#[test]
fn refuses_calibrations_that_cannot_be() {
    for calibration in ["/ensemble", "/members/0/calibration"] {
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
    for file in [KDD41, KDD5] {
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
    assert!(refuse_or_work(&with(
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
fn the_same_detector_twice_is_refused_or_written_again() {
    let member = description(KDD5)["members"][0].clone();
    let twice = with(KDD5, "/members", json!([member.clone(), member]));
    refuse_or_work(&twice);
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
