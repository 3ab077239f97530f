//! One record explained: what each feature adds, what is usual, the nearest normal record, the smallest change that would make it normal,
//! and what a changed record would be judged.
//!
//! In: a row of the file or the form's values. Out: an [`Explanation`] or a [`WhatIfVerdict`], in text that can be shown as it is.

use analysis::neighbours::Standing;
use analysis::row_set::RowSet;
use models::counterfactual::{Change, Goal, Value, smallest_change, typical_records};
use models::explain::{format_range, format_value};
use models::profile::FeatureProfile;
use models::record::{Column, RecordBatch, UNSEEN, Vocabulary};
use models::schema::{Feature, FeatureKind, View};
use models::trained_model::Scorer;

use super::Explorer;
use crate::form::{check_number, verdict};
use crate::job::explanation::{
    ChangeStep, ExplainedFeature, Explanation, Judged, NearestRow, SmallestChange, WhatIf,
    WhatIfVerdict,
};
use crate::job::question::{ExplainQuestion, Subject};

/// Normal records that the smallest change may take values from.
const N_NEAREST: usize = 32;

/// Words that a category offers.
const MAX_WORDS: usize = 80;

/// Asked of a value: at most so long.
const MAX_VALUE: usize = 80;

impl Explorer {
    /// Explains a row; `None` where there is no such row.
    pub fn explain(&mut self, question: &ExplainQuestion) -> Option<Explanation> {
        let Subject::Row(row) = question.subject else {
            return None;
        };
        let row = row as usize;
        let group = *self.table.groups.get(row)?;
        let (record, _) = self.detected(row);
        let nearest = self.nearest_normal(row, question);
        let normal = self.records(&nearest);
        let mut explanation = explain(&mut self.scorer, &record, &normal, question)?;
        explanation.row = Some(row as u32);
        explanation.line = self.table.lines.get(row).copied();
        explanation.label = self.table.label(row).map(str::to_owned);
        let copies = self.table.groups.iter().filter(|&&of| of == group);
        explanation.n_copies = copies.count() as u32;
        explanation.nearest = nearest
            .first()
            .map(|&nearest| self.nearest_row(nearest, row, question));
        Some(explanation)
    }

    /// Rows that the chosen model calls normal, and their labels too where there are some, nearest first.
    fn nearest_normal(&mut self, row: usize, question: &ExplainQuestion) -> Vec<usize> {
        let standing = self
            .standing
            .get_or_insert_with(|| Standing::new(&self.table));
        let Some(column) = self.table.models.get(question.model) else {
            return Vec::new();
        };
        let table = &self.table;
        let normal = RowSet::of(table.n_rows(), |row| {
            column.risk[row] < question.threshold && table.is_attack(row) != Some(true)
        });
        let nearest = standing.nearest(table, row, &normal, N_NEAREST);
        nearest.into_iter().map(|neighbour| neighbour.row).collect()
    }

    fn records(&self, rows: &[usize]) -> RecordBatch {
        let vocabularies = self.model().preprocess.vocabularies();
        let mut records = RecordBatch::new(self.table.view);
        for &row in rows {
            records.push_row_of(&self.table.record(row, vocabularies), 0);
        }
        records
    }

    fn nearest_row(&self, row: usize, of: usize, question: &ExplainQuestion) -> NearestRow {
        let columns = self.table.features.iter().zip(self.table.view.features());
        let mut differs = Vec::new();
        let mut values = Vec::new();
        for (index, (column, feature)) in columns.enumerate() {
            let is_same = column.number(row) == column.number(of);
            if !is_same {
                differs.push(index);
            }
            values.push(match column.text(row) {
                Some(word) => word.to_owned(),
                None => format_value(column.number(row), feature.kind),
            });
        }
        let column = self.table.models.get(question.model);
        NearestRow {
            row: row as u32,
            line: self.table.lines.get(row).copied().unwrap_or_default(),
            risk: column
                .and_then(|column| column.risk.get(row).copied())
                .unwrap_or_default(),
            values,
            differs,
        }
    }

    /// Judges a changed record of the file's view.
    pub fn what_if(&mut self, question: &WhatIf) -> WhatIfVerdict {
        what_if(&mut self.scorer, question)
    }
}

/// Explains what is typed into the form; `None` where a value is wrong.
pub fn explain_form(scorer: &mut Scorer, question: &ExplainQuestion) -> Option<Explanation> {
    let Subject::Form(values) = &question.subject else {
        return None;
    };
    let record = read_record(scorer, values).ok()?;
    let normal = typical_records(scorer.model());
    explain(scorer, &record, &normal, question)
}

fn explain(
    scorer: &mut Scorer,
    record: &RecordBatch,
    normal: &RecordBatch,
    question: &ExplainQuestion,
) -> Option<Explanation> {
    let column = question.model.min(scorer.model().columns().len());
    let detections = scorer.detect(record);
    let verdict = verdict(scorer, record, column, question.threshold)?;
    let goal = Goal {
        column,
        target_risk: question.threshold,
        frozen: &[],
    };
    let change = smallest_change(scorer, record, normal, &goal);
    let model = scorer.model().clone();
    let words = words_by_feature(model.view(), model.preprocess.vocabularies());
    let features = model.view().features().enumerate();
    let features: Vec<ExplainedFeature> = features
        .filter_map(|(index, feature)| {
            let profile = model.profile.get(index)?;
            let (value, shown) = text_of(feature, record.columns().get(index)?, words[index]);
            Some(ExplainedFeature {
                name: feature.name.to_owned(),
                meaning: feature.meaning.to_owned(),
                kind: feature.kind,
                typical: typical(feature, profile),
                evidence: verdict.evidence.get(index).copied().unwrap_or_default(),
                range: range(feature, profile, record.columns().get(index)?),
                words: known_words(profile),
                value,
                shown,
            })
        })
        .collect();
    let change = change
        .filter(|change| !change.steps.is_empty())
        .map(|change| shown_change(&change, &features, model.view(), &words));
    Some(Explanation {
        number: question.number,
        row: None,
        line: None,
        label: None,
        n_copies: 1,
        verdict,
        features,
        nearest: None,
        change,
        position: detections
            .position
            .map(|axis| axis.first().copied().unwrap_or_default()),
    })
}

/// The vocabulary of each feature; `None` of numbers.
fn words_by_feature(view: View, vocabularies: &[Vocabulary]) -> Vec<Option<&Vocabulary>> {
    let mut vocabularies = vocabularies.iter();
    let of = |feature: &Feature| match feature.kind {
        FeatureKind::Category => vocabularies.next(),
        _ => None,
    };
    view.features().map(of).collect()
}

/// A value as it can be typed, and with its unit.
fn text_of(feature: &Feature, column: &Column, words: Option<&Vocabulary>) -> (String, String) {
    match column {
        Column::Numeric(values) => {
            let value = values.first().copied().unwrap_or_default();
            (format!("{value}"), format_value(value, feature.kind))
        }
        Column::Category(codes) => {
            let code = codes.first().copied().unwrap_or(UNSEEN);
            let word = words.and_then(|words| words.value(code));
            let word = word.unwrap_or("(never seen)").to_owned();
            (word.clone(), word)
        }
    }
}

fn typical(feature: &Feature, profile: &FeatureProfile) -> String {
    match (profile.typical_range(), profile) {
        (Some((low, high)), _) => format_range(low, high, feature.kind),
        (None, FeatureProfile::Category { shares }) => {
            let commonest = shares.iter().take(3).map(|(word, _)| word.as_str());
            commonest.collect::<Vec<_>>().join(", ")
        }
        (None, FeatureProfile::Numeric { .. }) => String::new(),
    }
}

/// From the least to the greatest value that training and record have.
fn range(feature: &Feature, profile: &FeatureProfile, column: &Column) -> Option<(f32, f32)> {
    let (FeatureProfile::Numeric { quantiles }, Column::Numeric(values)) = (profile, column) else {
        return None;
    };
    let greatest = quantiles
        .iter()
        .chain(values)
        .fold(1.0f32, |a, &b| a.max(b));
    Some((0.0, feature.max().unwrap_or(greatest)))
}

fn known_words(profile: &FeatureProfile) -> Vec<String> {
    match profile {
        FeatureProfile::Category { shares } => {
            let words = shares.iter().take(MAX_WORDS);
            words.map(|(word, _)| word.clone()).collect()
        }
        FeatureProfile::Numeric { .. } => Vec::new(),
    }
}

fn shown_change(
    change: &Change,
    features: &[ExplainedFeature],
    view: View,
    words: &[Option<&Vocabulary>],
) -> SmallestChange {
    let steps = change.steps.iter().filter_map(|step| {
        let feature = view.features().nth(step.feature)?;
        let explained = features.get(step.feature)?;
        let (to_value, to) = match step.to {
            Value::Number(value) => (format!("{value}"), format_value(value, feature.kind)),
            Value::Code(code) => {
                let word = words.get(step.feature).copied().flatten()?.value(code)?;
                (word.to_owned(), word.to_owned())
            }
        };
        Some(ChangeStep {
            feature: step.feature,
            name: feature.name.to_owned(),
            from: explained.shown.clone(),
            to,
            to_value,
        })
    });
    SmallestChange {
        steps: steps.collect(),
        risk_after: change.risk_after,
    }
}

/// Judges a changed record.
pub fn what_if(scorer: &mut Scorer, question: &WhatIf) -> WhatIfVerdict {
    let column = question.model.min(scorer.model().columns().len());
    let (errors, judged) = match read_record(scorer, &question.values) {
        Err(errors) => (errors, None),
        Ok(record) => {
            let detections = scorer.detect(&record);
            let of_column = match column.checked_sub(1) {
                None => &detections.risk,
                Some(index) => &detections.column_risk[index],
            };
            let judged = Judged {
                risk: of_column.first().copied().unwrap_or_default(),
                position: [0, 1].map(|axis: usize| {
                    let place = detections.position[axis].first();
                    place.copied().unwrap_or_default()
                }),
                evidence: scorer.feature_evidence(&record, &detections, 0, column),
            };
            (vec![None; question.values.len()], Some(judged))
        }
    };
    WhatIfVerdict {
        number: question.number,
        errors,
        judged,
    }
}

/// Reads one value per feature of the model's view.
///
/// # Errors
/// What is wrong with each value, where something is.
fn read_record(scorer: &Scorer, values: &[String]) -> Result<RecordBatch, Vec<Option<String>>> {
    let model = scorer.model();
    let words = words_by_feature(model.view(), model.preprocess.vocabularies());
    let mut record = RecordBatch::new(model.view());
    let mut errors = vec![None; model.view().n_features()];
    for (index, feature) in model.view().features().enumerate() {
        let text = values.get(index).map_or("", |value| value.trim());
        if text.len() > MAX_VALUE {
            errors[index] = Some(format!("expected at most {MAX_VALUE} characters"));
            continue;
        }
        match words[index] {
            Some(words) => record.push_code(index, words.code(text.as_bytes())),
            None => match check_number(feature, text) {
                Ok(value) => record.push_number(index, value),
                Err(error) => errors[index] = Some(error),
            },
        }
    }
    if errors.iter().any(Option::is_some) {
        return Err(errors);
    }
    Ok(record)
}
