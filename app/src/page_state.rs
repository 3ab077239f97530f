//! The state of the page: the form, the file under way, and whether anything left the browser. What is shown of a scored file is the
//! workbench's, a bundle of its own that is fetched once the page is alive.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser::engine::{Engine, n_scorers};
use crate::browser::{handover, network};
use crate::context::ModelFacts;
use crate::form::FormState;
use crate::job::message::{PageEvent, Progress, Request};

/// What becomes of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Job {
    /// Nothing, or it is there.
    #[default]
    Idle,
    /// It is read, or written.
    Working(Running),
    /// It cannot be: why, in a sentence.
    Failed(String),
}

impl Job {
    /// Notes that somebody asked to stop.
    pub fn stop(&mut self) {
        if let Self::Working(running) = self {
            running.is_stopping = true;
        }
    }
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

/// Whether anything left the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Proof {
    /// Requests since the page was ready.
    pub n_requests: u32,
    /// What the browser did when a worker tried to send a byte.
    pub is_refused: Option<bool>,
}

/// Everything that the page's own panels look at and change. Copyable handles.
#[derive(Clone, Copy)]
pub struct PageState {
    engine: Engine,
    last_job: StoredValue<u32>,
    has_workers: RwSignal<bool>,
    has_workbench: RwSignal<bool>,
    /// Models are loaded, workers wait, and the workbench is there.
    pub is_ready: Memo<bool>,
    /// What the workers are doing with a file.
    pub job: RwSignal<Job>,
    /// Something to say about the last drop.
    pub notice: RwSignal<Option<String>>,
    /// Whether anything left the browser.
    pub proof: RwSignal<Proof>,
    /// The form and its verdict.
    pub form: RwSignal<FormState>,
}

impl PageState {
    /// The state of a page without a file, put into the context for all panels.
    pub fn provide(form: FormState) -> Self {
        let (has_workers, has_workbench) = (RwSignal::new(false), RwSignal::new(false));
        let page = Self {
            engine: Engine::default(),
            last_job: StoredValue::new(0),
            has_workers,
            has_workbench,
            is_ready: Memo::new(move |_| has_workers.get() && has_workbench.get()),
            job: RwSignal::new(Job::Idle),
            notice: RwSignal::new(None),
            proof: RwSignal::new(Proof::default()),
            form: RwSignal::new(form),
        };
        provide_context(page);
        page
    }

    /// Fetches the models and starts the workers; after that the page needs no connection.
    pub async fn prepare(self, facts: ModelFacts) {
        handover::on_workbench(move || self.has_workbench.set(true));
        if let Err(message) = self.try_prepare(facts).await {
            self.job.set(Job::Failed(message));
        }
    }

    async fn try_prepare(self, facts: ModelFacts) -> Result<(), String> {
        let mut buffers = Vec::new();
        for address in &facts.files {
            buffers.push(network::fetch(address).await?);
        }
        self.engine.start(move |event| self.hear(event)).await?;
        let attachments: Vec<_> = buffers.into_iter().map(Into::into).collect();
        self.engine.ask(
            &Request::Prepare {
                n_scorers: n_scorers(),
            },
            &attachments,
        );
        // Requests count from the moment that nothing more is to be fetched.
        Effect::new(move || {
            if self.is_ready.get() {
                network::count_requests(move |n_requests| {
                    self.proof.update(|proof| proof.n_requests = n_requests);
                });
            }
        });
        Ok(())
    }

    fn hear(self, event: PageEvent) {
        match event {
            PageEvent::Ready => self.has_workers.set(true),
            PageEvent::Progress { job, progress } if self.is_current(job) => {
                self.job.update(|job| {
                    if let Job::Working(running) = job {
                        running.progress = progress;
                    }
                });
            }
            // In a task of its own: the workbench shows its first panels in this one.
            PageEvent::Scored { job } if self.is_current(job) => {
                set_timeout(move || self.job.set(Job::Idle), Duration::ZERO);
            }
            PageEvent::Failed { job, message } if self.is_current(job) => {
                self.job.set(Job::Failed(message));
            }
            PageEvent::Form(state) => self.form.update(|form| {
                // What was typed meanwhile stands.
                if form.values == state.values {
                    *form = *state;
                }
            }),
            PageEvent::NetworkTried { is_refused } => {
                self.proof
                    .update(|proof| proof.is_refused = Some(is_refused));
            }
            // Of a job that gave way to another.
            PageEvent::Progress { .. } | PageEvent::Scored { .. } | PageEvent::Failed { .. } => {}
        }
    }

    fn is_current(self, job: u32) -> bool {
        self.last_job.get_value() == job
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
        self.job.set(Job::Working(running));
        self.last_job.update_value(|job| *job += 1);
        let request = Request::Score {
            job: self.last_job.get_value(),
            name: file.name(),
        };
        self.engine.ask(&request, &[file.clone().into()]);
    }

    /// Scores the form.
    pub fn score_form(self) {
        let values = self.form.get_untracked().values;
        self.engine.ask(&Request::Form { values }, &[]);
    }

    /// Has the workbench explain what is typed into the form.
    pub fn explain_form(self) {
        handover::explain_form(&self.form.read_untracked().values);
    }

    /// Asks the workers to stop.
    pub fn cancel(self) {
        self.engine.ask(&Request::Cancel, &[]);
        self.job.update(Job::stop);
    }

    /// Has a worker try to send a byte.
    pub fn try_network(self) {
        self.engine.ask(&Request::TryNetwork, &[]);
    }
}

/// The state of this page.
pub fn use_page() -> PageState {
    expect_context()
}
