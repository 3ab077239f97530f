//! The parts of a report from top to bottom, as HTML. What the script changes carries the name of a figure in `data-figure`.

use super::drawings;
use super::html::{Page, Telling};
use super::rows::{MAX_EXPLAINED, PackedRows};
use super::summary::{Findings, ModelFigures, words_of};
use crate::plots::{escaped, number};

impl Page<'_> {
    fn is_filtered(&self) -> bool {
        !self.findings.filter.trim().is_empty()
    }

    /// Name of the file, what was found in a sentence, and what was not read.
    pub(super) fn heading(&self) -> String {
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

    pub(super) fn threshold_bar(&self) -> String {
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

    pub(super) fn tiles(&self) -> String {
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

    pub(super) fn charts(&self) -> String {
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
    pub(super) fn against_labels(&self) -> String {
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
    pub(super) fn models(&self) -> String {
        let row = |of: &ModelFigures| {
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
    pub(super) fn table(&self) -> String {
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

    pub(super) fn features(&self, telling: &[Telling<'_>]) -> String {
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

    pub(super) fn repeat(&self) -> String {
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
    pub(super) fn about_model(&self) -> String {
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
}

fn card(title: &str, body: &str) -> String {
    format!("<section class=\"card\"><h2>{title}</h2>{body}</section>\n")
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
