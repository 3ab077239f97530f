//! Messages between the page, the workbench, the coordinator and the scorers.
//!
//! On the wire a message is an array: the JSON of one of these, then its attachments (array buffers, files, blobs) in the order named here.

use analysis::row_set::RowSet;
use models::schema::View;
use serde::{Deserialize, Serialize};
use traffic::layout::TableLayout;
use traffic::row_error::RejectedRows;

use super::question::{Answer, Question};
use super::result::FileResult;
use crate::form::{FormState, N_FIELDS};

/// What the page asks of the coordinator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Get ready. Attached: the bytes of each model file, in any order.
    Prepare {
        /// Scorers to start.
        n_scorers: usize,
    },
    /// Score a file, in place of the one before. Attached: the file.
    Score {
        /// Number of the job, which its events carry.
        job: u32,
        /// Its name.
        name: String,
    },
    /// Stop; the rows scored so far are kept.
    Cancel,
    /// Stop writing results.
    CancelExport,
    /// Score the form.
    Form {
        /// The fields as typed.
        values: [String; N_FIELDS],
    },
    /// Answer a question about the scored file.
    Ask(Question),
    /// Write the results as CSV.
    Export {
        /// Number of the export, which its events carry.
        job: u32,
        /// Which rows.
        export: Export,
    },
    /// Try to send a byte: the browser must refuse.
    TryNetwork,
}

/// Which rows are written as CSV, and how they are judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// Whose risk decides: 0 is the ensemble, then the detectors.
    pub model: usize,
    /// Risk at and above which a row is an anomaly.
    pub threshold: f32,
    /// Leave normal rows out.
    pub is_only_anomalies: bool,
    /// Leave out what this filter does not let through; everything where it is empty. The coordinator tells the scorers which rows
    /// these are: some of what a filter asks is known of whole files alone.
    pub query: String,
}

/// What the coordinator says, and to whom: page and workbench are two bundles, and neither knows how to read what is for the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// For what is there from the start.
    Page(PageEvent),
    /// For what shows a scored file.
    Workbench(WorkbenchEvent),
}

/// What the coordinator tells the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PageEvent {
    /// Models are loaded, scorers wait.
    Ready,
    /// How far a file is.
    Progress {
        /// Number of the job.
        job: u32,
        /// How far.
        progress: Progress,
    },
    /// The file is scored, to its end or to where it was stopped; the workbench has the result.
    Scored {
        /// Number of the job.
        job: u32,
    },
    /// The file cannot be scored, or something else went wrong.
    Failed {
        /// Number of the job; 0 before any.
        job: u32,
        /// A sentence for people.
        message: String,
    },
    /// The form with its verdict, or its errors.
    Form(Box<FormState>),
    /// What became of the byte.
    NetworkTried {
        /// The browser refused.
        is_refused: bool,
    },
}

/// What the coordinator tells the workbench.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum WorkbenchEvent {
    /// A file was scored.
    Scored(Box<FileResult>),
    /// An answer. Attached: what the answer names.
    Answer(Answer),
    /// How far an export is.
    Progress {
        /// Its number.
        job: u32,
        /// How far.
        progress: Progress,
    },
    /// A file to save. Attached: a blob.
    Exported {
        /// Number of the export.
        job: u32,
        /// A name for the file.
        name: String,
    },
    /// An export was cancelled; there is no file.
    Stopped {
        /// Its number.
        job: u32,
    },
    /// A file cannot be written.
    Failed {
        /// Number of the export; 0 where it was none.
        job: u32,
        /// A sentence for people.
        message: String,
    },
}

impl PageEvent {
    /// Reads an [`Event`] that is for the page; `None` where it is not.
    pub fn from_wire(text: &str) -> Option<Self> {
        inner(text, "Page").and_then(|event| serde_json::from_str(event).ok())
    }
}

impl WorkbenchEvent {
    /// Reads an [`Event`] that is for the workbench; `None` where it is not.
    pub fn from_wire(text: &str) -> Option<Self> {
        inner(text, "Workbench").and_then(|event| serde_json::from_str(event).ok())
    }
}

/// What stands within the outer variant of this name.
fn inner<'a>(text: &'a str, variant: &str) -> Option<&'a str> {
    let rest = text.strip_prefix("{\"")?.strip_prefix(variant)?;
    rest.strip_prefix("\":")?.strip_suffix('}')
}

/// How far a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes of the file that were read.
    pub bytes_read: f64,
    /// Bytes of the file.
    pub bytes_total: f64,
    /// Rows scored.
    pub n_rows: u64,
    /// Milliseconds since the start.
    pub millis: f64,
}

/// What the coordinator asks of a scorer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ScorerRequest {
    /// Load models. Attached: the bytes of each model file.
    Prepare,
    /// A new file begins.
    Begin {
        /// How it is laid out.
        layout: TableLayout,
        /// What to do with its chunks.
        task: Task,
    },
    /// A chunk. Attached: its bytes.
    Chunk {
        /// Line of the file on which it starts.
        first_line: u64,
        /// Position among the chunks.
        index: u64,
        /// Rows that are blank in it because they could not be read.
        rejected: RejectedRows,
        /// Its rows that are to be written, counted without those that cannot be read; all without it.
        wanted: Option<RowSet>,
    },
}

/// What a scorer does with chunks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// Scores them.
    Score,
    /// Writes them as CSV with results.
    Export(Export),
}

/// What a scorer tells the coordinator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ScorerEvent {
    /// Models are loaded.
    Ready,
    /// A chunk is scored. Attached: its columns, encoded.
    Scored {
        /// Position among the chunks.
        index: u64,
        /// Rows in it.
        n_rows: usize,
        /// Whose features the columns are.
        view: View,
        /// Labels of this scorer so far, which the codes refer to; empty without labels.
        label_names: Vec<String>,
        /// Words of this scorer so far per category, which its codes refer to.
        words: Vec<Vec<String>>,
        /// Rows that could not be read.
        rejected: RejectedRows,
        /// Categories that no training row had.
        n_unseen_categories: u64,
    },
    /// A chunk is written. Attached: CSV bytes.
    Exported {
        /// Position among the chunks.
        index: u64,
    },
    /// Something went wrong.
    Failed {
        /// A sentence for people.
        message: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_and_workbench_read_what_is_for_them_only() {
        let wire = |event: &Event| serde_json::to_string(event).unwrap();
        let ready = wire(&Event::Page(PageEvent::Ready));
        assert!(matches!(
            PageEvent::from_wire(&ready),
            Some(PageEvent::Ready)
        ));
        assert!(WorkbenchEvent::from_wire(&ready).is_none());
        let stopped = wire(&Event::Workbench(WorkbenchEvent::Stopped { job: 7 }));
        assert!(PageEvent::from_wire(&stopped).is_none());
        let read = WorkbenchEvent::from_wire(&stopped);
        assert!(matches!(read, Some(WorkbenchEvent::Stopped { job: 7 })));
        assert!(PageEvent::from_wire("{\"Page\":").is_none());
    }
}
