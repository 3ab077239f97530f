//! `oddflow score FILE|-`: scores a table and writes what is odd.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use models::calibration::DEFAULT_THRESHOLD;

use super::{ModelOptions, Outcome, open};
use crate::pipeline::{FilterError, Options, Summary, score};
use crate::rows::{RowFormat, RowFormatter, write_table};

/// Reads CSV (comma, semicolon or tab; with or without header and label; plain or gzip) and scores every row.
#[derive(Debug, Args)]
pub(super) struct Score {
    /// The file, or - for standard input.
    file: OsString,
    /// How results are written.
    #[arg(long, value_enum, default_value_t = Format::Table, env = "ODDFLOW_FORMAT")]
    format: Format,
    /// Risk at and above which a row is an anomaly: 25 is one in ten normal rows, 50 one in a hundred, 75 one in a thousand.
    #[arg(long, default_value_t = DEFAULT_THRESHOLD, env = "ODDFLOW_THRESHOLD", value_parser = parse_threshold)]
    threshold: f32,
    /// The documents' threshold instead: call the share 0.1 of normal rows anomalies (the same as --threshold 25).
    #[arg(long, conflicts_with = "threshold", value_parser = parse_contamination)]
    contamination: Option<f32>,
    #[command(flatten)]
    models: ModelOptions,
    /// Write only rows that this query finds, such as 'risk:>75 service:http -flag:SF src_bytes:>1M'; the summary stays that of the whole file.
    #[arg(
        long,
        env = "ODDFLOW_FILTER",
        value_name = "QUERY",
        allow_hyphen_values = true
    )]
    filter: Option<String>,
    /// Write anomalies only.
    #[arg(long)]
    only_anomalies: bool,
    /// Stop at the first row that cannot be read.
    #[arg(long)]
    strict: bool,
    /// Exit with 1 when anomalies were found.
    #[arg(long)]
    exit_code: bool,
    /// Threads that parse and score; all processors unless said otherwise.
    #[arg(long, env = "ODDFLOW_THREADS")]
    threads: Option<NonZeroUsize>,
    /// Say nothing on standard error but errors.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The oddest rows and a summary, for people.
    Table,
    /// The original columns, then score columns.
    Csv,
    /// One object with `results` and `summary`.
    Json,
    /// One object a line, the summary last.
    Ndjson,
}

/// What a JSON text of results starts with.
const OPEN_JSON: &str = "{\"results\":[";

fn parse_threshold(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|risk| (0.0..=100.0).contains(risk))
        .ok_or_else(|| format!("expected a risk from 0 to 100, found \"{text}\""))
}

fn parse_contamination(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| format!("expected a share above 0 and at most 1, found \"{text}\""))
}

impl Score {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let threshold = self.contamination.map_or(self.threshold, |share| {
            models::calibration::risk(f64::from(share))
        });
        let mut options = Options {
            threshold,
            is_strict: self.strict,
            filter: self.filter,
            ..Options::default()
        };
        if let Some(threads) = self.threads {
            options.n_threads = threads.get();
        }
        let started = Instant::now();
        let models = self.models.load()?;
        let input = open(&self.file)?;
        let row_format = match self.format {
            Format::Table => RowFormat::Top { n_rows: 20 },
            Format::Csv => RowFormat::Csv,
            Format::Json => RowFormat::Json { separator: "," },
            Format::Ndjson => RowFormat::Json { separator: "" },
        };
        let formatter = RowFormatter {
            format: row_format,
            threshold,
            is_only_anomalies: self.only_anomalies,
        };
        let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let mut progress = Progress::new(self.quiet);
        let mut is_first = true;
        let mut top = Vec::new();
        let mut is_open = false;
        let summary = score(input, &models, &options, &formatter, |scored| {
            progress.add(scored.detections.risk.len());
            match self.format {
                Format::Table => top.extend(formatter.read_top(&scored.text)),
                // Every row starts with its separator, so that chunks can be formatted apart.
                // Not before there is something to write: an error leaves no half of a text.
                Format::Json => {
                    if !std::mem::replace(&mut is_open, true) {
                        output.write_all(OPEN_JSON.as_bytes())?;
                    }
                    output.write_all(if is_first {
                        scored.text.get(1..).unwrap_or_default()
                    } else {
                        &scored.text
                    })?;
                }
                Format::Csv | Format::Ndjson => output.write_all(&scored.text)?,
            }
            is_first &= scored.text.is_empty();
            Ok(())
        })
        .map_err(pointed)
        .with_context(|| self.file.to_string_lossy().into_owned())?;
        progress.clear();
        match self.format {
            Format::Table => write_table(&mut output, top, &summary)?,
            Format::Json => writeln!(
                output,
                "{}],\"summary\":{}}}",
                if is_open { "" } else { OPEN_JSON },
                serde_json::to_string(&summary)?
            )?,
            Format::Ndjson => writeln!(
                output,
                "{{\"summary\":{}}}",
                serde_json::to_string(&summary)?
            )?,
            Format::Csv => {}
        }
        output.flush()?;
        if !self.quiet {
            report(&summary, started, self.format);
        }
        Ok(if self.exit_code && summary.anomalies > 0 {
            Outcome::AnomaliesFound
        } else {
            Outcome::Done
        })
    }
}

/// The error, with the filter and carets below it where that is wrong.
fn pointed(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<FilterError>() {
        Some(filter) => anyhow::anyhow!("{filter}\n{}", filter.caret_lines()),
        None => error,
    }
}

/// What people want to know besides the rows; standard error, so that a pipe sees rows only.
fn report(summary: &Summary, started: Instant, format: Format) {
    if format == Format::Csv {
        eprintln!(
            "{} rows scored, {} anomalies at risk ≥ {}, digest {}",
            summary.rows, summary.anomalies, summary.threshold, summary.digest
        );
    }
    if let (Format::Csv, Some(matched)) = (format, summary.matched) {
        eprintln!("{matched} rows match the filter");
    }
    for error in summary.errors.iter().take(10) {
        eprintln!("not read: {error}");
    }
    if summary.rejected > 10 {
        eprintln!("not read: {} rows in all", summary.rejected);
    }
    if let Some(problem) = &summary.incomplete {
        eprintln!("incomplete: {problem}");
    }
    let seconds = started.elapsed().as_secs_f64();
    eprintln!(
        "{:.2} s, {:.0} rows/s",
        seconds,
        summary.rows as f64 / seconds.max(1e-6)
    );
}

/// A line on a terminal that says how far it is.
struct Progress {
    is_shown: bool,
    n_rows: usize,
    last: Instant,
}

impl Progress {
    fn new(is_quiet: bool) -> Self {
        Self {
            is_shown: !is_quiet && io::stderr().is_terminal(),
            n_rows: 0,
            last: Instant::now(),
        }
    }

    fn add(&mut self, n_rows: usize) {
        self.n_rows += n_rows;
        if self.is_shown && self.last.elapsed().as_millis() >= 200 {
            eprint!("\r{} rows", self.n_rows);
            self.last = Instant::now();
        }
    }

    fn clear(&self) {
        if self.is_shown {
            eprint!("\r\x1b[K");
        }
    }
}
