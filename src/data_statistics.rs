//! The training data told in statistics: what `oddflow data --statistics` writes to `models/training_data.json`.
//!
//! In: the labelled table that the shipped models were trained on, read as training reads it, and scored by the shipped model of its view.
//! Out: [`FileStatistics`], which hold no row. The page "Data" shows nothing else. The same table and model give the same bytes.

use std::io::Read;
use std::sync::{Arc, LazyLock};

use analysis::statistics::{FileStatistics, TableStatistics};
use analysis::table::{ModelColumn, PartColumn, ScoredTable, TableBuilder, TablePart};
use anyhow::Context as _;
use models::calibration::DEFAULT_THRESHOLD;
use models::digest::sha256_hex;
use models::evaluation::is_normal_label;
use models::record::Column;
use models::trained_model::{Scorer, TrainedModel};
use models::training::LabelledRecords;

use crate::shipped::{self, ModelSet};
use crate::training_data::read_labelled;

/// The file of the data folder that is told of.
pub(crate) const NAME: &str = "kddcup.data_10_percent.gz";

const FILE: &str = include_str!("../models/training_data.json");

/// Rows that are scored at a time.
const PART: usize = 1 << 16;

/// Read once. A file that holds no statistics, which a test rules out, is logged and shown as "nothing was counted".
static SHIPPED: LazyLock<Arc<FileStatistics>> = LazyLock::new(|| {
    let statistics = serde_json::from_str(FILE).unwrap_or_else(|error| {
        tracing::error!(%error, "models/training_data.json is not as `oddflow data --statistics` writes it");
        FileStatistics::default()
    });
    Arc::new(statistics)
});

/// The statistics as they were when the server was built.
pub(crate) fn shipped() -> Arc<FileStatistics> {
    Arc::clone(&SHIPPED)
}

/// Reads a labelled table and counts; `open` is called twice.
///
/// # Errors
/// Those of [`read_labelled`], and where there is no shipped model for the table's features.
pub(crate) fn of_file<R: Read>(
    name: &str,
    open: impl Fn() -> anyhow::Result<R>,
) -> anyhow::Result<FileStatistics> {
    let data = read_labelled(open)?;
    let view = data.records.batch.view();
    let models = ModelSet::shipped()?;
    let model = models.of(view).with_context(|| models.absence(view))?;
    let bytes = shipped::FILES.iter().find(|(of, _)| *of == view);
    let mut table = scored_table(&data.records, model);
    Ok(FileStatistics {
        name: name.to_owned(),
        sha256: data.sha256,
        model: view.name().to_owned(),
        model_sha256: bytes.map_or_else(String::new, |(_, bytes)| sha256_hex(bytes)),
        table: TableStatistics::of(&mut table, model, DEFAULT_THRESHOLD)
            .context("expected a label column")?,
    })
}

/// Scores the rows and puts them together as the page does with those of a file.
fn scored_table(records: &LabelledRecords, model: &Arc<TrainedModel>) -> ScoredTable {
    // Equal in all features of the file, words that the model does not know among them.
    let (groups, _) = records.groups();
    let rows: Vec<usize> = (0..records.batch.n_rows()).collect();
    let mut scorer = Scorer::new(Arc::clone(model));
    let mut builder = TableBuilder::new(records.batch.view());
    for rows in rows.chunks(PART) {
        let batch = records.batch.select(rows);
        let recoded = model.preprocess.recode(&batch, &records.vocabularies);
        let detections = scorer.detect(&recoded);
        let features = batch.columns().iter().map(|column| match column {
            Column::Numeric(values) => PartColumn::Numbers(values.clone()),
            Column::Category(codes) => PartColumn::Words(codes.clone()),
        });
        let words = records.vocabularies.iter();
        builder.push(TablePart {
            features: features.collect(),
            words: words.map(|words| words.values().to_vec()).collect(),
            label_names: records.label_names.clone(),
            labels: rows.iter().map(|&row| records.labels[row]).collect(),
            models: vec![ModelColumn {
                risk: detections.risk,
                raw: detections.combined,
            }],
            position: detections.position,
            hashes: rows.iter().map(|&row| groups[row] as u64).collect(),
            lines: rows.iter().map(|&row| row as u32 + 1).collect(),
        });
    }
    builder.finish(is_normal_label)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use analysis::statistics::RowStatistics;
    use models::schema::View;

    use super::*;
    use crate::datasets;

    fn committed() -> FileStatistics {
        serde_json::from_str(FILE).unwrap_or_else(|error| {
            panic!("models/training_data.json: {error}; run `oddflow data --statistics`")
        })
    }

    #[test]
    fn the_file_was_made_from_the_published_data_with_the_shipped_model() {
        let statistics = committed();
        let published = datasets::FILES.iter().find(|file| file.name == NAME);
        assert_eq!(published.map(|file| file.sha256), Some(&*statistics.sha256));
        let (view, bytes) = shipped::FILES[0];
        assert_eq!(statistics.model, view.name());
        assert_eq!(statistics.model_sha256, sha256_hex(bytes));
        let models = ModelSet::shipped().unwrap();
        let card = &models.of(view).unwrap().card.data;
        assert_eq!(statistics.table.n_rows(), card.n_rows as u64);
        assert_eq!(statistics.table.n_distinct, card.n_distinct as u64);
    }

    /// Every way of counting the same rows comes to the same number.
    fn assert_sums(statistics: &TableStatistics, rows: &RowStatistics, n_rows: u64, n_normal: u64) {
        assert_eq!(rows.n_rows, n_rows);
        assert_eq!(rows.by_label, [n_normal, n_rows - n_normal]);
        assert_eq!(rows.by_verdict.iter().sum::<u64>(), n_rows);
        assert_eq!(rows.features.len(), statistics.features.len());
        for (facts, feature) in statistics.features.iter().zip(&rows.features) {
            for (counts, of_all) in [
                (&feature.by_label, &rows.by_label),
                (&feature.by_verdict, &rows.by_verdict),
            ] {
                for (counts, of_all) in counts.iter().zip(of_all) {
                    assert_eq!(counts.len(), facts.cut.n_bins(), "{}", facts.name);
                    assert_eq!(counts.iter().sum::<u64>(), *of_all, "{}", facts.name);
                }
            }
        }
        let n_numbers = rows.correlation.names.len();
        assert_eq!(rows.correlation.values.len(), n_numbers * n_numbers);
    }

    #[test]
    fn the_file_is_small_and_consistent() {
        assert!(FILE.len() < 400_000, "{} bytes", FILE.len());
        let FileStatistics { table, .. } = committed();
        let sum = |count: &dyn Fn(&analysis::statistics::LabelStatistics) -> u64, is_all: bool| {
            let labels = table
                .labels
                .iter()
                .filter(|label| is_all || !label.is_attack);
            labels.map(count).sum::<u64>()
        };
        let (n_rows, n_distinct) = (
            sum(&|label| label.n_rows, true),
            sum(&|label| label.n_distinct, true),
        );
        assert_sums(
            &table,
            &table.all,
            n_rows,
            sum(&|label| label.n_rows, false),
        );
        assert_sums(
            &table,
            &table.distinct,
            n_distinct,
            sum(&|label| label.n_distinct, false),
        );
        // A row with two labels is there once for each.
        assert_eq!(table.n_distinct + table.n_conflicting, n_distinct);
        let names: Vec<&str> = table.features.iter().map(|facts| &*facts.name).collect();
        let known: Vec<&str> = View::Kdd41.features().map(|feature| feature.name).collect();
        assert_eq!(names, known);
    }

    /// Rows of the form's features: copies, and one row with both labels.
    const TABLE: &str = "duration,src_bytes,dst_bytes,count,srv_count,label\n\
                         0,100,200,1,1,normal\n0,100,200,1,1,normal\n0,100,200,1,1,neptune\n\
                         5,900000,0,511,511,neptune\n5,900000,0,511,511,neptune\n1,50,60,2,2,normal\n";

    #[test]
    fn copies_count_once_per_label_and_twice_gives_the_same_bytes() {
        let count = || of_file("toy.csv", || Ok(TABLE.as_bytes())).unwrap();
        let statistics = count();
        let written = serde_json::to_string(&statistics).unwrap();
        assert_eq!(written, serde_json::to_string(&count()).unwrap());
        assert_eq!(
            serde_json::from_str::<FileStatistics>(&written).unwrap(),
            statistics
        );
        let table = statistics.table;
        assert_eq!(
            (table.n_rows(), table.n_distinct, table.n_conflicting),
            (6, 3, 1)
        );
        assert_sums(&table, &table.all, 6, 3);
        assert_sums(&table, &table.distinct, 4, 2);
        let labels = table
            .labels
            .iter()
            .map(|label| (&*label.name, label.n_rows, label.n_distinct));
        assert_eq!(
            labels.collect::<Vec<_>>(),
            [("neptune", 3, 2), ("normal", 3, 2)]
        );
        // Of three normal rows one has a duration, of three attacks two: cut at 0 or at 1.
        let duration = table.all.features[0].label_separation.unwrap();
        assert!((duration - 2.0 / 3.0).abs() < 1e-12, "{duration}");
    }

    /// The real file, where there is one.
    #[test]
    fn the_committed_statistics_are_those_of_the_data() {
        let Ok(path) = datasets::find(NAME) else {
            // Past the capturing of output: .ci/run counts it.
            writeln!(
                std::io::stderr(),
                "test skipped: {NAME} is not there: set ODDFLOW_DATA"
            )
            .unwrap();
            return;
        };
        let statistics = of_file(NAME, || Ok(File::open(&path)?)).unwrap();
        let written = serde_json::to_string(&statistics).unwrap();
        assert!(
            written == FILE.trim_end(),
            "models/training_data.json is not what `oddflow data --statistics` writes"
        );
    }
}
