//! Remembers results of slow steps by the hash of what went in, so that a build in which
//! nothing changed takes no time. Entries that a build did not ask for are removed at its end,
//! and with a newly built xtask everything is made anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::bundle::Files;

/// A folder of results, each named by step and hash of its inputs.
pub(crate) struct Cache {
    folder: PathBuf,
    /// Tells this build of xtask from others, which may make something else of the same inputs.
    made_by: String,
    used: BTreeSet<String>,
}

impl Cache {
    pub(crate) fn open(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let program = fs::metadata(std::env::current_exe()?)?;
        Ok(Self {
            folder,
            made_by: format!("{} {:?}", program.len(), program.modified()?),
            used: BTreeSet::new(),
        })
    }

    /// The bytes that `step` made of `inputs` before, or else makes now.
    pub(crate) fn bytes(
        &mut self,
        step: &str,
        inputs: &[&[u8]],
        make: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Vec<u8>> {
        let name = self.entry_name(step, inputs);
        let path = self.folder.join(&name);
        self.used.insert(name);
        if let Ok(bytes) = fs::read(&path) {
            return Ok(bytes);
        }
        let bytes = make()?;
        // Renamed in place, so that a stopped build leaves no half entry.
        let unfinished = path.with_extension("unfinished");
        fs::write(&unfinished, &bytes)?;
        fs::rename(&unfinished, &path)?;
        Ok(bytes)
    }

    /// As [`Cache::bytes`], for a step that makes several files.
    pub(crate) fn files(
        &mut self,
        step: &str,
        inputs: &[&[u8]],
        make: impl FnOnce() -> Result<Files>,
    ) -> Result<Files> {
        let bytes = self.bytes(step, inputs, || Ok(pack(&make()?)))?;
        unpack(&bytes).context("cache entry cut short: run `make clean`")
    }

    /// Removes what this build had no use for.
    pub(crate) fn prune(self) -> Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !self.used.contains(&*entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn entry_name(&self, step: &str, inputs: &[&[u8]]) -> String {
        let made_by = ("made by", self.made_by.as_bytes());
        let parts = inputs.iter().map(|input| ("input", *input));
        let parts = parts.chain([made_by]);
        format!("{step}-{}", hash_hex(parts, 32))
    }
}

/// The first `n_digits` hex digits of the SHA-256 of `bytes`: what `sha256sum` prints.
pub(crate) fn content_hash_hex(bytes: &[u8], n_digits: usize) -> String {
    hex(&Sha256::digest(bytes), n_digits)
}

/// The first `n_digits` hex digits of a SHA-256 over named contents.
///
/// Lengths go in as well, so that moving a byte from one part to the next changes the hash.
pub(crate) fn hash_hex<'a>(
    parts: impl Iterator<Item = (&'a str, &'a [u8])>,
    n_digits: usize,
) -> String {
    let mut hasher = Sha256::new();
    for (name, bytes) in parts {
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hex(&hasher.finalize(), n_digits)
}

fn hex(digest: &[u8], n_digits: usize) -> String {
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.chars().take(n_digits).collect()
}

fn pack(files: &Files) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            packed.extend_from_slice(&(part.len() as u64).to_le_bytes());
            packed.extend_from_slice(part);
        }
    }
    packed
}

fn unpack(mut packed: &[u8]) -> Option<Files> {
    let mut files = Files::new();
    while !packed.is_empty() {
        let name = String::from_utf8(take_part(&mut packed)?.to_vec()).ok()?;
        let bytes = take_part(&mut packed)?.to_vec();
        files.insert(name, bytes);
    }
    Some(files)
}

fn take_part<'a>(packed: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = packed.split_first_chunk::<8>()?;
    let (part, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    *packed = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_files_come_back() {
        let files = Files::from([
            ("a.js".to_owned(), b"one".to_vec()),
            ("snippets/b.js".to_owned(), Vec::new()),
        ]);
        assert_eq!(unpack(&pack(&files)), Some(files));
    }

    #[test]
    fn cut_entry_is_noticed() {
        let files = Files::from([("a.js".to_owned(), b"one".to_vec())]);
        let packed = pack(&files);
        assert_eq!(unpack(&packed[..packed.len() - 1]), None);
    }

    #[test]
    fn content_hash_is_that_of_sha256sum() {
        assert_eq!(content_hash_hex(b"abc", 8), "ba7816bf");
    }

    #[test]
    fn hash_depends_on_where_a_part_ends() {
        let one = hash_hex([("", &b"ab"[..]), ("", &b"c"[..])].into_iter(), 12);
        let other = hash_hex([("", &b"a"[..]), ("", &b"bc"[..])].into_iter(), 12);
        assert_eq!(one.len(), 12);
        assert_ne!(one, other);
    }
}
