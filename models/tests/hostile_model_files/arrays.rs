//! Tensors of wrong names, types, shapes and values.

use std::time::Instant;

use models::artifact::ArtifactError;
use models::random::Random;
use models::trained_model::TrainedModel;
use safetensors::tensor::Dtype;

use super::{
    FILES, HANG_GUARD, KDD5, KDD28, KDD41, description, file_of, refusal, refuse_or_work, tensors,
    with_tensor,
};

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

#[test]
fn refuses_the_tensors_of_another_view() {
    refusal(&file_of(&tensors(KDD41), &description(KDD5).to_string()));
    refusal(&file_of(&tensors(KDD5), &description(KDD41).to_string()));
    refusal(&file_of(&tensors(KDD28), &description(KDD41).to_string()));
    refusal(&file_of(&tensors(KDD41), &description(KDD28).to_string()));
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
fn refuses_held_out_evidence_of_another_number_of_records() {
    let expected = tensors(KDD5)["held_out"].n_values();
    for n_values in [0, 4, expected - 4, expected - 1] {
        let file = with_tensor(KDD5, "held_out", |tensor| {
            tensor.bytes.truncate(2 * n_values);
            tensor.shape = vec![n_values];
        });
        let error = refusal(&file).to_string();
        assert_eq!(
            error,
            format!("model file: held-out evidence: expected {expected} numbers, found {n_values}")
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
fn a_forest_of_overfull_leaves_is_refused_or_read_in_time() {
    // As many trees as are allowed, each leaf claiming more rows than there were samples.
    let file = with_tensor(KDD5, "isolation_forest.leaf_sizes", |tensor| {
        tensor.bytes = u16::MAX.to_le_bytes().repeat(tensor.bytes.len() / 2);
    });
    let started = Instant::now();
    let is_model = refuse_or_work(&file);
    let elapsed = started.elapsed();
    assert!(
        elapsed < HANG_GUARD,
        "a file of {} kB (model: {is_model}) takes {elapsed:?}",
        file.len() / 1000
    );
}
