//! Options, arguments, settings from the environment, and the exit status.

use std::io::Write as _;
use std::path::PathBuf;

use models::schema::View;
use serde_json::Value;

use super::{
    NORMAL, Run, assert_refused, digest, form_rows, oddflow, run, score, score_json, table,
    two_rows,
};

#[test]
fn exit_code_says_whether_there_are_anomalies() {
    for format in ["csv", "json", "ndjson", "table"] {
        let with = |input: &str, options: &[&str]| {
            score(input, &[&["--format", format], options].concat()).code
        };
        assert_eq!(with(&two_rows(), &["--exit-code"]), 1);
        assert_eq!(with(&format!("{NORMAL}\n"), &["--exit-code"]), 0);
        assert_eq!(with(&two_rows(), &[]), 0);
        assert_eq!(with("", &["--exit-code"]), 2);
    }
}

#[test]
fn threshold_decides_what_is_an_anomaly_and_nothing_else() {
    let at = |threshold: &str| score_json(two_rows(), &["--threshold", threshold]);
    assert_eq!(at("0")["summary"]["anomalies"], 2);
    assert_eq!(at("50")["summary"]["anomalies"], 1);
    assert_eq!(at("0")["summary"]["digest"], at("50")["summary"]["digest"]);
    assert_eq!(at("0")["results"][0]["verdict"], "anomaly");
    for bad in ["-1", "100.1", "NaN", "inf", "ten", ""] {
        let run = score(two_rows(), &[&format!("--threshold={bad}")]);
        assert_eq!(run.code, 2);
        assert!(
            run.stderr.contains("expected a risk from 0 to 100"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn contamination_is_a_threshold_by_another_name() {
    let input = table(&form_rows(500), ",", &[]);
    for (contamination, threshold) in [("0.1", "25"), ("0.01", "50"), ("0.001", "75"), ("1", "0")] {
        let by_share = score_json(&input, &["--contamination", contamination]);
        let by_risk = score_json(&input, &["--threshold", threshold]);
        assert_eq!(by_share["results"], by_risk["results"]);
        assert_eq!(
            by_share["summary"]["anomalies"],
            by_risk["summary"]["anomalies"]
        );
    }
    for bad in ["0", "1.5", "-0.1", "NaN"] {
        let run = score(two_rows(), &[&format!("--contamination={bad}")]);
        assert_eq!(run.code, 2);
    }
    let both = score(two_rows(), &["--contamination=0.1", "--threshold=3"]);
    assert_eq!(both.code, 2);
}

fn shipped(view: View) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = folder.join(format!("models/artifacts/{}.oddflow", view.name()));
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_model_file_replaces_the_shipped_one_of_its_view() {
    let expected = digest(two_rows(), &[]);
    for view in View::ALL {
        assert_eq!(digest(two_rows(), &["--model", &shipped(view)]), expected);
    }
    let both = format!("{},{}", shipped(View::Kdd5), shipped(View::Kdd41));
    assert_eq!(digest(two_rows(), &["--model", &both]), expected);
}

#[test]
fn a_file_that_is_no_model_is_named() {
    let card = shipped(View::Kdd5).replace(".oddflow", ".md");
    let run = score(two_rows(), &["--model", &card]);
    assert_refused(&run, "kdd5.md: model file ");
    let run = score(two_rows(), &["--model", "no.oddflow"]);
    assert_refused(&run, "no.oddflow: cannot be read");
}

#[test]
fn weights_change_the_ensemble_and_nothing_else() {
    let rows = |options: &[&str]| {
        let run = score(two_rows(), &[&["--format", "csv"], options].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        run.stdout.lines().skip(1).map(cells).collect::<Vec<_>>()
    };
    let (usual, other) = (
        rows(&[]),
        rows(&["--weight", "density=0,isolation_forest=9"]),
    );
    for (usual, other) in usual.iter().zip(&other) {
        assert_ne!(usual[7], other[7], "the ensemble's score");
        assert_eq!(usual[8..12], other[8..12], "the detectors' scores");
    }
}

#[test]
fn weights_that_cannot_be_are_refused_with_option_and_view() {
    for (weight, expected) in [
        (
            "nobody=1",
            "--weight, view kdd5: expected one of the detectors isolation_forest, autoencoder, density, found \"nobody\"",
        ),
        (
            "density=-1",
            "--weight, view kdd5: weight of density: expected 0 to 1000, found -1",
        ),
        (
            "density=NaN",
            "--weight, view kdd5: weight of density: expected 0 to 1000, found NaN",
        ),
        (
            "random_forest=1",
            "--weight, view kdd5: weight of random_forest: expected 0, found 1",
        ),
        (
            "isolation_forest=0,autoencoder=0,density=0",
            "--weight, view kdd5: ensemble: expected a detector with a weight above 0",
        ),
        ("density=2,density=3", "--weight: density is there twice"),
    ] {
        assert_refused(&score(two_rows(), &["--weight", weight]), expected);
    }
    let run = score(two_rows(), &["--weight", "density"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("expected DETECTOR=WEIGHT"),
        "{}",
        run.stderr
    );
}

#[test]
fn settings_come_from_the_environment_too() {
    let mut command = oddflow(&["score", "-", "--quiet"]);
    command
        .env("ODDFLOW_FORMAT", "json")
        .env("ODDFLOW_THRESHOLD", "0")
        .env("ODDFLOW_THREADS", "1");
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(two_rows().as_bytes()).unwrap();
    drop(stdin);
    let run = Run::from(child.wait_with_output().unwrap());
    let scored: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(scored["summary"]["anomalies"], 2);
}

#[test]
fn unknown_arguments_are_errors() {
    for arguments in [&["score"][..], &["score", "-", "--colour"], &["guess"], &[]] {
        let run = run(arguments, "");
        assert_eq!(run.code, 2);
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn arguments_that_do_not_go_together_are_errors() {
    for (arguments, expected) in [
        (
            &["evaluate", "-", "--seeds", "3"][..],
            "cannot be used with '--seeds <SEEDS>'",
        ),
        (
            &["evaluate", "-", "--only", "P1"],
            "cannot be used with '--only <ONLY>'",
        ),
        (
            &["evaluate", "--protocols", "--model", "kdd5.oddflow"],
            "cannot be used with",
        ),
        (
            &["evaluate", "--protocols", "--weight", "density=2"],
            "cannot be used with",
        ),
        (
            &["evaluate", "--protocols", "--seeds", "0"],
            "0 is not in 1",
        ),
        (
            &["evaluate", "--protocols", "--threads", "0"],
            "invalid value '0' for '--threads",
        ),
        (
            &["score", "-", "--threads", "0"],
            "invalid value '0' for '--threads",
        ),
    ] {
        let run = run(arguments, "");
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
}
