//! The evaluation protocols: train and test on the splits of a labelled file with several seeds, mean and spread of every figure.
//!
//! In: a labelled file. Out: a [`ProtocolReport`], which `make evaluate` writes to `models/evaluation.json`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::io::Read;
use std::path::Path;

use models::evaluation::ModelFigures;
use models::schema::View;
use models::training::{TrainingParams, train};
use serde::Serialize;

use crate::training_data::read_labelled;

/// What `oddflow evaluate --protocols` measures.
#[derive(Debug, Serialize)]
pub(crate) struct ProtocolReport {
    /// Name of the file.
    data: String,
    /// SHA-256 of its unpacked bytes.
    sha256: String,
    /// Oddflow's version.
    version: &'static str,
    /// Seeds of split and detectors.
    seeds: Vec<u64>,
    /// Figures by view, protocol and model.
    entries: Vec<Entry>,
}

/// One model under one protocol.
#[derive(Debug, Serialize)]
struct Entry {
    view: &'static str,
    protocol: String,
    model: String,
    /// Mean and standard deviation over the seeds, by figure.
    figures: BTreeMap<&'static str, MeanSd>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct MeanSd {
    mean: f64,
    sd: f64,
    min: f64,
}

/// Trains and tests with each seed.
///
/// # Errors
/// Where the file cannot be read as a labelled table or a model cannot be trained on it.
pub(crate) fn run<R: Read>(
    file: &OsStr,
    open: impl Fn() -> anyhow::Result<R>,
    n_seeds: u64,
) -> anyhow::Result<ProtocolReport> {
    let data = read_labelled(open)?;
    let name = Path::new(file)
        .file_name()
        .unwrap_or(file)
        .to_string_lossy()
        .into_owned();
    let seeds: Vec<u64> = (42..42 + n_seeds.max(1)).collect();
    let mut by_model: BTreeMap<(View, String, String), Vec<ModelFigures>> = BTreeMap::new();
    for &seed in &seeds {
        for view in View::ALL {
            let mut params = TrainingParams::for_view(view);
            params.seed = seed;
            params.forest.seed = seed;
            params.autoencoder.seed = seed;
            let (model, _) = train(&data.records, view, &name, &data.sha256, &params)?;
            for entry in model.card.figures {
                by_model
                    .entry((view, entry.protocol, entry.figures.model.clone()))
                    .or_default()
                    .push(entry.figures);
            }
        }
    }
    let entries = by_model
        .into_iter()
        .map(|((view, protocol, model), runs)| Entry {
            view: view.name(),
            protocol,
            model,
            figures: figures(&runs),
        })
        .collect();
    Ok(ProtocolReport {
        data: name,
        sha256: data.sha256,
        version: env!("CARGO_PKG_VERSION"),
        seeds,
        entries,
    })
}

fn figures(runs: &[ModelFigures]) -> BTreeMap<&'static str, MeanSd> {
    let rate = |run: &ModelFigures, index: usize| run.at_calibrated_rates.get(index).copied();
    let macro_recall = |run: &ModelFigures| {
        let recalls = run
            .recall_by_attack
            .values()
            .map(|recall| recall.found as f64 / recall.n.max(1) as f64);
        recalls.sum::<f64>() / run.recall_by_attack.len().max(1) as f64
    };
    let of = |figure: &dyn Fn(&ModelFigures) -> f64| {
        mean_sd(&runs.iter().map(figure).collect::<Vec<f64>>())
    };
    BTreeMap::from([
        ("roc_auc", of(&|run| run.roc_auc)),
        ("average_precision", of(&|run| run.average_precision)),
        ("f1", of(&|run| run.f1)),
        ("recall", of(&|run| run.recall)),
        ("precision", of(&|run| run.precision)),
        ("accuracy", of(&|run| run.accuracy)),
        ("false_alarm_rate", of(&|run| run.false_alarm_rate)),
        ("macro_recall", of(&macro_recall)),
        (
            "recall_at_calibrated_0.1_percent",
            of(&|run| rate(run, 2).map_or(0.0, |rate| rate.recall)),
        ),
        (
            "false_alarm_rate_at_calibrated_0.1_percent",
            of(&|run| rate(run, 2).map_or(0.0, |rate| rate.realised)),
        ),
        ("n_test", of(&|run| run.confusion.total() as f64)),
        (
            "share_of_attacks_in_test",
            of(&|run| {
                (run.confusion.true_positives + run.confusion.false_negatives) as f64
                    / run.confusion.total().max(1) as f64
            }),
        ),
    ])
}

fn mean_sd(values: &[f64]) -> MeanSd {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum::<f64>()
        / (n - 1.0).max(1.0);
    MeanSd {
        mean,
        sd: variance.sqrt(),
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
    }
}

impl fmt::Display for ProtocolReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} ({}), {} seeds: mean ± sd",
            self.data,
            self.sha256,
            self.seeds.len()
        )?;
        for entry in &self.entries {
            write!(
                f,
                "{:<6} {:<3} {:<17}",
                entry.view, entry.protocol, entry.model
            )?;
            for name in [
                "roc_auc",
                "average_precision",
                "recall",
                "false_alarm_rate",
                "f1",
            ] {
                if let Some(figure) = entry.figures.get(name) {
                    write!(f, "  {name} {:.4} ± {:.4}", figure.mean, figure.sd)?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
