//! Reads a file: pieces are unpacked, cut into chunks, dealt to the scorers, and their answers given on in file order.
//!
//! At most two chunks a scorer are under way, so memory is bounded by them.

use std::collections::BTreeMap;

use app::job::message::{Event, Progress, ScorerEvent, ScorerRequest, Task};
use traffic::layout::TableLayout;
use traffic::stream::{ReadError, TableStream};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use crate::collect::WantedRows;
use crate::scorers::{Reply, Scorers};
use crate::{from_buffer, post_up, scope};

/// Bytes of the file read at a time.
const PIECE_BYTES: f64 = (4 << 20) as f64;
/// Least time between two words on progress.
const PROGRESS_MILLIS: f64 = 50.0;

/// What reading a file came to.
pub(crate) struct Reading {
    pub(crate) layout: TableLayout,
    /// Why it stopped before the end, where it did.
    pub(crate) incomplete: Option<String>,
}

/// Reads a file and gives the scorers' answers to `each` in file order, with the bytes read so far.
///
/// A task that writes rows may come with those that are wanted. `is_stopped` is asked after every chunk.
pub(crate) async fn read(
    scorers: &mut Scorers,
    file: &File,
    (task, wanted): (Task, Option<WantedRows<'_>>),
    is_stopped: impl Fn() -> bool,
    mut each: impl FnMut(ScorerEvent, JsValue, f64) -> Result<(), String>,
) -> Result<Reading, String> {
    let mut dealt = Dealt::default();
    let job = (task, wanted);
    let read = deal(scorers, file, job, is_stopped, &mut dealt, &mut each).await;
    // Whatever went wrong, no answer may be left over for the next file.
    while dealt.n_under_way > 0 {
        let reply = scorers.next().await?;
        drop(dealt.take(reply, 0.0, &mut |_, _, _| Ok(())));
    }
    let (layout, incomplete) = read?;
    Ok(Reading { layout, incomplete })
}

/// Deals the chunks of a file; gives its layout and why it stopped before the end, where it did.
async fn deal(
    scorers: &mut Scorers,
    file: &File,
    (task, wanted): (Task, Option<WantedRows<'_>>),
    is_stopped: impl Fn() -> bool,
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
                scorers.broadcast(&ScorerRequest::Begin {
                    layout,
                    task: task.clone(),
                });
                has_begun = true;
            }
            while dealt.n_under_way >= scorers.capacity() {
                let reply = scorers.next().await?;
                dealt.take(reply, offset, each)?;
            }
            let wanted = wanted.as_ref().map(|wanted| wanted.of_chunk(chunk.index));
            scorers.send(chunk, wanted);
            dealt.n_under_way += 1;
            if is_stopped() {
                incomplete = Some("stopped before the end of the file".into());
                break 'pieces;
            }
        }
        if is_last {
            break;
        }
        while let Some(reply) = scorers.try_next() {
            dealt.take(reply?, offset, each)?;
        }
    }
    while dealt.n_under_way > 0 {
        let reply = scorers.next().await?;
        dealt.take(reply, offset, each)?;
    }
    Ok((
        stream.layout().ok_or("the file has no rows")?.clone(),
        incomplete,
    ))
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
            ScorerEvent::Ready => return Ok(()),
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

/// Tells how far it is, not too often.
pub(crate) struct Reporter<F> {
    bytes_total: f64,
    started: f64,
    last: f64,
    event: F,
}

impl<F: Fn(Progress) -> Event> Reporter<F> {
    /// `event` makes of each word what is posted.
    pub(crate) fn new(file: &File, started: f64, event: F) -> Self {
        Self {
            bytes_total: file.size(),
            started,
            last: started,
            event,
        }
    }

    pub(crate) fn report(&mut self, bytes_read: f64, n_rows: u64) {
        let time = now();
        if time - self.last >= PROGRESS_MILLIS {
            self.last = time;
            let progress = Progress {
                bytes_read,
                bytes_total: self.bytes_total,
                n_rows,
                millis: time - self.started,
            };
            post_up(&(self.event)(progress), &[]);
        }
    }
}

/// Milliseconds since the worker started.
pub(crate) fn now() -> f64 {
    scope()
        .performance()
        .map_or(0.0, |performance| performance.now())
}
