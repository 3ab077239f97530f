//! The report as text.

use std::io::{self, Write};

use models::evaluation::report::{
    EvaluationReport, FoldReport, ProtocolReport, Reference, ReferenceSource, Spread,
};

/// The figures that a line of text has room for.
const SHOWN: [&str; 6] = [
    "roc_auc",
    "recall",
    "false_alarm_rate",
    "f1",
    "macro_recall",
    "recall_at_0.1_percent",
];

/// Writes the main figures of every protocol and of the cross-validation, and for every target whether it is met.
///
/// # Errors
/// Where the output cannot be written.
pub(crate) fn print(report: &EvaluationReport, output: &mut impl Write) -> io::Result<()> {
    for protocol in &report.protocols {
        print_protocol(protocol, output)?;
    }
    for folds in &report.folds {
        print_folds(folds, output)?;
    }
    Ok(())
}

fn print_folds(folds: &FoldReport, output: &mut impl Write) -> io::Result<()> {
    let leak = folds.leak.as_ref().map_or("", |_| " [leaks]");
    writeln!(
        output,
        "{}-fold ({}){leak}: {}",
        folds.n_folds, folds.view, folds.description
    )?;
    for (name, values) in &folds.figures {
        write!(output, "  {name} {:.5}", Spread::of(values).mean)?;
        match folds.out_of_bag.get(name) {
            Some(out_of_bag) => writeln!(output, " (out of bag {out_of_bag:.5})")?,
            None => writeln!(output)?,
        }
    }
    print_targets(&folds.references, output, |target| {
        let values = folds.figures.get(&target.figure)?;
        Some(Spread::of(values))
    })
}

fn print_protocol(protocol: &ProtocolReport, output: &mut impl Write) -> io::Result<()> {
    let leak = protocol.leak.as_ref().map_or("", |_| " [leaks]");
    writeln!(
        output,
        "{} ({}){leak}: {:.0} rows, {:.0} {}",
        protocol.name, protocol.view, protocol.n_test, protocol.n_attacks, protocol.classes[1]
    )?;
    for model in &protocol.models {
        write!(output, "  {:<23}", model.name)?;
        for name in SHOWN {
            if let Some(figure) = model.figures.get(name) {
                write!(output, "  {name} {:.4} ± {:.4}", figure.mean, figure.sd)?;
            }
        }
        writeln!(output)?;
    }
    print_targets(&protocol.references, output, |target| {
        let model = protocol.model(&target.model)?;
        model.figures.get(&target.figure).copied()
    })
}

fn print_targets(
    references: &[Reference],
    output: &mut impl Write,
    figure_of: impl Fn(&Reference) -> Option<Spread>,
) -> io::Result<()> {
    let targets = references
        .iter()
        .filter(|reference| reference.source == ReferenceSource::Target);
    for target in targets {
        let Reference {
            model,
            figure,
            value,
            ..
        } = target;
        write!(output, "  target {model} {figure} {value}: ")?;
        match figure_of(target) {
            Some(found) if target.is_met_by(&found) => writeln!(output, "{:.5}, met", found.mean)?,
            Some(found) => writeln!(output, "{:.5}, MISSED", found.mean)?,
            None => writeln!(output, "not measured")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(figure: &str, value: f64) -> Reference {
        Reference {
            source: ReferenceSource::Target,
            model: "random_forest".to_owned(),
            figure: figure.to_owned(),
            value,
            tried: None,
        }
    }

    #[test]
    fn says_of_every_target_whether_it_is_met() {
        let folds = FoldReport {
            figures: [("accuracy".to_owned(), vec![0.9, 0.8])].into(),
            references: vec![
                target("accuracy", 0.84),
                target("accuracy", 0.86),
                target("roc_auc", 0.9),
            ],
            ..FoldReport::default()
        };
        let report = EvaluationReport {
            folds: vec![folds],
            protocols: vec![ProtocolReport {
                references: vec![target("f1", 0.5)],
                ..ProtocolReport::default()
            }],
            ..EvaluationReport::default()
        };
        let mut output = Vec::new();
        print(&report, &mut output).unwrap();
        let text = String::from_utf8(output).unwrap();
        let verdicts: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("  target random_forest "))
            .collect();
        assert_eq!(
            verdicts,
            [
                "f1 0.5: not measured",
                "accuracy 0.84: 0.85000, met",
                "accuracy 0.86: 0.85000, MISSED",
                "roc_auc 0.9: not measured"
            ]
        );
    }
}
