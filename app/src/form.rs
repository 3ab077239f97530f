//! The five-field form: its fields, how they are checked, and the verdict. The same code runs as one types, on submit, and on the server.

use std::sync::Arc;

use models::calibration::{Band, DEFAULT_THRESHOLD, p_of_risk};
use models::explain::{Reason, format_number, format_value};
use models::record::RecordBatch;
use models::schema::{FEATURES, Feature, View};
use models::trained_model::{Scorer, TrainedModel};
use serde::{Deserialize, Serialize};
use traffic::row_error::RowProblem;

/// Number of fields.
pub const N_FIELDS: usize = 5;

/// One field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in the form, and of the feature.
    pub name: &'static str,
    /// What stands above it.
    pub label: &'static str,
    /// Unit and meaning, short.
    pub hint: &'static str,
    /// Test id.
    pub test_id: &'static str,
}

/// The fields in the order of view `kdd5`.
pub const FIELDS: [Field; N_FIELDS] = [
    Field {
        name: "duration",
        label: "Duration",
        hint: "seconds",
        test_id: "field-duration",
    },
    Field {
        name: "src_bytes",
        label: "Src Bytes",
        hint: "bytes sent",
        test_id: "field-src-bytes",
    },
    Field {
        name: "dst_bytes",
        label: "Dst Bytes",
        hint: "bytes received",
        test_id: "field-dst-bytes",
    },
    Field {
        name: "count",
        label: "Count",
        hint: "same host, 2 s",
        test_id: "field-count",
    },
    Field {
        name: "srv_count",
        label: "Srv Count",
        hint: "same service, 2 s",
        test_id: "field-srv-count",
    },
];

/// A filled-in form that is one click away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Name in the form.
    pub name: &'static str,
    /// What stands on its button.
    pub label: &'static str,
    /// The fields.
    pub values: [&'static str; N_FIELDS],
}

/// The two examples of the systems that Oddflow carries on; they called the first normal and the second an anomaly.
pub const EXAMPLES: [Example; 2] = [
    Example {
        name: "first",
        label: "6.1 s, few connections",
        values: ["6.1", "100", "1000", "1", "8"],
    },
    Example {
        name: "second",
        label: "40 s, ten connections",
        values: ["40", "1000", "1000", "10", "10"],
    },
];

/// The form and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FormState {
    /// The fields as typed.
    pub values: [String; N_FIELDS],
    /// What is wrong with each, where something is.
    pub errors: [Option<String>; N_FIELDS],
    /// The verdict, once there is one.
    pub verdict: Option<Verdict>,
}

/// What the models say of one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Risk at or above the threshold.
    pub is_anomaly: bool,
    /// 0..=100.
    pub risk: f32,
    /// The raw score of the model whose verdict it is.
    pub score: f32,
    /// What each detector says, the hybrid last.
    pub detectors: Vec<DetectorVerdict>,
    /// What each field adds to the score of the model whose verdict it is, in powers of ten.
    pub evidence: Vec<f32>,
    /// What pushed the score up.
    pub reasons: Vec<Reason>,
}

/// What one detector says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectorVerdict {
    /// Its title.
    pub title: String,
    /// Its risk, 0..=100.
    pub risk: f32,
    /// What each field adds to −log₁₀ p; of the hybrid, to its own score.
    pub evidence: Vec<f32>,
}

impl Verdict {
    /// The word for it.
    pub fn status(&self) -> &'static str {
        if self.is_anomaly { "Anomaly" } else { "Normal" }
    }

    /// The band of its risk.
    pub fn band(&self) -> Band {
        Band::of(self.risk)
    }

    /// How rare it is, in words.
    pub fn rarity(&self) -> String {
        rarity(self.risk)
    }
}

/// How rare a risk is among normal connections, in words.
pub fn rarity(risk: f32) -> String {
    if risk >= 100.0 {
        return "Fewer than one in 10,000 normal connections look this odd.".into();
    }
    let one_in = 1.0 / p_of_risk(risk);
    if one_in < 2.0 {
        return "Most normal connections look at least this odd.".into();
    }
    // Two significant digits: the calibration knows no more.
    let magnitude = 10f64.powf(one_in.log10().floor() - 1.0).max(1.0);
    format!(
        "About one in {} normal connections looks this odd.",
        format_number(((one_in / magnitude).round() * magnitude) as f32)
    )
}

fn feature(field: usize) -> Option<&'static Feature> {
    View::Kdd5
        .feature_indices()
        .get(field)
        .and_then(|&index| FEATURES.get(index))
}

/// Checks one field.
///
/// # Errors
/// What was expected and what was found.
pub fn check(field: usize, text: &str) -> Result<f32, String> {
    match feature(field) {
        Some(feature) => check_number(feature, text.trim()),
        None => Err("there is no such field".into()),
    }
}

/// Checks a number that somebody typed for a feature.
///
/// # Errors
/// What was expected and what was found.
pub fn check_number(feature: &Feature, text: &str) -> Result<f32, String> {
    if text.is_empty() {
        return Err("expected a number, found nothing".into());
    }
    let value: f32 = text
        .parse()
        .map_err(|_| RowProblem::not_a_number(text.as_bytes()).to_string())?;
    if !value.is_finite() {
        return Err(RowProblem::not_finite(text.as_bytes()).to_string());
    }
    if value < 0.0 {
        return Err(RowProblem::negative(text.as_bytes()).to_string());
    }
    match feature.max() {
        Some(max) if value > max => Err(format!("expected at most {max}, found \"{text}\"")),
        _ => Ok(value),
    }
}

impl FormState {
    /// The form as it was sent to the server: fields by name, or `example` with the name of an example.
    pub fn submitted(fields: &[(String, String)], model: Arc<TrainedModel>) -> Self {
        let value = |name: &str| {
            fields
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value.as_str())
        };
        let example =
            value("example").and_then(|name| EXAMPLES.iter().find(|example| example.name == name));
        let values = match example {
            Some(example) => example.values.map(str::to_owned),
            None => FIELDS.map(|field| {
                value(field.name)
                    .unwrap_or_default()
                    .chars()
                    .take(40)
                    .collect()
            }),
        };
        Self {
            values,
            ..Self::default()
        }
        .scored(&mut Scorer::new(model))
    }

    /// Checks the fields and, where they are right, scores them.
    pub fn scored(mut self, scorer: &mut Scorer) -> Self {
        let checked: Vec<Result<f32, String>> = self
            .values
            .iter()
            .enumerate()
            .map(|(field, text)| check(field, text))
            .collect();
        self.errors = std::array::from_fn(|field| {
            checked
                .get(field)
                .and_then(|checked| checked.as_ref().err().cloned())
        });
        let numbers: Result<Vec<f32>, String> = checked.into_iter().collect();
        self.verdict = numbers.ok().and_then(|numbers| score(&numbers, scorer));
        self
    }
}

fn score(numbers: &[f32], scorer: &mut Scorer) -> Option<Verdict> {
    let mut batch = RecordBatch::new(View::Kdd5);
    for (column, &value) in numbers.iter().enumerate() {
        batch.push_number(column, value);
    }
    verdict(scorer, &batch, 0, DEFAULT_THRESHOLD)
}

/// What the models say of a batch of one record. `column` is whose verdict it is: 0 the ensemble's, then those of the model's columns.
pub fn verdict(
    scorer: &mut Scorer,
    batch: &RecordBatch,
    column: usize,
    threshold: f32,
) -> Option<Verdict> {
    let detections = scorer.detect(batch);
    let (risks, scores) = match column.checked_sub(1) {
        None => (&detections.risk, &detections.combined),
        Some(index) => (
            detections.column_risk.get(index)?,
            detections.raw.get(index)?,
        ),
    };
    let risk = *risks.first()?;
    let kinds = scorer.model().columns();
    let mut evidence = |column: usize| scorer.feature_evidence(batch, &detections, 0, column);
    let detectors = kinds
        .iter()
        .zip(&detections.column_risk)
        .enumerate()
        .filter_map(|(index, (kind, risk))| {
            Some(DetectorVerdict {
                title: kind.title.to_owned(),
                risk: *risk.first()?,
                evidence: evidence(index + 1),
            })
        })
        .collect();
    let evidence = evidence(column);
    Some(Verdict {
        is_anomaly: risk >= threshold,
        risk,
        score: *scores.first()?,
        detectors,
        evidence,
        reasons: scorer.explain(batch, &detections, 0, column),
    })
}

/// The range that nine in ten normal records fall into, per field.
pub fn typical_ranges(model: &TrainedModel) -> [String; N_FIELDS] {
    std::array::from_fn(|field| {
        let range = model
            .profile
            .get(field)
            .and_then(|profile| profile.typical_range());
        match (range, feature(field)) {
            (Some((low, high)), Some(feature)) => format!(
                "{} to {}",
                format_number(low),
                format_value(high, feature.kind)
            ),
            _ => String::new(),
        }
    })
}

/// The ensemble's accuracy on the card, in a sentence with the data it was measured on.
pub fn accuracy(model: &TrainedModel) -> String {
    let entry = model
        .card
        .figures
        .iter()
        .find(|entry| entry.protocol == "P0" && entry.figures.model == "ensemble");
    let Some(figures) = entry.map(|entry| &entry.figures) else {
        return String::new();
    };
    format!(
        "{:.1} % right on {} held-out connections of KDD Cup 99: {:.1} % of attacks found at {:.1} % false alarms.",
        figures.accuracy * 100.0,
        format_number(figures.confusion.total() as f32),
        figures.recall * 100.0,
        figures.false_alarm_rate * 100.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_say_what_was_expected_and_found() {
        assert_eq!(check(0, " 6.1 "), Ok(6.1));
        assert_eq!(
            check(1, "abc"),
            Err("expected a number, found \"abc\"".into())
        );
        assert_eq!(
            check(1, "-1"),
            Err("expected a number ≥ 0, found \"-1\"".into())
        );
        assert_eq!(
            check(1, "1e400"),
            Err("expected a finite number, found \"1e400\"".into())
        );
        assert_eq!(
            check(3, "512"),
            Err("expected at most 511, found \"512\"".into())
        );
        assert_eq!(check(4, ""), Err("expected a number, found nothing".into()));
        assert_eq!(check(1, "512"), Ok(512.0));
    }

    #[test]
    fn rarity_is_in_round_words() {
        assert_eq!(
            rarity(50.0),
            "About one in 100 normal connections looks this odd."
        );
        assert_eq!(
            rarity(86.0),
            "About one in 2,800 normal connections looks this odd."
        );
        assert_eq!(
            rarity(2.0),
            "Most normal connections look at least this odd."
        );
        assert_eq!(
            rarity(100.0),
            "Fewer than one in 10,000 normal connections look this odd."
        );
    }
}
