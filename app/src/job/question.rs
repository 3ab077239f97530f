//! Questions about the scored file and their answers. The coordinator has the rows; the page has what it shows of them.

use analysis::correlation::Correlation;
use analysis::selection::{PairCounts, SelectionCounts};
use analysis::summary::FeatureSummary;
use models::explain::Reason;
use models::raster::Bounds;
use serde::{Deserialize, Serialize};

use super::explanation::{Explanation, WhatIf, WhatIfVerdict};
use super::result::RankingResult;
use crate::plots::map::MapView;

/// What the page wants to know. Each kind carries a number that the answer repeats, so that a late answer is told from the latest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// What the rows of a filter look like under a model.
    View(ViewQuestion),
    /// Rows of the table.
    Rows(RowsQuestion),
    /// The map as pixels.
    Map(MapQuestion),
    /// The scores of two models against each other, as pixels.
    Scatter(ScatterQuestion),
    /// Which row is at a place on the map.
    Pick(PickQuestion),
    /// Why a row is as odd as it is.
    Explain(ExplainQuestion),
    /// What a changed record would be judged.
    WhatIf(WhatIf),
    /// How sure the difference of two models is; answered several times as resamples add up.
    Compare(CompareQuestion),
    /// Everything on the page as one file.
    Report(ReportQuestion),
}

/// Kinds of questions; of each kind one is under way at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum QuestionKind {
    /// [`Question::View`].
    View,
    /// [`Question::Rows`].
    Rows,
    /// [`Question::Map`].
    Map,
    /// [`Question::Scatter`].
    Scatter,
    /// [`Question::Pick`].
    Pick,
    /// [`Question::Explain`].
    Explain,
    /// [`Question::WhatIf`].
    WhatIf,
    /// [`Question::Compare`].
    Compare,
    /// [`Question::Report`].
    Report,
}

impl Question {
    /// Its kind.
    pub fn kind(&self) -> QuestionKind {
        match self {
            Self::View(_) => QuestionKind::View,
            Self::Rows(_) => QuestionKind::Rows,
            Self::Map(_) => QuestionKind::Map,
            Self::Scatter(_) => QuestionKind::Scatter,
            Self::Pick(_) => QuestionKind::Pick,
            Self::Explain(_) => QuestionKind::Explain,
            Self::WhatIf(_) => QuestionKind::WhatIf,
            Self::Compare(_) => QuestionKind::Compare,
            Self::Report(_) => QuestionKind::Report,
        }
    }
}

/// What the coordinator says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Question::View`]. Attached: distributions of the features asked for, one after the other.
    View {
        /// Of the question.
        number: u32,
        /// What was found, or what is wrong with the filter.
        result: Result<Box<Selected>, QueryProblem>,
    },
    /// To [`Question::Rows`].
    Rows(RowsAnswer),
    /// To [`Question::Map`]. Attached: RGBA bytes.
    Map(Box<MapDrawn>),
    /// To [`Question::Scatter`]. Attached: RGBA bytes.
    Scatter(ScatterQuestion),
    /// To [`Question::Pick`]; nothing where no row is near.
    Pick {
        /// Of the question.
        number: u32,
        /// The nearest row.
        picked: Option<Box<PickedRow>>,
    },
    /// To [`Question::Explain`].
    Explain(Box<Explanation>),
    /// To [`Question::WhatIf`].
    WhatIf(Box<WhatIfVerdict>),
    /// To [`Question::Compare`], so far.
    Compare(Box<Comparison>),
    /// There is no answer: no file, no such row, or a filter that is wrong, which the answer to [`Question::View`] says.
    None(QuestionKind),
}

impl Answer {
    /// The kind of the question.
    pub fn kind(&self) -> QuestionKind {
        match self {
            Self::View { .. } => QuestionKind::View,
            Self::Rows(_) => QuestionKind::Rows,
            Self::Map(_) => QuestionKind::Map,
            Self::Scatter(_) => QuestionKind::Scatter,
            Self::Pick { .. } => QuestionKind::Pick,
            Self::Explain(_) => QuestionKind::Explain,
            Self::WhatIf(_) => QuestionKind::WhatIf,
            Self::Compare(_) => QuestionKind::Compare,
            Self::None(kind) => *kind,
        }
    }
}

/// Asks for everything that depends on filter and model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewQuestion {
    /// Rises from question to question.
    pub number: u32,
    /// The filter; everything where it is empty.
    pub query: String,
    /// Whose risk: 0 is the ensemble, then the detectors.
    pub model: usize,
    /// What else is on the screen.
    pub wants: Wants,
}

/// Parts of an answer that take time, and are worked out only while they are looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wants {
    /// Features whose distribution is shown, by their position in the view.
    pub features: Vec<usize>,
    /// The table of all features in numbers.
    pub has_summary: bool,
    /// Correlations.
    pub has_correlation: bool,
    /// The curves of all models; without it those of the two that are compared alone.
    pub has_curves: bool,
    /// Two models side by side.
    pub pair: Option<[usize; 2]>,
}

/// The rows of a filter under a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selected {
    /// The filter.
    pub query: String,
    /// Whose risk.
    pub model: usize,
    /// Counts.
    pub counts: SelectionCounts,
    /// Curves per model, where there are labels of both kinds and they were asked for.
    pub rankings: Vec<Option<RankingResult>>,
    /// Features whose distributions are attached.
    pub features: Vec<usize>,
    /// Every feature in numbers.
    pub summary: Option<Vec<FeatureSummary>>,
    /// Correlations.
    pub correlation: Option<Correlation>,
    /// Two models.
    pub pair: Option<Pair>,
}

/// Two models over the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Which.
    pub models: [usize; 2],
    /// Counts of all rows.
    pub rows: PairCounts,
    /// Counts of rows with the same features and label once: copies are one observation.
    pub distinct: PairCounts,
}

/// What is wrong with a filter, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryProblem {
    /// A sentence.
    pub message: String,
    /// From this byte of the filter.
    pub from: usize,
    /// To before this one.
    pub to: usize,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    /// The score of a model: 0 is the ensemble, then the detectors.
    Score(usize),
    /// A feature, by its position in the view.
    Feature(usize),
    /// The label.
    Label,
    /// Rows with the same features.
    Copies,
    /// How far apart two models' risks are.
    Disagreement([usize; 2]),
    /// Line of the file.
    Line,
}

/// Asks for rows of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowsQuestion {
    /// Rises from question to question.
    pub number: u32,
    /// The filter.
    pub query: String,
    /// Whose risk and reasons.
    pub model: usize,
    /// Order.
    pub sort: SortKey,
    /// Greatest first.
    pub is_descending: bool,
    /// Rows with the same features once.
    pub is_distinct: bool,
    /// The first of the rows asked for.
    pub from: u32,
    /// How many.
    pub n: u32,
}

/// Rows of the table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowsAnswer {
    /// Of the question.
    pub number: u32,
    /// Rows that the table has.
    pub n_rows: u32,
    /// The position of the first of these.
    pub from: u32,
    /// The rows.
    pub rows: Vec<TableRow>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// Position in the file, from 0.
    pub row: u32,
    /// Line of the file on which it starts.
    pub line: u32,
    /// Risk under the chosen model.
    pub risk: f32,
    /// Risks under every model.
    pub risks: Vec<f32>,
    /// Label, where there is one.
    pub label: Option<String>,
    /// Selected rows with the same features, itself included.
    pub n_copies: u32,
    /// The features, as text.
    pub cells: Vec<String>,
    /// Why it is odd, strongest first.
    pub reasons: Vec<Reason>,
}

/// How the points of the map are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapColour {
    /// By the chosen model's risk.
    #[default]
    Risk,
    /// By label.
    Label,
    /// By how far two models are apart.
    Disagreement([usize; 2]),
}

/// An axis of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapAxis {
    /// A principal component of the training data, 0 or 1.
    Component(usize),
    /// A feature, by its position in the view; heavy-tailed ones as log₁₀(1 + value).
    Feature(usize),
}

/// How the map is to be drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapQuestion {
    /// Rises from question to question.
    pub number: u32,
    /// The filter: what it does not let through is drawn faint.
    pub query: String,
    /// Width of the canvas in CSS pixels.
    pub width: f32,
    /// Height of the canvas in CSS pixels.
    pub height: f32,
    /// Device pixels per CSS pixel.
    pub ratio: f32,
    /// Whose risk colours the points: 0 is the ensemble, then the detectors.
    pub model: usize,
    /// What the colours mean.
    pub colour: MapColour,
    /// What the axes are.
    pub axes: [MapAxis; 2],
    /// The part of the plane that is shown; all of it where there is none.
    pub zoom: Option<[(f32, f32); 2]>,
    /// Dark surface.
    pub is_dark: bool,
}

/// The map as drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapDrawn {
    /// What was asked for.
    pub question: MapQuestion,
    /// The frame that goes around it.
    pub view: MapView,
    /// What is shown without zoom.
    pub whole: Bounds,
}

/// Asks for the scores of two models against each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScatterQuestion {
    /// Rises from question to question.
    pub number: u32,
    /// The filter.
    pub query: String,
    /// The models along x and y.
    pub models: [usize; 2],
    /// Columns and rows of device pixels.
    pub size: [usize; 2],
    /// Device pixels per CSS pixel.
    pub ratio: f32,
    /// Dark surface.
    pub is_dark: bool,
}

/// Asks for the row at a place on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickQuestion {
    /// Rises from question to question.
    pub number: u32,
    /// The filter.
    pub query: String,
    /// Whose risk and reasons.
    pub model: usize,
    /// What the axes are.
    pub axes: [MapAxis; 2],
    /// Place on the map.
    pub at: [f32; 2],
    /// How far a row may be away along each axis.
    pub reach: [f32; 2],
}

/// A row of the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickedRow {
    /// The row.
    pub row: TableRow,
    /// Its place.
    pub at: [f32; 2],
    /// Rows at the very same place.
    pub n_here: u32,
}

/// Asks why a row is odd.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainQuestion {
    /// Rises from question to question.
    pub number: u32,
    /// Which record.
    pub subject: Subject,
    /// Whose score.
    pub model: usize,
    /// Risk at and above which a row is an anomaly.
    pub threshold: f32,
}

/// A record that can be explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Subject {
    /// A row of the file, from 0.
    Row(u32),
    /// What is typed into the form: one value per feature of view kdd5.
    Form(Vec<String>),
}

/// Asks how sure the difference of two models is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareQuestion {
    /// Rises from question to question.
    pub number: u32,
    /// The filter.
    pub query: String,
    /// The two models.
    pub models: [usize; 2],
}

/// Two models on the same labelled rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Of the question.
    pub number: u32,
    /// The two models.
    pub models: [usize; 2],
    /// Resamples so far, and how many there will be.
    pub n_resamples: [u32; 2],
    /// Figures, intervals, bands; `None` without labels of both kinds.
    pub paired: Option<models::evaluation::paired::PairedComparison>,
}

/// Asks for a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportQuestion {
    /// Number of the job, which its events carry.
    pub job: u32,
    /// What to write.
    pub kind: ReportKind,
    /// The filter.
    pub query: String,
    /// Whose risk.
    pub model: usize,
    /// Risk at and above which a row is an anomaly.
    pub threshold: f32,
    /// The fragment of the page's address.
    pub fragment: String,
}

/// A file about the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportKind {
    /// A page that opens anywhere.
    Html,
    /// Figures, digest and hashes for programs.
    Json,
}
