//! The command line: `oddflow serve | score | train | evaluate | data`.
//!
//! Exit status: 0 done, 2 error, and with `score --exit-code` 1 when anomalies were found. Results go to standard output, everything else to
//! standard error.

mod data;
mod evaluate;
mod score;
mod serve;
mod timed;
mod train;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use models::trained_model::TrainedModel;

use crate::shipped::ModelSet;

/// Finds the odd connections in network traffic and says why they are odd.
#[derive(Debug, Parser)]
#[command(name = "oddflow", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the pages and the API.
    Serve(serve::Serve),
    /// Score a table of connections.
    Score(score::Score),
    /// Train the models on a labelled table and measure them on held-out rows.
    Train(train::Train),
    /// Measure the models on a labelled table.
    Evaluate(evaluate::Evaluate),
    /// Fetch the public data sets, or check the copies there are.
    Data(data::Data),
}

/// What a command ends with.
enum Outcome {
    Done,
    AnomaliesFound,
}

/// Runs the command that the arguments name.
pub(crate) fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(command) => command.run(),
        Command::Score(command) => command.run(),
        Command::Train(command) => command.run(),
        Command::Evaluate(command) => command.run(),
        Command::Data(command) => command.run(),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::AnomaliesFound) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("oddflow: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whoever reads our output has had enough, as in `oddflow score FILE | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// A file, or standard input for `-`.
pub(crate) fn open(path: &OsStr) -> anyhow::Result<Box<dyn Read + Send>> {
    if path == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path)
        .with_context(|| format!("{}: cannot be opened", path.to_string_lossy()))?;
    anyhow::ensure!(
        !file.metadata().is_ok_and(|metadata| metadata.is_dir()),
        "{}: is a folder, expected a file",
        path.to_string_lossy()
    );
    Ok(Box::new(file))
}

/// Which models score.
#[derive(Debug, Args)]
struct ModelOptions {
    /// Use this model file instead of the shipped one of its view; may be repeated.
    #[arg(long, env = "ODDFLOW_MODEL", value_delimiter = ',')]
    model: Vec<PathBuf>,
    /// Weight of a detector in the ensemble, such as density=2 or isolation_forest=0; may be repeated. The others keep theirs.
    #[arg(long, env = "ODDFLOW_WEIGHT", value_delimiter = ',', value_name = "DETECTOR=WEIGHT", value_parser = parse_weight)]
    weight: Vec<(String, f32)>,
}

fn parse_weight(text: &str) -> Result<(String, f32), String> {
    let expected = || format!("expected DETECTOR=WEIGHT, such as density=2, found \"{text}\"");
    let (name, weight) = text.split_once('=').ok_or_else(expected)?;
    Ok((name.to_owned(), weight.parse().map_err(|_| expected())?))
}

impl ModelOptions {
    /// The shipped models, or with files given, theirs instead where the view is the same.
    fn load(&self) -> anyhow::Result<ModelSet> {
        let shipped = ModelSet::shipped()?;
        let models = self.model.iter().try_fold(shipped, |models, file| {
            let bytes = std::fs::read(file)
                .with_context(|| format!("{}: cannot be read", file.display()))?;
            let model =
                TrainedModel::from_bytes(&bytes).with_context(|| file.display().to_string())?;
            anyhow::Ok(models.with(model, Some(bytes)))
        })?;
        if self.weight.is_empty() {
            return Ok(models);
        }
        let mut names = BTreeSet::new();
        for (name, _) in &self.weight {
            anyhow::ensure!(names.insert(name), "--weight: {name} is there twice");
        }
        Ok(models.with_weights(&self.weight))
    }
}
