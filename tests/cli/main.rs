//! The command line as people use it: `oddflow score` and `oddflow evaluate` on made-up tables through standard input.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod data;
mod evaluate;
mod filter;
mod findings;
mod input;
mod options;
mod results;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use models::random::Random;
use models::schema::{FEATURES, FeatureKind};
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
