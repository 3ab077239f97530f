//! The report as text.

use std::io::{self, Write};

use models::evaluation::report::{EvaluationReport, ProtocolReport, ReferenceSource};

/// The figures that a line of text has room for.
const SHOWN: [&str; 6] = [
    "roc_auc",
    "recall",
    "false_alarm_rate",
    "f1",
    "macro_recall",
    "recall_at_0.1_percent",
];

/// Writes the main figures of every protocol, and for every target whether it is met.
///
/// # Errors
/// Where the output cannot be written.
pub(crate) fn print(report: &EvaluationReport, output: &mut impl Write) -> io::Result<()> {
    for protocol in &report.protocols {
        print_protocol(protocol, output)?;
    }
    for folds in &report.folds {
        let leak = folds.leak.as_ref().map_or("", |_| " [leaks]");
        writeln!(
            output,
            "{}-fold, {}{leak}",
            folds.n_folds, folds.description
        )?;
        for (name, values) in &folds.figures {
            let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
            let out_of_bag = folds.out_of_bag.get(name).copied().unwrap_or_default();
            writeln!(output, "  {name} {mean:.5} (out of bag {out_of_bag:.5})")?;
        }
    }
    Ok(())
}

fn print_protocol(protocol: &ProtocolReport, output: &mut impl Write) -> io::Result<()> {
    let leak = protocol.leak.as_ref().map_or("", |_| " [leaks]");
    writeln!(
        output,
        "{} ({}){leak}: {:.0} rows, {:.0} attacks",
        protocol.name, protocol.view, protocol.n_test, protocol.n_attacks
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
    let targets = protocol
        .references
        .iter()
        .filter(|reference| reference.source == ReferenceSource::Target);
    for target in targets {
        let Some(figure) = protocol
            .model(&target.model)
            .and_then(|model| model.figures.get(&target.figure))
        else {
            continue;
        };
        writeln!(
            output,
            "  target {} {} {}: {:.4}, {}",
            target.model,
            target.figure,
            target.value,
            figure.mean,
            if target.is_met_by(figure) {
                "met"
            } else {
                "MISSED"
            }
        )?;
    }
    Ok(())
}
