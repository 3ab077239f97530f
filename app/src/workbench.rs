//! The state of the page: which file, which model, which threshold. One threshold for all panels.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use models::calibration::DEFAULT_THRESHOLD;
use wasm_bindgen::JsCast as _;

use crate::browser::engine::{Engine, bytes_of, n_scorers};
use crate::browser::{files, network};
use crate::context::ModelFacts;
use crate::form::FormState;
use crate::job::message::{Event, MapDrawn, MapRequest, Progress, Request};
use crate::job::result::{FileResult, ModelResult};

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

/// Everything that panels look at and change. Copyable handles.
#[derive(Clone, Copy)]
pub struct Workbench {
    engine: Engine,
    last_job: StoredValue<u32>,
    /// Models are loaded and workers wait.
    pub is_ready: RwSignal<bool>,
    /// What the workers are doing.
    pub job: RwSignal<Job>,
    /// The scored file.
    pub result: RwSignal<Option<Arc<FileResult>>>,
    /// Risk at and above which a row is an anomaly.
    pub threshold: RwSignal<f32>,
    /// Which model decides: 0 is the ensemble.
    pub model: RwSignal<usize>,
    /// The map.
    pub map: RwSignal<Option<Arc<MapPicture>>>,
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
        let workbench = Self {
            engine: Engine::default(),
            last_job: StoredValue::new(0),
            is_ready: RwSignal::new(false),
            job: RwSignal::new(Job::Idle),
            result: RwSignal::new(None),
            threshold: RwSignal::new(DEFAULT_THRESHOLD),
            model: RwSignal::new(0),
            map: RwSignal::new(None),
            theme: RwSignal::new(0),
            notice: RwSignal::new(None),
            proof: RwSignal::new(Proof::default()),
            form: RwSignal::new(form),
        };
        provide_context(workbench);
        workbench
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
            Event::Map(drawn) => {
                let pixels = attachments.first().map(bytes_of).unwrap_or_default();
                self.map.set(Some(Arc::new(MapPicture { drawn, pixels })));
            }
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
        self.model
            .update(|model| *model = (*model).min(result.models.len().saturating_sub(1)));
        self.map.set(None);
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

    /// Writes the results as CSV and downloads them.
    pub fn export(self, is_only_anomalies: bool) {
        let name = self
            .result
            .read_untracked()
            .as_ref()
            .map_or(String::new(), |result| result.name.clone());
        self.job.set(Job::Exporting(Running {
            name,
            ..Running::default()
        }));
        self.engine.ask(
            &Request::Export {
                job: self.next_job(),
                model: self.model.get_untracked(),
                threshold: self.threshold.get_untracked(),
                is_only_anomalies,
            },
            &[],
        );
    }

    /// Asks for the map in this size.
    pub fn draw_map(self, request: MapRequest) {
        self.engine.ask(&Request::Map(request), &[]);
    }

    /// Has a worker try to send a byte.
    pub fn try_network(self) {
        self.engine.ask(&Request::TryNetwork, &[]);
    }

    /// The results of the chosen model.
    pub fn with_model<T>(self, read: impl FnOnce(&FileResult, &ModelResult) -> T) -> Option<T> {
        let result = self.result.read();
        let result = result.as_ref()?;
        Some(read(result, result.models.get(self.model.get())?))
    }
}

/// The workbench of this page.
pub fn use_workbench() -> Workbench {
    expect_context()
}
