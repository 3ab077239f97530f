//! The command line: `oddflow serve | score | train | evaluate | data`.
//!
//! Exit status: 0 done, 2 error, and with `score --exit-code` 1 when anomalies were found. Results go to standard output, everything else to
//! standard error.

mod data;
mod evaluate;
mod score;
mod serve;
mod train;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
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
fn open(path: &OsString) -> anyhow::Result<Box<dyn Read + Send>> {
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

/// The shipped models, or with files given, theirs instead where the view is the same.
fn load_models(files: &[PathBuf]) -> anyhow::Result<ModelSet> {
    files.iter().try_fold(ModelSet::shipped()?, |models, file| {
        let bytes =
            std::fs::read(file).with_context(|| format!("{}: cannot be read", file.display()))?;
        Ok(models
            .with(TrainedModel::from_bytes(&bytes).with_context(|| file.display().to_string())?))
    })
}
