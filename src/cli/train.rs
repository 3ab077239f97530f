//! `oddflow train [FILE]`: trains the models of every view and writes them with their cards.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use models::schema::View;
use models::training::{TrainingParams, train};

use super::timed::FitTimes;
use super::{Outcome, open};
use crate::datasets;
use crate::model_card::model_card;
use crate::training_data::read_labelled;

/// Fits the detectors on four fifths of a labelled table (all but the random forest on its normal rows alone), calibrates them and
/// measures them on the last fifth.
#[derive(Debug, Args)]
pub(super) struct Train {
    /// The labelled table; KDD Cup 99 (10 %) of the data folder unless said otherwise.
    file: Option<OsString>,
    /// Folder that the model files and cards are written to.
    #[arg(long, default_value = "models/artifacts")]
    output: PathBuf,
    /// Views to train; all that the table holds unless said otherwise.
    #[arg(long, value_delimiter = ',', value_parser = parse_view)]
    view: Vec<View>,
    /// Detectors to train, with the weights that they have among all; all unless said otherwise.
    #[arg(long, value_delimiter = ',', value_parser = parse_detector)]
    detector: Vec<String>,
    /// Write how many seconds each fit took, as JSON by view and detector.
    #[arg(long, value_name = "FILE")]
    times: Option<PathBuf>,
    /// Seed of the split and of every detector.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

fn parse_view(name: &str) -> Result<View, String> {
    View::from_name(name).ok_or_else(|| {
        format!(
            "expected one of {}, found \"{name}\"",
            View::ALL.map(View::name).join(", ")
        )
    })
}

fn parse_detector(name: &str) -> Result<String, String> {
    let params = View::ALL.map(TrainingParams::for_view);
    let members = params.iter().flat_map(|params| &params.members);
    let mut known: Vec<&str> = members.map(|member| member.detector.kind().name).collect();
    known.sort_unstable();
    known.dedup();
    if known.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(format!(
            "expected one of {}, found \"{name}\"",
            known.join(", ")
        ))
    }
}

impl Train {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let times = FitTimes::default();
        let wanted = if self.view.is_empty() {
            View::ALL.to_vec()
        } else {
            self.view.clone()
        };
        let mut plans = wanted
            .into_iter()
            .map(|view| Ok((view, self.params(view, &times)?)))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let file = self.file.map_or_else(
            || datasets::find("kddcup.data_10_percent").map(OsString::from),
            Ok,
        )?;
        let name = PathBuf::from(&file)
            .file_name()
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        let data = read_labelled(|| open(&file)).with_context(|| name.clone())?;
        if self.view.is_empty() {
            plans.retain(|(view, _)| data.records.batch.project(*view).is_some());
        }
        fs::create_dir_all(&self.output).with_context(|| self.output.display().to_string())?;
        for (view, params) in plans {
            let started = Instant::now();
            let model = train(&data.records, view, &name, &data.sha256, &params)?;
            let bytes = model.to_bytes()?;
            let path = self.output.join(format!("{}.oddflow", view.name()));
            fs::write(&path, &bytes).with_context(|| path.display().to_string())?;
            let card = self.output.join(format!("{}.md", view.name()));
            fs::write(&card, model_card(&model, &bytes))
                .with_context(|| card.display().to_string())?;
            eprintln!(
                "{}: {:.1} s, {} bytes",
                path.display(),
                started.elapsed().as_secs_f64(),
                bytes.len()
            );
            for entry in &model.card.figures {
                let figures = &entry.figures;
                eprintln!(
                    "  {} {:<17} AUROC {:.4}  AP {:.4}  recall {:.4} at {:.4} false alarms  F1 {:.4}",
                    entry.protocol,
                    figures.model,
                    figures.roc_auc,
                    figures.average_precision,
                    figures.recall,
                    figures.false_alarm_rate,
                    figures.f1
                );
            }
        }
        if let Some(path) = &self.times {
            let text = serde_json::to_string_pretty(&times.seconds())?;
            fs::write(path, text + "\n").with_context(|| path.display().to_string())?;
        }
        Ok(Outcome::Done)
    }

    /// How a view is trained: the chosen detectors, timed.
    fn params(&self, view: View, times: &FitTimes) -> anyhow::Result<TrainingParams> {
        let mut params = TrainingParams::for_view(view);
        params.seed = self.seed;
        let in_ensemble: Vec<&str> = params
            .members
            .iter()
            .filter(|member| member.weight > 0.0)
            .map(|member| member.detector.kind().name)
            .collect();
        params.members.retain(|member| {
            let name = member.detector.kind().name;
            self.detector.is_empty() || self.detector.iter().any(|chosen| chosen == name)
        });
        anyhow::ensure!(
            params.members.iter().any(|member| member.weight > 0.0),
            "--detector: expected at least one of {} beside {}, which the ensemble of view {} does not count",
            in_ensemble.join(", "),
            self.detector.join(", "),
            view.name()
        );
        for member in &mut params.members {
            member.detector = times.of(Arc::clone(&member.detector));
        }
        Ok(params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(detectors: &[&str]) -> anyhow::Result<Vec<(&'static str, f32)>> {
        let train = Train {
            file: None,
            output: PathBuf::new(),
            view: Vec::new(),
            detector: detectors.iter().map(|&name| name.to_owned()).collect(),
            times: None,
            seed: 42,
        };
        let params = train.params(View::Kdd41, &FitTimes::default())?;
        let members = params.members.iter();
        Ok(members
            .map(|member| (member.detector.kind().name, member.weight))
            .collect())
    }

    #[test]
    fn chosen_detectors_keep_their_weights() {
        let all = chosen(&[]).unwrap();
        assert!(all.len() > 2);
        let some = chosen(&["random_forest", "density"]).unwrap();
        let expected = all
            .iter()
            .filter(|(name, _)| ["random_forest", "density"].contains(name));
        assert!(some.iter().eq(expected), "{some:?} of {all:?}");
    }

    #[test]
    fn supervised_detector_alone_is_refused() {
        let error = chosen(&["random_forest"]).unwrap_err().to_string();
        assert!(
            error.contains("isolation_forest, autoencoder, density"),
            "{error}"
        );
    }

    #[test]
    fn unknown_detector_is_refused_with_the_known_names() {
        let error = parse_detector("lof").unwrap_err();
        assert!(
            error.contains("autoencoder, density") && error.contains("\"lof\""),
            "{error}"
        );
    }

    #[test]
    fn timed_detectors_are_described_as_they_are() {
        let times = FitTimes::default();
        for member in TrainingParams::for_view(View::Kdd41).members {
            let timed = times.of(Arc::clone(&member.detector));
            assert_eq!(timed.kind(), member.detector.kind());
            assert_eq!(timed.describe(), member.detector.describe());
            assert_eq!(timed.is_supervised(), member.detector.is_supervised());
        }
    }
}
