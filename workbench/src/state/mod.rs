//! The state of the workbench: which file, which model, which filter, which threshold. One of each for all panels.
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
use app::browser::engine::Engine;
use app::browser::{files, focus, handover, theme};
use app::components::result_card::EXPLAIN_FORM_ID;
use app::job::explanation::{Explanation, WhatIfVerdict};
use app::job::message::{Export, Request, WorkbenchEvent};
use app::job::question::{
    Comparison, ExplainQuestion, MapDrawn, PickedRow, QueryProblem, Question, QuestionKind,
    ReportKind, ReportQuestion, RowsAnswer, ScatterQuestion, Selected, SortKey, Subject, Wants,
};
use app::job::result::FileResult;
use app::page_state::{Job, Running};
use leptos::prelude::*;
use models::calibration::DEFAULT_THRESHOLD;
use query::Query;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::components::rows_table::TABLE_ID;

/// The map as the workers drew it.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPicture {
    /// What was drawn.
    pub drawn: MapDrawn,
    /// RGBA.
    pub pixels: Vec<u8>,
}

/// Two models' scores against each other as the workers drew them.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterPicture {
    /// What was asked for.
    pub question: ScatterQuestion,
    /// RGBA.
    pub pixels: Vec<u8>,
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
    /// What is written.
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
    pub scatter: RwSignal<Option<Arc<ScatterPicture>>>,
    /// How sure the difference of two models is.
    pub comparison: RwSignal<Option<Arc<Comparison>>>,
    /// The record that is explained.
    pub explanation: RwSignal<Option<Arc<Explanation>>>,
    /// The explained record with changes.
    pub what_if: RwSignal<Option<Arc<WhatIfVerdict>>>,
    /// Goes up when colours change.
    pub theme: RwSignal<u32>,
}

impl Workbench {
    /// A workbench without a file, put into the context for all panels.
    pub fn provide() -> Self {
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
            wants: RwSignal::new(Wants::default()),
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
        };
        provide_context(workbench);
        workbench
    }

    /// Brings the workbench to life: the view of the address, keys, themes, and whatever the coordinator says.
    pub fn wake(self) {
        self.follow_fragment();
        self.follow_view();
        self.follow_keys();
        theme::on_change(move || self.theme.update(|theme| *theme += 1));
        handover::on_explain_form(move |values| self.explain(Subject::Form(values), 0));
        handover::on_coordinator(move |worker| {
            self.engine.join(worker, move |text, parts| {
                if let Some(event) = WorkbenchEvent::from_wire(text) {
                    let attachments: Vec<JsValue> = parts.iter().skip(1).collect();
                    self.hear(event, &attachments);
                }
            });
            handover::workbench_listens();
        });
    }

    fn hear(self, event: WorkbenchEvent, attachments: &[JsValue]) {
        match event {
            // In a task of its own: reading the message was one already.
            WorkbenchEvent::Scored(result) => {
                set_timeout(move || self.show(Arc::from(result)), Duration::ZERO);
            }
            WorkbenchEvent::Answer(answer) => self.hear_answer(answer, attachments),
            WorkbenchEvent::Progress { job, progress } if self.is_current(job) => {
                self.job.update(|job| {
                    if let Job::Working(running) = job {
                        running.progress = progress;
                    }
                });
            }
            WorkbenchEvent::Exported { job, name } if self.is_current(job) => {
                self.job.set(Job::Idle);
                let blob = attachments.first();
                if let Some(blob) = blob.and_then(|blob| blob.dyn_ref::<web_sys::Blob>()) {
                    files::download(&name, blob);
                }
            }
            WorkbenchEvent::Stopped { job } if self.is_current(job) => self.job.set(Job::Idle),
            WorkbenchEvent::Failed { job, message } if job == 0 || self.is_current(job) => {
                self.job.set(Job::Failed(message));
            }
            // Of an export that gave way to another.
            WorkbenchEvent::Progress { .. }
            | WorkbenchEvent::Exported { .. }
            | WorkbenchEvent::Stopped { .. }
            | WorkbenchEvent::Failed { .. } => {}
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
        app::browser::open_pages_beside();
    }

    fn is_current(self, job: u32) -> bool {
        self.last_job.get_value() == job
    }

    fn next_job(self) -> u32 {
        self.last_job.update_value(|job| *job += 1);
        self.last_job.get_value()
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

    /// Asks the workers to stop writing.
    pub fn cancel(self) {
        self.engine.ask(&Request::CancelExport, &[]);
        self.job.update(Job::stop);
    }

    fn begin_saving(self) {
        let name = untrack(|| self.file_name());
        self.job.set(Job::Working(Running {
            name,
            ..Running::default()
        }));
    }

    /// Asks for something as long as the component that calls this is there.
    pub fn want(self, change: fn(&mut Wants, bool)) {
        self.wants.update(|wants| change(wants, true));
        on_cleanup(move || {
            // The page may be on its way out.
            self.wants.try_update(|wants| change(wants, false));
        });
    }

    /// Opens the explanation of a row of the file.
    pub fn explain_row(self, row: u32) {
        self.explain(Subject::Row(row), self.model.get_untracked());
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
