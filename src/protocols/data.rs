//! The files that protocols read, and the splits that only protocols make.

use std::path::Path;

use anyhow::Context as _;
use models::evaluation::report::DataFile;
use models::random::Random;
use models::training::{LabelledRecords, Split, TrainingParams};

use crate::cli::open;
use crate::datasets;
use crate::training_data::read_labelled;

/// A file with its description.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) records: LabelledRecords,
    pub(super) file: DataFile,
}

/// Reads a file of the data folder.
///
/// # Errors
/// Where it is not there or cannot be read.
pub(super) fn read(name: &str) -> anyhow::Result<Table> {
    let path = datasets::find(name)?;
    read_file(&path)
}

/// Reads a labelled table.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn read_file(path: &Path) -> anyhow::Result<Table> {
    let file = path.as_os_str();
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let data = read_labelled(|| open(file)).with_context(|| name.clone())?;
    Ok(Table {
        file: DataFile {
            name,
            n_rows: data.records.batch.n_rows(),
            n_distinct: data.records.n_distinct(),
            sha256: data.sha256,
        },
        records: data.records,
    })
}

/// The split of a file that is for training only.
pub(super) fn whole(records: &LabelledRecords, params: &TrainingParams) -> Split {
    records.split(&TrainingParams {
        test_share: 0.0,
        ..params.clone()
    })
}

/// A split row by row, without regard to copies: what most people do.
pub(super) fn plain(records: &LabelledRecords, params: &TrainingParams) -> Split {
    let mut random = Random::new(params.seed, 4 << 32);
    let mut split = Split::default();
    for (row, is_normal) in records.is_normal().into_iter().enumerate() {
        let (place, inner) = (random.uniform(), random.uniform());
        let part = if place < params.test_share {
            &mut split.test
        } else if !is_normal {
            &mut split.attacks
        } else {
            split.normal_part(params, inner)
        };
        part.push(row);
    }
    split
}

/// Records whose labels are swapped for "normal" (the inliers) and "outlier".
pub(super) fn relabel(
    records: &LabelledRecords,
    is_inlier: impl Fn(bool) -> bool,
) -> LabelledRecords {
    let labels = records
        .is_normal()
        .into_iter()
        .map(|is_normal| u32::from(!is_inlier(is_normal)))
        .collect();
    LabelledRecords {
        batch: records.batch.clone(),
        vocabularies: records.vocabularies.clone(),
        labels,
        label_names: vec!["normal".to_owned(), "outlier".to_owned()],
    }
}

/// The literature's split: a random half of the inliers to fit and calibrate, the rest and the outliers to test; of the outliers at most
/// `max_outliers` per test inlier, drawn at random.
pub(super) fn literature(
    records: &LabelledRecords,
    params: &TrainingParams,
    max_outliers: f64,
) -> Split {
    let mut random = Random::new(params.seed, 5 << 32);
    let mut split = Split::default();
    let mut outliers = Vec::new();
    for (row, is_inlier) in records.is_normal().into_iter().enumerate() {
        if !is_inlier {
            outliers.push(row);
        } else if random.uniform() < 0.5 {
            split.test.push(row);
        } else {
            split.normal_part(params, random.uniform()).push(row);
        }
    }
    random.shuffle(&mut outliers);
    outliers.truncate((split.test.len() as f64 * max_outliers) as usize);
    split.test.extend(outliers);
    split.test.sort_unstable();
    split
}
