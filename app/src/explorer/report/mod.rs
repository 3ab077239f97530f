//! Findings as files: figures, digest and hashes for programs, and a page that opens anywhere.
//!
//! In: a scored file, a filter, a model and a threshold. Out: one file with everything that the page says of them, so that it can be sent,
//! kept, and compared with what the command line says. There is no clock here: a report of the same file is the same bytes.
//!
//! # Layout
//! - [`summary`]: the findings, for programs; [`command`]: the command that repeats them.
//! - [`html`]: the page, whose style sheet and script are beside it; [`sections`]: its parts; [`drawings`]: its charts; [`rows`]: its rows.

mod command;
mod drawings;
mod html;
mod rows;
mod sections;
pub mod summary;

use super::Explorer;
use crate::job::question::{QueryProblem, ReportKind, ReportQuestion};
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
        let (findings, selected) = self.findings(question, result)?;
        Ok(match question.kind {
            ReportKind::Json => Report {
                name: format!("{}.findings.json", result.name),
                media_type: "application/json",
                // Maps with texts as keys and numbers are always written.
                text: serde_json::to_string_pretty(&findings).unwrap_or_default(),
            },
            ReportKind::Html => Report {
                name: format!("{}.report.html", result.name),
                media_type: "text/html",
                text: self.page(question, result, &findings, &selected)?,
            },
        })
    }
}
