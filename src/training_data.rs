//! A labelled table as a whole in memory, as training needs it.
//!
//! In: the bytes of a file, read twice: once for the categories, once for the rows. Out: [`LabelledRecords`] and the file's hash.

use std::collections::HashMap;
use std::io::Read;

use anyhow::Context as _;
use models::digest::hex;
use models::record::{RecordBatch, Vocabulary};
use models::training::LabelledRecords;
use sha2::{Digest as _, Sha256};
use traffic::layout::TableLayout;
use traffic::stream::TableStream;
use traffic::table::TableReader;
use traffic::vocabulary::VocabularyCollector;

use crate::pipeline::read_chunks;

/// A labelled table.
#[derive(Debug)]
pub(crate) struct TrainingTable {
    /// Its rows.
    pub(crate) records: LabelledRecords,
    /// SHA-256 of the unpacked bytes.
    pub sha256: String,
}

/// Reads a labelled table; `open` is called twice.
///
/// # Errors
/// Where the file cannot be read, is not a table, has no label column, or has a row that cannot be read: training on a part in silence would
/// be a lie on the model card.
pub(crate) fn read_labelled<R: Read>(
    open: impl Fn() -> anyhow::Result<R>,
) -> anyhow::Result<TrainingTable> {
    let (layout, vocabularies) = collect_vocabularies(&mut open()?)?;
    anyhow::ensure!(
        layout.label_column.is_some(),
        "expected a label column, as training and measuring need one"
    );
    let mut reader = TableReader::new(layout.clone(), vocabularies.clone())?;
    let mut records = LabelledRecords {
        batch: RecordBatch::new(layout.view),
        vocabularies,
        labels: Vec::new(),
        label_names: Vec::new(),
    };
    let mut code_of: HashMap<String, u32> = HashMap::new();
    let mut hasher = Sha256::new();
    read_chunks(
        &mut open()?,
        &mut TableStream::new(),
        u64::MAX,
        |_, chunk| {
            hasher.update(&chunk.bytes);
            let parsed = reader.read(&chunk);
            if let Some(error) = parsed.rejected.rows.first() {
                return Err(anyhow::Error::new(error.clone()));
            }
            for row in 0..parsed.n_rows() {
                records.batch.push_row_of(&parsed.batch, row);
                let label = parsed.labels.of_row(row).unwrap_or_default();
                let next = code_of.len() as u32;
                let code = match code_of.get(label) {
                    Some(&code) => code,
                    None => {
                        code_of.insert(label.to_owned(), next);
                        records.label_names.push(label.to_owned());
                        next
                    }
                };
                records.labels.push(code);
            }
            Ok(true)
        },
    )?;
    Ok(TrainingTable {
        records,
        sha256: hex(&hasher.finalize()),
    })
}

fn collect_vocabularies(input: &mut impl Read) -> anyhow::Result<(TableLayout, Vec<Vocabulary>)> {
    let mut collector: Option<VocabularyCollector> = None;
    let mut stream = TableStream::new();
    read_chunks(input, &mut stream, u64::MAX, |stream, chunk| {
        if collector.is_none() {
            collector = stream.layout().cloned().map(VocabularyCollector::new);
        }
        if let Some(collector) = &mut collector {
            collector.read(&chunk);
        }
        Ok(true)
    })?;
    let layout = stream.layout().context("the table has no rows")?.clone();
    Ok((layout, collector.context("the table has no rows")?.finish()))
}
