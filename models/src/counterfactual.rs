//! The smallest realistic change that would make a record normal: "had it lasted 0 s instead of 40 s, it would have passed".
//!
//! In: a record, some normal ones, the score that is to fall. Out: a [`Change`], few features with another value each, such that the record
//! so changed scores below the target and no step of it can be left out (Wachter, Mittelstadt and Russell, 2018, with the sparsity and plausibility that
//! Mothilal, Sharma and Tan, 2020, ask for). [`typical_records`] makes records of a model's profile alone, where there is no file.
//!
//! Values come from real normal records, single ones and those that belong together, and from the model's profile. The search goes by
//! number of changed features, a few of the lowest scores at each ([`N_KEPT`]), until one is low enough; where eight features are not enough by
//! that way, whole normal records are tried and what they do not need is taken back. Then every step that is not needed goes, and every
//! other is made as small as it can be.
//!
//! # Layout
//! - this file: the search; [`candidates`]: the values to try; [`rules`]: what no real record has; [`typical`]: records from the profile.

mod candidates;
mod rules;
#[cfg(test)]
mod tests;
mod typical;

use serde::{Deserialize, Serialize};

use self::candidates::Candidates;
use self::rules::Rules;
pub use self::typical::typical_records;
use crate::calibration::DEFAULT_THRESHOLD;
use crate::record::{Column, RecordBatch};
use crate::schema::{FeatureKind, View};
#[cfg(doc)]
use crate::trained_model::TrainedModel;
use crate::trained_model::{Detections, Scorer};

/// Features that a change has at most: nobody reads a longer list as "small".
pub const MAX_STEPS: usize = 8;

/// Changed records that the search goes on from at each number of features.
const N_KEPT: usize = 4;

/// Normal records that values are taken from at most, the nearest first.
const MAX_NORMAL: usize = 32;

/// A feature's value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Of a numeric feature.
    Number(f32),
    /// Code of a category in the model's vocabulary.
    Code(u32),
}

/// One feature with another value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Position in the view.
    pub feature: usize,
    /// The record's value.
    pub from: Value,
    /// The value that it would need.
    pub to: Value,
}

/// What would make a record normal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// In the order of the features; empty where the record is below the target as it is.
    pub steps: Vec<Step>,
    /// The record's risk, 0..=100.
    pub risk_before: f32,
    /// Its risk with all steps taken, below the target.
    pub risk_after: f32,
}

impl Change {
    /// The record with all steps taken.
    pub fn apply(&self, record: &RecordBatch) -> RecordBatch {
        let mut changed = RecordBatch::new(record.view());
        if let Some(mut row) = row_of(record, 0) {
            for step in &self.steps {
                if let Some(value) = row.get_mut(step.feature) {
                    *value = step.to;
                }
            }
            push_row(&mut changed, &row);
        }
        changed
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Goal<'a> {
    /// Whose score: 0 the ensemble's, then those of [`TrainedModel::columns`].
    pub column: usize,
    /// The risk to get below, 0..=100; by default the threshold of an anomaly.
    pub target_risk: f32,
    /// Positions of features that keep their value.
    pub frozen: &'a [usize],
}

impl Default for Goal<'_> {
    fn default() -> Self {
        Self {
            column: 0,
            target_risk: DEFAULT_THRESHOLD,
            frozen: &[],
        }
    }
}

/// Finds the smallest realistic change of the first row of `record` that brings it below the target.
///
/// Fewer features come before smaller moves. `normal` are normal records, the nearest first; it may be empty. Both have the model's
/// vocabularies. The change is minimal: taking back any of its steps leaves a record that is not below the target, or one that no network
/// sends, by the rules of the features' definitions. A record below the target gets a change without steps; `None` means that no change was found, the record is of
/// another view, or there is no such column. Deterministic.
pub fn smallest_change(
    scorer: &mut Scorer,
    record: &RecordBatch,
    normal: &RecordBatch,
    goal: &Goal<'_>,
) -> Option<Change> {
    let model = scorer.model().clone();
    let view = model.view();
    if record.view() != view || goal.column > model.columns().len() {
        return None;
    }
    let original = row_of(record, 0)?;
    let mut usual: Vec<Row> = if normal.view() == view {
        (0..normal.n_rows().min(MAX_NORMAL))
            .filter_map(|row| row_of(normal, row))
            .collect()
    } else {
        Vec::new()
    };
    if usual.is_empty() {
        let typical = typical::records(scorer);
        usual.extend((0..typical.n_rows()).filter_map(|row| row_of(&typical, row)));
    }
    let rules = Rules::new(&model.preprocess, usual.iter().chain([&original]));
    let mut search = Search {
        view,
        goal,
        rules_broken: rules.broken(&original),
        candidates: Candidates::new(&model, &original, &usual, goal.frozen),
        rules,
        scorer,
        original,
    };
    let before = search.state(search.original.clone())?;
    let change = if search.is_reached(&before) {
        before.clone()
    } else {
        let found = match search.by_number_of_features(&before) {
            Some(found) => found,
            None => search.by_whole_records(&usual)?,
        };
        search.shrink(found)
    };
    Some(Change {
        steps: search.steps(&change.row),
        risk_before: before.risk,
        risk_after: change.risk,
    })
}

/// The values of a record in the view's order.
type Row = Vec<Value>;

/// A changed record with its score.
#[derive(Clone, Debug)]
struct State {
    row: Row,
    /// Rises with the risk, and goes on where the risk stops at 100.
    raw: f32,
    risk: f32,
    distance: f32,
}

/// The first of two has the lower score, then the smaller moves.
fn by_score(a: &State, b: &State) -> std::cmp::Ordering {
    a.raw
        .total_cmp(&b.raw)
        .then(a.distance.total_cmp(&b.distance))
}

/// The first of two has the smaller moves, then the lower score.
fn by_distance(a: &State, b: &State) -> std::cmp::Ordering {
    a.distance
        .total_cmp(&b.distance)
        .then(a.raw.total_cmp(&b.raw))
}

struct Search<'a> {
    view: View,
    goal: &'a Goal<'a>,
    rules: Rules,
    /// What the record itself breaks, a change may break too.
    rules_broken: u32,
    candidates: Candidates,
    scorer: &'a mut Scorer,
    original: Row,
}

impl Search<'_> {
    /// Goes from one changed feature to [`MAX_STEPS`]; the first number with a record below the target wins.
    fn by_number_of_features(&mut self, before: &State) -> Option<State> {
        let mut waiting: Vec<Vec<State>> = vec![Vec::new(); MAX_STEPS + 1];
        waiting[0].push(before.clone());
        for n_changed in 0..=MAX_STEPS {
            let mut states = std::mem::take(&mut waiting[n_changed]);
            let reached = states.iter().filter(|state| self.is_reached(state));
            if let Some(smallest) = reached.min_by(|a, b| by_distance(a, b)) {
                return Some(smallest.clone());
            }
            states.sort_by(by_score);
            states.dedup_by(|next, first| next.row == first.row);
            states.truncate(N_KEPT);
            let mut rows = Vec::new();
            for state in &states {
                rows.extend(self.candidates.neighbours(&self.original, &state.row));
            }
            rows.retain(|row| {
                let n = self.steps(row).len();
                n_changed < n && n <= MAX_STEPS
            });
            for state in self.score(rows) {
                waiting[self.steps(&state.row).len()].push(state);
            }
        }
        None
    }

    /// Takes everything from a normal record and gives back what is not needed; the change with the fewest steps wins.
    fn by_whole_records(&mut self, usual: &[Row]) -> Option<State> {
        let rows = usual
            .iter()
            .take(candidates::N_TOGETHER)
            .map(|usual| self.candidates.all_of(&self.original, usual))
            .collect();
        let mut states = self.score(rows);
        states.retain(|state| self.is_reached(state));
        let mut pruned = Vec::new();
        for state in states {
            pruned.push(self.prune(state));
        }
        let n_steps = |state: &State| self.steps(&state.row).len();
        pruned
            .into_iter()
            .filter(|state| n_steps(state) <= MAX_STEPS)
            .min_by(|a, b| n_steps(a).cmp(&n_steps(b)).then(by_distance(a, b)))
    }

    /// Takes back steps one by one, that first which is missed least, as long as the record stays below the target.
    fn prune(&mut self, mut state: State) -> State {
        loop {
            let without = |step: Step| {
                let mut row = state.row.clone();
                row[step.feature] = step.from;
                row
            };
            let rows = self.steps(&state.row).into_iter().map(without).collect();
            let mut fewer = self.score(rows);
            fewer.retain(|state| self.is_reached(state));
            match fewer.into_iter().min_by(by_score) {
                Some(fewer) => state = fewer,
                None => return state,
            }
        }
    }

    /// Brings every value as near to the record's own as the target allows, the furthest first, and takes back what is not needed.
    fn shrink(&mut self, state: State) -> State {
        let mut state = self.prune(state);
        loop {
            let mut steps = self.steps(&state.row);
            steps.sort_by(|a, b| {
                let moved = |step: &Step| self.moved(step.feature, step.to);
                moved(b).total_cmp(&moved(a))
            });
            for step in steps {
                let nearer = self.candidates.values(step.feature).filter(|&value| {
                    value != step.from
                        && self.moved(step.feature, value) < self.moved(step.feature, step.to)
                });
                let rows = nearer
                    .map(|value| {
                        let mut row = state.row.clone();
                        row[step.feature] = value;
                        row
                    })
                    .collect();
                let mut smaller = self.score(rows);
                smaller.retain(|state| self.is_reached(state));
                if let Some(smaller) = smaller.into_iter().min_by(by_distance) {
                    state = smaller;
                }
            }
            let n_steps = self.steps(&state.row).len();
            state = self.prune(state);
            // Another value can make another step needless: once more, until there is none.
            if self.steps(&state.row).len() == n_steps {
                return state;
            }
        }
    }

    fn is_reached(&self, state: &State) -> bool {
        state.risk < self.goal.target_risk
    }

    fn steps(&self, row: &[Value]) -> Vec<Step> {
        let pairs = self.original.iter().zip(row).enumerate();
        pairs
            .filter(|(_, (from, to))| from != to)
            .map(|(feature, (&from, &to))| Step { feature, from, to })
            .collect()
    }

    /// How far a value is from the record's own: by the logarithm where values spread over orders of magnitude, 1 for another word.
    fn moved(&self, feature: usize, to: Value) -> f32 {
        match (self.original.get(feature), to) {
            (Some(&Value::Number(from)), Value::Number(to)) => {
                let is_heavy_tailed = self
                    .view
                    .features()
                    .nth(feature)
                    .is_some_and(|feature| feature.kind.is_heavy_tailed());
                if is_heavy_tailed {
                    (libm::log1pf(from.max(0.0)) - libm::log1pf(to.max(0.0))).abs()
                } else {
                    (from - to).abs()
                }
            }
            (Some(from), to) => f32::from(u8::from(*from != to)),
            (None, _) => 0.0,
        }
    }

    fn state(&mut self, row: Row) -> Option<State> {
        self.score(vec![row]).pop()
    }

    /// Scores the rows that a network could send, in one batch.
    fn score(&mut self, mut rows: Vec<Row>) -> Vec<State> {
        rows.retain(|row| self.rules.broken(row) & !self.rules_broken == 0);
        let mut batch = RecordBatch::new(self.view);
        for row in &rows {
            push_row(&mut batch, row);
        }
        let detections = self.scorer.detect(&batch);
        let (raws, risks) = scores(&detections, self.goal.column);
        rows.into_iter()
            .zip(raws.iter().zip(risks))
            .map(|(row, (&raw, &risk))| State {
                distance: (0..row.len())
                    .map(|feature| self.moved(feature, row[feature]))
                    .sum(),
                row,
                raw,
                risk,
            })
            .collect()
    }
}

/// Raw scores and risks of a column, 0 being the ensemble's.
fn scores(detections: &Detections, column: usize) -> (&[f32], &[f32]) {
    let Some(index) = column.checked_sub(1) else {
        return (&detections.combined, &detections.risk);
    };
    match (detections.raw.get(index), detections.column_risk.get(index)) {
        (Some(raw), Some(risk)) => (raw, risk),
        _ => (&[], &[]),
    }
}

fn row_of(batch: &RecordBatch, row: usize) -> Option<Row> {
    let value = |column: &Column| match column {
        Column::Numeric(values) => values.get(row).copied().map(Value::Number),
        Column::Category(codes) => codes.get(row).copied().map(Value::Code),
    };
    batch.columns().iter().map(value).collect()
}

/// Appends a row; a value of the wrong type would leave it incomplete, and none has one.
fn push_row(batch: &mut RecordBatch, row: &[Value]) {
    for (column, value) in row.iter().enumerate() {
        match *value {
            Value::Number(value) => batch.push_number(column, value),
            Value::Code(code) => batch.push_code(column, code),
        }
    }
}

/// The position of a feature in a view.
fn position(view: View, name: &str) -> Option<usize> {
    view.features().position(|feature| feature.name == name)
}

/// For each feature of a view the position of its vocabulary, where it is a category.
fn vocabulary_positions(view: View) -> Vec<Option<usize>> {
    let mut next = 0..;
    view.features()
        .map(|feature| match feature.kind {
            FeatureKind::Category => next.next(),
            _ => None,
        })
        .collect()
}
