//! Targets and whether they were met, and how figures are named and written.

use models::evaluation::report::{
    EvaluationReport, FoldReport, ProtocolReport, Reference, ReferenceSource, Spread,
};

use crate::plots::number;

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
    ("f1_at_ratio", "F1 at the share of attacks"),
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

/// A value of a figure: rates in per cent, others as fractions.
pub fn write(figure: &str, value: f64) -> String {
    let is_rate = ["recall", "rate", "accuracy"]
        .iter()
        .any(|word| figure.contains(word))
        || figure == "precision";
    if is_rate && figure != "f1_at_ratio" {
        number::percent_to(value, 2)
    } else {
        number::fraction_to(value, 4)
    }
}

/// Mean and standard deviation of a figure.
pub fn write_spread(figure: &str, spread: Spread) -> String {
    let mean = write(figure, spread.mean);
    match mean.strip_suffix(" %") {
        Some(mean) => format!("{mean} ± {:.2} %", spread.sd * 100.0),
        None => format!("{mean} ± {:.4}", spread.sd),
    }
}

/// What became of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Protocol or way of splitting.
    pub protocol: String,
    /// Our model.
    pub model: String,
    /// The figure, as in the report.
    pub figure: String,
    /// The least that was wanted; of a rate of false alarms the most.
    pub wanted: f64,
    /// What was reached; `None` where it was not measured.
    pub reached: Option<Spread>,
    /// Why it looks better than it is.
    pub leak: Option<String>,
}

impl Verdict {
    /// Whether the mean reaches what was wanted; `None` where it was not measured.
    pub fn is_met(&self) -> Option<bool> {
        let reached = self.reached?.mean;
        Some(if self.is_most() {
            reached <= self.wanted
        } else {
            reached >= self.wanted
        })
    }

    /// Whether the target is an upper limit.
    pub fn is_most(&self) -> bool {
        self.figure.starts_with("false_alarm_rate")
    }
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
            figure: target.figure.clone(),
            wanted: target.value,
            reached: model.and_then(|model| model.figures.get(&target.figure).copied()),
            leak: protocol.leak.clone(),
        }
    };
    targets(&protocol.references).map(verdict).collect()
}

/// The targets of a cross-validation.
pub fn of_folds(folds: &FoldReport) -> Vec<Verdict> {
    let verdict = |target: &Reference| Verdict {
        protocol: folds.description.clone(),
        model: folds.title.clone(),
        figure: target.figure.clone(),
        wanted: target.value,
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
        assert!(verdicts[2].is_most() && !verdicts[0].is_most());
        assert_eq!(of_report(&specimen::report()).len(), 9 * 4 + 2);
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
