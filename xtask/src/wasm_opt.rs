//! Binaryen's `wasm-opt`: found, checked, run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::bundle::tempfolder;

/// Debian 12's is too old.
const OLDEST_VERSION: u32 = 120;

/// `-O1` left the least to fetch on a skeleton page (Leptos router, two server functions, no scoring
/// code yet): 185 kB brotli (611 kB raw), against 190 kB (554 kB raw) for `-Oz`, 192 kB (570 kB raw)
/// for `-O2` and 189 kB (657 kB raw) without wasm-opt. To be measured again on the real bundle, with
/// the speed of scoring.
///
/// Features are named one by one because `--all-features` writes compact imports, which Chromium
/// refuses.
const ARGUMENTS: [&str; 10] = [
    "-O1",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-simd",
    "--strip-debug",
    "--strip-producers",
];

/// A `wasm-opt` that is known to run and to be new enough.
pub(crate) struct WasmOpt {
    program: PathBuf,
}

impl WasmOpt {
    /// The one that `scripts/setup` installs, else a recent one on the PATH.
    pub(crate) fn find(target: &Path) -> Option<Self> {
        let installed = target.join("tools/node_modules/.bin/wasm-opt");
        let on_path = std::env::var_os("PATH")?;
        std::iter::once(installed)
            .chain(std::env::split_paths(&on_path).map(|folder| folder.join("wasm-opt")))
            .filter(|program| program.is_file())
            .find(|program| version(program).is_some_and(|found| found >= OLDEST_VERSION))
            .map(|program| Self { program })
    }

    /// Changes when the program or its arguments do.
    pub(crate) fn cache_key(&self) -> Result<String> {
        let metadata = fs::metadata(&self.program)?;
        Ok(format!(
            "{} {} {}",
            self.program.display(),
            metadata.len(),
            ARGUMENTS.join(" ")
        ))
    }

    /// Returns `wasm` made smaller.
    ///
    /// # Errors
    ///
    /// When wasm-opt refuses it; its own message is on standard error.
    pub(crate) fn optimise(&self, wasm: &[u8]) -> Result<Vec<u8>> {
        let folder = tempfolder("wasm-opt")?;
        let (input, output) = (folder.join("in.wasm"), folder.join("out.wasm"));
        fs::write(&input, wasm)?;
        let status = Command::new(&self.program)
            .args(ARGUMENTS)
            .arg("--output")
            .arg(&output)
            .arg(&input)
            .status()
            .with_context(|| self.program.display().to_string())?;
        if !status.success() {
            bail!("{}: {status}", self.program.display());
        }
        let optimised = fs::read(&output)?;
        fs::remove_dir_all(&folder)?;
        Ok(optimised)
    }
}

/// The number in `wasm-opt version 132 (version_132)`; nothing when the program does not run.
fn version(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().find_map(|word| word.parse().ok())
}
