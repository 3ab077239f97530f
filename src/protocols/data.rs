//! The files that protocols read, and the splits that only protocols make.

use std::path::Path;

use anyhow::Context as _;
use models::evaluation::report::DataFile;
use models::random::Random;
use models::schema::View;
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
pub(super) fn whole(records: &LabelledRecords, view: View, params: &TrainingParams) -> Split {
    let all = TrainingParams {
        test_share: 0.0,
        ..params.clone()
    };
    records.split(view, &all)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use models::record::RecordBatch;

    use super::*;

    /// Records with one number each, of which the first are normal.
    fn records(n_normal: usize, n_attacks: usize) -> LabelledRecords {
        let mut batch = RecordBatch::new(View::Kdd5);
        for row in 0..n_normal + n_attacks {
            for column in 0..5 {
                batch.push_number(column, row as f32);
            }
        }
        LabelledRecords {
            batch,
            vocabularies: Vec::new(),
            labels: (0..n_normal + n_attacks)
                .map(|row| u32::from(row >= n_normal))
                .collect(),
            label_names: ["normal", "smurf"].map(str::to_owned).to_vec(),
        }
    }

    fn params() -> TrainingParams {
        TrainingParams::of_members(Vec::new())
    }

    fn share(part: &[usize], whole: usize) -> f64 {
        part.len() as f64 / whole as f64
    }

    /// Checks that every row is in one part; returns how many there are.
    fn count(split: &Split) -> usize {
        let parts = [
            &split.fit,
            &split.validation,
            &split.calibration,
            &split.attacks,
            &split.test,
        ];
        let all: Vec<usize> = parts.into_iter().flatten().copied().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        all.len()
    }

    #[test]
    fn plain_split_keeps_a_fifth_of_the_rows_for_the_test() {
        let split = plain(&records(8_000, 12_000), &params());
        assert_eq!(count(&split), 20_000);
        assert!((share(&split.test, 20_000) - 0.2).abs() < 0.01);
        assert!((share(&split.attacks, 12_000) - 0.8).abs() < 0.01);
        assert!((share(&split.calibration, 8_000) - 0.16).abs() < 0.01);
        assert!((share(&split.validation, 8_000) - 0.08).abs() < 0.01);
        assert!(split.fit.iter().all(|&row| row < 8_000));
    }

    #[test]
    fn whole_file_has_no_test() {
        let split = whole(&records(500, 300), View::Kdd5, &params());
        assert_eq!((split.test.len(), split.attacks.len()), (0, 300));
        assert_eq!(count(&split), 800);
    }

    #[test]
    fn relabelled_attacks_are_inliers() {
        let swapped = relabel(&records(3, 2), |is_normal| !is_normal);
        assert_eq!(swapped.is_normal(), [false, false, false, true, true]);
        assert_eq!(swapped.label_names, ["normal", "outlier"]);
        let kept = relabel(&records(3, 2), |is_normal| is_normal);
        assert_eq!(kept.is_normal(), [true, true, true, false, false]);
    }

    #[test]
    fn half_of_the_inliers_and_all_outliers_are_tested() {
        let split = literature(&records(8_000, 2_000), &params(), f64::INFINITY);
        assert_eq!(count(&split), 10_000);
        let n_inliers = split.test.iter().filter(|&&row| row < 8_000).count();
        assert_eq!(split.test.len() - n_inliers, 2_000);
        assert!((n_inliers as f64 / 8_000.0 - 0.5).abs() < 0.02);
        assert!(split.attacks.is_empty());
    }

    #[test]
    fn reversed_outliers_are_a_fifth_of_all_and_a_third_of_the_test() {
        let split = literature(&records(8_000, 30_000), &params(), 0.5);
        let n_outliers = split.test.iter().filter(|&&row| row >= 8_000).count();
        assert!((n_outliers as f64 / count(&split) as f64 - 0.2).abs() < 0.01);
        assert!((n_outliers as f64 / split.test.len() as f64 - 1.0 / 3.0).abs() < 1e-3);
        assert!(split.test.is_sorted());
    }
}
