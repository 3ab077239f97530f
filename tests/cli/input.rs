//! What is read: headers, delimiters, gzip, and what is wrong with a file or a row.

use std::collections::BTreeSet;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use models::schema::View;

use super::{
    FLOOD, FORM_HEADER, NORMAL, assert_refused, digest, form_rows, kdd_rows, run, score,
    score_json, table, two_rows,
};

#[test]
fn names_file_line_and_column_of_a_bad_row_in_strict_mode() {
    let input = format!("{NORMAL}\n0,abc,0,1,1\n{NORMAL}\n");
    let run = score(input, &["--strict"]);
    assert_refused(
        &run,
        "-: line 2, column \"src_bytes\": expected a number, found \"abc\"",
    );
    let short = score(format!("{NORMAL}\n1,2\n"), &["--strict"]);
    assert_refused(&short, "line 2: expected 5 columns, found 2");
    assert_eq!(score(two_rows(), &["--strict"]).code, 0);
}

#[test]
fn says_what_is_wrong_with_a_row_once() {
    let run = score(format!("{NORMAL}\n0,abc,0,1,1\n"), &["--strict"]);
    assert_eq!(
        run.stderr.matches("expected a number").count(),
        1,
        "{}",
        run.stderr
    );
}

#[test]
fn names_a_file_that_cannot_be_opened() {
    let missing = run(&["score", "no/such/file.csv"], "");
    assert_refused(&missing, "no/such/file.csv: cannot be opened");
    let folder = run(&["score", "/"], "");
    assert_refused(&folder, "/: is a folder, expected a file");
}

#[test]
fn bad_rows_are_counted_and_good_ones_scored() {
    let input = format!(
        "{NORMAL}\n0,NaN,0,1,1\n0,inf,0,1,1\n0,1e400,0,1,1\n0,-5,0,1,1\n0,,0,1,1\n1,2,3\n1,2,3,4,5,6,7\n0,0,2\u{0},3,4\n{FLOOD}\n"
    );
    let scored = score_json(&input, &[]);
    let summary = &scored["summary"];
    assert_eq!(
        (&summary["rows"], &summary["rejected"]),
        (&2.into(), &8.into())
    );
    let lines: Vec<u64> = summary["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(summary["errors"][0]["column"], "src_bytes");
    assert_eq!(scored["results"][1]["line"], 10);
    assert_eq!(summary["digest"].as_str(), Some(&*digest(two_rows(), &[])));

    let run = score(&input, &["--format", "csv"]);
    for expected in [
        "not read: line 2, column \"src_bytes\": expected a finite number, found \"NaN\"",
        "not read: line 5, column \"src_bytes\": expected a number ≥ 0, found \"-5\"",
        "not read: line 7: expected 5 columns, found 3",
    ] {
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
}

#[test]
fn a_header_is_found_and_its_order_followed() {
    let without = digest(two_rows(), &[]);
    let with_header = format!("{FORM_HEADER}\n{}", two_rows());
    assert_eq!(digest(&with_header, &[]), without);
    let scored = score_json(&with_header, &[]);
    assert_eq!(scored["results"][0]["line"], 2);
    let reordered =
        "Srv Count,count,other,dstBytes,SRC_BYTES,duration\n8,8,x,5450,181,0\n511,511,y,0,0,0\n";
    assert_eq!(digest(reordered, &[]), without);
    let missing = score("duration,src_bytes,count\n1,2,3\n", &[]);
    assert_refused(&missing, "header lacks");
}

#[test]
fn forms_are_recognised_by_their_number_of_columns() {
    for (rows, view, tails) in [
        (
            kdd_rows(30),
            View::Kdd41,
            &[&[][..], &["normal."], &["neptune", "21"]][..],
        ),
        (form_rows(30), View::Kdd5, &[&[][..], &["normal"]][..]),
    ] {
        let digests: BTreeSet<String> = tails
            .iter()
            .map(|tail| {
                let scored = score_json(table(&rows, ",", tail), &[]);
                assert_eq!(scored["summary"]["view"], view.name());
                assert_eq!(scored["summary"]["rows"], 30);
                scored["summary"]["digest"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(digests.len(), 1, "labels do not change scores");
    }
    for n_columns in [1, 2, 4, 7, 40, 44] {
        let line = vec!["1"; n_columns].join(",");
        let run = score(format!("{line}\n{line}\n"), &[]);
        assert_refused(&run, &format!("file has {n_columns} column"));
    }
}

#[test]
fn a_table_of_header_features_is_scored_in_its_view() {
    let indices = View::Kdd28.feature_indices();
    let rows: Vec<Vec<String>> = kdd_rows(20)
        .into_iter()
        .map(|cells| indices.iter().map(|&index| cells[index].clone()).collect())
        .collect();
    let names: Vec<&str> = View::Kdd28.features().map(|feature| feature.name).collect();
    let table = format!("{}\n{}", names.join(","), table(&rows, ",", &[]));
    let report = score_json(table, &[]);
    assert_eq!(report["summary"]["view"], "kdd28");
    assert_eq!(report["summary"]["rows"], 20);
}

#[test]
fn delimiters_and_line_ends_do_not_change_scores() {
    for rows in [kdd_rows(20), form_rows(20)] {
        let expected = digest(table(&rows, ",", &[]), &[]);
        for delimiter in [";", "\t"] {
            assert_eq!(digest(table(&rows, delimiter, &[]), &[]), expected);
        }
        let windows = table(&rows, ",", &[]).replace('\n', "\r\n");
        assert_eq!(digest(&windows, &[]), expected);
        assert_eq!(digest(windows.trim_end(), &[]), expected);
        assert_eq!(digest(format!("\u{feff}{windows}"), &[]), expected);
        let quoted = table(&rows, "\",\"", &[]).replace('\n', "\"\n\"");
        let quoted = format!("\"{}", quoted.trim_end_matches('"'));
        assert_eq!(digest(quoted, &[]), expected);
    }
}

#[test]
fn words_that_training_never_saw_are_counted() {
    let mut rows = kdd_rows(10);
    rows[3][2] = "gopher9".to_owned();
    let scored = score_json(table(&rows, ",", &[]), &[]);
    assert_eq!(scored["summary"]["unseen_categories"], 1);
    assert_eq!(scored["summary"]["rows"], 10);
}

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_is_read_in_place() {
    let plain = table(&form_rows(5_000), ",", &[]);
    let expected = digest(&plain, &[]);
    assert_eq!(digest(gzip(&plain), &[]), expected);
    // As `cat a.gz b.gz` makes it.
    let (first, second) = plain.split_at(plain.len() / 2);
    assert_eq!(digest([gzip(first), gzip(second)].concat(), &[]), expected);
    let path = std::env::temp_dir().join(format!("oddflow-cli-{}.csv.gz", std::process::id()));
    std::fs::write(&path, gzip(&plain)).unwrap();
    let from_file = run(&["score", path.to_str().unwrap(), "--format", "ndjson"], "");
    std::fs::remove_file(&path).unwrap();
    assert!(from_file.stdout.contains(&expected));
}

#[test]
fn a_gzip_file_that_breaks_off_is_scored_as_far_as_it_goes() {
    let whole = gzip(table(&form_rows(5_000), ",", &[]));
    let scored = score_json(&whole[..whole.len() / 2], &[]);
    let summary = &scored["summary"];
    assert!((100..5_000).contains(&summary["rows"].as_u64().unwrap()));
    assert!(
        summary["incomplete"]
            .as_str()
            .unwrap()
            .starts_with("gzip file is cut off after")
    );

    let run = score(&whole[..whole.len() / 2], &["--format", "csv"]);
    assert!(run.stderr.contains("incomplete: gzip file is cut off"));
    let damaged = {
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 50].fill(0xff);
        bytes
    };
    let run = score(damaged, &[]);
    assert!(
        run.code == 2 || run.stderr.contains("incomplete: gzip file is damaged"),
        "{}",
        run.stderr
    );
    // Too little to know a table by.
    assert_refused(&score(&whole[..5], &[]), "gzip");
}

/// A gzip file of these bytes that breaks off right behind them.
fn cut_off_gzip(bytes: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes.as_bytes()).unwrap();
    encoder.flush().unwrap();
    encoder.get_ref().clone()
}

#[test]
fn half_a_number_where_a_file_breaks_off_is_not_scored() {
    // The last row was "0,0,0,511,511": what is there reads as srv_count = 5.
    let run = score_json(
        cut_off_gzip("0,181,5450,8,8\n0,181,5450,8,8\n0,0,0,511,5"),
        &[],
    );
    let summary = &run["summary"];
    assert!(summary["incomplete"].is_string());
    assert_eq!(summary["rows"], 2, "{}", run["results"]);
}

#[test]
fn what_is_no_table_is_named() {
    let utf16: Vec<u8> = [0xfe_u8, 0xff]
        .into_iter()
        .chain(NORMAL.bytes().flat_map(|byte| [0, byte]))
        .collect();
    for (input, expected) in [
        (&b""[..], "found an empty file"),
        (b"\n\n  \n", "found an empty file"),
        (
            b"<!DOCTYPE html>\n<html><body>Log in</body></html>\n",
            "found an HTML page",
        ),
        (b"{\"rows\": []}\n", "found JSON"),
        (&utf16, "found UTF-16 text"),
        (
            b"PK\x03\x04 and so on\n",
            "found a spreadsheet or zip archive",
        ),
        (b"a word\n", "file has 1 column"),
    ] {
        for format in ["table", "csv", "json", "ndjson"] {
            assert_refused(&score(input, &["--format", format]), expected);
        }
    }
    assert_refused(
        &score(gzip(gzip(two_rows())), &[]),
        "found gzip inside gzip",
    );
    assert_refused(&score(gzip(""), &[]), "found an empty file");
    assert_refused(&score("1".repeat(3 << 20), &[]), "one line without an end");
}
