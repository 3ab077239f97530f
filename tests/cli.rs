//! The command line as people use it: `oddflow score` and `oddflow evaluate` on made-up tables through standard input.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use models::random::Random;
use models::schema::{FEATURES, FeatureKind, View};
use serde_json::Value;

const NORMAL: &str = "0,181,5450,8,8";
const FLOOD: &str = "0,0,0,511,511";
const FORM_HEADER: &str = "duration,src_bytes,dst_bytes,count,srv_count";

fn oddflow(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oddflow"));
    // Settings of whoever runs the tests must not decide them.
    command
        .env_clear()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What a run ended with.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs a command on these bytes as standard input.
fn run(arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
    let mut child = oddflow(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref();
    let output = std::thread::scope(|scope| {
        // A command that refuses its input does not read to the end.
        scope.spawn(move || stdin.write_all(input).ok());
        child.wait_with_output().unwrap()
    });
    Run::from(output)
}

fn score(input: impl AsRef<[u8]>, options: &[&str]) -> Run {
    run(&[&["score", "-"], options].concat(), input)
}

/// The object that `--format json` prints.
fn score_json(input: impl AsRef<[u8]>, options: &[&str]) -> Value {
    let run = score(input, &[&["--format", "json", "--quiet"], options].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stderr, "");
    serde_json::from_str(&run.stdout).unwrap()
}

fn digest(input: impl AsRef<[u8]>, options: &[&str]) -> String {
    let scored = score_json(input, options);
    scored["summary"]["digest"].as_str().unwrap().to_owned()
}

/// Fails unless the command ends with status 2 and says this.
fn assert_refused(run: &Run, expected: &str) {
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.starts_with("oddflow: ") && run.stderr.contains(expected),
        "expected \"{expected}\", found {}",
        run.stderr
    );
}

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// Made-up cells of the five form features, one vector per row.
fn form_rows(n_rows: usize) -> Vec<Vec<String>> {
    let mut random = Random::new(42, 0);
    (0..n_rows)
        .map(|_| {
            let sizes = [100, 20_000, 100_000, 512, 512];
            sizes.map(|size| random.below(size).to_string()).to_vec()
        })
        .collect()
}

/// Made-up cells of all 41 features, one vector per row.
fn kdd_rows(n_rows: usize) -> Vec<Vec<String>> {
    let mut random = Random::new(43, 0);
    let mut cell = |name: &str, kind: FeatureKind| match (name, kind) {
        ("protocol_type", _) => ["tcp", "udp", "icmp"][random.below(3)].to_owned(),
        ("service", _) => ["http", "smtp", "ecr_i"][random.below(3)].to_owned(),
        (_, FeatureKind::Category) => ["SF", "S0", "REJ"][random.below(3)].to_owned(),
        (_, FeatureKind::Rate) => format!("{:.2}", random.below(101) as f64 / 100.0),
        (_, FeatureKind::Flag) => random.below(2).to_string(),
        _ => random.below(500).to_string(),
    };
    (0..n_rows)
        .map(|_| {
            let features = FEATURES.iter();
            features
                .map(|feature| cell(feature.name, feature.kind))
                .collect()
        })
        .collect()
}

fn table(rows: &[Vec<String>], delimiter: &str, tail: &[&str]) -> String {
    let lines = rows.iter().map(|cells| {
        let tail = tail.iter().map(|&cell| cell.to_owned());
        let cells: Vec<String> = cells.iter().cloned().chain(tail).collect();
        cells.join(delimiter) + "\n"
    });
    lines.collect()
}

fn two_rows() -> String {
    format!("{NORMAL}\n{FLOOD}\n")
}

#[test]
fn csv_keeps_the_columns_and_adds_ours() {
    let run = score(two_rows(), &["--format", "csv"]);
    assert_eq!(run.code, 0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "duration,src_bytes,dst_bytes,count,srv_count,risk,verdict,score,isolation_forest_score,autoencoder_score,density_score,random_forest_score,hybrid_score,reasons"
    );
    assert_eq!(lines.len(), 3);
    assert!(lines[1].starts_with("0,181,5450,8,8,") && lines[1].contains(",normal,"));
    assert!(lines[2].starts_with("0,0,0,511,511,") && lines[2].contains(",anomaly,"));
    assert!(run.stderr.contains("2 rows scored, 1 anomalies"));
}

#[test]
fn json_is_one_object_with_results_and_summary() {
    let scored = score_json(two_rows(), &[]);
    let results = scored["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    let flood = &results[1];
    assert_eq!(
        (&flood["line"], &flood["verdict"], &flood["band"]),
        (&2.into(), &"anomaly".into(), &"critical".into())
    );
    let names: Vec<&Value> = flood["detectors"].as_array().unwrap().iter().collect();
    assert_eq!(names[0]["detector"], "isolation_forest");
    assert_eq!(names[1]["detector"], "autoencoder");
    assert!(!flood["reasons"].as_array().unwrap().is_empty());
    assert!(results[0]["reasons"].as_array().unwrap().is_empty());
    let summary = &scored["summary"];
    assert_eq!(summary["view"], "kdd5");
    assert_eq!(
        (&summary["rows"], &summary["anomalies"]),
        (&2.into(), &1.into())
    );
    assert_eq!(summary["digest"].as_str().unwrap().len(), 64);
    let bands = summary["bands"].as_object().unwrap().values();
    assert_eq!(bands.map(|n| n.as_u64().unwrap()).sum::<u64>(), 2);
    assert_eq!(summary["incomplete"], Value::Null);
}

#[test]
fn ndjson_is_an_object_a_line_with_the_summary_last() {
    let run = score(two_rows(), &["--format", "ndjson"]);
    let objects: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(objects.len(), 3);
    let whole = score_json(two_rows(), &[]);
    assert_eq!(objects[..2], whole["results"].as_array().unwrap()[..]);
    assert_eq!(objects[2]["summary"], whole["summary"]);
}

#[test]
fn table_shows_the_oddest_rows_first_and_a_summary() {
    let input = table(&form_rows(100), ",", &[]) + FLOOD + "\n";
    let run = score(input, &[]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].contains("line") && lines[0].contains("risk"));
    let shown = lines[1..]
        .iter()
        .take_while(|line| !line.is_empty())
        .count();
    assert_eq!(shown, 20);
    let summary = lines.iter().find(|line| line.contains("101 rows scored"));
    assert!(summary.unwrap().contains("view kdd5"));
    assert!(lines.last().unwrap().starts_with("digest: "));
}

#[test]
fn only_anomalies_leaves_normal_rows_out_and_counts_them() {
    for (format, n_lines) in [("csv", 2), ("ndjson", 2)] {
        let run = score(two_rows(), &["--format", format, "--only-anomalies"]);
        assert_eq!(run.stdout.lines().count(), n_lines, "{format}");
    }
    let scored = score_json(two_rows(), &["--only-anomalies"]);
    assert_eq!(scored["results"].as_array().unwrap().len(), 1);
    assert_eq!(scored["summary"]["rows"], 2);
    let nothing = score_json(format!("{NORMAL}\n{NORMAL}\n"), &["--only-anomalies"]);
    assert!(nothing["results"].as_array().unwrap().is_empty());
}

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
fn csv_results_keep_the_delimiter() {
    let run = score(two_rows().replace(',', ";"), &["--format", "csv"]);
    assert!(
        run.stdout.starts_with("duration;src_bytes;"),
        "{}",
        run.stdout
    );
}

#[test]
fn results_are_a_table_that_can_be_scored_again() {
    let scored = score(two_rows(), &["--format", "csv"]);
    assert_eq!(digest(scored.stdout, &[]), digest(two_rows(), &[]));
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

#[test]
fn an_error_leaves_no_half_of_a_json_text() {
    let run = score("", &["--format", "json"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stdout.is_empty() || serde_json::from_str::<Value>(&run.stdout).is_ok(),
        "standard output holds {}",
        run.stdout
    );
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let input = format!("{NORMAL}\n").repeat(200_000);
    for format in ["csv", "json", "ndjson"] {
        let mut child = oddflow(&["score", "-", "--quiet", "--format", format])
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let input = &input;
        let status = std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input.as_bytes()).ok());
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            stdout.read_until(b'}', &mut Vec::new()).unwrap_or_default();
            drop(stdout);
            child.wait().unwrap()
        });
        let mut message = String::new();
        stderr.read_to_string(&mut message).unwrap();
        assert_eq!((status.code(), message.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn threads_and_formats_do_not_change_bits_or_order() {
    // Several chunks, with copies and bad rows among them.
    let mut rows = form_rows(20_000);
    rows.extend(form_rows(10_000));
    rows[777] = vec!["bad".to_owned()];
    for (rows, n_bad) in [(rows, 1), (kdd_rows(8_000), 0)] {
        let input = table(&rows, ",", &["normal."]);
        let whole = score_json(&input, &["--threads", "1"]);
        assert_eq!(whole["summary"]["rejected"], n_bad);
        let results = whole["results"].as_array().unwrap();
        assert!(
            results
                .windows(2)
                .all(|pair| pair[0]["line"].as_u64() < pair[1]["line"].as_u64())
        );
        for threads in ["2", "4"] {
            assert!(score_json(&input, &["--threads", threads]) == whole);
        }
        let digest = whole["summary"]["digest"].as_str().unwrap();
        for format in ["csv", "ndjson", "table"] {
            for threads in ["1", "4"] {
                let run = score(&input, &["--format", format, "--threads", threads]);
                let text = if format == "csv" {
                    run.stderr
                } else {
                    run.stdout
                };
                assert!(text.contains(digest), "{format}, {threads} threads");
            }
        }
    }
}

#[test]
fn rows_are_the_same_in_every_format() {
    let input = table(&form_rows(200), ",", &[]);
    let json = score_json(&input, &[]);
    let csv = score(&input, &["--format", "csv", "--quiet"]);
    for (line, row) in csv
        .stdout
        .lines()
        .skip(1)
        .zip(json["results"].as_array().unwrap())
    {
        let cells: Vec<&str> = line.split(',').collect();
        let risk = row["risk"].as_f64().unwrap();
        assert_eq!(cells[5], format!("{risk:.2}"));
        assert_eq!(cells[6], row["verdict"].as_str().unwrap());
        let score: f32 = cells[7].parse().unwrap();
        assert_eq!(score, row["score"].as_f64().unwrap() as f32);
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
    assert_refused(&run, "kdd5.md: model file is not readable as safetensors");
    let run = score(two_rows(), &["--model", "no.oddflow"]);
    assert_refused(&run, "no.oddflow: cannot be read");
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
    for (weight, expected) in [
        ("density", "expected DETECTOR=WEIGHT"),
        ("nobody=1", "found \"nobody\""),
        ("density=-1", "expected 0 to 1000, found -1"),
        ("random_forest=1", "supervised"),
        (
            "isolation_forest=0,autoencoder=0,density=0",
            "at least one member",
        ),
    ] {
        let run = score(two_rows(), &["--weight", weight]);
        assert_eq!(run.code, 2, "{weight}");
        assert!(run.stderr.contains(expected), "{weight}: {}", run.stderr);
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

#[test]
fn unknown_arguments_are_errors() {
    for arguments in [&["score"][..], &["score", "-", "--colour"], &["guess"], &[]] {
        let run = run(arguments, "");
        assert_eq!(run.code, 2);
        assert!(!run.stderr.is_empty());
    }
}

/// The real file, where there is one: `ODDFLOW_DATA` names its folder.
#[test]
fn all_494_021_rows_of_kdd_cup_99_have_one_digest() {
    let Some(folder) = std::env::var_os("ODDFLOW_DATA").map(PathBuf::from) else {
        return;
    };
    let path = folder.join("kddcup.data_10_percent.gz");
    if !path.exists() {
        return;
    }
    let path = path.to_str().unwrap();
    let digests = ["1", "2"].map(|threads| {
        let run = run(
            &[
                "score",
                path,
                "--format",
                "csv",
                "--only-anomalies",
                "--threads",
                threads,
            ],
            "",
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
        let summary = run.stderr.lines().next().unwrap().to_owned();
        assert!(summary.starts_with("494021 rows scored"), "{summary}");
        summary
    });
    assert_eq!(digests[0], digests[1]);
}
