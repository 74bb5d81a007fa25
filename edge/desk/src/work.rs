//! Bounded queues for blocking work, off the threads that serve: each runs N jobs, lets M wait, and
//! refuses the rest.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task;

use crate::error::DeskError;
use crate::limits::{UPLOADS, UPLOADS_OF_SESSION};
use crate::quota::Quota;

/// The queues, by kind of work.
pub(crate) struct WorkQueues {
    pub(crate) catalogue: WorkQueue,
    pub(crate) passwords: WorkQueue,
    /// The places among them for strangers. The others are for browsers that somebody logged in with before.
    strangers: Arc<Semaphore>,
    /// Files that arrive wait for their senders, and nobody waits for them.
    pub(crate) uploads: Quota,
    pub(crate) pictures: WorkQueue,
    /// Pictures of the camera, for people and programs that ask what it sees.
    pub(crate) camera: WorkQueue,
    pub(crate) archives: WorkQueue,
    /// Archives that are sent, as slowly as their receivers like.
    pub(crate) downloads: WorkQueue,
}

impl Default for WorkQueues {
    fn default() -> Self {
        Self {
            catalogue: WorkQueue::new(4, 256),
            passwords: WorkQueue::on_own_thread(9),
            strangers: Arc::new(Semaphore::new(5)),
            uploads: Quota::new(UPLOADS, UPLOADS_OF_SESSION),
            // A decoded picture takes up to 150 MB. Those that wait are on disk.
            pictures: WorkQueue::new(1, UPLOADS),
            camera: WorkQueue::new(1, 16),
            archives: WorkQueue::new(1, 4),
            downloads: WorkQueue::new(4, 0),
        }
    }
}

impl WorkQueues {
    /// A place among the passwords for a stranger, until it is dropped.
    ///
    /// # Errors
    /// [`DeskError::Busy`] if other strangers have all of theirs.
    pub(crate) fn place_of_stranger(&self) -> Result<OwnedSemaphorePermit, DeskError> {
        let place = Arc::clone(&self.strangers).try_acquire_owned();
        place.map_err(|_| DeskError::Busy)
    }

    /// How many jobs run or wait, by the names of the queues.
    pub(crate) fn jobs(&self) -> [(&'static str, usize); 7] {
        [
            ("catalogue", self.catalogue.jobs()),
            ("passwords", self.passwords.jobs()),
            ("uploads", self.uploads.taken()),
            ("pictures", self.pictures.jobs()),
            ("camera", self.camera.jobs()),
            ("archives", self.archives.jobs()),
            ("downloads", self.downloads.jobs()),
        ]
    }
}

/// A queue for one kind of work.
pub(crate) struct WorkQueue {
    /// The jobs that run and those that wait.
    admitted: Arc<Semaphore>,
    /// The most of them.
    most: usize,
    running: Arc<Semaphore>,
    /// The thread for all jobs of this queue; `None` where each has any that is free.
    thread: Option<JobThread>,
}

/// The right to run one job of a queue, until it is dropped.
pub(crate) struct Permit {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl WorkQueue {
    /// A queue that runs `running` jobs at once while `waiting` more may wait.
    fn new(running: usize, waiting: usize) -> Self {
        Self {
            admitted: Arc::new(Semaphore::new(running + waiting)),
            most: running + waiting,
            running: Arc::new(Semaphore::new(running)),
            thread: None,
        }
    }

    /// A queue whose jobs run one after the other on a thread of their own, while `waiting` more may wait: each
    /// thread that hashes passwords keeps the memory for it.
    fn on_own_thread(waiting: usize) -> Self {
        Self {
            thread: Some(JobThread::default()),
            ..Self::new(1, waiting)
        }
    }

    /// How many jobs run or wait.
    fn jobs(&self) -> usize {
        self.most - self.admitted.available_permits()
    }

    /// Waits until a job may run.
    ///
    /// # Errors
    /// [`DeskError::Busy`] if too many wait already.
    pub(crate) async fn permit(&self) -> Result<Permit, DeskError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| DeskError::Busy)?;
        let running = Arc::clone(&self.running).acquire_owned().await;
        Ok(Permit {
            _admitted: admitted,
            _running: running.map_err(|_| DeskError::Busy)?,
        })
    }

    /// Runs `work` on a thread that may block. The permit lasts until the work is done, even if
    /// nobody waits for its result any more.
    ///
    /// # Errors
    /// [`DeskError::Busy`] as in [`WorkQueue::permit`], [`DeskError::Internal`] if the work panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let permit = self.permit().await?;
        let job = move || {
            let done = work();
            drop(permit);
            done
        };
        match &self.thread {
            Some(thread) => thread.run(job).await,
            None => blocking(job).await,
        }
    }
}

/// A thread that runs jobs, from the first one on until this is dropped.
#[derive(Default)]
struct JobThread(Mutex<Option<Sender<Job>>>);

type Job = Box<dyn FnOnce() + Send>;

impl JobThread {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let (tell, told) = oneshot::channel();
        // The caller may have gone.
        self.send(Box::new(move || drop(tell.send(work()))))
            .map_err(|error| DeskError::internal("a job cannot begin", error))?;
        let done = told.await;
        done.map_err(|error| DeskError::internal("a job did not end", error))
    }

    fn send(&self, job: Job) -> io::Result<()> {
        let mut thread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = match &mut *thread {
            Some(jobs) => jobs,
            none => none.insert(start()?),
        };
        // The thread lasts as long as its sender. Should it not, the job is dropped, and the caller is told.
        let _ = jobs.send(job);
        Ok(())
    }
}

/// Starts a thread for jobs, which goes on after one that panics.
fn start() -> io::Result<Sender<Job>> {
    let (jobs, received) = mpsc::channel::<Job>();
    thread::Builder::new()
        .name("passwords".to_owned())
        .spawn(move || {
            for job in received {
                // The log has the panic, and the caller an error.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
        })?;
    Ok(jobs)
}

/// Runs `work` on a thread that may block, however many others run.
///
/// # Errors
/// [`DeskError::Internal`] if the work panics.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, DeskError> {
    let done = task::spawn_blocking(work).await;
    done.map_err(|error| DeskError::internal("a job did not end", error))
}
