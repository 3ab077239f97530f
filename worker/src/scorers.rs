//! The workers that score: started once, given chunks in turn, heard in any order.

use analysis::row_set::RowSet;
use app::job::message::{ScorerEvent, ScorerRequest};
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use js_sys::{Object, Reflect};
use traffic::splitter::Chunk;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::{Message, from_buffer, post_down, read_message, scope, to_buffer};

/// Chunks under way per scorer: one in work, one waiting.
const CHUNKS_PER_SCORER: usize = 2;

/// What a scorer says.
pub(crate) type Reply = Message<ScorerEvent>;

/// The scorers and what they say.
#[derive(Default)]
pub(crate) struct Scorers {
    workers: Vec<Worker>,
    replies: Option<UnboundedReceiver<Reply>>,
    /// Chunks sent so far; they are dealt in turn.
    n_sent: usize,
}

impl Scorers {
    pub(crate) async fn start(
        n_scorers: usize,
        glue: &str,
        models: &[JsValue],
    ) -> Result<Self, String> {
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

    pub(crate) fn capacity(&self) -> usize {
        self.workers.len() * CHUNKS_PER_SCORER
    }

    pub(crate) fn broadcast(&self, request: &ScorerRequest) {
        self.workers
            .iter()
            .for_each(|worker| post_down(worker, request, &[]));
    }

    pub(crate) fn send(&mut self, chunk: Chunk, wanted: Option<RowSet>) {
        if let Some(worker) = self.workers.get(self.n_sent % self.workers.len().max(1)) {
            let request = ScorerRequest::Chunk {
                first_line: chunk.first_line,
                index: chunk.index,
                rejected: chunk.rejected,
                wanted,
            };
            post_down(worker, &request, &[to_buffer(&chunk.bytes)]);
            self.n_sent += 1;
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Reply, String> {
        match &mut self.replies {
            Some(replies) => replies
                .next()
                .await
                .ok_or_else(|| "the scoring workers are gone".into()),
            None => Err("the models are not loaded yet".into()),
        }
    }

    pub(crate) fn try_next(&mut self) -> Option<Result<Reply, String>> {
        self.replies.as_mut()?.try_recv().ok().map(Ok)
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
