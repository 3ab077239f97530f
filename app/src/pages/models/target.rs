//! Targets and whether they were met, and how figures are named and written.

use std::ops::RangeInclusive;

use models::evaluation::report::{
    EvaluationReport, FoldReport, ProtocolReport, Reference, ReferenceSource, Spread,
};

use crate::plots::{box_plot, number};

/// Figures in the order in which tables show them: name in the report and for people.
pub const FIGURES: [(&str, &str); 18] = [
    ("roc_auc", "ROC AUC"),
    ("recall", "recall at 1 %"),
    ("false_alarm_rate", "false alarms at 1 %"),
    ("macro_recall", "recall, mean of types"),
    ("recall_at_0.1_percent", "recall at 0.1 %"),
    ("false_alarm_rate_at_0.1_percent", "false alarms at 0.1 %"),
    ("recall_at_5_percent", "recall at 5 %"),
    ("false_alarm_rate_at_5_percent", "false alarms at 5 %"),
    ("recall_at_10_percent", "recall at 10 %"),
    ("false_alarm_rate_at_10_percent", "false alarms at 10 %"),
    ("average_precision", "average precision"),
    ("precision", "precision"),
    ("f1", "F1"),
    ("best_f1", "best F1 in hindsight"),
    ("f1_at_ratio", "F1 at the true share"),
    ("accuracy", "accuracy"),
    ("balanced_accuracy", "balanced accuracy"),
    ("mcc", "MCC"),
];

/// The name of a figure for people.
pub fn figure_name(figure: &str) -> String {
    FIGURES
        .iter()
        .find(|(name, _)| *name == figure)
        .map_or_else(
            || figure.replace('_', " "),
            |(_, title)| (*title).to_owned(),
        )
}

/// Fewest and most decimals of a figure as a fraction; in per cent it has two less.
const DECIMALS: RangeInclusive<usize> = 4..=6;

/// A value of a figure: rates in per cent, others as fractions.
pub fn write(figure: &str, value: f64) -> String {
    write_to(figure, value, *DECIMALS.start())
}

fn write_to(figure: &str, value: f64, decimals: usize) -> String {
    let is_rate = ["recall", "rate", "accuracy"]
        .iter()
        .any(|word| figure.contains(word))
        || figure == "precision";
    if is_rate {
        number::percent_to(value, decimals - 2)
    } else {
        number::fraction_to(value, decimals)
    }
}

/// Mean and standard deviation of a figure: `99.12 ± 0.21 %`.
pub fn write_spread(figure: &str, spread: Spread) -> String {
    with_deviation(&write(figure, spread.mean), spread.sd)
}

fn with_deviation(mean: &str, sd: f64) -> String {
    match mean.strip_suffix(" %") {
        Some(mean) => format!("{mean}{} %", number::deviation(sd * 100.0)),
        None => format!("{mean}{}", number::deviation(sd)),
    }
}

/// Where the figures of others come from.
pub fn source_title(source: ReferenceSource) -> &'static str {
    match source {
        ReferenceSource::Published => "Published, or of the documents before",
        ReferenceSource::Python => "Python with ordinary settings",
        ReferenceSource::Target => "Target",
    }
}

/// What became of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Protocol or way of splitting.
    pub protocol: String,
    /// Our model.
    pub model: String,
    /// The name of the figure for people.
    pub figure: String,
    /// What was wanted.
    pub target: Reference,
    /// What was reached; `None` where it was not measured.
    pub reached: Option<Spread>,
    /// Why it looks better than it is.
    pub leak: Option<String>,
}

impl Verdict {
    /// Whether the mean reaches what was wanted; `None` where it was not measured.
    pub fn is_met(&self) -> Option<bool> {
        Some(self.target.is_met_by(&self.reached?))
    }

    /// What is judged, in words: `P1: Ensemble, ROC AUC`.
    pub fn title(&self) -> String {
        format!("{}: {}, {}", self.protocol, self.model, self.figure)
    }

    /// What was wanted and what was reached, with as many decimals as tell them apart: `≥ 0.99980` and `0.99977 ± 0.00013`.
    pub fn written(&self) -> (String, String) {
        let Reference { figure, value, .. } = &self.target;
        // Only an upper limit is met by nothing at all.
        let is_most = self.target.is_met_by(&Spread::default());
        let sign = if is_most { "≤" } else { "≥" };
        let written = |decimals| {
            let wanted = write_to(figure, *value, decimals);
            let mean = self
                .reached
                .map(|reached| write_to(figure, reached.mean, decimals));
            (wanted, mean)
        };
        let tells_apart = |decimals: &usize| {
            let (wanted, mean) = written(*decimals);
            mean.is_none_or(|mean| mean != wanted)
        };
        let decimals = DECIMALS
            .clone()
            .find(tells_apart)
            .unwrap_or(*DECIMALS.start());
        let (wanted, mean) = written(decimals);
        let reached = mean
            .zip(self.reached)
            .map_or("–".into(), |(mean, reached)| {
                with_deviation(&mean, reached.sd)
            });
        (format!("{sign} {wanted}"), reached)
    }
}

/// How many targets are met, in a sentence.
pub fn in_words(verdicts: &[Verdict]) -> String {
    let n_met = verdicts
        .iter()
        .filter(|verdict| verdict.is_met() == Some(true))
        .count();
    let n_open = verdicts
        .iter()
        .filter(|verdict| verdict.is_met().is_none())
        .count();
    let (n, are) = match verdicts.len() {
        1 => ("1 target".to_owned(), "is"),
        n => (format!("{n} targets"), "are"),
    };
    let open = if n_open > 0 {
        format!("; {n_open} not measured")
    } else {
        String::new()
    };
    format!("{n_met} of {n} {are} met{open}.")
}

fn targets(references: &[Reference]) -> impl Iterator<Item = &Reference> {
    references
        .iter()
        .filter(|reference| reference.source == ReferenceSource::Target)
}

/// The targets of a protocol.
pub fn of_protocol(protocol: &ProtocolReport) -> Vec<Verdict> {
    let verdict = |target: &Reference| {
        let model = protocol.model(&target.model);
        Verdict {
            protocol: protocol.name.clone(),
            model: model.map_or_else(
                || target.model.replace('_', " "),
                |model| model.title.clone(),
            ),
            figure: figure_name(&target.figure),
            target: target.clone(),
            reached: model.and_then(|model| model.figures.get(&target.figure).copied()),
            leak: protocol.leak.clone(),
        }
    };
    targets(&protocol.references).map(verdict).collect()
}

/// The name of a figure of cross-validation for people: not at a calibrated rate, unlike those of protocols.
pub fn fold_figure_name(figure: &str) -> String {
    let mut figures = box_plot::FIGURES.iter();
    let name = figures.find(|(name, _)| *name == figure);
    name.map_or_else(|| figure_name(figure), |(_, title)| (*title).to_owned())
}

/// The targets of a cross-validation.
pub fn of_folds(folds: &FoldReport) -> Vec<Verdict> {
    let verdict = |target: &Reference| Verdict {
        protocol: format!("{}, view {}", folds.description, folds.view),
        model: folds.title.clone(),
        figure: fold_figure_name(&target.figure),
        target: target.clone(),
        reached: folds
            .figures
            .get(&target.figure)
            .filter(|values| !values.is_empty())
            .map(|values| Spread::of(values)),
        leak: folds.leak.clone(),
    };
    targets(&folds.references).map(verdict).collect()
}

/// All targets of a report.
pub fn of_report(report: &EvaluationReport) -> Vec<Verdict> {
    let protocols = report.protocols.iter().flat_map(of_protocol);
    protocols
        .chain(report.folds.iter().flat_map(of_folds))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::specimen;

    #[test]
    fn targets_are_met_missed_or_not_measured() {
        let verdicts = of_protocol(&specimen::protocol("P1"));
        let met: Vec<_> = verdicts.iter().map(Verdict::is_met).collect();
        assert_eq!(met, [Some(true), Some(false), Some(true), None]);
        assert_eq!(
            in_words(&verdicts),
            "2 of 4 targets are met; 1 not measured."
        );
        let signs: Vec<_> = verdicts.iter().map(|verdict| verdict.written().0).collect();
        assert!(signs[2].starts_with('≤') && signs[0].starts_with('≥'));
        assert_eq!(of_report(&specimen::report()).len(), 9 * 4 + 2);
    }

    #[test]
    fn as_many_decimals_as_tell_reached_from_wanted() {
        let mut verdict = of_protocol(&specimen::protocol("P1")).swap_remove(0);
        verdict.target.value = 0.9998;
        verdict.reached = Some(Spread {
            mean: 0.999_774,
            sd: 0.000_134,
            ..Spread::default()
        });
        let written = verdict.written();
        assert_eq!(
            (written.0.as_str(), written.1.as_str()),
            ("≥ 0.99980", "0.99977 ± 0.00013")
        );
        verdict.reached = Some(Spread::of(&[0.9998]));
        assert_eq!(verdict.written().1, "0.9998");
        verdict.reached = None;
        assert_eq!(verdict.written().1, "–");
    }

    #[test]
    fn folds_are_not_at_a_calibrated_rate() {
        assert_eq!(figure_name("recall"), "recall at 1 %");
        assert_eq!(fold_figure_name("recall"), "recall");
    }

    #[test]
    fn rates_are_written_in_per_cent_and_nothing_is_rounded_to_all() {
        assert_eq!(write("recall", 0.99999), "99.999 %");
        assert_eq!(write("false_alarm_rate_at_0.1_percent", 0.0011), "0.11 %");
        assert_eq!(write("roc_auc", 0.99996), "0.99996");
        assert_eq!(write("average_precision", 0.9), "0.9000");
        assert_eq!(write("f1_at_ratio", 0.984), "0.9840");
        let spread = Spread {
            mean: 0.9912,
            sd: 0.0021,
            ..Spread::default()
        };
        assert_eq!(write_spread("recall", spread), "99.12 ± 0.21 %");
        assert_eq!(figure_name("some_figure"), "some figure");
    }
}
