//! The state of the page: which file, which model, which filter, which threshold. One of each for all panels.
//!
//! # Layout
//! - this file: the state, and what happens with files; [`asking`]: questions about the scored file; [`fragment`]: the view in the address;
//!   [`filtering`]: what charts do to the filter; [`shortcuts`]: keys.

mod asking;
pub mod filtering;
mod fragment;
pub mod shortcuts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use analysis::distribution::Distribution;
use analysis::filter::ConnectionFields;
use leptos::prelude::*;
use models::calibration::DEFAULT_THRESHOLD;
use query::Query;
use wasm_bindgen::JsCast as _;

use crate::browser::engine::{Engine, n_scorers};
use crate::browser::{files, focus, network};
use crate::components::result_card::EXPLAIN_FORM_ID;
use crate::components::rows_table::TABLE_ID;
use crate::context::ModelFacts;
use crate::form::FormState;
use crate::job::explanation::{Explanation, WhatIfVerdict};
use crate::job::message::{Event, Export, Progress, Request};
use crate::job::question::{
    Comparison, ExplainQuestion, MapDrawn, PickedRow, QueryProblem, Question, QuestionKind,
    ReportKind, ReportQuestion, RowsAnswer, ScatterQuestion, Selected, SortKey, Subject, Wants,
};
use crate::job::result::FileResult;

/// What the workers are doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Job {
    /// Nothing, or they are through.
    #[default]
    Idle,
    /// Scoring a file.
    Scoring(Running),
    /// Writing results.
    Exporting(Running),
    /// The file cannot be scored.
    Failed(String),
    /// The results cannot be written.
    ExportFailed(String),
}

/// A file under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub progress: Progress,
    /// The visitor asked to stop.
    pub is_stopping: bool,
}

/// The map as the workers drew it.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPicture {
    /// What was drawn.
    pub drawn: MapDrawn,
    /// RGBA.
    pub pixels: Vec<u8>,
}

/// Whether anything left the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Proof {
    /// Requests since the page was ready.
    pub n_requests: u32,
    /// What the browser did when a worker tried to send a byte.
    pub is_refused: Option<bool>,
}

/// Which panels stand below the tiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Map, risk, threshold.
    #[default]
    Findings,
    /// Shares, distributions, correlations.
    Explore,
    /// Two models side by side.
    Compare,
}

impl Tab {
    /// In the order of the page.
    pub const ALL: [Tab; 3] = [Tab::Findings, Tab::Explore, Tab::Compare];

    /// Its name on the page; in small letters that in the address.
    pub fn title(self) -> &'static str {
        match self {
            Tab::Findings => "Findings",
            Tab::Explore => "Explore",
            Tab::Compare => "Compare",
        }
    }
}

/// Everything that panels look at and change. Copyable handles.
#[derive(Clone, Copy)]
pub struct Workbench {
    engine: Engine,
    last_job: StoredValue<u32>,
    asked: StoredValue<asking::AskedKinds>,
    /// Models are loaded and workers wait.
    pub is_ready: RwSignal<bool>,
    /// What the workers are doing.
    pub job: RwSignal<Job>,
    /// The scored file.
    pub result: RwSignal<Option<Arc<FileResult>>>,
    /// The panels that are shown.
    pub tab: RwSignal<Tab>,
    /// Risk at and above which a row is an anomaly.
    pub threshold: RwSignal<f32>,
    /// Which model decides: 0 is the ensemble.
    pub model: RwSignal<usize>,
    /// The two models that are compared.
    pub pair: RwSignal<[usize; 2]>,
    /// The filter.
    pub query: RwSignal<String>,
    /// The filter as it is read; everything while it cannot be.
    parsed: Memo<Query>,
    /// The names that filters of the scored file can use.
    pub fields: RwSignal<Option<Arc<ConnectionFields>>>,
    /// What is wrong with it.
    pub query_problem: RwSignal<Option<QueryProblem>>,
    /// What is looked at and takes time to work out.
    pub wants: RwSignal<Wants>,
    /// The rows of the filter in numbers.
    pub selected: RwSignal<Option<Arc<Selected>>>,
    /// Distributions of the features that are looked at, by position in the view.
    pub distributions: RwSignal<Arc<BTreeMap<usize, Distribution>>>,
    /// What the table is sorted by, and whether the greatest come first. `Score(usize::MAX)` is the chosen model's.
    pub sort: RwSignal<(SortKey, bool)>,
    /// The rows on the screen.
    pub rows: RwSignal<Arc<RowsAnswer>>,
    /// The position in the table of the row that keys move.
    pub cursor: RwSignal<Option<u32>>,
    /// The list of keys is open.
    pub has_shortcuts: RwSignal<bool>,
    /// The map.
    pub map: RwSignal<Option<Arc<MapPicture>>>,
    /// Where the map is zoomed to.
    pub zoom: RwSignal<Option<[(f32, f32); 2]>>,
    /// The row under the pointer on the map.
    pub picked: RwSignal<Option<Arc<PickedRow>>>,
    /// Two models' scores against each other.
    pub scatter: RwSignal<Option<Arc<(ScatterQuestion, Vec<u8>)>>>,
    /// How sure the difference of two models is.
    pub comparison: RwSignal<Option<Arc<Comparison>>>,
    /// The record that is explained.
    pub explanation: RwSignal<Option<Arc<Explanation>>>,
    /// The explained record with changes.
    pub what_if: RwSignal<Option<Arc<WhatIfVerdict>>>,
    /// Goes up when colours change.
    pub theme: RwSignal<u32>,
    /// Something to say about the last drop.
    pub notice: RwSignal<Option<String>>,
    /// Whether anything left the browser.
    pub proof: RwSignal<Proof>,
    /// The form and its verdict.
    pub form: RwSignal<FormState>,
}

impl Workbench {
    /// A workbench without a file, put into the context for all panels.
    pub fn provide(form: FormState) -> Self {
        let query = RwSignal::new(String::new());
        let fields = RwSignal::new(None::<Arc<ConnectionFields>>);
        let parsed = Memo::new(move |_| {
            let fields = fields.read();
            let parsed = fields
                .as_ref()
                .map(|fields| Query::parse(&query.read(), &fields.fields));
            parsed.and_then(Result::ok).unwrap_or_default()
        });
        let workbench = Self {
            engine: Engine::default(),
            last_job: StoredValue::new(0),
            asked: StoredValue::new(BTreeMap::new()),
            is_ready: RwSignal::new(false),
            job: RwSignal::new(Job::Idle),
            result: RwSignal::new(None),
            tab: RwSignal::new(Tab::default()),
            threshold: RwSignal::new(DEFAULT_THRESHOLD),
            model: RwSignal::new(0),
            pair: RwSignal::new([1, 2]),
            query,
            parsed,
            fields,
            query_problem: RwSignal::new(None),
            wants: RwSignal::new(Wants {
                has_curves: true,
                ..Wants::default()
            }),
            selected: RwSignal::new(None),
            distributions: RwSignal::new(Arc::default()),
            sort: RwSignal::new((SortKey::Score(usize::MAX), true)),
            rows: RwSignal::new(Arc::default()),
            cursor: RwSignal::new(None),
            has_shortcuts: RwSignal::new(false),
            map: RwSignal::new(None),
            zoom: RwSignal::new(None),
            picked: RwSignal::new(None),
            scatter: RwSignal::new(None),
            comparison: RwSignal::new(None),
            explanation: RwSignal::new(None),
            what_if: RwSignal::new(None),
            theme: RwSignal::new(0),
            notice: RwSignal::new(None),
            proof: RwSignal::new(Proof::default()),
            form: RwSignal::new(form),
        };
        provide_context(workbench);
        workbench
    }

    /// Brings the page to life in the browser: the view of the address, keys, answers.
    pub fn wake(self) {
        self.follow_fragment();
        self.follow_view();
        self.follow_keys();
    }

    /// Fetches the models and starts the workers; after that the page needs no connection.
    pub async fn prepare(self, facts: ModelFacts) {
        if let Err(message) = self.try_prepare(facts).await {
            self.job.set(Job::Failed(message));
        }
    }

    async fn try_prepare(self, facts: ModelFacts) -> Result<(), String> {
        let mut buffers = Vec::new();
        for address in &facts.files {
            buffers.push(network::fetch(address).await?);
        }
        self.engine
            .start(move |event, attachments| self.hear(event, &attachments))
            .await?;
        let attachments: Vec<_> = buffers.into_iter().map(Into::into).collect();
        self.engine.ask(
            &Request::Prepare {
                n_scorers: n_scorers(),
            },
            &attachments,
        );
        Ok(())
    }

    fn hear(self, event: Event, attachments: &[wasm_bindgen::JsValue]) {
        match event {
            Event::Ready => {
                network::count_requests(move |n_requests| {
                    self.proof.update(|proof| proof.n_requests = n_requests);
                });
                self.is_ready.set(true);
            }
            Event::Progress { job, progress } if self.is_current(job) => self.job.update(|job| {
                if let Job::Scoring(running) | Job::Exporting(running) = job {
                    running.progress = progress;
                }
            }),
            // In a task of its own: reading the message was one already.
            Event::Scored { job, result } if self.is_current(job) => {
                set_timeout(move || self.show(Arc::from(result)), Duration::ZERO);
            }
            Event::Failed { job, message } if self.is_current(job) => {
                self.job.update(|job| {
                    let is_export = matches!(job, Job::Exporting(_));
                    *job = if is_export {
                        Job::ExportFailed(message)
                    } else {
                        Job::Failed(message)
                    };
                });
            }
            Event::Form(state) => self.form.update(|form| {
                // What was typed meanwhile stands.
                if form.values == state.values {
                    *form = *state;
                }
            }),
            Event::Answer(answer) => self.hear_answer(answer, attachments),
            Event::Exported { job, name } if self.is_current(job) => {
                self.job.set(Job::Idle);
                let blob = attachments.first();
                if let Some(blob) = blob.and_then(|blob| blob.dyn_ref::<web_sys::Blob>()) {
                    files::download(&name, blob);
                }
            }
            Event::Stopped { job } if self.is_current(job) => self.job.set(Job::Idle),
            Event::NetworkTried { is_refused } => {
                self.proof
                    .update(|proof| proof.is_refused = Some(is_refused));
            }
            // Of a job that gave way to another.
            Event::Progress { .. }
            | Event::Scored { .. }
            | Event::Failed { .. }
            | Event::Exported { .. }
            | Event::Stopped { .. } => {}
        }
    }

    fn show(self, result: Arc<FileResult>) {
        let last = result.models.len().saturating_sub(1);
        self.model.update(|model| *model = (*model).min(last));
        self.pair.update(|pair| *pair = pair.map(|of| of.min(last)));
        self.cursor.set(None);
        self.map.set(None);
        self.picked.set(None);
        self.comparison.set(None);
        self.explanation.set(None);
        self.distributions.set(Arc::default());
        self.rows.set(Arc::default());
        self.selected.set(Some(Arc::new(result.selected.clone())));
        self.fields.set(filtering::fields_of(&result).map(Arc::new));
        self.result.set(Some(result));
        self.job.set(Job::Idle);
        crate::browser::open_pages_beside();
    }

    fn is_current(self, job: u32) -> bool {
        self.last_job.get_value() == job
    }

    fn next_job(self) -> u32 {
        self.last_job.update_value(|job| *job += 1);
        self.last_job.get_value()
    }

    /// Scores the first of some files, in place of the one before, and says what became of the others.
    pub fn score_first(self, files: &[web_sys::File]) {
        let Some(file) = files.first() else { return };
        self.notice.set(match files.len() {
            1 => None,
            _ => {
                let others: Vec<String> = files.iter().skip(1).map(web_sys::File::name).collect();
                Some(format!(
                    "{} is scored; {} not: drop files one at a time.",
                    file.name(),
                    others.join(", ")
                ))
            }
        });
        self.score(file);
    }

    /// Scores a file, in place of the one before.
    fn score(self, file: &web_sys::File) {
        let running = Running {
            name: file.name(),
            progress: Progress {
                bytes_total: file.size(),
                ..Progress::default()
            },
            is_stopping: false,
        };
        self.job.set(Job::Scoring(running));
        self.engine.ask(
            &Request::Score {
                job: self.next_job(),
                name: file.name(),
            },
            &[file.clone().into()],
        );
    }

    /// Scores the form.
    pub fn score_form(self) {
        self.engine.ask(
            &Request::Form {
                values: self.form.get_untracked().values,
            },
            &[],
        );
    }

    /// Asks the workers to stop.
    pub fn cancel(self) {
        self.engine.ask(&Request::Cancel, &[]);
        self.job.update(|job| {
            if let Job::Scoring(running) | Job::Exporting(running) = job {
                running.is_stopping = true;
            }
        });
    }

    /// Writes the rows of the filter with their results as CSV and downloads them.
    pub fn export(self, is_only_anomalies: bool) {
        self.begin_saving();
        let export = Export {
            model: self.model.get_untracked(),
            threshold: self.threshold.get_untracked(),
            is_only_anomalies,
            query: self.query.get_untracked(),
        };
        let job = self.next_job();
        self.engine.ask(&Request::Export { job, export }, &[]);
    }

    /// Writes the findings as a file and downloads it.
    pub fn report(self, kind: ReportKind) {
        self.begin_saving();
        let question = ReportQuestion {
            job: self.next_job(),
            kind,
            query: self.query.get_untracked(),
            model: self.model.get_untracked(),
            threshold: self.threshold.get_untracked(),
            fragment: self.fragment_now(),
        };
        self.ask(Question::Report(question));
    }

    fn begin_saving(self) {
        let name = untrack(|| self.file_name());
        self.job.set(Job::Exporting(Running {
            name,
            ..Running::default()
        }));
    }

    /// Has a worker try to send a byte.
    pub fn try_network(self) {
        self.engine.ask(&Request::TryNetwork, &[]);
    }

    /// Opens the explanation of a row of the file.
    pub fn explain_row(self, row: u32) {
        self.explain(Subject::Row(row), self.model.get_untracked());
    }

    /// Opens the explanation of what is typed into the form.
    pub fn explain_form(self) {
        let values = self.form.read_untracked().values.to_vec();
        self.explain(Subject::Form(values), 0);
    }

    fn explain(self, subject: Subject, model: usize) {
        self.ask(Question::Explain(ExplainQuestion {
            number: self.next_number(QuestionKind::Explain),
            subject,
            model,
            threshold: self.threshold.get_untracked(),
        }));
    }

    /// Closes the explanation and gives the keyboard back to the table.
    pub fn close_explanation(self) {
        let is_of_row = self
            .explanation
            .read_untracked()
            .as_ref()
            .is_some_and(|explanation| explanation.row.is_some());
        self.explanation.set(None);
        self.what_if.set(None);
        focus(if is_of_row { TABLE_ID } else { EXPLAIN_FORM_ID });
    }

    /// The file and the rows of the filter under the chosen model.
    pub fn with_selected<T>(self, read: impl FnOnce(&FileResult, &Selected) -> T) -> Option<T> {
        let (result, selected) = (self.result.read(), self.selected.read());
        Some(read(result.as_ref()?, selected.as_ref()?))
    }

    /// A fact of the scored file; its default without one.
    pub fn fact<T: Default>(self, read: impl FnOnce(&FileResult) -> T) -> T {
        self.result
            .read()
            .as_ref()
            .map_or_else(T::default, |result| read(result))
    }

    /// The name of the scored file.
    pub fn file_name(self) -> String {
        self.fact(|result| result.name.clone())
    }

    /// The title of a model.
    pub fn model_title(self, model: usize) -> String {
        self.fact(|result| {
            let name = result.models.get(model);
            name.map_or_else(String::new, |name| name.title.clone())
        })
    }

    /// Sets the threshold, in whole tenths from 0 to 100.
    pub fn set_threshold(self, threshold: f32) {
        if threshold.is_finite() {
            self.threshold
                .set((threshold.clamp(0.0, 100.0) * 10.0).round() / 10.0);
        }
    }
}

/// The workbench of this page.
pub fn use_workbench() -> Workbench {
    expect_context()
}
