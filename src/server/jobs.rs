//! How many bodies are taken in and scored at once.
//!
//! In: how large a body says it is. Out: a permit that is held until its answer is computed. Single records need none: they are read, scored
//! and answered in less than a millisecond.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::reply::ApiError;

/// Large bodies at once: memory for their bytes is at most 2 × 96 MiB.
const N_LARGE: usize = 2;
/// Other bodies at once.
const N_SMALL: usize = 8;
/// Bodies above this, or of unknown size, are large.
const SMALL_BYTES: u64 = 1 << 20;
/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The permits.
#[derive(Clone, Debug)]
pub(crate) struct Jobs {
    large: Arc<Semaphore>,
    small: Arc<Semaphore>,
    max_wait: Duration,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            large: Arc::new(Semaphore::new(N_LARGE)),
            small: Arc::new(Semaphore::new(N_SMALL)),
            max_wait: MAX_WAIT,
        }
    }
}

impl Jobs {
    /// Waits for a turn.
    ///
    /// # Errors
    /// [`ApiError::Busy`] after ten seconds.
    pub(crate) async fn enter(
        &self,
        n_bytes: Option<u64>,
    ) -> Result<OwnedSemaphorePermit, ApiError> {
        let permits = if n_bytes.is_some_and(|n_bytes| n_bytes <= SMALL_BYTES) {
            &self.small
        } else {
            &self.large
        };
        match timeout(self.max_wait, Arc::clone(permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(ApiError::Busy),
        }
    }

    /// The same permits, with no patience.
    #[cfg(test)]
    pub(crate) fn impatient(self) -> Self {
        Self {
            max_wait: Duration::ZERO,
            ..self
        }
    }
}
