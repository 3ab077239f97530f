//! The coordinator: reads a file, deals its chunks to scorers, and answers the page.
//!
//! In: [`Request`]s of the page. Out: [`Event`]s. Requests are answered one after the other; a cancellation, or a new file, is heard while
//! a file is read. At most two chunks a scorer are under way, so memory is bounded by them and by the scores kept.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use app::form::{FormState, N_FIELDS};
use app::job::message::{
    Event, MapDrawn, MapRequest, Progress, Request, ScorerEvent, ScorerRequest, Task,
};
use app::job::result::TopRow;
use app::plots::map::MapView;
use app::plots::{ChartFrame, Palette};
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use js_sys::{Array, Object, Reflect, Uint8Array};
use models::raster::{Bounds, Points, bounds_of, raster};
use models::schema::View;
use models::trained_model::{Scorer, TrainedModel};
use traffic::layout::TableLayout;
use traffic::splitter::Chunk;
use traffic::stream::{ReadError, TableStream};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::collect::{ChunkFacts, Collected};
use crate::columns::ScoredColumns;
use crate::{
    Message, from_buffer, load_models, on_message, post_down, post_up, read_message, scope,
    to_buffer,
};

/// Bytes of the file read at a time.
const PIECE_BYTES: f64 = (4 << 20) as f64;
/// Chunks under way per scorer: one in work, one waiting.
const CHUNKS_PER_SCORER: usize = 2;
/// Least time between two words on progress.
const PROGRESS_MILLIS: f64 = 50.0;

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
        if let Request::Form { values } = message.content {
            score_form(&form, values);
            return;
        }
        // The receiver lives as long as the worker.
        drop(sender.unbounded_send(message));
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
        post_up(&Event::Form(Box::new(state.scored(scorer))), &[]);
    }
}

/// Which jobs are to stop; heard at once, while requests wait their turn.
#[derive(Default)]
struct Control {
    /// The last job that was asked for.
    last: Cell<u32>,
    /// Jobs up to this one were cancelled, or gave way to a newer file.
    stopped: Cell<u32>,
}

impl Control {
    fn hear(&self, request: &Request) {
        match request {
            Request::Cancel => self.stopped.set(self.last.get()),
            Request::Score { job, .. } => {
                self.stopped.set(self.last.get());
                self.last.set(*job);
            }
            Request::Export { job, .. } => self.last.set(*job),
            _ => {}
        }
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
        scorers: Scorers::default(),
        form_scorer,
        scored: None,
    };
    while let Some(message) = requests.next().await {
        let answer = match message.content {
            Request::Prepare { n_scorers } => with_job(
                0,
                coordinator.prepare(n_scorers, &message.attachments).await,
            ),

            Request::Score { job, name } => with_job(
                job,
                coordinator
                    .score(job, name, message.attachments.first())
                    .await,
            ),
            Request::Map(request) => {
                coordinator.draw_map(request);
                Ok(())
            }
            Request::Export {
                job,
                model,
                threshold,
                is_only_anomalies,
            } => with_job(
                job,
                coordinator
                    .export(
                        job,
                        Task::Export {
                            model,
                            threshold,
                            is_only_anomalies,
                        },
                    )
                    .await,
            ),
            Request::TryNetwork => {
                let is_refused = JsFuture::from(scope().fetch_with_str("/healthz"))
                    .await
                    .is_err();
                post_up(&Event::NetworkTried { is_refused }, &[]);
                Ok(())
            }
            // Heard already.
            Request::Cancel | Request::Form { .. } => Ok(()),
        };
        if let Err((job, message)) = answer {
            post_up(&Event::Failed { job, message }, &[]);
        }
    }
}

/// Says which job an error is of.
fn with_job<T>(job: u32, result: Result<T, String>) -> Result<T, (u32, String)> {
    result.map_err(|message| (job, message))
}

/// The file that was scored last.
struct Scored {
    file: File,
    name: String,
    collected: Collected,
    bounds: Bounds,
    explained: [f32; 2],
}

struct Coordinator {
    glue: String,
    control: Rc<Control>,
    models: Vec<Arc<TrainedModel>>,
    scorers: Scorers,
    form_scorer: FormScorer,
    scored: Option<Scored>,
}

/// What reading a file came to.
struct Reading {
    layout: TableLayout,
    /// Why it stopped before the end, where it did.
    incomplete: Option<String>,
    top: Vec<Vec<Vec<TopRow>>>,
}

impl Coordinator {
    async fn prepare(&mut self, n_scorers: usize, files: &[JsValue]) -> Result<(), String> {
        self.models = load_models(files)?;
        let form_model = self
            .models
            .iter()
            .find(|model| model.view() == View::Kdd5)
            .cloned()
            .map(Scorer::new);
        *self.form_scorer.borrow_mut() = form_model;
        self.scorers = Scorers::start(n_scorers.max(1), &self.glue, files).await?;
        post_up(&Event::Ready, &[]);
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
        let mut collected = Collected::default();
        let mut progress = Reporter::new(job, &file, started);
        let n_models = self
            .models
            .first()
            .map_or(0, |model| model.columns().len() + 1);
        let reading = self
            .read(job, &file, Task::Score, |event, attachment, bytes_read| {
                if let ScorerEvent::Scored {
                    n_rows,
                    label_names,
                    rejected,
                    n_unseen_categories,
                    ..
                } = event
                {
                    let columns =
                        ScoredColumns::decode(&from_buffer(&attachment), n_rows, n_models);
                    collected.add(
                        columns,
                        ChunkFacts {
                            label_names,
                            rejected,
                            n_unseen_categories,
                        },
                    );
                    progress.report(bytes_read, collected.n_rows());
                }
                Ok(())
            })
            .await
            .map_err(|message| format!("{name}: {message}"))?;
        if collected.n_rows() == 0 && collected.rejected.n_rejected == 0 {
            return Err(format!(
                "{name}: expected rows of connections, found no rows"
            ));
        }
        let view = reading.layout.view;
        let model = self
            .models
            .iter()
            .find(|model| model.view() == view)
            .ok_or("the model is gone")?;
        let mut result = collected.result(&name, &reading.layout, model, reading.top, 0.0);
        result.incomplete = reading.incomplete;
        result.millis = now() - started;
        let explained = result.explained;
        let result = Box::new(result);
        post_up(&Event::Scored { job, result }, &[]);
        let [x, y] = &collected.columns.position;
        let bounds = bounds_of(x, y);
        self.scored = Some(Scored {
            file,
            name,
            bounds,
            explained,
            collected,
        });
        Ok(())
    }

    async fn export(&mut self, job: u32, task: Task) -> Result<(), String> {
        let Some(scored) = self.scored.take() else {
            return Err("there is no scored file".into());
        };
        let parts = Array::new();
        let mut progress = Reporter::new(job, &scored.file, now());
        let read = self
            .read(job, &scored.file, task, |_, attachment, bytes_read| {
                // A blob of its own per chunk: the browser may keep it on disk.
                let blob =
                    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::new(&attachment)))
                        .map_err(|_| "the results are too large to keep")?;
                parts.push(&blob);
                progress.report(bytes_read, 0);
                Ok(())
            })
            .await;
        let name = format!(
            "{}.scored.csv",
            scored.name.trim_end_matches(".gz").trim_end_matches(".csv")
        );
        self.scored = Some(scored);
        if self.control.is_stopped(job) {
            // Half a file that looks whole would be worse than none.
            post_up(&Event::Stopped { job }, &[]);
            return Ok(());
        }
        read?;
        let options = BlobPropertyBag::new();
        options.set_type("text/csv");
        let blob = Blob::new_with_blob_sequence_and_options(&parts, &options)
            .map_err(|_| "the results are too large to keep")?;
        post_up(&Event::Exported { job, name }, &[blob.into()]);
        Ok(())
    }

    fn draw_map(&self, request: MapRequest) {
        let Some(scored) = &self.scored else { return };
        let columns = &scored.collected.columns;
        let [x, y] = &columns.position;
        let points = Points {
            x,
            y,
            risk: columns
                .risks
                .get(request.model)
                .map_or(&[][..], Vec::as_slice),
        };
        let view = MapView::new(scored.bounds, scored.explained, points.risk);
        let area = view.pixel_area(&ChartFrame::new(
            request.width,
            request.height,
            request.ratio,
        ));
        let palette = if request.is_dark {
            Palette::dark()
        } else {
            Palette::light()
        };
        let pixels = raster(
            &points,
            &scored.bounds,
            (area.width, area.height),
            request.ratio,
            &palette.point_colours(),
        );
        post_up(
            &Event::Map(MapDrawn { request, view }),
            &[to_buffer(&pixels)],
        );
    }

    /// Reads a file and gives the scorers' answers to `each` in file order, with the bytes read so far.
    async fn read(
        &mut self,
        job: u32,
        file: &File,
        task: Task,
        mut each: impl FnMut(ScorerEvent, JsValue, f64) -> Result<(), String>,
    ) -> Result<Reading, String> {
        let mut dealt = Dealt::default();
        let read = self.deal(job, file, task, &mut dealt, &mut each).await;
        // Whatever went wrong, no answer may be left over for the next file.
        while dealt.n_under_way > 0 {
            let reply = self.scorers.next().await?;
            drop(dealt.take(reply, 0.0, &mut |_, _, _| Ok(())));
        }
        let (layout, incomplete) = read?;
        let top = self.scorers.finish().await?;
        Ok(Reading {
            layout,
            incomplete,
            top,
        })
    }

    /// Deals the chunks of a file; gives its layout and why it stopped before the end, where it did.
    async fn deal(
        &mut self,
        job: u32,
        file: &File,
        task: Task,
        dealt: &mut Dealt,
        each: &mut impl FnMut(ScorerEvent, JsValue, f64) -> Result<(), String>,
    ) -> Result<(TableLayout, Option<String>), String> {
        let mut stream = TableStream::new();
        let mut offset = 0.0;
        let mut incomplete = None;
        let mut has_begun = false;
        'pieces: loop {
            let is_last = offset >= file.size();
            if is_last {
                stream.finish();
            } else {
                let end = (offset + PIECE_BYTES).min(file.size());
                let slice = file
                    .slice_with_f64_and_f64(offset, end)
                    .map_err(|_| "the file cannot be read")?;
                let buffer = JsFuture::from(slice.array_buffer())
                    .await
                    .map_err(|_| "the file cannot be read: was it changed or moved?")?;
                stream.push(&from_buffer(&buffer));
                offset = end;
            }
            loop {
                let chunk = match stream.next_chunk() {
                    Ok(Some(chunk)) => chunk,
                    Ok(None) => break,
                    Err(error @ ReadError::Decompress(_)) if has_begun => {
                        incomplete = Some(error.to_string());
                        break 'pieces;
                    }
                    Err(error) => return Err(error.to_string()),
                };
                if !has_begun {
                    let layout = stream.layout().ok_or("a chunk has a layout")?.clone();
                    self.scorers
                        .broadcast(&ScorerRequest::Begin { layout, task });
                    has_begun = true;
                }
                while dealt.n_under_way >= self.scorers.capacity() {
                    let reply = self.scorers.next().await?;
                    dealt.take(reply, offset, each)?;
                }
                self.scorers.send(chunk);
                dealt.n_under_way += 1;
                if self.control.is_stopped(job) {
                    incomplete = Some("stopped before the end of the file".into());
                    break 'pieces;
                }
            }
            if is_last {
                break;
            }
            while let Some(reply) = self.scorers.try_next() {
                dealt.take(reply?, offset, each)?;
            }
        }
        while dealt.n_under_way > 0 {
            let reply = self.scorers.next().await?;
            dealt.take(reply, offset, each)?;
        }
        Ok((
            stream.layout().ok_or("the file has no rows")?.clone(),
            incomplete,
        ))
    }
}

/// Answers that came before their turn.
#[derive(Default)]
struct Dealt {
    n_under_way: usize,
    next: u64,
    early: BTreeMap<u64, (ScorerEvent, JsValue)>,
}

impl Dealt {
    fn take(
        &mut self,
        reply: Reply,
        bytes_read: f64,
        each: &mut impl FnMut(ScorerEvent, JsValue, f64) -> Result<(), String>,
    ) -> Result<(), String> {
        let index = match &reply.content {
            ScorerEvent::Scored { index, .. } | ScorerEvent::Exported { index } => *index,
            ScorerEvent::Failed { message } => {
                self.n_under_way = self.n_under_way.saturating_sub(1);
                return Err(message.clone());
            }
            ScorerEvent::Ready | ScorerEvent::Top { .. } => return Ok(()),
        };
        self.n_under_way = self.n_under_way.saturating_sub(1);
        self.early.insert(
            index,
            (
                reply.content,
                reply.attachments.into_iter().next().unwrap_or_default(),
            ),
        );
        while let Some((event, attachment)) = self.early.remove(&self.next) {
            each(event, attachment, bytes_read)?;
            self.next += 1;
        }
        Ok(())
    }
}

type Reply = Message<ScorerEvent>;

/// The scorers and what they say.
#[derive(Default)]
struct Scorers {
    workers: Vec<Worker>,
    replies: Option<UnboundedReceiver<Reply>>,
    /// Chunks sent so far; they are dealt in turn.
    n_sent: usize,
}

impl Scorers {
    async fn start(n_scorers: usize, glue: &str, models: &[JsValue]) -> Result<Self, String> {
        let (sender, replies) = unbounded::<Reply>();
        let mut scorers = Self {
            workers: Vec::new(),
            replies: Some(replies),
            n_sent: 0,
        };
        for _ in 0..n_scorers {
            scorers.workers.push(
                start_scorer(glue, sender.clone())
                    .await
                    .map_err(|_| "a scoring worker cannot be started")?,
            );
        }
        for worker in &scorers.workers {
            let files: Vec<JsValue> = models
                .iter()
                .map(|file| to_buffer(&from_buffer(file)))
                .collect();
            post_down(worker, &ScorerRequest::Prepare, &files);
        }
        for _ in 0..n_scorers {
            if let ScorerEvent::Failed { message } = scorers.next().await?.content {
                return Err(message);
            }
        }
        Ok(scorers)
    }

    fn capacity(&self) -> usize {
        self.workers.len() * CHUNKS_PER_SCORER
    }

    fn broadcast(&self, request: &ScorerRequest) {
        self.workers
            .iter()
            .for_each(|worker| post_down(worker, request, &[]));
    }

    fn send(&mut self, chunk: Chunk) {
        if let Some(worker) = self.workers.get(self.n_sent % self.workers.len().max(1)) {
            let request = ScorerRequest::Chunk {
                first_line: chunk.first_line,
                index: chunk.index,
                rejected: chunk.rejected,
            };
            post_down(worker, &request, &[to_buffer(&chunk.bytes)]);
            self.n_sent += 1;
        }
    }

    async fn next(&mut self) -> Result<Reply, String> {
        match &mut self.replies {
            Some(replies) => replies
                .next()
                .await
                .ok_or_else(|| "the scoring workers are gone".into()),
            None => Err("the models are not loaded yet".into()),
        }
    }

    fn try_next(&mut self) -> Option<Result<Reply, String>> {
        self.replies.as_mut()?.try_recv().ok().map(Ok)
    }

    /// Asks every scorer for its oddest rows; answers to an earlier file that failed are passed over.
    async fn finish(&mut self) -> Result<Vec<Vec<Vec<TopRow>>>, String> {
        self.broadcast(&ScorerRequest::Finish);
        let mut top = Vec::new();
        while top.len() < self.workers.len() {
            match self.next().await?.content {
                ScorerEvent::Top { rows } => top.push(rows),
                ScorerEvent::Failed { message } => return Err(message),
                ScorerEvent::Ready | ScorerEvent::Scored { .. } | ScorerEvent::Exported { .. } => {}
            }
        }
        Ok(top)
    }
}

/// Starts a worker by the same script as this one's, and waits until it listens.
async fn start_scorer(glue: &str, replies: UnboundedSender<Reply>) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&scope().location().href(), &options)?;
    let started = js_sys::Promise::new(&mut |resolve, reject| {
        let handler = Closure::once_into_js(move |event: MessageEvent| {
            let is_started = event.data().as_string().as_deref() == Some("started");
            let settle = if is_started { resolve } else { reject };
            drop(settle.call1(&JsValue::NULL, &event.data()));
        });
        worker.set_onmessage(Some(handler.unchecked_ref()));
    });
    let hello = Object::new();
    Reflect::set(&hello, &"module".into(), &wasm_bindgen::module())?;
    Reflect::set(&hello, &"glue".into(), &glue.into())?;
    Reflect::set(&hello, &"role".into(), &"scorer".into())?;
    worker.post_message(&hello)?;
    JsFuture::from(started).await?;
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(reply) = read_message::<ScorerEvent>(&event) {
            // The coordinator lives as long as its scorers.
            drop(replies.unbounded_send(reply));
        }
    });
    worker.set_onmessage(Some(handler.as_ref().unchecked_ref()));
    handler.forget();
    Ok(worker)
}

/// Tells the page how far it is, not too often.
struct Reporter {
    job: u32,
    bytes_total: f64,
    started: f64,
    last: f64,
}

impl Reporter {
    fn new(job: u32, file: &File, started: f64) -> Self {
        Self {
            job,
            bytes_total: file.size(),
            started,
            last: started,
        }
    }

    fn report(&mut self, bytes_read: f64, n_rows: u64) {
        let time = now();
        if time - self.last >= PROGRESS_MILLIS {
            self.last = time;
            post_up(
                &Event::Progress {
                    job: self.job,
                    progress: Progress {
                        bytes_read,
                        bytes_total: self.bytes_total,
                        n_rows,
                        millis: time - self.started,
                    },
                },
                &[],
            );
        }
    }
}

/// Milliseconds since the worker started.
fn now() -> f64 {
    scope()
        .performance()
        .map_or(0.0, |performance| performance.now())
}
