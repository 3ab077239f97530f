//! A scored file as the browser's coordinator holds it, made without a browser: what reports are written from.

use std::sync::Arc;

use analysis::table::{ModelColumn, PartColumn, TableBuilder, TablePart};
use app::explorer::Explorer;
use app::job::question::{ReportKind, ReportQuestion, ViewQuestion};
use app::job::result::FileResult;
use models::digest::{ScoreDigest, sha256_hex};
use models::evaluation::is_normal_label;
use models::record::{Column, UNSEEN};
use models::schema::View;
use models::trained_model::{Scorer, TrainedModel};
use traffic::stream::TableStream;
use traffic::table::TableReader;

/// A file and what was found in it.
pub(crate) struct ScoredFile {
    pub(crate) explorer: Explorer,
    pub(crate) result: FileResult,
}

/// The shipped model of a view.
fn model_file(view: View) -> &'static [u8] {
    match view {
        View::Kdd41 => include_bytes!("../../../models/artifacts/kdd41.oddflow"),
        View::Kdd28 => include_bytes!("../../../models/artifacts/kdd28.oddflow"),
        View::Kdd5 => include_bytes!("../../../models/artifacts/kdd5.oddflow"),
    }
}

impl ScoredFile {
    /// Reads and scores a table.
    pub(crate) fn new(name: &str, text: &[u8]) -> Self {
        let mut stream = TableStream::new();
        stream.push(text);
        stream.finish();
        let mut state: Option<(TableReader, Scorer, TableBuilder)> = None;
        let mut digest = ScoreDigest::default();
        let (mut n_rejected, mut n_unseen_categories) = (0, 0);
        while let Some(chunk) = stream.next_chunk().unwrap() {
            let (reader, scorer, table) = state.get_or_insert_with(|| {
                let layout = stream.layout().unwrap().clone();
                let model = Arc::new(TrainedModel::from_bytes(model_file(layout.view)).unwrap());
                let table = TableBuilder::new(layout.view);
                let words = model.preprocess.vocabularies().to_vec();
                (
                    TableReader::new(layout, words).unwrap(),
                    Scorer::new(model),
                    table,
                )
            });
            let layout = reader.layout().clone();
            let parsed = reader.read(&chunk);
            let detections = scorer.detect(&parsed.batch);
            digest.update(&detections);
            n_rejected += parsed.rejected.n_rejected;
            n_unseen_categories += parsed.n_unseen_categories;
            let known = scorer.model().preprocess.vocabularies().iter();
            let mut words: Vec<Vec<String>> = known.map(|words| words.values().to_vec()).collect();
            let mut lists = words.iter_mut();
            let features = parsed.batch.columns().iter().enumerate();
            let features = features
                .map(|(feature, column)| match column {
                    Column::Numeric(values) => PartColumn::Numbers(values.clone()),
                    Column::Category(codes) => {
                        let words = lists.next().unwrap();
                        let mut position = |(row, &code): (usize, &u32)| {
                            if code == UNSEEN {
                                words.push(
                                    layout.word(parsed.record(&chunk, row).unwrap(), feature),
                                );
                                return words.len() as u32 - 1;
                            }
                            code
                        };
                        PartColumn::Words(codes.iter().enumerate().map(&mut position).collect())
                    }
                })
                .collect();
            let risks = [&detections.risk]
                .into_iter()
                .chain(&detections.column_risk);
            let raw = [&detections.combined].into_iter().chain(&detections.raw);
            table.push(TablePart {
                features,
                words,
                label_names: parsed.labels.names().to_vec(),
                labels: parsed.labels.codes().to_vec(),
                models: risks
                    .zip(raw)
                    .map(|(risk, raw)| ModelColumn {
                        risk: risk.clone(),
                        raw: raw.clone(),
                    })
                    .collect(),
                position: detections.position.clone(),
                hashes: detections.row_hash.clone(),
                lines: parsed.lines.iter().map(|&line| line as u32).collect(),
            });
        }
        let (reader, scorer, table) = state.unwrap();
        let view = reader.layout().view;
        let model = Arc::clone(scorer.model());
        let explained = model.projection.explained;
        let mut explorer = Explorer::new(table.finish(is_normal_label), model);
        let (selected, _) = explorer.view(&ViewQuestion::default()).unwrap();
        let result = FileResult {
            name: name.to_owned(),
            view: view.name().to_owned(),
            n_rows: explorer.table().n_rows() as u64,
            n_distinct: explorer.table().n_groups() as u64,
            n_rejected,
            errors: Vec::new(),
            n_unseen_categories,
            incomplete: None,
            digest: digest.finish(),
            millis: 0.0,
            models: explorer.model_names(),
            has_labels: explorer.table().labels.is_some(),
            has_both_labels: selected.counts.risks.has_both_labels(),
            features: explorer.features(),
            explained,
            model_hash: sha256_hex(model_file(view)),
            selected,
        };
        Self { explorer, result }
    }

    /// A report about the rows of a filter, at risk `threshold` of a model.
    pub(crate) fn report(
        &mut self,
        kind: ReportKind,
        query: &str,
        model: usize,
        threshold: f32,
    ) -> String {
        let question = ReportQuestion {
            job: 1,
            kind,
            query: query.to_owned(),
            model,
            threshold,
            fragment: String::new(),
        };
        self.explorer.report(&question, &self.result).unwrap().text
    }
}
