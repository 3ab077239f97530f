//! The public data sets: where they come from, what their bytes hash to, and where they are kept.
//!
//! `oddflow data` fetches them into the data folder (`data/`, or what `ODDFLOW_DATA` names) and checks them; files that are there already are
//! checked and left alone. They are never part of the repository.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use models::digest::hex;
use sha2::{Digest as _, Sha256};

/// A file of a data set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DataFile {
    /// Its name in the data folder.
    pub(crate) name: &'static str,
    /// Where it is published.
    pub(crate) url: &'static str,
    /// SHA-256 of its unpacked bytes, blank lines left out.
    pub sha256: &'static str,
}

/// KDD Cup 1999 (UCI KDD Archive) and NSL-KDD (Canadian Institute for Cybersecurity, by a public mirror).
pub(crate) const FILES: [DataFile; 7] = [
    DataFile {
        name: "kddcup.data_10_percent.gz",
        url: "https://kdd.ics.uci.edu/databases/kddcup99/kddcup.data_10_percent.gz",
        sha256: "f8c8267ebcd9c0ed1fd7d6277fe5bfff8732e9b7db8e61b873542b2a534b6f9a",
    },
    DataFile {
        name: "corrected.gz",
        url: "https://kdd.ics.uci.edu/databases/kddcup99/corrected.gz",
        sha256: "547dfb9c0f0dc1d9944219ec79e851191faebaeb8acbfa1cd171c418397052a4",
    },
    DataFile {
        name: "kddcup.names",
        url: "https://kdd.ics.uci.edu/databases/kddcup99/kddcup.names",
        sha256: "4b903fb4d68c17d02b5c776998c21fa9d9d8b018348849bed7aadeda21893386",
    },
    DataFile {
        name: "KDDTrain+.txt.gz",
        url: "https://raw.githubusercontent.com/defcom17/NSL_KDD/master/KDDTrain%2B.txt",
        sha256: "1b86d2f957b33082081bba410fe129b475efebcc13c9014c3f447c8271aadf95",
    },
    DataFile {
        name: "KDDTrain+_20Percent.txt.gz",
        url: "https://raw.githubusercontent.com/defcom17/NSL_KDD/master/KDDTrain%2B_20Percent.txt",
        sha256: "7ea86479faab5ca2190b7f18b4982fb058ce5bf2b46e0e1017d0d9ef90f9c16e",
    },
    DataFile {
        name: "KDDTest+.txt.gz",
        url: "https://raw.githubusercontent.com/defcom17/NSL_KDD/master/KDDTest%2B.txt",
        sha256: "fa46b0935342616aa83b7c2578db355b6a7aaabbc492248172c7a1e8b7ab8f84",
    },
    DataFile {
        name: "KDDTest-21.txt.gz",
        url: "https://raw.githubusercontent.com/defcom17/NSL_KDD/master/KDDTest-21.txt",
        sha256: "746993ac9e25868827cacf09eab450050a2a1056e1ce48a1ad39f5dc801d531d",
    },
];

/// Most bytes of a download: the largest file has 20 MB.
const MAX_DOWNLOAD_BYTES: u64 = 64 << 20;

/// The data folder: `ODDFLOW_DATA`, or `data`.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("ODDFLOW_DATA").map_or_else(|| PathBuf::from("data"), PathBuf::from)
}

/// Path of a data file in the data folder by its name, with or without `.gz`.
///
/// # Errors
/// Where it is not in the data folder; the message says how to get it.
pub(crate) fn find(name: &str) -> anyhow::Result<PathBuf> {
    find_in(name, &folder())
}

/// The same in another folder.
///
/// # Errors
/// Those of [`find`].
pub(crate) fn find_in(name: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let candidates = [folder.join(name), folder.join(format!("{name}.gz"))];
    candidates.into_iter().find(|path| path.is_file()).with_context(|| {
        format!("{name} is not in {}: run `oddflow data`, or set ODDFLOW_DATA to a folder that has it", folder.display())
    })
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It was there and is right.
    Checked,
    /// It was fetched and is right.
    Fetched,
}

/// Fetches a file unless it is there, and checks it.
///
/// # Errors
/// Where it cannot be fetched or written, or its bytes are not the expected ones; a wrong download is not kept.
pub(crate) fn provide(file: &DataFile, folder: &Path) -> anyhow::Result<Status> {
    let path = folder.join(file.name);
    if path.is_file() {
        check(file, &path)?;
        return Ok(Status::Checked);
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let partial = folder.join(format!("{}.partial", file.name));
    let outcome = fetch(file, &partial).and_then(|()| check(file, &partial));
    if let Err(error) = outcome {
        // The partial file may not exist; what matters is the error that led here.
        drop(fs::remove_file(&partial));
        return Err(error);
    }
    fs::rename(&partial, &path).with_context(|| path.display().to_string())?;
    Ok(Status::Fetched)
}

fn fetch(file: &DataFile, to: &Path) -> anyhow::Result<()> {
    let response = ureq::get(file.url)
        .call()
        .with_context(|| format!("{} cannot be fetched from {}", file.name, file.url))?;
    let mut body = response.into_body();
    let mut body = body.with_config().limit(MAX_DOWNLOAD_BYTES).reader();
    let mut output = File::create(to).with_context(|| to.display().to_string())?;
    if file.name.ends_with(".gz") && !file.url.ends_with(".gz") {
        let mut packed = flate2::write::GzEncoder::new(output, flate2::Compression::best());
        io::copy(&mut body, &mut packed).with_context(|| file.name.to_owned())?;
        packed.finish()?.flush()?;
    } else {
        io::copy(&mut body, &mut output).with_context(|| file.name.to_owned())?;
    }
    Ok(())
}

fn check(file: &DataFile, path: &Path) -> anyhow::Result<()> {
    let found = hash(file, path).with_context(|| path.display().to_string())?;
    anyhow::ensure!(
        found == file.sha256,
        "{}: expected SHA-256 {}, found {found}: delete it and run `oddflow data` again",
        path.display(),
        file.sha256
    );
    Ok(())
}

fn hash(file: &DataFile, path: &Path) -> io::Result<String> {
    let opened = File::open(path)?;
    let mut reader: Box<dyn Read> = if file.name.ends_with(".gz") {
        Box::new(MultiGzDecoder::new(opened))
    } else {
        Box::new(opened)
    };
    let mut hasher = Sha256::new();
    if file.name.ends_with(".names") {
        // Mirrors differ in blank lines and line ends.
        let mut text = String::new();
        reader.read_to_string(&mut text)?;
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .for_each(|line| hasher.update(format!("{}\n", line.trim_end())));
    } else {
        let mut piece = vec![0; 1 << 16];
        loop {
            match reader.read(&mut piece)? {
                0 => break,
                n_read => hasher.update(&piece[..n_read]),
            }
        }
    }
    Ok(hex(&hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use models::digest::sha256_hex;
    use models::random::Random;
    use models::schema::View;
    use models::training::{TrainingParams, train};

    use super::*;
    use crate::training_data::read_labelled;

    /// A made-up table of the form's features, one connection in twenty an attack.
    fn toy_table() -> String {
        let mut random = Random::new(12, 0);
        let mut table = "duration,src_bytes,dst_bytes,count,srv_count,label\n".to_owned();
        for row in 0..4_000 {
            let (size, label) = if row % 20 == 0 {
                (1_000_000, "toy_attack")
            } else {
                (2_000, "benign")
            };
            let bytes = random.below(size);
            let (seconds, count) = (random.below(60), 1 + random.below(9));
            writeln!(
                table,
                "{seconds},{bytes},{},{count},{count},{label}",
                bytes / 2
            )
            .unwrap();
        }
        table
    }

    /// The steps of ARCHITECTURE.md, "How to add a data set": a name, an address and a hash; then it can be checked, read and trained on.
    #[test]
    fn a_toy_data_set_is_checked_read_and_trained_on() {
        let folder = std::env::temp_dir().join(format!("oddflow-toy-{}", std::process::id()));
        let table = toy_table();
        let file = DataFile {
            name: "toy.csv",
            url: "https://example.invalid/toy.csv",
            sha256: sha256_hex(table.as_bytes()).leak(),
        };
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(file.name);
        fs::write(&path, &table).unwrap();
        assert_eq!(provide(&file, &folder).unwrap(), Status::Checked);

        let data = read_labelled(|| Ok(File::open(&path)?)).unwrap();
        assert_eq!(data.sha256, file.sha256);
        let params = TrainingParams::for_view(View::Kdd5);
        let model = train(&data.records, View::Kdd5, file.name, &data.sha256, &params).unwrap();
        let ensemble = &model.card.figures[0].figures;
        assert!(ensemble.roc_auc > 0.9, "{}", ensemble.roc_auc);
        assert_eq!(
            ensemble.recall_by_attack.keys().collect::<Vec<_>>(),
            ["toy_attack"]
        );

        fs::write(&path, table.replace("toy_attack", "benign")).unwrap();
        let error = provide(&file, &folder).unwrap_err().to_string();
        assert!(error.contains("expected SHA-256"), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
