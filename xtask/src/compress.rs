//! Compressed copies beside the files that are worth it, so that the server never compresses.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::bundle::Files;
use crate::cache::Cache;

/// Images, fonts and archives are compressed already.
const COMPRESSIBLE: [&str; 10] = [
    "js",
    "css",
    "wasm",
    "svg",
    "json",
    "webmanifest",
    "oddflow",
    "html",
    "csv",
    "txt",
];

/// Brotli's best and slowest; it happens once per build.
const BROTLI_QUALITY: u32 = 11;

/// Brotli's largest window that every browser accepts, 16 MiB.
const BROTLI_WINDOW_BITS: u32 = 24;

/// Adds `.br` and `.gz` beside every file whose extension says that it compresses, where they are
/// smaller.
pub(crate) fn add_compressed_copies(files: &mut Files, cache: &mut Cache) -> Result<()> {
    let mut copies = Files::new();
    for (name, bytes) in files.iter().filter(|(name, _)| is_compressible(name)) {
        let brotli = cache.bytes("brotli", &[bytes], || brotli(bytes))?;
        let gzip = cache.bytes("gzip", &[bytes], || gzip(bytes))?;
        for (extension, copy) in [("br", brotli), ("gz", gzip)] {
            if copy.len() < bytes.len() {
                copies.insert(format!("{name}.{extension}"), copy);
            }
        }
    }
    files.append(&mut copies);
    Ok(())
}

fn is_compressible(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| COMPRESSIBLE.iter().any(|known| extension == *known))
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer =
        brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW_BITS);
    writer.write_all(bytes)?;
    Ok(writer.into_inner())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
