//! A scorer: parses and scores the chunks it is given, one at a time, in any order.

use std::sync::Arc;

use analysis::row_set::RowSet;
use app::job::message::{ScorerEvent, ScorerRequest, Task};
use models::trained_model::{Scorer, TrainedModel};
use traffic::layout::TableLayout;
use traffic::result_table::ResultWriter;
use traffic::row_error::RejectedRows;
use traffic::splitter::Chunk;
use traffic::table::TableReader;

use crate::columns::{Words, encode};
use crate::{Message, from_buffer, load_models, on_message, post_up, read_message, to_buffer};

/// What is needed for the chunks of one file.
struct Job {
    layout: TableLayout,
    task: Task,
    reader: TableReader,
    scorer: Scorer,
    words: Words,
}

/// Waits for messages.
pub(crate) fn start() {
    let mut models = Vec::new();
    let mut job = None;
    on_message(move |event| {
        let Some(message) = read_message::<ScorerRequest>(&event) else {
            return;
        };
        if let Err(message) = answer(message, &mut models, &mut job) {
            post_up(&ScorerEvent::Failed { message }, &[]);
        }
    });
}

fn answer(
    message: Message<ScorerRequest>,
    models: &mut Vec<Arc<TrainedModel>>,
    job: &mut Option<Job>,
) -> Result<(), String> {
    match message.content {
        ScorerRequest::Prepare => {
            *models = load_models(&message.attachments)?;
            post_up(&ScorerEvent::Ready, &[]);
        }
        ScorerRequest::Begin { layout, task } => *job = Some(Job::new(layout, task, models)?),
        ScorerRequest::Chunk {
            first_line,
            index,
            rejected,
            wanted,
        } => {
            let job = job.as_mut().ok_or("a chunk came before its file")?;
            let bytes = message
                .attachments
                .first()
                .map(from_buffer)
                .unwrap_or_default();
            let chunk = Chunk {
                bytes,
                first_line,
                index,
                rejected,
            };
            job.read(&chunk, wanted.as_ref());
        }
    }
    Ok(())
}

impl Job {
    fn new(layout: TableLayout, task: Task, models: &[Arc<TrainedModel>]) -> Result<Self, String> {
        let view = layout.view;
        let model = models
            .iter()
            .find(|model| model.view() == view)
            .ok_or_else(|| format!("there is no model for view {}", view.name()))?;
        let reader = TableReader::new(layout.clone(), model.preprocess.vocabularies().to_vec())
            .map_err(|error| error.to_string())?;
        Ok(Self {
            layout,
            task,
            reader,
            words: Words::of(model),
            scorer: Scorer::new(Arc::clone(model)),
        })
    }

    fn read(&mut self, chunk: &Chunk, wanted: Option<&RowSet>) {
        let parsed = self.reader.read(chunk);
        let detections = self.scorer.detect(&parsed.batch);
        match &self.task {
            Task::Score => {
                let columns = encode(&mut self.words, chunk, parsed, &self.layout, &detections);
                let event = ScorerEvent::Scored {
                    index: chunk.index,
                    n_rows: parsed.n_rows(),
                    view: parsed.batch.view(),
                    label_names: parsed.labels.names().to_vec(),
                    words: self.words.lists().to_vec(),
                    rejected: RejectedRows::clone(&parsed.rejected),
                    n_unseen_categories: parsed.n_unseen_categories,
                };
                post_up(&event, &[to_buffer(&columns)]);
            }
            Task::Export(export) => {
                let mut text = Vec::new();
                let mut writer = ResultWriter::new(
                    &self.layout,
                    export.model,
                    export.threshold,
                    export.is_only_anomalies,
                );
                if chunk.index == 0 {
                    writer.write_header(self.scorer.model(), &mut text);
                }
                let is_wanted = |row| wanted.is_none_or(|wanted| wanted.contains(row));
                let scorer = &mut self.scorer;
                writer.write_rows(chunk, parsed, &detections, scorer, is_wanted, &mut text);
                post_up(
                    &ScorerEvent::Exported { index: chunk.index },
                    &[to_buffer(&text)],
                );
            }
        }
    }
}
