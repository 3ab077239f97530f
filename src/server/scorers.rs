//! Scorers ready for the next request.
//!
//! A scorer owns megabytes of cache: one is taken for the time of a request, at most some thousand records, and put back with what it
//! learned. There are as many as requests were ever scored at the same moment, which threads and [`super::jobs`] bound.

use std::sync::{Mutex, PoisonError};

use models::record::RecordBatch;
use models::schema::View;
use models::trained_model::Scorer;

use crate::shipped::ModelSet;

/// Most that are kept per view; what is beyond is dropped after use.
const MAX_KEPT: usize = 16;

/// A scorer and memory for its records.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) scorer: Scorer,
    pub(crate) batch: RecordBatch,
}

/// The scorers of every view.
#[derive(Debug, Default)]
pub(crate) struct Scorers {
    idle: [Mutex<Vec<Bench>>; View::ALL.len()],
}

impl Scorers {
    /// Calls `work` with a scorer of the view; `None` where there is no model.
    pub(crate) fn with<T>(
        &self,
        models: &ModelSet,
        view: View,
        work: impl FnOnce(&mut Bench) -> T,
    ) -> Option<T> {
        let idle = self.idle.get(view as usize)?;
        let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut bench = match taken {
            Some(bench) => bench,
            None => Bench {
                scorer: Scorer::new(models.of(view)?.clone()),
                batch: RecordBatch::new(view),
            },
        };
        bench.batch.clear();
        let result = work(&mut bench);
        let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_KEPT {
            idle.push(bench);
        }
        Some(result)
    }
}
