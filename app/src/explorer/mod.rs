//! Answers questions about a scored file: everything that page and report show of it, worked out from all of its rows.
//!
//! In: a [`ScoredTable`] with the model that scored it, then [`Question`]s. Out: [`Answer`]s with buffers. The coordinator holds one per file;
//! nothing here knows the browser, so tests ask the same questions natively.
//!
//! # Layout
//! - this file: filters and counts; [`rows`]: the table; [`map`]: pixels and places; [`compare`]: two models;
//!   [`explain`]: one record; [`report`]: files to take away.

pub mod compare;
pub mod explain;
pub mod map;
pub mod report;
pub mod rows;

use std::sync::Arc;

use analysis::correlation::correlate;
use analysis::distribution::{CutFeature, Distribution};
use analysis::filter::{ConnectionFields, filter};
use analysis::neighbours::Standing;
use analysis::row_set::RowSet;
use analysis::rows::SortedRows;
use analysis::selection::{self, SelectionCounts};
use analysis::summary::summarise;
use analysis::table::ScoredTable;
use models::calibration::risk;
use models::trained_model::{ENSEMBLE, Scorer, TrainedModel};
use query::Query;

use crate::job::question::{Pair, QueryProblem, RowsQuestion, Selected, ViewQuestion};
use crate::job::result::{FeatureFacts, ModelName, RankingResult};

/// Points of a curve: more than a chart has pixels for.
const N_CURVE_POINTS: usize = 400;

/// A scored file, ready to be asked.
#[derive(Debug)]
pub struct Explorer {
    table: ScoredTable,
    fields: ConnectionFields,
    scorer: Scorer,
    cuts: Vec<CutFeature>,
    selection: Selection,
    sorted: Option<(RowsQuestion, SortedRows)>,
    map: map::MapCache,
    standing: Option<Standing>,
}

/// The rows of the filter in force.
#[derive(Debug)]
struct Selection {
    query: String,
    model: usize,
    rows: RowSet,
}

impl Explorer {
    /// Takes over a table and the model that scored it.
    pub fn new(table: ScoredTable, model: Arc<TrainedModel>) -> Self {
        let names: Vec<&str> = std::iter::once(ENSEMBLE)
            .chain(model.columns())
            .map(|kind| kind.name)
            .collect();
        let words: Vec<Vec<String>> = table
            .features
            .iter()
            .chain(&table.labels)
            .filter_map(|column| match column {
                analysis::column::Column::Texts(coded) => Some(coded.values.clone()),
                _ => None,
            })
            .collect();
        let cuts = (0..table.features.len()).filter_map(|feature| CutFeature::new(&table, feature));
        Self {
            fields: ConnectionFields::new(table.view, &names, &words).with_copies(),
            cuts: cuts.collect(),
            selection: Selection {
                query: String::new(),
                model: 0,
                rows: RowSet::all(table.n_rows()),
            },
            sorted: None,
            map: map::MapCache::new(&table),
            standing: None,
            scorer: Scorer::new(model),
            table,
        }
    }

    /// The table.
    pub fn table(&self) -> &ScoredTable {
        &self.table
    }

    /// The model.
    pub fn model(&self) -> &Arc<TrainedModel> {
        self.scorer.model()
    }

    /// The names of the score columns, the ensemble's first.
    pub fn model_names(&self) -> Vec<ModelName> {
        std::iter::once(ENSEMBLE)
            .chain(self.model().columns())
            .map(|kind| ModelName {
                name: kind.name.to_owned(),
                title: kind.title.to_owned(),
            })
            .collect()
    }

    /// What is known of the features.
    pub fn features(&self) -> Vec<FeatureFacts> {
        let features = self.table.view.features().zip(&self.cuts).enumerate();
        features
            .map(|(index, (feature, cut))| FeatureFacts {
                name: feature.name.to_owned(),
                kind: feature.kind,
                meaning: feature.meaning.to_owned(),
                cut: cut.cut.clone(),
                all: cut.all.clone(),
                loadings: {
                    let model = self.model();
                    model
                        .projection
                        .loading(model.preprocess.network_inputs(), index)
                },
            })
            .collect()
    }

    /// The rows that a filter lets through.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn selected(&mut self, query: &str, model: usize) -> Result<&RowSet, QueryProblem> {
        self.select(query, model)?;
        Ok(&self.selection.rows)
    }

    /// Makes a filter the one in force.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    fn select(&mut self, query: &str, model: usize) -> Result<(), QueryProblem> {
        let model = model.min(self.table.models.len().saturating_sub(1));
        if self.selection.query == query && self.selection.model == model {
            return Ok(());
        }
        let parsed = Query::parse(query, &self.fields.fields).map_err(|error| QueryProblem {
            message: error.to_string(),
            from: error.span.start,
            to: error.span.end,
        })?;
        self.selection = Selection {
            query: query.to_owned(),
            model,
            rows: filter(&self.table, &parsed, &self.fields, model),
        };
        Ok(())
    }

    /// What the rows of a filter look like, and the distributions of the features asked for.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn view(&mut self, question: &ViewQuestion) -> Result<(Selected, Vec<u8>), QueryProblem> {
        self.select(&question.query, question.model)?;
        let wants = &question.wants;
        let counts = self.counts();
        let (model, rows) = (self.selection.model, &self.selection.rows);
        let n_models = self.table.models.len();
        let rankings = (0..n_models)
            .map(|of| {
                let is_pair = wants.pair.is_some_and(|pair| pair.contains(&of));
                let is_wanted = wants.has_curves || is_pair;
                let has_both = counts.risks.has_both_labels();
                (is_wanted && has_both)
                    .then(|| ranking(&mut self.table, rows, of, self.scorer.model()))?
            })
            .collect();
        let mut buffer = Vec::new();
        let mut features = Vec::new();
        for &feature in &wants.features {
            if let Some(cut) = self.cuts.get(feature) {
                Distribution::count(&self.table, rows, model, feature, cut).write(&mut buffer);
                features.push(feature);
            }
        }
        let pair = wants
            .pair
            .filter(|pair| pair.iter().all(|&of| of < n_models));
        let selected = Selected {
            query: question.query.clone(),
            model,
            rankings,
            features,
            summary: wants.has_summary.then(|| summarise(&self.table, rows)),
            correlation: wants.has_correlation.then(|| correlate(&self.table, rows)),
            pair: pair.map(|models| Pair {
                models,
                rows: selection::count_pair(&mut self.table, rows, models),
                distinct: {
                    let distinct = selection::distinct(&self.table, rows);
                    selection::count_pair(&mut self.table, &distinct, models)
                },
            }),
            counts,
        };
        Ok((selected, buffer))
    }

    /// Counts of the filter in force.
    fn counts(&mut self) -> SelectionCounts {
        selection::count(&mut self.table, &self.selection.rows, self.selection.model)
    }
}

/// The curve of a model over a selection, its thresholds as risks.
fn ranking(
    table: &mut ScoredTable,
    rows: &RowSet,
    of: usize,
    model: &TrainedModel,
) -> Option<RankingResult> {
    let ranking = selection::ranking(table, rows, of)?;
    let calibration = match of.checked_sub(1) {
        None => &model.ensemble,
        Some(column) => model.column_calibrations().get(column).copied()?,
    };
    let mut curve = ranking.curve(N_CURVE_POINTS);
    for point in &mut curve {
        point.threshold = risk(calibration.p_value(point.threshold));
    }
    Some(RankingResult {
        roc_auc: ranking.roc_auc(),
        average_precision: ranking.average_precision(),
        n_attacks: ranking.n_attacks(),
        n_normal: ranking.n_normal(),
        curve,
    })
}
