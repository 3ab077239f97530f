//! `oddflow data`: fetches the public data sets, or checks the copies there are. `oddflow data --statistics`: what the training data is made of.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::{Outcome, open};
use crate::data_statistics;
use crate::datasets::{FILES, Status, find_in, folder, provide};

/// Fetches KDD Cup 99 (10 %, corrected, names) and NSL-KDD from their public sources and checks their hashes.
#[derive(Debug, Args)]
pub(super) struct Data {
    /// The data folder; files that are there already are only checked.
    #[arg(long, env = "ODDFLOW_DATA")]
    folder: Option<PathBuf>,
    /// Fetch nothing; count what KDD Cup 99 (10 %) is made of, as JSON without any row: what the page "Data" shows.
    #[arg(long)]
    statistics: bool,
    /// With --statistics, the file that is written instead of standard output.
    #[arg(long, requires = "statistics", value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Data {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let folder = self.folder.clone().unwrap_or_else(folder);
        if self.statistics {
            return self.count(&folder);
        }
        let mut problems = 0;
        let mut output = io::stdout().lock();
        for file in &FILES {
            match provide(file, &folder) {
                Ok(Status::Checked) => writeln!(output, "{}: there, and as expected", file.name)?,
                Ok(Status::Fetched) => writeln!(output, "{}: fetched, and as expected", file.name)?,
                Err(error) => {
                    problems += 1;
                    eprintln!("{}: {error:#}", file.name);
                }
            }
        }
        anyhow::ensure!(
            problems == 0,
            "{problems} of {} files are not there",
            FILES.len()
        );
        Ok(Outcome::Done)
    }

    fn count(self, folder: &std::path::Path) -> anyhow::Result<Outcome> {
        let path = find_in(data_statistics::NAME, folder)?;
        let statistics = data_statistics::of_file(data_statistics::NAME, || open(path.as_os_str()))
            .with_context(|| path.display().to_string())?;
        let text = serde_json::to_string(&statistics)?;
        match self.output {
            Some(file) => fs::write(&file, format!("{text}\n"))
                .with_context(|| format!("{}: cannot be written", file.display()))?,
            None => writeln!(io::stdout().lock(), "{text}")?,
        }
        Ok(Outcome::Done)
    }
}
