//! The report of `make evaluate`, as it was when the server was built. Every figure on the page about models comes from it.

use std::sync::{Arc, LazyLock};

use models::evaluation::report::EvaluationReport;

const FILE: &str = include_str!("../../models/evaluation.json");

/// Read once. A file that is not such a report, which a test rules out, is logged and shown as "nothing was measured".
static REPORT: LazyLock<Arc<EvaluationReport>> = LazyLock::new(|| {
    let report = serde_json::from_str(FILE).unwrap_or_else(|error| {
        tracing::error!(%error, "models/evaluation.json is not as `make evaluate` writes it");
        EvaluationReport::default()
    });
    Arc::new(report)
});

/// The report.
pub(crate) fn shipped() -> Arc<EvaluationReport> {
    Arc::clone(&REPORT)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use models::evaluation::report::Spread;

    use super::*;
    use crate::datasets;

    const README: &str = include_str!("../../README.md");

    fn report() -> EvaluationReport {
        serde_json::from_str(FILE)
            .unwrap_or_else(|error| panic!("models/evaluation.json: {error}; run `make evaluate`"))
    }

    #[test]
    fn the_report_is_whole() {
        let report = report();
        let protocols: BTreeSet<&str> = report
            .protocols
            .iter()
            .map(|protocol| protocol.name.as_str())
            .collect();
        assert_eq!((report.protocols.len(), protocols.len()), (15, 15));
        assert_eq!(report.seeds, [42, 43, 44, 45, 46]);
        assert_eq!(report.folds.len(), 3);
        assert_eq!(report.importance.len(), 3);
        assert!(!report.sequence.is_empty());
    }

    #[test]
    fn the_report_was_made_from_the_published_files() {
        let report = report();
        assert_eq!(report.data.len(), 6);
        for read in &report.data {
            let published = datasets::FILES.iter().find(|file| file.name == read.name);
            let expected = published.map(|file| file.sha256);
            assert_eq!(expected, Some(read.sha256.as_str()), "{}", read.name);
        }
    }

    /// A figure as README.md prints it: `.9997 ± .0001`, to as many decimals as are there.
    fn printed(figure: &Spread, like: &str) -> String {
        let n_decimals = like.split(' ').next().map_or(0, |mean| mean.len() - 1);
        let number = |value: f64| format!("{value:.n_decimals$}").replacen("0.", ".", 1);
        format!("{} ± {}", number(figure.mean), number(figure.sd))
    }

    #[test]
    fn the_readme_quotes_the_report() {
        let report = report();
        let rows: Vec<Vec<&str>> = README
            .lines()
            .skip_while(|line| !line.starts_with("| protocol |"))
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        assert_eq!(rows.len(), 6);
        let names = [
            "roc_auc",
            "recall",
            "false_alarm_rate",
            "recall_at_0.1_percent",
        ];
        for row in rows {
            let name = row[0].split(',').next().unwrap();
            let ensemble = report.protocol(name).unwrap().model("ensemble").unwrap();
            let measured = names.iter().zip(&row[2..]);
            let measured: Vec<String> = measured
                .map(|(figure, like)| printed(&ensemble.figures[*figure], like))
                .collect();
            assert_eq!(row[2..], measured, "quoted and measured of {name}");
        }
    }
}
