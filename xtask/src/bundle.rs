//! From the wasm that cargo built to the files that a browser loads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::cache::Cache;
use crate::wasm_opt::WasmOpt;

/// File contents by path relative to the folder they belong to, `/` between the parts.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What Leptos expects the script and the wasm to be called.
pub(crate) const OUTPUT_NAME: &str = "oddflow";

/// What the page asks for once it is alive: what it shows of a scored file.
pub(crate) const WORKBENCH_NAME: &str = "workbench";

/// What the page asks for when it starts its workers.
pub(crate) const WORKER_NAME: &str = "scoring";

/// Builds the script, its snippets if any, and the wasm, optimised where `wasm_opt` is given.
///
/// # Errors
///
/// When `wasm_path` was not built yet or is not what wasm-bindgen expects.
pub(crate) fn build(
    wasm_path: &Path,
    name: &str,
    wasm_opt: Option<&WasmOpt>,
    cache: &mut Cache,
) -> Result<Files> {
    let wasm = fs::read(wasm_path).with_context(|| {
        format!(
            "{}: not readable, build it with `cargo build -p frontend -p workbench -p worker \
             --target wasm32-unknown-unknown --profile wasm-release`",
            wasm_path.display()
        )
    })?;
    let mut files = cache.files("bindgen", &[name.as_bytes(), &wasm], || {
        bind(wasm_path, name)
    })?;
    if let (Some(wasm_opt), Some(bound)) = (wasm_opt, files.get_mut(&format!("{name}_bg.wasm"))) {
        let key = wasm_opt.cache_key()?;
        *bound = cache.bytes("wasm-opt", &[key.as_bytes(), bound], || {
            wasm_opt.optimise(bound)
        })?;
    }
    Ok(files)
}

fn bind(wasm_path: &Path, name: &str) -> Result<Files> {
    let folder = tempfolder("bindgen")?;
    Bindgen::new()
        .input_path(wasm_path)
        .out_name(name)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .context("wasm-bindgen")?;
    let files = read_folder(&folder)?;
    fs::remove_dir_all(&folder)?;
    Ok(files)
}

/// Creates an empty folder of this process's own.
pub(crate) fn tempfolder(name: &str) -> Result<std::path::PathBuf> {
    let folder = std::env::temp_dir().join(format!("oddflow-{name}-{}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Reads every file below `folder`, hidden ones excepted; a folder that is not there is empty.
pub(crate) fn read_folder(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    if folder.exists() {
        collect(folder, "", &mut files)?;
    }
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let relative = format!("{prefix}{name}");
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{relative}/"), files)?;
        } else {
            let bytes =
                fs::read(entry.path()).with_context(|| entry.path().display().to_string())?;
            files.insert(relative, bytes);
        }
    }
    Ok(())
}
