//! The summary that the page gives to take away, against the one that the command line prints: one file, the same values.

use app::job::question::ReportKind;
use serde_json::Value;

use super::{kdd_rows, score_json, table};

#[path = "../../app/tests/findings/scored.rs"]
mod scored;

use scored::ScoredFile;

/// The page's summary must be the command's, but for the list of rows that could not be read.
fn assert_same_summary(findings: &Value, printed: &Value) {
    let mut printed = printed["summary"].as_object().unwrap().clone();
    assert!(printed.remove("errors").is_some());
    assert_eq!(findings["summary"].as_object().unwrap(), &printed);
}

/// What stands in the command after an option, without its quotes.
fn option_of<'a>(command: &'a str, option: &str) -> &'a str {
    let (_, rest) = command.split_once(option).unwrap();
    let rest = rest.trim_start();
    match rest.strip_prefix('\'') {
        Some(quoted) => quoted.split_once('\'').unwrap().0,
        None => rest.split(' ').next().unwrap(),
    }
}

fn findings(file: &mut ScoredFile, query: &str, model: usize, threshold: f32) -> Value {
    serde_json::from_str(&file.report(ReportKind::Json, query, model, threshold)).unwrap()
}

#[test]
fn page_and_command_line_agree_on_the_sample() {
    let sample = include_str!("../../public/samples/office-day.csv");
    let mut file = ScoredFile::new("office-day.csv", sample.as_bytes());
    let found = findings(&mut file, "", 0, 50.0);
    assert_eq!(
        found["repeat"]["command"],
        "oddflow score office-day.csv --threshold 50 --format json"
    );
    assert_same_summary(&found, &score_json(sample, &["--threshold", "50"]));
}

#[test]
fn the_command_in_the_findings_repeats_them() {
    let mut rows = kdd_rows(900);
    rows[7][2] = "gopher".to_owned();
    let mut input = table(&rows[..500], ",", &["smurf."]) + &table(&rows[500..], ",", &["normal."]);
    input.push_str("a,line,that,is,none\n");
    let mut file = ScoredFile::new("tuesday night.csv", input.as_bytes());
    for (query, model, threshold) in [
        ("risk:>20 -service:smtp", 0, 33.3),
        ("(risk:>60 OR gopher) line:..700", 2, 75.0),
        ("label:smurf line:100..", 5, 25.0),
    ] {
        let found = findings(&mut file, query, model, threshold);
        let command = found["repeat"]["command"].as_str().unwrap();
        assert_eq!(option_of(command, "score"), "tuesday night.csv");
        let printed = score_json(
            &input,
            &[
                "--filter",
                option_of(command, "--filter"),
                "--threshold",
                option_of(command, "--threshold"),
            ],
        );
        assert_same_summary(&found, &printed);
        let n = found["selected"]["rows"].as_u64().unwrap();
        assert!(n > 0 && n < 900, "{query}: {n}");
        assert_eq!(printed["summary"]["matched"], n);
    }
}
