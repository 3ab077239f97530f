//! Descriptions of inputs, words, calibrations and profiles.

use models::artifact::ArtifactError;
use models::trained_model::TrainedModel;
use serde_json::{Value, json};

use super::{KDD5, KDD28, KDD41, description, refusal, refuse_or_work, with};

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
fn figures_that_do_not_fit_in_32_bits_are_refused() {
    for (place, value) in [
        ("/projection_explained/0", json!(1e39)),
        ("/profile/0/numeric/quantiles/0", json!(1e39)),
    ] {
        assert!(!refuse_or_work(&with(KDD5, place, value)), "{place}");
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
