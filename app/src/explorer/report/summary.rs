//! The findings for programs: what was found in which file by which model at which threshold, and the command that repeats it.
//!
//! `summary` has the fields of the summary that `oddflow score --format json` prints, with the same values: a test compares them. The rest
//! is about the rows of the filter under the chosen model.

use std::collections::BTreeMap;

use analysis::selection;
use models::calibration::{Band, p_of_risk};
use models::evaluation::Confusion;
use models::risk_histogram::RiskHistogram;
use query::Query;
use serde::Serialize;

use super::super::Explorer;
use super::command::Command;
use crate::job::question::{QueryProblem, ReportQuestion, Selected, ViewQuestion, Wants};
use crate::job::result::{FileResult, RankingResult};
use crate::plots::number;

/// Everything that was found.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// Name and version of this layout.
    pub layout: &'static str,
    /// Name of the file.
    pub file: String,
    /// The whole file under the ensemble, as the command line prints it.
    pub summary: FileSummary,
    /// Distinct rows of the file.
    pub distinct: u64,
    /// Whose risk the rest is about.
    pub model: ModelFacts,
    /// Where anomalies begin.
    pub threshold: Threshold,
    /// The filter as it was typed; empty without one.
    pub filter: String,
    /// The rows that it lets through.
    pub selected: SelectedFacts,
    /// What each model makes of these rows, the ensemble first.
    pub figures: Vec<ModelFigures>,
    /// How to see the same again.
    pub repeat: Repeat,
}

/// The summary of `oddflow score`, but for the list of rows that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileSummary {
    /// Features that were read.
    pub view: String,
    /// Rows scored.
    pub rows: u64,
    /// Rows at or above the threshold.
    pub anomalies: u64,
    /// The threshold, as a risk.
    pub threshold: f32,
    /// Rows per band, by name.
    pub bands: BTreeMap<&'static str, u64>,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Category values that the model's training data never had.
    pub unseen_categories: u64,
    /// Why reading stopped before the end of the file, where it did.
    pub incomplete: Option<String>,
    /// SHA-256 over the scores of all rows.
    pub digest: String,
    /// SHA-256 of the model file.
    pub model_sha256: String,
    /// The filter of the command; left out without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Rows that it lets through; left out without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<u64>,
}

/// A model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelFacts {
    /// `ensemble` or a detector's name.
    pub name: String,
    /// For people.
    pub title: String,
    /// SHA-256 of the model file, which holds them all.
    pub sha256: String,
}

/// A threshold in three ways.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// 0 to 100.
    pub risk: f32,
    /// Share of normal connections at or above it.
    pub p: f64,
    /// The same in words.
    pub words: String,
}

/// Rows of a filter under a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SelectedFacts {
    /// Rows.
    pub rows: u64,
    /// Distinct ones.
    pub distinct: u64,
    /// At or above the threshold.
    pub anomalies: u64,
    /// Rows per band, by name.
    pub bands: BTreeMap<&'static str, u64>,
    /// Per label, the commonest in the file first; empty without labels.
    pub labels: Vec<LabelFacts>,
}

/// Rows of one label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LabelFacts {
    /// The label.
    pub label: String,
    /// Its family: normal, dos, probe, r2l, u2r, other.
    pub family: &'static str,
    /// Rows of the file.
    pub rows_of_file: u64,
    /// Rows of the filter.
    pub rows: u64,
    /// Those at or above the threshold.
    pub found: u64,
}

/// What one model makes of the rows of the filter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelFigures {
    /// `ensemble` or a detector's name.
    pub name: String,
    /// For people.
    pub title: String,
    /// Rows at or above the threshold.
    pub anomalies: u64,
    /// Against the labels; left out without labels of both kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_labels: Option<LabelledFigures>,
}

/// Figures against labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelledFigures {
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Average precision.
    pub average_precision: f64,
    /// At the threshold.
    pub confusion: Confusion,
    /// Share of alarms that are attacks.
    pub precision: f64,
    /// Share of attacks that are alarms.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// Matthews correlation coefficient.
    pub mcc: f64,
    /// Share of normal rows that are alarms.
    pub false_alarm_rate: f64,
}

/// How to see the same again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repeat {
    /// For a POSIX shell, in the folder of the file.
    pub command: String,
    /// What must come out, and where the command differs from the page.
    pub statement: String,
    /// The fragment of the page's address; empty where nothing was changed.
    pub fragment: String,
}

impl Explorer {
    /// What was found, by the question's filter, model and threshold; and the rows of the filter with the curves of all models.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub(super) fn findings(
        &mut self,
        question: &ReportQuestion,
        result: &FileResult,
    ) -> Result<(Findings, Selected), QueryProblem> {
        let threshold = question.threshold;
        let (selected, _) = self.view(&ViewQuestion {
            query: question.query.clone(),
            model: question.model,
            wants: Wants {
                has_curves: true,
                ..Wants::default()
            },
            ..ViewQuestion::default()
        })?;
        // It was read a moment ago.
        let query = Query::parse(&question.query, &self.fields.fields).unwrap_or_default();
        let model = selected.model;
        let command = Command::new(&result.name, &query, &self.fields, model, threshold);
        let figures = result.models.iter().zip(&selected.rankings).enumerate();
        let figures = figures
            .map(|(of, (name, ranking))| {
                let risks = selection::count(&mut self.table, &self.selection.rows, of).risks;
                ModelFigures {
                    name: name.name.clone(),
                    title: name.title.clone(),
                    anomalies: risks.n_anomalies(threshold),
                    against_labels: ranking
                        .as_ref()
                        .map(|ranking| labelled(ranking, risks.confusion_at(threshold))),
                }
            })
            .collect();
        let counts = &selected.counts;
        let labels = counts.labels.iter().map(|label| LabelFacts {
            label: label.name.clone(),
            family: match label.name.as_str() {
                "" => "",
                name => analysis::filter::family(name),
            },
            rows_of_file: label.n_all,
            rows: label.n_rows,
            found: label.n_found(threshold),
        });
        let name = result.models.get(model);
        let findings = Findings {
            layout: "oddflow-findings-1",
            file: result.name.clone(),
            summary: self.file_summary(result, threshold, command.filter.clone(), counts.n_rows),
            distinct: result.n_distinct,
            model: ModelFacts {
                name: name.map_or(String::new(), |model| model.name.clone()),
                title: name.map_or(String::new(), |model| model.title.clone()),
                sha256: result.model_hash.clone(),
            },
            threshold: Threshold {
                risk: threshold,
                p: p_of_risk(threshold),
                words: words_of(threshold),
            },
            filter: question.query.clone(),
            selected: SelectedFacts {
                rows: counts.n_rows,
                distinct: counts.n_distinct,
                anomalies: counts.risks.n_anomalies(threshold),
                bands: bands_of(&counts.risks),
                labels: labels.collect(),
            },
            figures,
            repeat: Repeat {
                statement: statement(&question.query, &command, model),
                command: command.line,
                fragment: question.fragment.clone(),
            },
        };
        Ok((findings, selected))
    }

    /// The whole file under the ensemble.
    fn file_summary(
        &self,
        result: &FileResult,
        threshold: f32,
        filter: Option<String>,
        n_selected: u64,
    ) -> FileSummary {
        let risks = self
            .table
            .models
            .first()
            .map_or(&[][..], |model| &model.risk);
        let mut bands: BTreeMap<&'static str, u64> = Band::ALL.map(|band| (band.name(), 0)).into();
        for &risk in risks {
            *bands.entry(Band::of(risk).name()).or_default() += 1;
        }
        let is_anomaly = |risk: &&f32| **risk >= threshold;
        FileSummary {
            view: result.view.clone(),
            rows: result.n_rows,
            anomalies: risks.iter().filter(is_anomaly).count() as u64,
            threshold,
            bands,
            rejected: result.n_rejected,
            unseen_categories: result.n_unseen_categories,
            incomplete: result.incomplete.clone(),
            digest: result.digest.clone(),
            model_sha256: result.model_hash.clone(),
            matched: filter.as_ref().map(|_| n_selected),
            filter,
        }
    }
}

fn labelled(ranking: &RankingResult, confusion: Confusion) -> LabelledFigures {
    LabelledFigures {
        roc_auc: ranking.roc_auc,
        average_precision: ranking.average_precision,
        precision: confusion.precision(),
        recall: confusion.recall(),
        f1: confusion.f1(),
        mcc: confusion.matthews_correlation(),
        false_alarm_rate: confusion.false_alarm_rate(),
        confusion,
    }
}

/// Rows per band of risk.
fn bands_of(risks: &RiskHistogram) -> BTreeMap<&'static str, u64> {
    let from = [0.0, 25.0, 50.0, 75.0].map(|risk| risks.n_anomalies(risk));
    let until = [from[1], from[2], from[3], 0];
    let counts = from
        .into_iter()
        .zip(until)
        .map(|(from, until)| from - until);
    Band::ALL.map(Band::name).into_iter().zip(counts).collect()
}

/// What a threshold means.
pub(super) fn words_of(threshold: f32) -> String {
    let in_all = (1.0 / p_of_risk(threshold)).round() as u64;
    match in_all {
        0 | 1 => "every normal connection is at or above it".to_owned(),
        _ => format!(
            "one in {} normal connections is at or above it",
            number::count(in_all)
        ),
    }
}

/// What must come out of the command, and where it differs.
fn statement(filter: &str, command: &Command, model: usize) -> String {
    let mut words =
        "The digest that the command prints must be equal to the one here: it is over the scores of all rows of the file."
            .to_owned();
    if model > 0 {
        words += " Its verdicts and anomalies are the ensemble's.";
    }
    if !filter.trim().is_empty() && command.filter.is_none() {
        words += " The filter counts copies, which only the page knows, so the command has none.";
    }
    words
}
