//! Descriptions of detectors, their weights and settings, and the hybrid.

use std::time::Instant;

use models::artifact::ArtifactError;
use models::trained_model::{MAX_MODEL_MEMBERS, TrainedModel};
use serde_json::json;

use super::{
    HANG_GUARD, KDD5, description, file_of, member, refusal, refuse_or_work, tensors, with,
};

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
        "model file: ensemble: expected a detector with a weight above 0"
    );
}

#[test]
fn refuses_a_weight_of_a_supervised_detector() {
    let place = format!("/members/{}/weight", member(KDD5, "random_forest"));
    let error = refusal(&with(KDD5, &place, json!(1))).to_string();
    assert!(error.contains("it is supervised"), "{error}");
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
        ("autoencoder", "activations", json!(vec!["linear"; 10_000])),
        ("autoencoder", "activations", json!(vec!["run"; 16])),
        ("density", "n_ends", json!([])),
        ("density", "n_ends", json!([0, 0, 0, 0, 0])),
        ("density", "n_ends", json!([absurd, absurd, absurd, 2, 2])),
        ("density", "n_ends", json!(vec![1; 10_000])),
        ("density", "edges", json!([])),
        ("density", "edges", json!([[0, 5]])),
        ("density", "edges", json!([[absurd, null]])),
        ("density", "edges", json!([[0, absurd]])),
        ("density", "edges", json!(vec![json!([0, null]); 10_000])),
        ("random_forest", "n_trees", json!(0)),
        ("random_forest", "n_trees", json!(1)),
        ("random_forest", "n_trees", json!(-1)),
        ("random_forest", "n_trees", absurd.clone()),
    ] {
        let place = format!("/members/{}/settings/{setting}", member(KDD5, kind));
        let file = with(KDD5, &place, value.clone());
        let started = Instant::now();
        let error = refusal(&file);
        assert!(started.elapsed() < HANG_GUARD, "{place}");
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
    let mut no_number = description(KDD5);
    no_number["hybrid"]["novelty_weight"] = json!("none");
    let text = no_number.to_string().replace("\"none\"", "NaN");
    refusal(&file_of(&tensors(KDD5), &text));
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
fn the_same_detector_twice_is_refused() {
    let member = description(KDD5)["members"][0].clone();
    let twice = with(KDD5, "/members", json!([member.clone(), member]));
    assert_eq!(
        refusal(&twice).to_string(),
        "model file: expected each detector once"
    );
}
