//! A scored table in memory, by column: what an analyst's questions are asked of.
//!
//! In: parts of a file in file order, each with features, labels, scores and places on the map ([`TablePart`]). Out: a [`ScoredTable`].
//! Rows with the same features are one *group*; they have the same scores, and are counted and compared as one where copies would mislead.

use models::record::{RecordBatch, Vocabulary};
use models::risk_histogram;
use models::schema::{Feature, FeatureKind, View};

use crate::column::{Column, NumberBuilder, TextBuilder};
use crate::groups::GroupBuilder;
use crate::order::descending;

/// Labels told apart.
const MAX_LABELS: usize = 256;

/// What a model says of every row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelColumn {
    /// Risks, 0 to 100.
    pub risk: Vec<f32>,
    /// Raw scores; higher is odder.
    pub raw: Vec<f32>,
}

/// The next rows of a file.
#[derive(Clone, Debug, Default)]
pub struct TablePart {
    /// One column per feature of the view, in its order: numbers, or positions in the list of `words` for that category.
    pub features: Vec<PartColumn>,
    /// Words of each category that codes refer to, in the order of the view's categories.
    pub words: Vec<Vec<String>>,
    /// Names that the label codes refer to; empty without labels.
    pub label_names: Vec<String>,
    /// A code per row; empty without labels.
    pub labels: Vec<u32>,
    /// The ensemble, then the model's other columns.
    pub models: Vec<ModelColumn>,
    /// Place on the map along both components.
    pub position: [Vec<f32>; 2],
    /// Hashes of the features.
    pub hashes: Vec<u64>,
    /// Line of the file on which each row starts.
    pub lines: Vec<u32>,
}

/// A feature's values in a part.
#[derive(Clone, Debug)]
pub enum PartColumn {
    /// Finite numbers.
    Numbers(Vec<f32>),
    /// Positions in a list of words.
    Words(Vec<u32>),
}

/// A scored file.
#[derive(Clone, Debug)]
pub struct ScoredTable {
    /// The features that it has.
    pub view: View,
    /// One column per feature of the view, in its order.
    pub features: Vec<Column>,
    /// The labels, where the file has some.
    pub labels: Option<Column>,
    /// Whether each value of `labels` means an attack.
    pub is_attack_label: Vec<bool>,
    /// The ensemble, then the model's other columns.
    pub models: Vec<ModelColumn>,
    /// Place on the map along both components.
    pub position: [Vec<f32>; 2],
    /// Line of the file on which each row starts.
    pub lines: Vec<u32>,
    /// The group of each row, numbered from 0 in the order of their first rows.
    pub groups: Vec<u32>,
    /// The first row of each group.
    pub first_rows: Vec<u32>,
    /// Per model, rows by raw score, oddest first; made when first asked for.
    orders: Vec<Option<Vec<u32>>>,
    /// Per model, the step of risk of every row; made when first asked for.
    steps: Vec<Option<Vec<u16>>>,
}

impl ScoredTable {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.lines.len()
    }

    /// Number of distinct rows.
    pub fn n_groups(&self) -> usize {
        self.first_rows.len()
    }

    /// A feature, by its position in the view.
    pub fn feature(&self, index: usize) -> Option<&'static Feature> {
        self.view.features().nth(index)
    }

    /// The label of a row.
    pub fn label(&self, row: usize) -> Option<&str> {
        self.labels.as_ref()?.text(row)
    }

    /// Whether a row is labelled as an attack; `None` without labels.
    #[inline]
    pub fn is_attack(&self, row: usize) -> Option<bool> {
        match self.labels.as_ref()? {
            Column::Texts(labels) => self.is_attack_label.get(labels.codes.get(row)).copied(),
            Column::Numbers(_) | Column::Floats(_) => None,
        }
    }

    /// A row as a record for the model whose vocabularies these are.
    pub fn record(&self, row: usize, vocabularies: &[Vocabulary]) -> RecordBatch {
        let mut record = RecordBatch::new(self.view);
        let mut vocabularies = vocabularies.iter();
        for (index, column) in self.features.iter().enumerate() {
            match column.text(row) {
                Some(word) => {
                    let code = vocabularies
                        .next()
                        .map_or(models::record::UNSEEN, |known| known.code(word.as_bytes()));
                    record.push_code(index, code);
                }
                None => record.push_number(index, column.number(row)),
            }
        }
        record
    }

    /// Rows by a model's raw score, oddest first; sorted once. Empty for a model that is not there.
    pub fn order(&mut self, model: usize) -> &[u32] {
        let Some(column) = self.models.get(model) else {
            return &[];
        };
        self.orders[model].get_or_insert_with(|| descending(&column.raw))
    }

    /// As [`ScoredTable::order`] where that was asked for before, else empty.
    pub fn sorted(&self, model: usize) -> &[u32] {
        let order = self.orders.get(model).and_then(Option::as_deref);
        order.unwrap_or_default()
    }

    /// Works out the steps of a model's risks, once; see [`ScoredTable::steps`].
    pub fn prepare_steps(&mut self, model: usize) {
        if let (Some(column), Some(steps)) = (self.models.get(model), self.steps.get_mut(model)) {
            steps.get_or_insert_with(|| {
                let steps = column
                    .risk
                    .iter()
                    .map(|&risk| risk_histogram::step(risk) as u16);
                steps.collect()
            });
        }
    }

    /// The step of a model's risk for every row, once prepared; else empty.
    pub fn steps(&self, model: usize) -> &[u16] {
        let steps = self.steps.get(model).and_then(Option::as_deref);
        steps.unwrap_or_default()
    }

    /// Bytes that the columns take.
    pub fn n_bytes(&self) -> usize {
        let n = self.n_rows();
        let columns = self.features.iter().chain(&self.labels);
        columns.map(Column::n_bytes).sum::<usize>()
            + n * (8 * self.models.len() + 8 + 4 + 4)
            + self.orders.iter().flatten().count() * 4 * n
            + self.steps.iter().flatten().count() * 2 * n
            + self.first_rows.len() * 4
    }
}

/// Puts parts together.
#[derive(Clone, Debug)]
pub struct TableBuilder {
    view: View,
    features: Vec<FeatureBuilder>,
    labels: Option<TextBuilder>,
    models: Vec<ModelColumn>,
    position: [Vec<f32>; 2],
    lines: Vec<u32>,
    groups: GroupBuilder,
}

#[derive(Clone, Debug)]
enum FeatureBuilder {
    Numbers(NumberBuilder),
    Words(TextBuilder),
}

impl TableBuilder {
    /// An empty table of a view.
    pub fn new(view: View) -> Self {
        let features = view.features().map(|feature| match feature.kind {
            FeatureKind::Category => {
                FeatureBuilder::Words(TextBuilder::new(crate::column::MAX_CODES))
            }
            _ => FeatureBuilder::Numbers(NumberBuilder::default()),
        });
        Self {
            view,
            features: features.collect(),
            labels: None,
            models: Vec::new(),
            position: Default::default(),
            lines: Vec::new(),
            groups: GroupBuilder::default(),
        }
    }

    /// Adds the next rows. A column that is too short for the part's lines is filled with 0 and with the last word: ours are whole.
    pub fn push(&mut self, part: TablePart) {
        let n_rows = part.lines.len();
        let mut words = part.words.iter();
        for (builder, column) in self.features.iter_mut().zip(&part.features) {
            match (builder, column) {
                (FeatureBuilder::Numbers(builder), PartColumn::Numbers(values)) => {
                    builder.extend(values.iter().copied());
                }
                (FeatureBuilder::Words(builder), PartColumn::Words(codes)) => {
                    push_words(builder, words.next().map_or(&[], Vec::as_slice), codes);
                }
                _ => {}
            }
        }
        if !part.label_names.is_empty() {
            let labels = self
                .labels
                .get_or_insert_with(|| TextBuilder::new(MAX_LABELS));
            push_words(labels, &part.label_names, &part.labels);
        }
        self.models
            .resize(part.models.len(), ModelColumn::default());
        for (all, model) in self.models.iter_mut().zip(part.models) {
            all.risk.extend(model.risk);
            all.raw.extend(model.raw);
        }
        for (all, position) in self.position.iter_mut().zip(part.position) {
            all.extend(position);
        }
        for hash in part.hashes.into_iter().take(n_rows) {
            self.groups.push(hash);
        }
        self.lines.extend(part.lines);
    }

    /// Number of rows so far.
    pub fn n_rows(&self) -> usize {
        self.lines.len()
    }

    /// Labels so far; codes of rows are positions in it.
    pub fn label_names(&self) -> &[String] {
        self.labels.as_ref().map_or(&[], TextBuilder::words)
    }

    /// The table. `is_normal` says which labels mean normal.
    pub fn finish(self, is_normal: impl Fn(&str) -> bool) -> ScoredTable {
        let labels = self.labels.map(TextBuilder::finish);
        let is_attack_label = match &labels {
            Some(Column::Texts(labels)) => {
                labels.values.iter().map(|name| !is_normal(name)).collect()
            }
            _ => Vec::new(),
        };
        let (groups, first_rows) = self.groups.finish();
        let features = self.features.into_iter().map(|builder| match builder {
            FeatureBuilder::Numbers(builder) => builder.finish(),
            FeatureBuilder::Words(builder) => builder.finish(),
        });
        let mut models = self.models;
        for model in &mut models {
            model.risk.shrink_to_fit();
            model.raw.shrink_to_fit();
        }
        ScoredTable {
            view: self.view,
            features: features.collect(),
            labels,
            is_attack_label,
            orders: vec![None; models.len()],
            steps: vec![None; models.len()],
            models,
            position: self.position,
            lines: self.lines,
            groups,
            first_rows,
        }
    }
}

/// Adds rows whose words are positions in a list of their own.
fn push_words(builder: &mut TextBuilder, words: &[String], codes: &[u32]) {
    let mut known: Vec<Option<usize>> = vec![None; words.len()];
    for &code in codes {
        let index = (code as usize).min(words.len().saturating_sub(1));
        if let (Some(known), Some(word)) = (known.get_mut(index), words.get(index)) {
            let code = *known.get_or_insert_with(|| builder.code(word));
            builder.push(code);
        }
    }
}
