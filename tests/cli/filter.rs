//! `oddflow score --filter`: which rows are written, and how a mistake in the query is shown.

use serde_json::Value;

use super::{assert_refused, form_rows, kdd_rows, score, score_json, table, two_rows};

#[test]
fn only_rows_that_match_are_written_in_every_format() {
    let input = table(&form_rows(3000), ",", &[]);
    let (query, is_wanted) = ("src_bytes:>10k line:..2000", |row: &Value| {
        row["line"].as_u64().unwrap() <= 2000
    });
    let all = score_json(&input, &[]);
    let found = score_json(&input, &["--filter", query]);
    let bytes = |line: u64| -> u64 {
        let line = input.lines().nth(line as usize - 1).unwrap();
        line.split(',').nth(1).unwrap().parse().unwrap()
    };
    let wanted: Vec<&Value> = all["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| is_wanted(row) && bytes(row["line"].as_u64().unwrap()) > 10_000)
        .collect();
    let rows: Vec<&Value> = found["results"].as_array().unwrap().iter().collect();
    assert!(rows.len() > 500 && rows == wanted);

    let mut summary = found["summary"].clone();
    let summary = summary.as_object_mut().unwrap();
    assert_eq!(summary.remove("filter"), Some(query.into()));
    assert_eq!(summary.remove("matched"), Some(rows.len().into()));
    assert_eq!(summary, all["summary"].as_object().unwrap());

    let csv = score(&input, &["--format", "csv", "--filter", query]);
    assert_eq!(csv.stdout.lines().count(), 1 + rows.len());
    assert!(
        csv.stderr
            .contains(&format!("{} rows match the filter", rows.len()))
    );
    let ndjson = score(&input, &["--format", "ndjson", "--filter", query]);
    assert_eq!(ndjson.stdout.lines().count(), rows.len() + 1);
    let people = score(&input, &["--filter", "line:7"]);
    let lines: Vec<&str> = people.stdout.lines().collect();
    assert!(lines[1].trim_start().starts_with("7 "), "{}", people.stdout);
    assert!(lines[2].is_empty(), "{}", people.stdout);
    assert!(people.stdout.contains("\n1 rows match line:7\n"));
}

#[test]
fn anomalies_only_and_a_filter_both_hold() {
    let input = two_rows().repeat(1000);
    let count = |options: &[&str]| {
        score_json(&input, options)["results"]
            .as_array()
            .unwrap()
            .len()
    };
    let both = count(&["--only-anomalies", "--filter", "line:..1000"]);
    let by_query = count(&["--filter", "line:..1000 risk:>=50"]);
    assert_eq!((both, by_query), (500, 500));
}

#[test]
fn words_that_no_training_row_had_and_labels_are_found() {
    let mut rows = kdd_rows(300);
    rows[40][2] = "Gopher 2".to_owned();
    let input = table(&rows[..200], ",", &["smurf."]) + &table(&rows[200..], ",", &["normal."]);
    let lines = |query: &str| -> Vec<u64> {
        let scored = score_json(&input, &["--filter", query]);
        let results = scored["results"].as_array().unwrap().iter();
        results.map(|row| row["line"].as_u64().unwrap()).collect()
    };
    assert_eq!(lines("service:\"gopher 2\""), [41]);
    assert_eq!(lines("opher family:dos"), [41]);
    assert_eq!(lines("label:smurf").len(), 200);
    assert_eq!(lines("-family:dos").len(), 100);
}

#[test]
fn a_mistake_is_pointed_at() {
    let refused = score(two_rows(), &["--filter", "risk:>75 src_byte:>1k"]);
    assert_refused(
        &refused,
        "filter: at character 10: unknown field \"src_byte\", did you mean \"src_bytes\"?\nrisk:>75 src_byte:>1k\n         ^^^^^^^^\n",
    );
    assert_eq!(refused.stdout, "");
    let copies = score(two_rows(), &["--filter", "-copies:1"]);
    assert_refused(
        &copies,
        "\"copies\" counts equal rows of the whole file, which only the page knows",
    );
    assert!(
        copies.stderr.ends_with("\n-copies:1\n ^^^^^^\n"),
        "{}",
        copies.stderr
    );
}

#[test]
fn the_summary_names_the_model_unless_weights_made_another() {
    let usual = score_json(two_rows(), &[]);
    let shipped = include_bytes!("../../models/artifacts/kdd5.oddflow");
    assert_eq!(
        usual["summary"]["model_sha256"],
        models::digest::sha256_hex(shipped)
    );
    let weighted = score_json(two_rows(), &["--weight", "density=2"]);
    assert_eq!(weighted["summary"].get("model_sha256"), None);
}
