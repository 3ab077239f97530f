//! Puts the site together in memory, then on disk in one step.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::Folders;
use crate::bundle::{self, Files, OUTPUT_NAME, WORKBENCH_NAME, WORKER_NAME, read_folder};
use crate::cache::{Cache, content_hash_hex, hash_hex};
use crate::compress::add_compressed_copies;
use crate::size_report::{self, Budget};
use crate::stylesheet;
use crate::wasm_opt::WasmOpt;

/// Writes `target/site`; leaves it untouched when it already holds what would be written.
///
/// # Errors
///
/// When an input is missing or broken, or the first load is over its budget.
pub(crate) fn assemble(folders: &Folders, budget: Budget) -> Result<()> {
    let mut cache = Cache::open(folders.target.join("site-cache"))?;
    let wasm_opt = WasmOpt::find(&folders.target);
    let budget = if wasm_opt.is_some() {
        budget
    } else {
        eprintln!(
            "warning: no wasm-opt of version 120 or later: the wasm is not made smaller and \
             its budget is not enforced (scripts/setup installs one where there is Node.js)"
        );
        Budget::Reported
    };
    let built = folders.target.join("wasm32-unknown-unknown/wasm-release");
    let mut package = bundle::build(
        &built.join("frontend.wasm"),
        OUTPUT_NAME,
        wasm_opt.as_ref(),
        &mut cache,
    )?;
    for name in [WORKBENCH_NAME, WORKER_NAME] {
        let wasm = match name {
            WORKER_NAME => built.join("worker.wasm"),
            _ => built.join("workbench.wasm"),
        };
        package.extend(bundle::build(&wasm, name, wasm_opt.as_ref(), &mut cache)?);
    }
    package.insert(
        format!("{OUTPUT_NAME}.css"),
        stylesheet::flatten(&folders.root.join("style/main.css"))?.into_bytes(),
    );

    let pkg = format!("pkg/{}", hash_hex(parts(&package), 12));
    let mut files = read_folder(&folders.root.join("public"))?;
    for (name, bytes) in package {
        files.insert(format!("{pkg}/{name}"), bytes);
    }
    let mut model_paths = serde_json::Map::new();
    for (name, bytes) in read_folder(&folders.root.join("models/artifacts"))? {
        let Some(model) = name.strip_suffix(".oddflow") else {
            continue;
        };
        let hash = content_hash_hex(&bytes, 8);
        let path = format!("models/{model}.{hash}.oddflow");
        model_paths.insert(model.to_owned(), json!(path));
        files.insert(path, bytes);
    }
    let index = json!({ "pkg": pkg, "models": model_paths });
    files.insert("site.json".to_owned(), format!("{index:#}\n").into_bytes());

    add_compressed_copies(&mut files, &mut cache)?;
    size_report::report(&files, &pkg, budget)?;
    write(&files, &folders.target.join("site"))?;
    cache.prune()
}

fn parts(files: &Files) -> impl Iterator<Item = (&str, &[u8])> {
    files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
}

/// Writes beside `site` and renames, so that a stopped build leaves no half site.
fn write(files: &Files, site: &Path) -> Result<()> {
    if read_folder(site)? == *files {
        return Ok(());
    }
    let new = site.with_extension("new");
    let old = site.with_extension("old");
    for folder in [&new, &old] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    for (name, bytes) in files {
        let path = new.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, bytes).with_context(|| path.display().to_string())?;
    }
    if site.exists() {
        fs::rename(site, &old)?;
    }
    fs::rename(&new, site)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::tempfolder;

    #[test]
    fn writing_replaces_the_whole_site() -> Result<()> {
        let folder = tempfolder("site-test")?;
        let site = folder.join("site");
        let first = Files::from([("pkg/1/a.js".to_owned(), b"1".to_vec())]);
        let second = Files::from([("pkg/2/a.js".to_owned(), b"2".to_vec())]);
        write(&first, &site)?;
        write(&second, &site)?;
        assert_eq!(read_folder(&site)?, second);
        assert_eq!(fs::read_dir(&folder)?.count(), 1);
        fs::remove_dir_all(&folder)?;
        Ok(())
    }

    #[test]
    fn unchanged_site_is_left_alone() -> Result<()> {
        let folder = tempfolder("site-unchanged-test")?;
        let site = folder.join("site");
        let files = Files::from([("a.js".to_owned(), b"1".to_vec())]);
        write(&files, &site)?;
        let before = fs::metadata(site.join("a.js"))?.modified()?;
        write(&files, &site)?;
        assert_eq!(fs::metadata(site.join("a.js"))?.modified()?, before);
        fs::remove_dir_all(&folder)?;
        Ok(())
    }
}
