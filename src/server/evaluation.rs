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
    use super::*;

    #[test]
    fn the_report_is_as_evaluate_writes_it() {
        let report: EvaluationReport = serde_json::from_str(FILE)
            .unwrap_or_else(|error| panic!("models/evaluation.json: {error}; run `make evaluate`"));
        assert!(report.protocol("P1").is_some(), "P1 is not in it");
    }
}
