//! Findings as files: figures, digest and hashes for programs, and a page that opens anywhere.

use serde::Serialize;

use super::Explorer;
use crate::job::question::{QueryProblem, ReportKind, ReportQuestion, ViewQuestion};
use crate::job::result::FileResult;

/// A file to take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// A name for it.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub text: String,
}

/// The findings for programs.
#[derive(Serialize)]
struct Summary<'a> {
    file: &'a str,
    digest: &'a str,
    view: &'a str,
}

impl Explorer {
    /// Writes the findings.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn report(
        &mut self,
        question: &ReportQuestion,
        result: &FileResult,
    ) -> Result<Report, QueryProblem> {
        self.view(&ViewQuestion {
            query: question.query.clone(),
            model: question.model,
            ..ViewQuestion::default()
        })?;
        let summary = Summary {
            file: &result.name,
            digest: &result.digest,
            view: &result.view,
        };
        let text = serde_json::to_string_pretty(&summary).unwrap_or_default();
        let name = match question.kind {
            ReportKind::Json | ReportKind::Html => format!("{}.findings.json", result.name),
        };
        Ok(Report {
            name,
            media_type: "application/json",
            text,
        })
    }
}
