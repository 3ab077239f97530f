//! A file in, scored rows out: read on one thread, parsed and scored on several, collected in file order.
//!
//! In: bytes of a table, plain or gzip. Out: a [`ScoredChunk`] after the other, then a [`Summary`]. Queues are bounded, so memory does not
//! grow with the file.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use analysis::batch_row::{BatchRows, RowFilter};
use analysis::row_set::RowSet;
use anyhow::Context as _;
use crossbeam_channel::{Receiver, Sender, bounded};
use models::calibration::{Band, DEFAULT_THRESHOLD};
use models::digest::ScoreDigest;
use models::schema::View;
use models::trained_model::{Detections, ENSEMBLE, Scorer, TrainedModel};
use query::QueryError;
use serde::Serialize;
use traffic::layout::TableLayout;
use traffic::row_error::{RejectedRows, RowError};
use traffic::splitter::Chunk;
use traffic::stream::{ReadError, TableStream};
use traffic::table::{ParsedChunk, TableReader};

use crate::shipped::ModelSet;

/// Bytes read from the file at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// How a file is scored.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Threads that parse and score.
    pub(crate) n_threads: usize,
    /// Risk at and above which a row is called an anomaly.
    pub(crate) threshold: f32,
    /// Stop at the first row that cannot be read.
    pub(crate) is_strict: bool,
    /// Most unpacked bytes that are read.
    pub(crate) max_bytes: u64,
    /// Which rows are written, in the language of `query`; all without it.
    pub(crate) filter: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            n_threads,
            threshold: DEFAULT_THRESHOLD,
            is_strict: false,
            max_bytes: u64::MAX,
            filter: None,
        }
    }
}

/// The scored rows of one chunk.
#[derive(Debug)]
pub(crate) struct ScoredChunk {
    /// Their scores.
    pub(crate) detections: Detections,
    /// Per row its label, as an index into `label_names`; empty without labels.
    pub(crate) labels: Vec<u32>,
    /// The labels of this chunk's reader.
    pub(crate) label_names: Vec<String>,
    /// What the formatter made of the chunk.
    pub(crate) text: Vec<u8>,
    rejected: RejectedRows,
    n_unseen_categories: u64,
    /// Rows that the filter lets through.
    n_matched: u64,
}

/// What came out of a file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    /// Features that were read.
    pub(crate) view: String,
    /// Rows scored.
    pub(crate) rows: u64,
    /// Rows at or above the threshold.
    pub(crate) anomalies: u64,
    /// The threshold, as a risk.
    pub(crate) threshold: f32,
    /// Rows per band, by name.
    pub(crate) bands: BTreeMap<&'static str, u64>,
    /// Rows that could not be read.
    pub(crate) rejected: u64,
    /// The first of them.
    pub(crate) errors: Vec<RowError>,
    /// Category values that the model's training data never had.
    pub(crate) unseen_categories: u64,
    /// Why reading stopped before the end of the file, where it did.
    pub(crate) incomplete: Option<String>,
    /// SHA-256 over the scores of all rows; see `models::digest`.
    pub(crate) digest: String,
    /// SHA-256 of the model file; left out where `--weight` made a model that no file has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_sha256: Option<String>,
    /// The filter; left out without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<String>,
    /// Rows that it lets through; left out without one. All other figures are those of the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) matched: Option<u64>,
}

/// Formats a chunk on the thread that scored it.
pub(crate) trait Formatter: Sync {
    /// Appends what is to be written for the chunk.
    fn format(&self, scored: &FormatInput<'_>, scorer: &mut Scorer, text: &mut Vec<u8>);
}

/// What a [`Formatter`] sees.
#[derive(Debug)]
pub(crate) struct FormatInput<'a> {
    /// The chunk as it stood in the file.
    pub(crate) chunk: &'a Chunk,
    /// Its rows.
    pub(crate) parsed: &'a ParsedChunk,
    /// Their scores.
    pub(crate) detections: &'a Detections,
    /// How the file is laid out.
    pub(crate) layout: &'a TableLayout,
    /// Rows that the filter lets through; all without one.
    pub(crate) matching: Option<RowSet>,
}

impl FormatInput<'_> {
    /// Whether the filter lets a row through.
    pub(crate) fn is_wanted(&self, row: usize) -> bool {
        self.matching
            .as_ref()
            .is_none_or(|matching| matching.contains(row))
    }
}

/// A job is one chunk; all that is needed to start reading comes with the first.
struct Work {
    chunk: Chunk,
    file: Arc<FileFacts>,
}

/// What its first bytes tell of a file.
struct FileFacts {
    layout: TableLayout,
    model: Arc<TrainedModel>,
    filter: Option<RowFilter>,
}

/// What the reading thread has to say when it is through.
struct ReadOutcome {
    view: String,
    model_sha256: Option<String>,
    error: Option<anyhow::Error>,
}

/// Scores a file. `each` is called with the chunks in file order, on the calling thread.
///
/// # Errors
/// Where the file is not a table Oddflow knows, where `each` fails, and, with `is_strict`, at the first row that cannot be read. A file that
/// breaks off after rows were read is not an error: the summary says so in `incomplete`.
pub(crate) fn score(
    input: impl Read + Send,
    models: &ModelSet,
    options: &Options,
    formatter: &impl Formatter,
    mut each: impl FnMut(&ScoredChunk) -> anyhow::Result<()>,
) -> anyhow::Result<Summary> {
    let n_threads = options.n_threads.max(1);
    let (work_sender, work_receiver) = bounded::<Work>(n_threads);
    let (result_sender, result_receiver) = bounded::<(u64, anyhow::Result<ScoredChunk>)>(n_threads);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| read(input, models, options, work_sender));
        for _ in 0..n_threads {
            let (work, results) = (work_receiver.clone(), result_sender.clone());
            scope.spawn(move || score_chunks(&work, &results, formatter));
        }
        drop((work_receiver, result_sender));
        let mut collected = Collected::new(options);
        let collecting = collect(result_receiver, options, &mut collected, &mut each);
        let outcome = reading
            .join()
            .map_err(|_| anyhow::anyhow!("the reading thread failed"))?;
        collecting?;
        collected.finish(outcome)
    })
}

/// Sends every chunk to the scorers; ends early when they are gone.
fn read(
    mut input: impl Read,
    models: &ModelSet,
    options: &Options,
    work: Sender<Work>,
) -> ReadOutcome {
    let mut stream = TableStream::new();
    let mut file: Option<Arc<FileFacts>> = None;
    let result = read_chunks(
        &mut input,
        &mut stream,
        options.max_bytes,
        |stream, chunk| {
            let file = match &file {
                Some(file) => file,
                None => {
                    let layout = stream.layout().context("a chunk has a layout")?;
                    file.insert(Arc::new(FileFacts::new(layout, models, options)?))
                }
            };
            let file = Arc::clone(file);
            Ok(work.send(Work { chunk, file }).is_ok())
        },
    );
    let view = stream.layout().map(|layout| layout.view);
    ReadOutcome {
        view: view.map_or("", View::name).to_owned(),
        model_sha256: view.and_then(|view| models.sha256(view)).map(str::to_owned),
        error: result.err(),
    }
}

impl FileFacts {
    fn new(layout: &TableLayout, models: &ModelSet, options: &Options) -> anyhow::Result<Self> {
        let model = models
            .of(layout.view)
            .with_context(|| models.absence(layout.view))?;
        let columns = std::iter::once(ENSEMBLE).chain(model.columns());
        let names: Vec<&str> = columns.map(|kind| kind.name).collect();
        let filter = options.filter.as_ref().map(|text| {
            RowFilter::parse(text, layout.view, &names).map_err(|error| FilterError {
                filter: text.clone(),
                error,
            })
        });
        Ok(Self {
            layout: layout.clone(),
            model: Arc::clone(model),
            filter: filter.transpose()?,
        })
    }
}

/// The filter cannot be read, or asks for what the file does not have.
#[derive(Debug, thiserror::Error)]
#[error("filter: {error}")]
pub(crate) struct FilterError {
    filter: String,
    error: QueryError,
}

impl FilterError {
    /// The filter, and below it carets where it is wrong.
    pub(crate) fn caret_lines(&self) -> String {
        self.error.caret_lines(&self.filter)
    }
}

/// Reads a file to its end and gives its chunks to `each` until that says `false`.
///
/// # Errors
/// Where reading fails or the file is not a table; what was read before has been given.
pub(crate) fn read_chunks(
    input: &mut impl Read,
    stream: &mut TableStream,
    max_bytes: u64,
    mut each: impl FnMut(&TableStream, Chunk) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let n_read = match input.read(&mut piece) {
            Ok(n_read) => n_read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).context("the file cannot be read"),
        };
        match n_read {
            0 => stream.finish(),
            _ => stream.push(&piece[..n_read]),
        }
        while let Some(chunk) = stream.next_chunk()? {
            if !each(stream, chunk)? {
                return Ok(());
            }
            anyhow::ensure!(stream.n_bytes() <= max_bytes, TooLarge { max_bytes });
        }
        if n_read == 0 {
            return Ok(());
        }
    }
}

/// The table has a header at most.
#[derive(Debug, thiserror::Error)]
#[error("expected rows of connections, found no rows")]
pub(crate) struct NoRows;

/// The file unpacks to more than the caller takes.
#[derive(Debug, thiserror::Error)]
#[error("the table has more than {max_bytes} bytes when unpacked, which is the limit")]
pub(crate) struct TooLarge {
    /// The limit.
    pub(crate) max_bytes: u64,
}

fn score_chunks(
    work: &Receiver<Work>,
    results: &Sender<(u64, anyhow::Result<ScoredChunk>)>,
    formatter: &impl Formatter,
) {
    let mut state: Option<(TableReader, Scorer)> = None;
    for Work { chunk, file } in work {
        let index = chunk.index;
        let scored = match &mut state {
            Some((reader, scorer)) => Ok(score_chunk(&chunk, &file, reader, scorer, formatter)),
            None => TableReader::new(
                file.layout.clone(),
                file.model.preprocess.vocabularies().to_vec(),
            )
            .map(|reader| state.insert((reader, Scorer::new(Arc::clone(&file.model)))))
            .map(|(reader, scorer)| score_chunk(&chunk, &file, reader, scorer, formatter))
            .map_err(anyhow::Error::from),
        };
        if results.send((index, scored)).is_err() {
            return;
        }
    }
}

fn score_chunk(
    chunk: &Chunk,
    file: &FileFacts,
    reader: &mut TableReader,
    scorer: &mut Scorer,
    formatter: &impl Formatter,
) -> ScoredChunk {
    let parsed = reader.read(chunk);
    let detections = scorer.detect(&parsed.batch);
    let mut text = Vec::new();
    let input = FormatInput {
        chunk,
        parsed,
        detections: &detections,
        layout: &file.layout,
        matching: file
            .filter
            .as_ref()
            .map(|filter| matching(filter, chunk, parsed, &detections, file)),
    };
    formatter.format(&input, scorer, &mut text);
    ScoredChunk {
        labels: parsed.labels.codes().to_vec(),
        label_names: parsed.labels.names().to_vec(),
        rejected: parsed.rejected.clone(),
        n_unseen_categories: parsed.n_unseen_categories,
        n_matched: input.matching.map_or(0, |rows| rows.len() as u64),
        detections,
        text,
    }
}

/// The rows of a chunk that a filter lets through.
fn matching(
    filter: &RowFilter,
    chunk: &Chunk,
    parsed: &ParsedChunk,
    detections: &Detections,
    file: &FileFacts,
) -> RowSet {
    let rows = BatchRows {
        batch: &parsed.batch,
        detections,
        vocabularies: file.model.preprocess.vocabularies(),
        lines: &parsed.lines,
        label_names: parsed.labels.names(),
        labels: parsed.labels.codes(),
    };
    filter.rows(&rows, |row, feature| {
        let record = parsed.record(chunk, row).unwrap_or_default();
        file.layout.word(record, feature)
    })
}

/// Puts the chunks in order; fails with the first error and lets the threads run out.
fn collect(
    results: Receiver<(u64, anyhow::Result<ScoredChunk>)>,
    options: &Options,
    collected: &mut Collected,
    each: &mut impl FnMut(&ScoredChunk) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (index, scored) in results {
        early.insert(index, scored);
        while let Some(scored) = early.remove(&next) {
            let scored = scored?;
            if options.is_strict
                && let Some(error) = scored.rejected.rows.first()
            {
                return Err(anyhow::Error::new(error.clone()));
            }
            collected.add(&scored);
            each(&scored)?;
            next += 1;
        }
    }
    Ok(())
}

/// The summary so far.
struct Collected {
    summary: Summary,
    rejected: RejectedRows,
    digest: ScoreDigest,
    bands: [u64; 4],
}

impl Collected {
    fn new(options: &Options) -> Self {
        let summary = Summary {
            view: String::new(),
            rows: 0,
            anomalies: 0,
            threshold: options.threshold,
            bands: BTreeMap::new(),
            rejected: 0,
            errors: Vec::new(),
            unseen_categories: 0,
            incomplete: None,
            digest: String::new(),
            model_sha256: None,
            matched: options.filter.as_ref().map(|_| 0),
            filter: options.filter.clone(),
        };
        Self {
            summary,
            rejected: RejectedRows::default(),
            digest: ScoreDigest::default(),
            bands: [0; 4],
        }
    }

    fn add(&mut self, scored: &ScoredChunk) {
        self.digest.update(&scored.detections);
        self.rejected.merge(&scored.rejected);
        self.summary.rows += scored.detections.risk.len() as u64;
        self.summary.unseen_categories += scored.n_unseen_categories;
        if let Some(matched) = &mut self.summary.matched {
            *matched += scored.n_matched;
        }
        for &risk in &scored.detections.risk {
            self.bands[Band::of(risk) as usize] += 1;
            self.summary.anomalies += u64::from(risk >= self.summary.threshold);
        }
    }

    fn finish(mut self, outcome: ReadOutcome) -> anyhow::Result<Summary> {
        if let Some(error) = outcome.error {
            let has_rows = self.summary.rows > 0;
            let is_broken = matches!(
                error.downcast_ref::<ReadError>(),
                Some(ReadError::Decompress(_))
            );
            if !(has_rows && is_broken) {
                return Err(error);
            }
            self.summary.incomplete = Some(error.to_string());
        }
        anyhow::ensure!(self.summary.rows + self.rejected.n_rejected > 0, NoRows);
        self.summary.view = outcome.view;
        self.summary.model_sha256 = outcome.model_sha256;
        self.summary.bands = Band::ALL
            .into_iter()
            .map(Band::name)
            .zip(self.bands)
            .collect();
        self.summary.rejected = self.rejected.n_rejected;
        self.summary.errors = self.rejected.rows;
        self.summary.digest = self.digest.finish();
        Ok(self.summary)
    }
}
