//! `oddflow data --statistics` on a made-up table.

use std::fs;

use serde_json::Value;

use super::{FLOOD, FORM_HEADER, NORMAL, assert_refused, run};

#[test]
fn statistics_are_written_without_a_row_and_the_same_each_time() {
    let folder = std::env::temp_dir().join(format!("oddflow-statistics-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let normal = format!("{NORMAL},normal.\n").repeat(3);
    let floods = format!("{FLOOD},smurf.\n").repeat(2);
    // A table is read by its content, whatever its name says.
    let file = folder.join("kddcup.data_10_percent.gz");
    fs::write(&file, format!("{FORM_HEADER},label\n{normal}{floods}")).unwrap();
    let output = folder.join("statistics.json");
    let (folder, file) = (folder.to_str().unwrap(), output.to_str().unwrap());
    let written = run(
        &["data", "--folder", folder, "--statistics", "--output", file],
        "",
    );
    assert_eq!(written.code, 0, "{}", written.stderr);
    let printed = run(&["data", "--folder", folder, "--statistics"], "");
    assert_eq!(printed.stdout, fs::read_to_string(&output).unwrap());
    let statistics: Value = serde_json::from_str(&printed.stdout).unwrap();
    let table = &statistics["table"];
    assert_eq!(table["n_distinct"], 2);
    assert_eq!(table["all"]["by_label"], serde_json::json!([3, 2]));
    assert_eq!(table["all"]["by_verdict"], serde_json::json!([3, 2]));
    assert_eq!(table["distinct"]["by_label"], serde_json::json!([1, 1]));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn statistics_need_the_data_and_an_output_needs_statistics() {
    let missing = run(&["data", "--folder", "/no/such/folder", "--statistics"], "");
    assert_refused(
        &missing,
        "kddcup.data_10_percent.gz is not in /no/such/folder",
    );
    let output = run(&["data", "--output", "x.json"], "");
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("--statistics"), "{}", output.stderr);
}
