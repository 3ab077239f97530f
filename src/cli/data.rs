//! `oddflow data`: fetches the public data sets, or checks the copies there are.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use crate::datasets::{FILES, Status, folder, provide};

/// Fetches KDD Cup 99 (10 %, corrected, names) and NSL-KDD from their public sources and checks their hashes.
#[derive(Debug, Args)]
pub(super) struct Data {
    /// The data folder; files that are there already are only checked.
    #[arg(long, env = "ODDFLOW_DATA")]
    folder: Option<PathBuf>,
}

impl Data {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let folder = self.folder.unwrap_or_else(folder);
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
}
