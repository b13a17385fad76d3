//! A thread with a scheduler of its own for what asks often and waits long. On the scheduler of all the rest each answer
//! wakes one thread that wakes another, which costs more than the answer does; here all answers that have come are
//! read by one.

use reqwest::Client;
use tokio::{runtime, sync::oneshot};

use super::{HttpOptions, build};

/// The thread, and the connections that belong to it. Dropped, it ends.
pub(super) struct Aside {
    tasks: runtime::Handle,
    /// As those of the client: to public addresses, and to those that may be local.
    pub public: Client,
    pub local: Client,
    _stop: oneshot::Sender<()>,
}

impl Aside {
    /// Starts the thread; none: the box gives no thread more.
    pub fn start(options: &HttpOptions) -> Option<Self> {
        let (public, local) = (build(options, false).ok()?, build(options, true).ok()?);
        let scheduler = runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let tasks = scheduler.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let run = move || drop(scheduler.block_on(stopped));
        std::thread::Builder::new().name("polls".into()).spawn(run).ok()?;
        Some(Self { tasks, public, local, _stop: stop })
    }

    /// Runs a task on the thread.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}
