use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::{Flaw, Header, Made, make};
use crate::picture::Purpose;

/// Why nothing was made of a file.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// It did not reach a worker.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// Where pictures are worked on: so many at a time, in so much memory.
#[derive(Debug, Clone)]
pub struct Pool {
    workers: Arc<Semaphore>,
    /// In MiB.
    memory: Arc<Semaphore>,
    most_memory: u32,
}

impl Pool {
    pub fn new(workers: usize, memory_mib: u32) -> Self {
        Self {
            workers: Arc::new(Semaphore::new(workers.max(1))),
            memory: Arc::new(Semaphore::new(memory_mib as usize)),
            most_memory: memory_mib,
        }
    }

    /// Makes everything of a file, once there is room for it. A decoder that panics
    /// has met a file it cannot read.
    pub async fn make(&self, file: Vec<u8>, purpose: Purpose) -> Result<Made, Unmade> {
        let header = Header::read(&file)?;
        let needed = u32::try_from(header.memory() >> 20).unwrap_or(u32::MAX).max(1);
        // The largest picture has to fit in whatever was set aside.
        let needed = needed.min(self.most_memory);
        let failed = |error| Unmade::Failed(Box::new(error));
        let memory = self
            .memory
            .clone()
            .acquire_many_owned(needed)
            .await
            .map_err(failed)?;
        let worker = self.workers.clone().acquire_owned().await.map_err(failed)?;
        let work = move || {
            let begun = Instant::now();
            let made = std::panic::catch_unwind(AssertUnwindSafe(|| make(&file, purpose)));
            // Whoever asked may be gone by now; the room is given back when the work is done.
            drop((memory, worker));
            metrics::histogram!("image_making_seconds").record(begun.elapsed().as_secs_f64());
            made
        };
        match spawn_blocking(work).await {
            Ok(Ok(made)) => Ok(made?),
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(width = header.width, height = header.height, "a decoder panicked");
                Err(Flaw::Unreadable("its decoder gave up".into()).into())
            }
        }
    }
}
