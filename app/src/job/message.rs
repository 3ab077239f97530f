//! Messages between the page, the coordinator and the scorers.
//!
//! On the wire a message is an array: the JSON of one of these, then its attachments (array buffers, files, blobs) in the order named here.

use serde::{Deserialize, Serialize};
use traffic::layout::TableLayout;
use traffic::row_error::RejectedRows;

use super::result::{FileResult, TopRow};
use crate::form::{FormState, N_FIELDS};
use crate::plots::map::MapView;

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
    /// Score the form.
    Form {
        /// The fields as typed.
        values: [String; N_FIELDS],
    },
    /// Draw the map of the scored file.
    Map(MapRequest),
    /// Write the results as CSV.
    Export {
        /// Number of the job, which its events carry.
        job: u32,
        /// Whose risk decides: 0 is the ensemble, then the detectors.
        model: usize,
        /// Risk at and above which a row is an anomaly.
        threshold: f32,
        /// Leave normal rows out.
        is_only_anomalies: bool,
    },
    /// Try to send a byte: the browser must refuse.
    TryNetwork,
}

/// How the map is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapRequest {
    /// Width of the canvas in CSS pixels.
    pub width: f32,
    /// Height of the canvas in CSS pixels.
    pub height: f32,
    /// Device pixels per CSS pixel.
    pub ratio: f32,
    /// Whose risk colours the points: 0 is the ensemble, then the detectors.
    pub model: usize,
    /// Dark surface.
    pub is_dark: bool,
}

/// What the coordinator tells the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Models are loaded, scorers wait.
    Ready,
    /// How far a job is.
    Progress {
        /// Its number.
        job: u32,
        /// How far.
        progress: Progress,
    },
    /// The file is scored, to its end or to where it was stopped.
    Scored {
        /// Number of the job.
        job: u32,
        /// What came out.
        result: Box<FileResult>,
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
    /// The map. Attached: RGBA bytes.
    Map(MapDrawn),
    /// The results as CSV. Attached: a blob.
    Exported {
        /// Number of the job.
        job: u32,
        /// A name for the file.
        name: String,
    },
    /// A download was cancelled; there is no file.
    Stopped {
        /// Number of the job.
        job: u32,
    },
    /// What became of the byte.
    NetworkTried {
        /// The browser refused.
        is_refused: bool,
    },
}

/// The map as drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapDrawn {
    /// What was asked for.
    pub request: MapRequest,
    /// The frame that goes around it.
    pub view: MapView,
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
    },
    /// The file is over: tell the oddest rows.
    Finish,
}

/// What a scorer does with chunks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// Scores them.
    Score,
    /// Writes them as CSV with results.
    Export {
        /// Whose risk decides: 0 is the ensemble, then the detectors.
        model: usize,
        /// Risk at and above which a row is an anomaly.
        threshold: f32,
        /// Leave normal rows out.
        is_only_anomalies: bool,
    },
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
        /// Labels of this scorer so far, which the codes refer to; empty without labels.
        label_names: Vec<String>,
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
    /// The oddest rows of this scorer's chunks, per model.
    Top {
        /// The ensemble's, then each detector's.
        rows: Vec<Vec<TopRow>>,
    },
    /// Something went wrong.
    Failed {
        /// A sentence for people.
        message: String,
    },
}
