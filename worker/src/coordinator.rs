//! The coordinator: has files read and scored, keeps the rows of the last one, and answers the page.
//!
//! In: [`Request`]s of the page. Out: [`Event`]s. Requests are answered one after the other; a cancellation, or a new file, is heard while
//! a file is read. The comparison of two models goes on in slices between requests.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use app::explorer::Explorer;
use app::explorer::compare::Comparing;
use app::explorer::explain::{explain_form, what_if};
use app::form::{FormState, N_FIELDS};
use app::job::message::{Event, Export, PageEvent, Request, ScorerEvent, Task, WorkbenchEvent};
use app::job::question::{Answer, Question, Subject, ViewQuestion, Wants};
use app::job::result::FileResult;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::{Array, Uint8Array};
use models::digest::sha256_hex;
use models::schema::View;
use models::trained_model::{Scorer, TrainedModel};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File};

use crate::collect::{Collected, Finished, WantedRows, rejected_row};
use crate::columns::decode;
use crate::reading::{Reading, Reporter, now, read};
use crate::scorers::Scorers;
use crate::{
    Message, from_buffer, load_models, on_message, post_up, read_message, scope, to_buffer,
};

/// Waits for messages; `glue` is the address of the bundle's JavaScript.
pub(crate) fn start(glue: String) {
    let (sender, requests) = unbounded::<Message<Request>>();
    let control = Rc::new(Control::default());
    let heard = Rc::clone(&control);
    let form_scorer = FormScorer::default();
    let form = Rc::clone(&form_scorer);
    on_message(move |event| {
        let Some(message) = read_message::<Request>(&event) else {
            return;
        };
        heard.hear(&message.content);
        // A form is scored at once, also while a file is read.
        match message.content {
            Request::Form { values } => score_form(&form, values),
            Request::Ask(question) if is_of_form(&question) => answer_form(&form, question),
            // The receiver lives as long as the worker.
            _ => drop(sender.unbounded_send(message)),
        }
    });
    wasm_bindgen_futures::spawn_local(serve(glue, requests, control, form_scorer));
}

/// The scorer of the form, once the models are there.
type FormScorer = Rc<RefCell<Option<Scorer>>>;

fn score_form(scorer: &FormScorer, values: [String; N_FIELDS]) {
    if let Some(scorer) = &mut *scorer.borrow_mut() {
        let state = FormState {
            values,
            ..FormState::default()
        };
        let state = Box::new(state.scored(scorer));
        post_up(&Event::Page(PageEvent::Form(state)), &[]);
    }
}

/// Tells whether a question is about what is typed into the form.
fn is_of_form(question: &Question) -> bool {
    match question {
        Question::Explain(question) => matches!(question.subject, Subject::Form(_)),
        Question::WhatIf(question) => question.is_form,
        _ => false,
    }
}

fn answer_form(scorer: &FormScorer, question: Question) {
    let Some(scorer) = &mut *scorer.borrow_mut() else {
        return;
    };
    let kind = question.kind();
    let answer = match question {
        Question::Explain(question) => {
            explain_form(scorer, &question).map(|explained| Answer::Explain(Box::new(explained)))
        }
        Question::WhatIf(question) => Some(Answer::WhatIf(Box::new(what_if(scorer, &question)))),
        _ => None,
    };
    let answer = answer.unwrap_or(Answer::None(kind));
    post_up(&Event::Workbench(WorkbenchEvent::Answer(answer)), &[]);
}

/// Which jobs are to stop; heard at once, while requests wait their turn.
#[derive(Default)]
struct Control {
    files: Jobs,
    exports: Jobs,
}

/// Jobs of one kind, numbered as they are asked for.
#[derive(Default)]
struct Jobs {
    /// The last job that was asked for.
    last: Cell<u32>,
    /// Jobs up to this one were cancelled, or gave way to a newer file.
    stopped: Cell<u32>,
}

impl Control {
    fn hear(&self, request: &Request) {
        match request {
            Request::Cancel => self.files.stop(),
            Request::CancelExport => self.exports.stop(),
            Request::Score { job, .. } => {
                self.files.stop();
                self.exports.stop();
                self.files.last.set(*job);
            }
            Request::Export { job, .. } => self.exports.last.set(*job),
            _ => {}
        }
    }
}

impl Jobs {
    fn stop(&self) {
        self.stopped.set(self.last.get());
    }

    fn is_stopped(&self, job: u32) -> bool {
        job <= self.stopped.get()
    }
}

async fn serve(
    glue: String,
    mut requests: UnboundedReceiver<Message<Request>>,
    control: Rc<Control>,
    form_scorer: FormScorer,
) {
    let mut coordinator = Coordinator {
        glue,
        control,
        models: Vec::new(),
        hashes: Vec::new(),
        scorers: Scorers::default(),
        form_scorer,
        scored: None,
        comparing: None,
    };
    loop {
        // While two models are compared, requests go first and the comparison in between.
        let message = if coordinator.comparing.is_some() {
            pause().await;
            match requests.try_recv() {
                Ok(message) => message,
                Err(_) => {
                    coordinator.compare_further();
                    continue;
                }
            }
        } else {
            match requests.next().await {
                Some(message) => message,
                None => return,
            }
        };
        if let Err(failed) = coordinator.answer(message).await {
            post_up(&failed, &[]);
        }
    }
}

/// Lets the worker hear messages before it goes on.
async fn pause() {
    let waited = js_sys::Promise::new(&mut |resolve, _| {
        // A worker can always set a timeout.
        drop(scope().set_timeout_with_callback(&resolve));
    });
    drop(JsFuture::from(waited).await);
}

/// The file that was scored last.
struct Scored {
    file: File,
    name: String,
    explorer: Explorer,
    result: FileResult,
    /// The first row of each chunk of the file, and behind the last one the number of rows.
    chunk_starts: Vec<usize>,
}

struct Coordinator {
    glue: String,
    control: Rc<Control>,
    models: Vec<Arc<TrainedModel>>,
    /// SHA-256 of each model's file.
    hashes: Vec<String>,
    scorers: Scorers,
    form_scorer: FormScorer,
    scored: Option<Scored>,
    comparing: Option<Comparing>,
}

impl Coordinator {
    /// Does what is asked, or says what went wrong to whoever asked.
    async fn answer(&mut self, message: Message<Request>) -> Result<(), Event> {
        let to_page = |job: u32| move |message| Event::Page(PageEvent::Failed { job, message });
        let to_workbench =
            |job: u32| move |message| Event::Workbench(WorkbenchEvent::Failed { job, message });
        match message.content {
            Request::Prepare { n_scorers } => {
                let prepared = self.prepare(n_scorers, &message.attachments).await;
                prepared.map_err(to_page(0))
            }
            Request::Score { job, name } => {
                let file = message.attachments.first();
                self.score(job, name, file).await.map_err(to_page(job))
            }
            Request::Export { job, export } => {
                self.export(job, export).await.map_err(to_workbench(job))
            }
            Request::Ask(question) => self.ask(question).map_err(to_workbench(0)),
            Request::TryNetwork => {
                let tried = JsFuture::from(scope().fetch_with_str("/healthz")).await;
                let is_refused = tried.is_err();
                post_up(&Event::Page(PageEvent::NetworkTried { is_refused }), &[]);
                Ok(())
            }
            // Heard already.
            Request::Cancel | Request::CancelExport | Request::Form { .. } => Ok(()),
        }
    }

    async fn prepare(&mut self, n_scorers: usize, files: &[JsValue]) -> Result<(), String> {
        self.models = load_models(files)?;
        self.hashes = files
            .iter()
            .map(|file| sha256_hex(&from_buffer(file)))
            .collect();
        let form_model = self
            .models
            .iter()
            .find(|model| model.view() == View::Kdd5)
            .cloned()
            .map(Scorer::new);
        *self.form_scorer.borrow_mut() = form_model;
        self.scorers = Scorers::start(n_scorers.max(1), &self.glue, files).await?;
        post_up(&Event::Page(PageEvent::Ready), &[]);
        Ok(())
    }

    async fn score(
        &mut self,
        job: u32,
        name: String,
        file: Option<&JsValue>,
    ) -> Result<(), String> {
        let file: File = file
            .and_then(|file| file.clone().dyn_into().ok())
            .ok_or("no file was attached")?;
        let started = now();
        let mut collected: Option<Collected> = None;
        let mut progress = Reporter::new(&file, started, move |progress| {
            Event::Page(PageEvent::Progress { job, progress })
        });
        let n_models = self
            .models
            .first()
            .map_or(0, |model| model.columns().len() + 1);
        let control = Rc::clone(&self.control);
        let is_stopped = move || control.files.is_stopped(job);
        let (before, comparing) = (&mut self.scored, &mut self.comparing);
        let reading = read(
            &mut self.scorers,
            &file,
            (Task::Score, None),
            is_stopped,
            |event, attachment, bytes_read| {
                if let ScorerEvent::Scored {
                    n_rows,
                    view,
                    label_names,
                    words,
                    rejected,
                    n_unseen_categories,
                    ..
                } = event
                {
                    let mut part = decode(&from_buffer(&attachment), view, n_rows, n_models);
                    (part.label_names, part.words) = (label_names, words);
                    let collected = collected.get_or_insert_with(|| {
                        // The rows of the file before make room, now that this one can be read.
                        (*before, *comparing) = (None, None);
                        Collected::new(view)
                    });
                    collected.add(part, &rejected, n_unseen_categories);
                    progress.report(bytes_read, collected.n_rows());
                }
                Ok(())
            },
        )
        .await
        .map_err(|message| format!("{name}: {message}"))?;
        let finished = collected
            .map(Collected::finish)
            .filter(|finished| finished.table.n_rows() > 0 || finished.rejected.n_rejected > 0);
        let finished = finished
            .ok_or_else(|| format!("{name}: expected rows of connections, found no rows"))?;
        self.show(job, name, file, reading, finished, started)
    }

    /// Tells the page what came out, and keeps the rows for its questions.
    fn show(
        &mut self,
        job: u32,
        name: String,
        file: File,
        reading: Reading,
        finished: Finished,
        started: f64,
    ) -> Result<(), String> {
        let view = reading.layout.view;
        let mut models = self.models.iter().zip(&self.hashes);
        let (model, hash) = models
            .find(|(model, _)| model.view() == view)
            .ok_or("the model is gone")?;
        let Finished {
            table,
            digest,
            rejected,
            n_unseen_categories,
            chunk_starts,
        } = finished;
        let mut explorer = Explorer::new(table, Arc::clone(model));
        let first = ViewQuestion {
            wants: Wants {
                has_curves: true,
                ..Wants::default()
            },
            ..ViewQuestion::default()
        };
        let (selected, _) = explorer.view(&first).map_err(|problem| problem.message)?;
        let result = FileResult {
            name: name.clone(),
            view: view.name().to_owned(),
            n_rows: explorer.table().n_rows() as u64,
            n_distinct: explorer.table().n_groups() as u64,
            n_rejected: rejected.n_rejected,
            errors: rejected.rows.iter().map(rejected_row).collect(),
            n_unseen_categories,
            incomplete: reading.incomplete,
            digest,
            millis: now() - started,
            models: explorer.model_names(),
            has_labels: explorer.table().labels.is_some(),
            has_both_labels: selected.counts.risks.has_both_labels(),
            features: explorer.features(),
            explained: model.projection.explained,
            model_hash: hash.clone(),
            selected,
        };
        let shown = WorkbenchEvent::Scored(Box::new(result.clone()));
        post_up(&Event::Workbench(shown), &[]);
        post_up(&Event::Page(PageEvent::Scored { job }), &[]);
        self.scored = Some(Scored {
            file,
            name,
            explorer,
            result,
            chunk_starts,
        });
        Ok(())
    }

    async fn export(&mut self, job: u32, export: Export) -> Result<(), String> {
        let Some(mut scored) = self.scored.take() else {
            return Err("there is no scored file".into());
        };
        let rows = match scored.explorer.selected(&export.query, export.model) {
            Ok(rows) => rows,
            Err(problem) => {
                self.scored = Some(scored);
                return Err(problem.message);
            }
        };
        // Of a file that was stopped no filter knows the rest; without one it is written whole.
        let wanted = (!export.query.trim().is_empty()).then_some(WantedRows {
            rows,
            chunk_starts: &scored.chunk_starts,
        });
        let parts = Array::new();
        let mut progress = Reporter::new(&scored.file, now(), move |progress| {
            Event::Workbench(WorkbenchEvent::Progress { job, progress })
        });
        let control = Rc::clone(&self.control);
        let read = read(
            &mut self.scorers,
            &scored.file,
            (Task::Export(export), wanted),
            move || control.exports.is_stopped(job),
            |_, attachment, bytes_read| {
                // A blob of its own per chunk: the browser may keep it on disk.
                let blob =
                    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::new(&attachment)))
                        .map_err(|_| "the results are too large to keep")?;
                parts.push(&blob);
                progress.report(bytes_read, 0);
                Ok(())
            },
        )
        .await;
        let name = format!(
            "{}.scored.csv",
            scored.name.trim_end_matches(".gz").trim_end_matches(".csv")
        );
        self.scored = Some(scored);
        if self.control.exports.is_stopped(job) {
            // Half a file that looks whole would be worse than none.
            post_up(&Event::Workbench(WorkbenchEvent::Stopped { job }), &[]);
            return Ok(());
        }
        read?;
        save(job, name, "text/csv", &parts)
    }

    /// Answers a question about the scored file.
    fn ask(&mut self, question: Question) -> Result<(), String> {
        let kind = question.kind();
        let answered = match &mut self.scored {
            Some(scored) => answer_about(scored, &mut self.comparing, question)?,
            None => None,
        };
        let (answer, attachments) = answered.unwrap_or((Answer::None(kind), Vec::new()));
        post_up(
            &Event::Workbench(WorkbenchEvent::Answer(answer)),
            &attachments,
        );
        Ok(())
    }

    /// A slice of the comparison under way.
    fn compare_further(&mut self) {
        if let Some(mut comparing) = self.comparing.take() {
            if let Some(comparison) = comparing.step() {
                let answer = Answer::Compare(Box::new(comparison));
                post_up(&Event::Workbench(WorkbenchEvent::Answer(answer)), &[]);
            }
            if !comparing.is_done() {
                self.comparing = Some(comparing);
            }
        }
    }
}

/// An answer and what goes with it; `None` where there is nothing to say.
type Answered = Option<(Answer, Vec<JsValue>)>;

/// Asks the explorer. A wrong filter is said once, by the answer to `View`.
fn answer_about(
    scored: &mut Scored,
    comparing: &mut Option<Comparing>,
    question: Question,
) -> Result<Answered, String> {
    let explorer = &mut scored.explorer;
    let plain = |answer: Answer| (answer, Vec::new());
    Ok(match question {
        Question::View(question) => {
            let number = question.number;
            let (result, attachments) = match explorer.view(&question) {
                Ok((selected, buffer)) => (Ok(Box::new(selected)), vec![to_buffer(&buffer)]),
                Err(problem) => (Err(problem), Vec::new()),
            };
            Some((Answer::View { number, result }, attachments))
        }
        Question::Rows(question) => explorer.rows(&question).ok().map(Answer::Rows).map(plain),
        Question::Map(question) => {
            let drawn = explorer.map(question).ok();
            drawn.map(|(drawn, pixels)| (Answer::Map(Box::new(drawn)), vec![to_buffer(&pixels)]))
        }
        Question::Scatter(question) => {
            let pixels = explorer.scatter(&question).ok();
            pixels.map(|pixels| (Answer::Scatter(question), vec![to_buffer(&pixels)]))
        }
        Question::Pick(question) => explorer.pick(&question).ok().map(|picked| {
            let number = question.number;
            let picked = picked.map(Box::new);
            plain(Answer::Pick { number, picked })
        }),
        Question::Explain(question) => explorer
            .explain(&question)
            .map(|explained| plain(Answer::Explain(Box::new(explained)))),
        Question::WhatIf(question) => {
            let verdict = explorer.what_if(&question);
            Some(plain(Answer::WhatIf(Box::new(verdict))))
        }
        Question::Compare(question) => {
            *comparing = explorer.compare(question).ok();
            None
        }
        Question::Report(question) => {
            let report = explorer
                .report(&question, &scored.result)
                .map_err(|problem| problem.message)?;
            let parts = Array::of1(&Uint8Array::from(report.text.as_bytes()));
            save(question.job, report.name, report.media_type, &parts)?;
            None
        }
    })
}

/// Hands a file to the page.
fn save(job: u32, name: String, media_type: &str, parts: &Array) -> Result<(), String> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_blob_sequence_and_options(parts, &options)
        .map_err(|_| "the results are too large to keep")?;
    let saved = WorkbenchEvent::Exported { job, name };
    post_up(&Event::Workbench(saved), &[blob.into()]);
    Ok(())
}
