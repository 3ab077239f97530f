//! Build steps that cargo has no place for.
//!
//! `cargo xtask site` turns the built `frontend.wasm` and `worker.wasm`, `style/`, `public/` and `models/artifacts/`
//! into `target/site`, the folder that the server serves. `cargo xtask sample` writes `public/samples`.

mod bundle;
mod cache;
mod compress;
mod sample;
mod site;
mod size_report;
mod stylesheet;
mod wasm_opt;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "usage: cargo xtask site [--no-budget]
       cargo xtask sample [--days FOLDER]

  site         assembles target/site from the built frontend.wasm
  --no-budget  reports the size of the first load without failing when it is too large
  sample       writes public/samples: simulated connections to try the program with
  --days       writes into a folder instead: simulated days with times, to measure models of sequences on";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["site"] => site::assemble(&Folders::find()?, size_report::Budget::Enforced),
        ["site", "--no-budget"] => site::assemble(&Folders::find()?, size_report::Budget::Reported),
        ["sample"] => sample::write(&Folders::find()?.root.join("public/samples")),
        ["sample", "--days", folder] => sample::write_days(Path::new(folder)),
        _ => bail!("{USAGE}"),
    }
}

/// Where inputs are read and outputs are written.
pub(crate) struct Folders {
    /// The checkout: `style/`, `public/` and `models/artifacts/` are here.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Folders {
    fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask has no parent folder")?
            .to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        Ok(Self {
            target: root.join(target),
            root,
        })
    }
}
