//! `oddflow evaluate` on a labelled table.

use serde_json::Value;

use super::{FLOOD, NORMAL, assert_refused, digest, run, two_rows};

/// A labelled table: normal rows, floods, and one attack that looks normal.
fn labelled() -> String {
    let normal = format!("{NORMAL},normal.\n").repeat(30);
    let floods = format!("{FLOOD},smurf.\n").repeat(20);
    format!("{normal}{floods}{NORMAL},guess_passwd.\n")
}

fn evaluate(input: &str) -> Value {
    let run = run(&["evaluate", "-", "--format", "json"], input);
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn evaluate_prints_every_figure_of_every_model() {
    let report = evaluate(&labelled());
    assert_eq!(report["summary"]["rows"], 51);
    let models = report["models"].as_array().unwrap();
    let names: Vec<&str> = models
        .iter()
        .map(|figures| figures["model"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "ensemble",
            "isolation_forest",
            "autoencoder",
            "density",
            "random_forest",
            "hybrid"
        ]
    );
    for figures in models {
        for key in [
            "roc_auc",
            "average_precision",
            "accuracy",
            "precision",
            "recall",
            "f1",
            "false_alarm_rate",
            "best_f1",
        ] {
            let value = figures[key].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&value), "{key}: {value}");
        }
    }
}

#[test]
fn evaluate_counts_what_was_found() {
    let report = evaluate(&labelled());
    let ensemble = &report["models"][0];
    let confusion = &ensemble["confusion"];
    assert_eq!(confusion["true_positives"], 20);
    assert_eq!(confusion["false_positives"], 0);
    assert_eq!(confusion["true_negatives"], 30);
    assert_eq!(confusion["false_negatives"], 1);
    let close = |key: &str, expected: f64| {
        let found = ensemble[key].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-9, "{key}: {found}");
    };
    close("accuracy", 50.0 / 51.0);
    close("precision", 1.0);
    close("recall", 20.0 / 21.0);
    close("f1", 40.0 / 41.0);
    // The missed attack ties with all normal rows: half a point for each.
    close("roc_auc", (20.0 + 0.5) / 21.0);
    close("average_precision", 20.0 / 21.0 + 21.0 / 51.0 / 21.0);
    let by_attack = &ensemble["recall_by_attack"];
    assert_eq!(
        by_attack["smurf"],
        serde_json::json!({"n": 20, "found": 20})
    );
    assert_eq!(
        by_attack["guess_passwd"],
        serde_json::json!({"n": 1, "found": 0})
    );
}

#[test]
fn evaluate_prints_a_report_for_people() {
    let run = run(&["evaluate", "-"], labelled());
    for expected in [
        "51 rows (view kdd5)",
        "ROC AUC",
        "average precision",
        "smurf",
    ] {
        assert!(run.stdout.contains(expected), "{}", run.stdout);
    }
}

#[test]
fn evaluate_scores_the_same_bits() {
    let report = evaluate(&labelled());
    assert_eq!(
        report["summary"]["digest"].as_str(),
        Some(&*digest(labelled(), &[]))
    );
}

#[test]
fn evaluate_needs_labels() {
    let run = run(&["evaluate", "-"], two_rows());
    assert_refused(&run, "expected a label column");
}
