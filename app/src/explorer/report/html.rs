//! A report as one HTML file: it opens from a disk without a network, and its threshold still moves.
//!
//! In: the findings and the rows of the filter. Out: text. Style sheet, script, charts and rows are in the file; its policy allows that script
//! by its hash and no request at all. Every text that comes from the scored file is escaped. Without JavaScript everything but the rows is
//! there, at the threshold that it was saved with.

use analysis::distribution::Distribution;
use analysis::row_set::RowSet;
use analysis::separation::separation;
use models::artifact::ModelCard;
use models::evaluation::Confusion;
use models::risk_histogram::{N_STEPS, RiskHistogram, Truth, step};
use sha2::{Digest as _, Sha256};

use super::super::Explorer;
use super::drawings;
use super::rows::PackedRows;
use super::summary::Findings;
use crate::job::question::{QueryProblem, ReportQuestion, Selected, ViewQuestion, Wants};
use crate::job::result::{FeatureFacts, FileResult};
use crate::plots::escaped;

const TOKENS: &str = include_str!("../../../../style/tokens.css");
const STYLE: &str = include_str!("report.css");
/// At most 8 kB, so that whoever receives a report can read it.
pub(super) const SCRIPT: &str = include_str!("report.js");

/// Features that are drawn.
const N_FEATURES: usize = 12;

impl Explorer {
    /// The report as a page.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub(super) fn page(
        &mut self,
        question: &ReportQuestion,
        result: &FileResult,
        findings: &Findings,
        selected: &Selected,
    ) -> Result<String, QueryProblem> {
        // The same rows again, for their distributions.
        let (distributed, buffer) = self.view(&ViewQuestion {
            query: question.query.clone(),
            model: question.model,
            wants: Wants {
                features: (0..result.features.len()).collect(),
                ..Wants::default()
            },
            ..ViewQuestion::default()
        })?;
        let rows = self.pack_rows();
        let page = Page {
            findings,
            result,
            selected,
            confusion: selected.counts.risks.confusion_at(question.threshold),
            has_labels: selected.counts.risks.has_both_labels(),
            rows: &rows,
            card: &self.model().card,
        };
        let telling = self.telling(&distributed, result, &buffer, question.threshold);
        Ok(page.html(&telling))
    }

    /// The features that tell normal rows and attacks of the filter apart best, or without labels those below and above the threshold.
    fn telling<'a>(
        &self,
        selected: &Selected,
        result: &'a FileResult,
        buffer: &[u8],
        threshold: f32,
    ) -> Vec<Telling<'a>> {
        let has_labels = selected.counts.risks.has_both_labels();
        let (table, rows) = (&self.table, &self.selection.rows);
        let least = step(threshold) as u16;
        let steps = table.steps(selected.model);
        let is_second = |row: usize| match has_labels {
            true => table.is_attack(row) == Some(true),
            false => steps.get(row).is_some_and(|&step| step >= least),
        };
        let second = RowSet::of(table.n_rows(), |row| rows.contains(row) && is_second(row));
        let first = rows.clone().and(&second.clone().complement());
        let mut rest = buffer;
        let features = selected.features.iter().filter_map(|&feature| {
            let facts = result.features.get(feature)?;
            let n_bins = facts.cut.n_bins();
            let distribution = Distribution::read(&mut rest, n_bins)?;
            let counts = drawings::parts_of(&distribution, n_bins, has_labels, threshold);
            let separation = separation(table.features.get(feature)?, [&first, &second]);
            Some((separation.unwrap_or_default(), Telling { facts, counts }))
        });
        let mut separated: Vec<Separated<'_>> = features.collect();
        // The sort is stable: of equally telling features the first of the view stays first.
        separated.sort_by(|a, b| b.0.total_cmp(&a.0));
        let telling = separated.into_iter().map(|(_, telling)| telling);
        telling.take(N_FEATURES).collect()
    }
}

/// A feature with the counts per bin of two parts of the selection.
pub(super) struct Telling<'a> {
    pub(super) facts: &'a FeatureFacts,
    pub(super) counts: [Vec<u64>; 2],
}

/// Features with how far each tells the two parts apart, the most telling first.
type Separated<'a> = (f64, Telling<'a>);

/// What the page is made of.
pub(super) struct Page<'a> {
    pub(super) findings: &'a Findings,
    pub(super) result: &'a FileResult,
    pub(super) selected: &'a Selected,
    /// At the threshold of the question.
    pub(super) confusion: Confusion,
    /// Labels of both kinds in the filter.
    pub(super) has_labels: bool,
    pub(super) rows: &'a PackedRows,
    pub(super) card: &'a ModelCard,
}

impl Page<'_> {
    fn html(&self, telling: &[Telling<'_>]) -> String {
        let file = escaped(&self.findings.file);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"Oddflow {}\">\n\
             <title>Odd connections in {file}</title>\n<style>\n{TOKENS}{STYLE}</style>\n</head>\n<body>\n<main>\n",
            policy(),
            env!("CARGO_PKG_VERSION"),
        );
        for part in [
            self.heading(),
            self.threshold_bar(),
            self.tiles(),
            self.charts(),
            self.against_labels(),
            self.models(),
            self.features(telling),
            self.table(),
            self.repeat(),
            self.about_model(),
        ] {
            html.push_str(&part);
        }
        html.push_str("</main>\n<script type=\"application/json\" id=\"data\">");
        html.push_str(&self.data());
        html.push_str("</script>\n<script>");
        html.push_str(SCRIPT);
        html.push_str("</script>\n</body>\n</html>\n");
        html
    }

    /// What the script reads. `<` is written as an escape, so that no text can end the element.
    fn data(&self) -> String {
        let PackedRows {
            n_rows,
            columns,
            reasons,
            ..
        } = self.rows;
        let labels: Vec<&Vec<(u16, u32)>> = self
            .selected
            .counts
            .labels
            .iter()
            .map(|label| &label.steps)
            .collect();
        let saved = models::risk_histogram::step(self.findings.threshold.risk);
        let json = format!(
            "{{\"saved\":{saved},\"steps\":{},\"labels\":{},\"rows\":{{\"n\":{n_rows},\"columns\":{columns},\"reasons\":{reasons}}}}}",
            to_json(&steps_of(&self.selected.counts.risks)),
            to_json(&labels),
        );
        json.replace('<', "\\u003c")
    }
}

fn to_json(value: &impl serde::Serialize) -> String {
    // Lists of numbers are always written.
    serde_json::to_string(value).unwrap_or_default()
}

/// Steps of risk that rows are on, with the normal ones, attacks and unlabelled ones there.
fn steps_of(risks: &RiskHistogram) -> Vec<[u64; 4]> {
    const KINDS: [Truth; 3] = [Truth::Normal, Truth::Attack, Truth::Unknown];
    let mut above = [0; 3];
    let mut steps = Vec::new();
    for step in (0..N_STEPS as u16).rev() {
        let from = KINDS.map(|kind| risks.at_or_above(f32::from(step) / 10.0, kind));
        if from != above {
            let [normal, attack, unknown] = [0, 1, 2].map(|kind| from[kind] - above[kind]);
            steps.push([step.into(), normal, attack, unknown]);
            above = from;
        }
    }
    steps
}

/// No request, no form, and no script but ours.
fn policy() -> String {
    let hash = base64(&Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    )
}

/// Base64 with padding (RFC 4648, section 4), as policies write hashes.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |index: usize| u32::from(three.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            text.push(if index > three.len() {
                '='
            } else {
                char::from(LETTERS[(bits >> (18 - 6 * index) & 63) as usize])
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, wanted) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), wanted);
        }
    }

    #[test]
    fn script_is_small_and_cannot_end_its_element() {
        assert!(SCRIPT.len() <= 8_000, "{}", SCRIPT.len());
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("</") && !TOKENS.contains("</"));
        for forbidden in ["innerHTML", "fetch(", "eval(", "http:", "https:"] {
            assert!(!SCRIPT.contains(forbidden), "{forbidden}");
        }
    }
}
