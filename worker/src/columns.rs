//! The scored rows of a chunk as bytes, on their way from a scorer to the coordinator.

use analysis::table::{ModelColumn, PartColumn, TablePart};
use models::record::{Column, RecordBatch, UNSEEN};
use models::schema::View;
use models::trained_model::{Detections, TrainedModel};
use traffic::layout::TableLayout;
use traffic::splitter::Chunk;
use traffic::table::ParsedChunk;

/// Words that a scorer tells apart per category; later ones count as the last.
const MAX_WORDS: usize = 4096;

/// The words of each category: those that the model knows, then those that it does not, as they come.
pub(crate) struct Words {
    lists: Vec<Vec<String>>,
}

impl Words {
    /// Those that the model knows.
    pub(crate) fn of(model: &TrainedModel) -> Self {
        let known = model.preprocess.vocabularies().iter();
        Self {
            lists: known.map(|words| words.values().to_vec()).collect(),
        }
    }

    /// Per category, in the order that codes of parts refer to.
    pub(crate) fn lists(&self) -> &[Vec<String>] {
        &self.lists
    }

    /// The position of a word that the model does not know; it gets one.
    fn position(&mut self, category: usize, word: &str) -> u32 {
        let Some(list) = self.lists.get_mut(category) else {
            return 0;
        };
        if let Some(position) = list.iter().position(|known| known == word) {
            return position as u32;
        }
        if list.len() < MAX_WORDS {
            list.push(word.to_owned());
        }
        list.len() as u32 - 1
    }

    /// Category codes of a chunk with unseen ones replaced by positions of their words.
    fn codes(
        &mut self,
        category: usize,
        column: usize,
        codes: &[u32],
        (chunk, parsed, layout): (&Chunk, &ParsedChunk, &TableLayout),
    ) -> Vec<u32> {
        let mut replaced = codes.to_vec();
        for (row, code) in replaced.iter_mut().enumerate() {
            if *code == UNSEEN {
                let record = parsed.record(chunk, row).unwrap_or_default();
                *code = self.position(category, &layout.word(record, column));
            }
        }
        replaced
    }
}

/// Writes the columns of a chunk one after the other, little-endian: features, risks, raw scores, places, lines, hashes, labels.
pub(crate) fn encode(
    words: &mut Words,
    chunk: &Chunk,
    parsed: &ParsedChunk,
    layout: &TableLayout,
    detections: &Detections,
) -> Vec<u8> {
    let batch: &RecordBatch = &parsed.batch;
    let n_words = batch.columns().len() + 2 * detections.raw.len() + 8;
    let mut bytes = Vec::with_capacity(4 * n_words * parsed.n_rows());
    let mut category = 0;
    for (index, column) in batch.columns().iter().enumerate() {
        match column {
            Column::Numeric(values) => {
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            Column::Category(codes) => {
                let codes = words.codes(category, index, codes, (chunk, parsed, layout));
                bytes.extend(codes.iter().flat_map(|code| code.to_le_bytes()));
                category += 1;
            }
        }
    }
    let risks = std::iter::once(&detections.risk).chain(&detections.column_risk);
    let raw = std::iter::once(&detections.combined).chain(&detections.raw);
    for column in risks.chain(raw).chain(&detections.position) {
        bytes.extend(column.iter().flat_map(|value| value.to_le_bytes()));
    }
    let lines = parsed.lines.iter();
    bytes.extend(lines.flat_map(|&line| u32::try_from(line).unwrap_or(u32::MAX).to_le_bytes()));
    let hashes = detections.row_hash.iter();
    bytes.extend(hashes.flat_map(|hash| hash.to_le_bytes()));
    let labels = parsed.labels.codes().iter();
    bytes.extend(labels.flat_map(|label| label.to_le_bytes()));
    bytes
}

/// Reads what [`encode`] wrote for `n_rows` rows of a view and `n_models` models.
pub(crate) fn decode(bytes: &[u8], view: View, n_rows: usize, n_models: usize) -> TablePart {
    let mut reader = Reader {
        rest: bytes,
        n_rows,
    };
    let features = RecordBatch::new(view)
        .columns()
        .iter()
        .map(|column| match column {
            Column::Numeric(_) => PartColumn::Numbers(reader.floats()),
            Column::Category(_) => PartColumn::Words(reader.words()),
        })
        .collect();
    let risks: Vec<Vec<f32>> = (0..n_models).map(|_| reader.floats()).collect();
    let models = risks.into_iter().map(|risk| ModelColumn {
        risk,
        raw: reader.floats(),
    });
    TablePart {
        features,
        models: models.collect(),
        position: [reader.floats(), reader.floats()],
        lines: reader.words(),
        hashes: reader.long_words(),
        labels: reader.words(),
        ..TablePart::default()
    }
}

/// Takes columns off the front; one that is missing is empty.
struct Reader<'a> {
    rest: &'a [u8],
    n_rows: usize,
}

impl Reader<'_> {
    fn take(&mut self, n_bytes: usize) -> &[u8] {
        let (head, tail) = self.rest.split_at_checked(n_bytes).unwrap_or_default();
        self.rest = tail;
        head
    }

    fn floats(&mut self) -> Vec<f32> {
        let words = self.take(4 * self.n_rows).as_chunks().0;
        words.iter().map(|word| f32::from_le_bytes(*word)).collect()
    }

    fn words(&mut self) -> Vec<u32> {
        let words = self.take(4 * self.n_rows).as_chunks().0;
        words.iter().map(|word| u32::from_le_bytes(*word)).collect()
    }

    fn long_words(&mut self) -> Vec<u64> {
        let words = self.take(8 * self.n_rows).as_chunks().0;
        words.iter().map(|word| u64::from_le_bytes(*word)).collect()
    }
}
