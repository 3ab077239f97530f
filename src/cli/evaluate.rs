//! `oddflow evaluate FILE`: how good the models are on a labelled table. `oddflow evaluate --protocols`: on the protocols of ARCHITECTURE.md.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use models::evaluation::{AttackFamily, ModelFigures};
use models::schema::View;
use models::trained_model::Detections;
use models::training::figures_of;
use serde::Serialize;

use super::{ModelOptions, Outcome, open};
use crate::pipeline::{Options, Summary, score};
use crate::protocols;
use crate::rows::{RowFormat, RowFormatter};

/// Scores a labelled table and prints accuracy, precision, recall, F1, ROC AUC, average precision, the confusion matrix and recall per
/// attack type of every model.
#[derive(Debug, Args)]
pub(super) struct Evaluate {
    /// The labelled table, or - for standard input.
    #[arg(required_unless_present = "protocols", conflicts_with = "protocols")]
    file: Option<OsString>,
    /// Train and test by every protocol instead, on the files of the data folder, with several seeds: what `make evaluate` does.
    #[arg(long, conflicts_with_all = ["model", "weight"])]
    protocols: bool,
    /// With --protocols, number of seeds: 42, 43, ...
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1000), conflicts_with = "file")]
    seeds: u64,
    /// With --protocols, only those trainings that have a protocol whose name starts so, such as P1 or K-fold.
    #[arg(long, default_value = "", conflicts_with = "file")]
    only: String,
    /// With --protocols, folder of simulated days for the sequence model, as `cargo xtask sample --days FOLDER` writes them.
    #[arg(long, conflicts_with = "file")]
    days: Option<PathBuf>,
    /// With --protocols, trainings at a time.
    #[arg(long, default_value = "2", conflicts_with = "file")]
    threads: NonZeroUsize,
    /// How figures are written.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    models: ModelOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One object.
    Json,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Report {
    summary: Summary,
    models: Vec<ModelFigures>,
}

impl Evaluate {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        if self.protocols {
            let report = protocols::run(&protocols::Options {
                n_seeds: self.seeds,
                n_threads: self.threads.get(),
                only: self.only,
                days: self.days,
            })?;
            let mut output = io::stdout().lock();
            match self.format {
                Format::Json => writeln!(output, "{}", serde_json::to_string(&report)?)?,
                Format::Table => protocols::print(&report, &mut output)?,
            }
            return Ok(Outcome::Done);
        }
        let file = self.file.context("a file is needed")?;
        let report = self::report(&file, &self.models)
            .with_context(|| file.to_string_lossy().into_owned())?;
        let mut output = io::stdout().lock();
        match self.format {
            Format::Json => writeln!(output, "{}", serde_json::to_string_pretty(&report)?)?,
            Format::Table => write_report(&mut output, &report)?,
        }
        Ok(Outcome::Done)
    }
}

fn report(file: &OsString, model_options: &ModelOptions) -> anyhow::Result<Report> {
    let models = model_options.load()?;
    let options = Options::default();
    let formatter = RowFormatter {
        format: RowFormat::Nothing,
        threshold: options.threshold,
        is_only_anomalies: false,
    };
    let (mut all, mut labels, mut names) = (Detections::default(), Vec::new(), Vec::new());
    let mut code_of: HashMap<String, u32> = HashMap::new();
    let summary = score(open(file)?, &models, &options, &formatter, |scored| {
        anyhow::ensure!(
            scored.labels.len() == scored.detections.risk.len(),
            "expected a label column: figures need to know what is an attack"
        );
        let codes: Vec<u32> = scored
            .label_names
            .iter()
            .map(|name| {
                *code_of.entry(name.clone()).or_insert_with(|| {
                    names.push(name.clone());
                    names.len() as u32 - 1
                })
            })
            .collect();
        labels.extend(
            scored
                .labels
                .iter()
                .map(|&label| codes.get(label as usize).copied().unwrap_or_default()),
        );
        all.append(&scored.detections);
        Ok(())
    })?;
    let view = View::from_name(&summary.view).context("the view is known")?;
    let model = models.of(view).with_context(|| models.absence(view))?;
    Ok(Report {
        models: figures_of(model, &all, &labels, &names),
        summary,
    })
}

fn write_report(output: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(
        output,
        "{} rows (view {}), {} not read, digest {}",
        report.summary.rows, report.summary.view, report.summary.rejected, report.summary.digest
    )?;
    for f in &report.models {
        let c = f.confusion;
        writeln!(output, "\n{} at risk ≥ {}", f.model, f.threshold)?;
        writeln!(
            output,
            "  ROC AUC {:.4}   average precision {:.4}   best F1 in hindsight {:.4}",
            f.roc_auc, f.average_precision, f.best_f1
        )?;
        writeln!(
            output,
            "  accuracy {:.4}   precision {:.4}   recall {:.4}   F1 {:.4}",
            f.accuracy, f.precision, f.recall, f.f1
        )?;
        writeln!(
            output,
            "  {:>14} {:>12} {:>12}",
            "", "said normal", "said anomaly"
        )?;
        writeln!(
            output,
            "  {:>14} {:>12} {:>12}",
            "is normal", c.true_negatives, c.false_positives
        )?;
        writeln!(
            output,
            "  {:>14} {:>12} {:>12}",
            "is attack", c.false_negatives, c.true_positives
        )?;
        for rate in &f.at_calibrated_rates {
            writeln!(
                output,
                "  calibrated for {:>5.1} % false alarms: {:.2} % came out, recall {:.4}",
                rate.nominal * 100.0,
                rate.realised * 100.0,
                rate.recall
            )?;
        }
        for (attack, recall) in &f.recall_by_attack {
            let share = recall.found as f64 / recall.n.max(1) as f64;
            writeln!(
                output,
                "  {:<5} {attack:<18} {:>8} of {:>8}  {share:.4}",
                AttackFamily::of(attack).name(),
                recall.found,
                recall.n
            )?;
        }
    }
    Ok(())
}
