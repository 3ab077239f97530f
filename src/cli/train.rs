//! `oddflow train [FILE]`: trains the models of every view and writes them with their cards.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use models::schema::View;
use models::training::{TrainingParams, train};

use super::{Outcome, open};
use crate::datasets;
use crate::model_card::model_card;
use crate::training_data::read_labelled;

/// Fits Isolation Forest and Autoencoder on the normal rows of four fifths of a labelled table, calibrates them and measures them on the
/// last fifth.
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

impl Train {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
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
        let views = if self.view.is_empty() {
            let mut views = View::ALL.to_vec();
            views.retain(|view| data.records.batch.project(*view).is_some());
            views
        } else {
            self.view
        };
        fs::create_dir_all(&self.output).with_context(|| self.output.display().to_string())?;
        for view in views {
            let started = Instant::now();
            let mut params = TrainingParams::for_view(view);
            params.seed = self.seed;
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
        Ok(Outcome::Done)
    }
}
