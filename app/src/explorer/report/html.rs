//! A report as one HTML file: it opens from a disk without a network, and its threshold still moves.
//!
//! In: the findings and the rows of the filter. Out: text. Style sheet, script, charts and rows are in the file; its policy allows that script
//! by its hash and no request at all. Every text that comes from the scored file is escaped. Without JavaScript everything but the rows is
//! there, at the threshold that it was saved with.

use analysis::distribution::Distribution;
use models::artifact::ModelCard;
use models::evaluation::Confusion;
use models::risk_histogram::{N_STEPS, RiskHistogram, Truth};
use sha2::{Digest as _, Sha256};

use super::super::Explorer;
use super::drawings;
use super::rows::{MAX_EXPLAINED, PackedRows};
use super::summary::{Findings, words_of};
use crate::job::question::{QueryProblem, ReportQuestion, Selected, ViewQuestion, Wants};
use crate::job::result::{FeatureFacts, FileResult};
use crate::plots::{escaped, number};

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
    ) -> Result<String, QueryProblem> {
        let (selected, buffer) = self.view(&ViewQuestion {
            query: question.query.clone(),
            model: question.model,
            wants: Wants {
                features: (0..result.features.len()).collect(),
                has_curves: true,
                ..Wants::default()
            },
            ..ViewQuestion::default()
        })?;
        let rows = self.pack_rows();
        let page = Page {
            findings,
            result,
            selected: &selected,
            confusion: selected.counts.risks.confusion_at(question.threshold),
            has_labels: selected.counts.risks.has_both_labels(),
            rows: &rows,
            card: &self.model().card,
        };
        Ok(page.html(&telling(&selected, result, &buffer, question.threshold)))
    }
}

/// A feature with its difference between two parts of the selection, and the counts of these per bin.
struct Telling<'a> {
    facts: &'a FeatureFacts,
    difference: f64,
    counts: [Vec<u64>; 2],
}

/// The features whose values differ most between the two parts, the most telling first.
fn telling<'a>(
    selected: &Selected,
    result: &'a FileResult,
    buffer: &[u8],
    threshold: f32,
) -> Vec<Telling<'a>> {
    let has_labels = selected.counts.risks.has_both_labels();
    let mut rest = buffer;
    let mut telling: Vec<Telling<'_>> = selected
        .features
        .iter()
        .filter_map(|&feature| {
            let facts = result.features.get(feature)?;
            let n_bins = facts.cut.n_bins();
            let distribution = Distribution::read(&mut rest, n_bins)?;
            let counts = drawings::parts_of(&distribution, n_bins, has_labels, threshold);
            Some(Telling {
                facts,
                difference: drawings::difference(&counts),
                counts,
            })
        })
        .collect();
    // The sort is stable: of equally telling features the first of the view stays first.
    telling.sort_by(|a, b| b.difference.total_cmp(&a.difference));
    telling.truncate(N_FEATURES);
    telling
}

/// What the page is made of.
struct Page<'a> {
    findings: &'a Findings,
    result: &'a FileResult,
    selected: &'a Selected,
    confusion: Confusion,
    has_labels: bool,
    rows: &'a PackedRows,
    card: &'a ModelCard,
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

    fn is_filtered(&self) -> bool {
        !self.findings.filter.trim().is_empty()
    }

    /// Name of the file, what was found in a sentence, and what was not read.
    fn heading(&self) -> String {
        let Findings {
            file,
            summary,
            threshold,
            selected,
            model,
            ..
        } = self.findings;
        let all = number::count(summary.rows);
        let of = match self.is_filtered() {
            true => format!(
                "{} of {all} connections pass the filter <code>{}</code>; of these ",
                number::count(selected.rows),
                escaped(&self.findings.filter)
            ),
            false => format!("Of {all} connections "),
        };
        let mut html = format!(
            "<header>\n<h1>Odd connections in {}</h1>\n<p class=\"lead\">{of}<b data-figure=\"anomalies\">{}</b> (<span data-figure=\"share\">{}</span>) \
             are anomalies: risk <span data-figure=\"risk\">{}</span> or more under the model “{}”. Higher risk is odder.</p>\n",
            escaped(file),
            number::count(selected.anomalies),
            number::percent(ratio(selected.anomalies, selected.rows)),
            number::risk(threshold.risk),
            escaped(&model.title),
        );
        html.push_str("</header>\n");
        if let Some(problem) = &summary.incomplete {
            html.push_str(&format!(
                "<section class=\"card warn\"><b>Not the whole file:</b> {}</section>\n",
                escaped(problem)
            ));
        }
        if summary.rejected > 0 {
            html.push_str(&self.rejected());
        }
        html
    }

    fn rejected(&self) -> String {
        let rows = self.result.errors.iter().take(10).map(|row| {
            let column = row.column.as_ref();
            let column = column.map_or(String::new(), |name| format!(", column “{name}”"));
            let text = format!("line {}{column}: {}", number::count(row.line), row.problem);
            format!("<li>{}</li>", escaped(&text))
        });
        format!(
            "<section class=\"card warn\"><b>{} rows could not be read</b> and are in no figure here. The first of them:<ul>{}</ul></section>\n",
            number::count(self.findings.summary.rejected),
            rows.collect::<String>()
        )
    }

    fn threshold_bar(&self) -> String {
        let risk = number::risk(self.findings.threshold.risk);
        format!(
            "<section class=\"card bar\" aria-label=\"Threshold\">\n\
             <span class=\"alive\" hidden><label for=\"threshold\">Alarm from risk</label></span>\n\
             <input class=\"alive\" hidden type=\"range\" id=\"threshold\" data-testid=\"threshold\" min=\"0\" max=\"100\" step=\"0.1\" value=\"{risk}\" aria-describedby=\"words\">\n\
             <input class=\"alive\" hidden type=\"number\" id=\"threshold-box\" aria-label=\"Threshold of risk\" min=\"0\" max=\"100\" step=\"0.1\" value=\"{risk}\">\n\
             <button class=\"alive\" hidden type=\"button\" id=\"reset\">as saved: {risk}</button>\n\
             <p class=\"muted\" id=\"words\" role=\"status\">Risk <b data-figure=\"risk\">{risk}</b>: <span data-figure=\"words\">{}</span>.{}</p>\n</section>\n",
            words_of(self.findings.threshold.risk),
            if self.has_labels {
                format!(
                    " Recall <span data-figure=\"recall\">{}</span>, precision <span data-figure=\"precision\">{}</span>.",
                    number::percent(self.confusion.recall()),
                    number::percent(self.confusion.precision())
                )
            } else {
                String::new()
            }
        )
    }

    fn tiles(&self) -> String {
        let Findings {
            summary,
            distinct,
            selected,
            ..
        } = self.findings;
        let tile = |name: &str, value: String, note: String| {
            format!(
                "<div><span class=\"muted\">{name}</span><b>{value}</b><span class=\"muted\">{note}</span></div>\n"
            )
        };
        let mut html = String::from("<section class=\"card tiles\" aria-label=\"Figures\">\n");
        html.push_str(&tile(
            "connections",
            number::count(summary.rows),
            format!(
                "of {} in the file, {} distinct",
                number::count(summary.rows + summary.rejected),
                number::count(*distinct)
            ),
        ));
        if self.is_filtered() {
            html.push_str(&tile(
                "pass the filter",
                number::count(selected.rows),
                format!("{} distinct", number::count(selected.distinct)),
            ));
        }
        html.push_str(&tile(
            "anomalies",
            format!(
                "<i class=\"loud\" data-figure=\"anomalies\" data-testid=\"anomalies\">{}</i>",
                number::count(selected.anomalies)
            ),
            format!(
                "<i data-figure=\"share\">{}</i> of these",
                number::percent(ratio(selected.anomalies, selected.rows))
            ),
        ));
        html.push_str(&tile(
            "values never seen in training",
            number::count(summary.unseen_categories),
            "services, flags, protocols".to_owned(),
        ));
        html.push_str("</section>\n");
        html
    }

    fn charts(&self) -> String {
        let threshold = self.findings.threshold.risk;
        let (counts, rankings) = (&self.selected.counts, &self.selected.rankings);
        let mut html = String::from("<div class=\"grid\">\n");
        html.push_str(&card("Risk", &drawings::risk_histogram(counts, threshold)));
        html.push_str(&card(
            "What each threshold comes to",
            &drawings::threshold_curves(counts, threshold),
        ));
        if self.has_labels {
            let (model, at) = (self.selected.model, &self.confusion);
            html.push_str(&card(
                "ROC",
                &drawings::roc(self.result, rankings, model, at),
            ));
            html.push_str(&card(
                "Precision and recall",
                &drawings::precision_recall(self.result, rankings, model, at),
            ));
        }
        html.push_str("</div>\n");
        html
    }

    /// Confusion and recall per label.
    fn against_labels(&self) -> String {
        if !self.has_labels {
            return String::new();
        }
        let at = &self.confusion;
        let cell = |class: &str, figure: &str, n: u64| {
            format!(
                "<td class=\"{class}\" data-figure=\"{figure}\" data-testid=\"{figure}\">{}</td>",
                number::count(n)
            )
        };
        let figures = [
            ("Accuracy", "accuracy", number::percent(at.accuracy())),
            ("Precision", "precision", number::percent(at.precision())),
            ("Recall", "recall", number::percent(at.recall())),
            ("F1", "f1", number::fraction(at.f1())),
            ("MCC", "mcc", number::fraction(at.matthews_correlation())),
            (
                "False alarms",
                "rate",
                number::percent(at.false_alarm_rate()),
            ),
        ];
        let figures = figures.map(|(name, figure, value)| {
            format!("<div><dt>{name}</dt><dd data-figure=\"{figure}\">{value}</dd></div>")
        });
        let confusion = format!(
            "<table class=\"confusion\"><thead><tr><td></td><th scope=\"col\">no alarm</th><th scope=\"col\">alarm</th></tr></thead><tbody>\
             <tr><th scope=\"row\">normal</th>{}{}</tr><tr><th scope=\"row\">attack</th>{}{}</tr></tbody></table><dl>{}</dl>",
            cell("right", "tn", at.true_negatives),
            cell("wrong", "fp", at.false_positives),
            cell("wrong", "fn", at.false_negatives),
            cell("right", "tp", at.true_positives),
            figures.concat()
        );
        let labels = self.findings.selected.labels.iter().enumerate();
        let labels = labels.filter(|(_, label)| label.rows > 0).map(|(index, label)| {
            let share = ratio(label.found, label.rows);
            format!(
                "<tr data-label=\"{index}\"><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\" data-found>{}</td>\
                 <td class=\"n\" data-recall>{}</td><td><meter aria-label=\"share found\" value=\"{share:.4}\"></meter></td></tr>",
                escaped(&label.label),
                label.family,
                number::count(label.rows),
                number::count(label.found),
                number::percent(share)
            )
        });
        let labels = format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Alarms by label\"><table><thead><tr><th scope=\"col\">label</th><th scope=\"col\">family</th>\
             <th scope=\"col\" class=\"n\">rows</th><th scope=\"col\" class=\"n\">alarms</th><th scope=\"col\" class=\"n\">share</th><td></td></tr></thead><tbody>{}</tbody></table></div>",
            labels.collect::<String>()
        );
        format!(
            "<div class=\"grid\">\n{}{}</div>\n",
            card("Confusion at this threshold", &confusion),
            card("Alarms by label", &labels)
        )
    }

    /// All models at the threshold of the question; the script does not change it.
    fn models(&self) -> String {
        let row = |of: &super::summary::ModelFigures| {
            let figures = of.against_labels.as_ref().map(|figures| {
                [
                    number::fraction(figures.roc_auc),
                    number::fraction(figures.average_precision),
                    number::percent(figures.precision),
                    number::percent(figures.recall),
                    number::fraction(figures.f1),
                    number::fraction(figures.mcc),
                    number::percent(figures.false_alarm_rate),
                ]
                .map(|figure| format!("<td class=\"n\">{figure}</td>"))
                .concat()
            });
            format!(
                "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td>{}</tr>",
                escaped(&of.title),
                number::count(of.anomalies),
                figures.unwrap_or_default()
            )
        };
        let names: &[&str] = match self.has_labels {
            true => &[
                "anomalies",
                "ROC AUC",
                "average precision",
                "precision",
                "recall",
                "F1",
                "MCC",
                "false alarms",
            ],
            false => &["anomalies"],
        };
        let names = names.iter();
        let names = names.map(|name| format!("<th scope=\"col\" class=\"n\">{name}</th>"));
        let table = format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Models\"><table><thead><tr><th scope=\"col\">model</th>{}</tr></thead><tbody>{}</tbody></table></div>",
            names.collect::<String>(),
            self.findings.figures.iter().map(row).collect::<String>()
        );
        let title = format!(
            "All models at risk {}, as saved",
            number::risk(self.findings.threshold.risk)
        );
        card(&title, &table)
    }

    /// The oddest rows; the script fills them in.
    fn table(&self) -> String {
        let PackedRows {
            n_rows,
            n_with_copies,
            ..
        } = *self.rows;
        let (n_rows, n_all) = (n_rows as u64, self.findings.summary.rows);
        let said = format!(
            "{} of {} distinct rows{} are in this file, the oddest first; with their copies they are {} of {} connections. Counts above are of all. \
             Reasons are given for the first {}. <span class=\"alive\" hidden><b data-above>–</b> of the rows here are at or above the threshold.</span>",
            number::count(n_rows),
            number::count(self.selected.counts.n_distinct),
            if self.is_filtered() {
                " of the filter"
            } else {
                ""
            },
            number::count(n_with_copies),
            number::count(n_all),
            number::count(n_rows.min(MAX_EXPLAINED as u64)),
        );
        let label = match self.result.has_labels {
            true => "<th scope=\"col\">label</th>",
            false => "",
        };
        let features = self.result.features.iter().map(|feature| {
            format!(
                "<th scope=\"col\" class=\"feature\" title=\"{}\">{}</th>",
                escaped(&feature.meaning),
                escaped(&feature.name)
            )
        });
        let pager = "<div class=\"pager alive\" hidden><button type=\"button\" data-turn=\"-1\">Previous</button><span data-page></span><button type=\"button\" data-turn=\"1\">Next</button></div>";
        format!(
            "<section class=\"card long\"><h2>The oddest connections</h2><p class=\"muted\">{said}</p>\
             <noscript><p>The rows are in this file, but showing them needs JavaScript.</p></noscript>{pager}\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"The oddest connections\"><table id=\"rows\"><thead><tr><th scope=\"col\" class=\"n\">#</th><th scope=\"col\" class=\"n\">risk</th>\
             <th scope=\"col\">verdict</th><th scope=\"col\" class=\"n\">line</th>{label}<th scope=\"col\" class=\"n\">copies</th><th scope=\"col\">why it is odd</th>{}</tr></thead><tbody></tbody></table></div>{pager}</section>\n",
            features.collect::<String>()
        )
    }

    fn features(&self, telling: &[Telling<'_>]) -> String {
        let risk = number::risk(self.findings.threshold.risk);
        let parts = match self.has_labels {
            true => ["normal".to_owned(), "attack".to_owned()],
            false => [
                format!("below risk {risk}"),
                format!("risk {risk} and above"),
            ],
        };
        let drawn = telling.iter().map(|of| {
            let (svg, summary) = drawings::feature(of.facts, &parts, &of.counts);
            format!(
                "<div><h3 title=\"{}\">{}</h3><figure role=\"img\" aria-label=\"{}\">{svg}</figure></div>\n",
                escaped(&of.facts.meaning),
                escaped(&of.facts.name),
                escaped(&summary)
            )
        });
        let [first, second] = drawings::PART_COLOURS;
        let body = format!(
            "<p class=\"muted\"><span class=\"key\" style=\"background:var(--{first})\"></span>{}<span class=\"key\" style=\"background:var(--{second})\"></span>{}, over the whole file in grey; \
             the {} features in which the two differ most{}.</p><div class=\"features\">\n{}</div>",
            parts[0],
            parts[1],
            telling.len(),
            if self.has_labels {
                ""
            } else {
                ", at the threshold as saved"
            },
            drawn.collect::<String>()
        );
        format!("<section class=\"card long\"><h2>The most telling features</h2>{body}</section>\n")
    }

    fn repeat(&self) -> String {
        let Findings {
            repeat,
            summary,
            model,
            ..
        } = self.findings;
        let mut facts = vec![
            ("digest of all scores", "digest", summary.digest.clone()),
            ("model file, SHA-256", "model-hash", model.sha256.clone()),
            ("view", "view", summary.view.clone()),
        ];
        if !repeat.fragment.is_empty() {
            let fragment = repeat.fragment.trim_start_matches('#');
            facts.push(("view of the page", "fragment", format!("#{fragment}")));
        }
        let facts = facts.into_iter().map(|(name, test_id, value)| {
            format!(
                "<dt>{name}</dt><dd data-testid=\"{test_id}\"><code>{}</code></dd>",
                escaped(&value)
            )
        });
        let body = format!(
            "<div class=\"command\" data-testid=\"command\">{}</div><p>{}</p><dl class=\"facts\">{}</dl>",
            escaped(&repeat.command),
            escaped(&repeat.statement),
            facts.collect::<String>()
        );
        card("See it for yourself", &body)
    }

    /// What the card of the model file says.
    fn about_model(&self) -> String {
        let data = &self.card.data;
        let facts = [
            (
                "trained on",
                format!("{}, {} rows", data.name, number::count(data.n_rows as u64)),
            ),
            (
                "fitted on",
                format!(
                    "{} normal rows, {} of them distinct; the supervised detector also on {} distinct attacks",
                    number::count(data.n_fit as u64),
                    number::count(data.n_fit_distinct as u64),
                    number::count(data.n_attacks as u64)
                ),
            ),
            (
                "risk",
                format!(
                    "calibrated on {} distinct normal rows that no detector was fitted on: 25 is one in ten of such traffic, 50 one in a hundred, 75 one in a thousand",
                    number::count(data.n_calibration as u64)
                ),
            ),
        ];
        let facts =
            facts.map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(&value)));
        let limits = self.card.limits.iter();
        let limits = limits.map(|limit| format!("<li>{}</li>", escaped(limit)));
        let body = format!(
            "<dl class=\"facts\">{}</dl><p>What it is not for:</p><ul>{}</ul>",
            facts.concat(),
            limits.collect::<String>()
        );
        card("The model", &body)
            + "<p class=\"muted\">Made by Oddflow in a browser, from a file that did not leave it. This page asks the network for nothing.</p>\n"
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

fn card(title: &str, body: &str) -> String {
    format!("<section class=\"card\"><h2>{title}</h2>{body}</section>\n")
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
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
