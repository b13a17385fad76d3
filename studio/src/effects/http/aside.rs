//! A thread with a scheduler of its own for what asks often and waits long. On the scheduler of all the rest each answer
//! wakes one thread that wakes another, which costs more than the answer does; here all answers that have come are
//! read by one.

use tokio::{runtime, sync::oneshot};

use super::connections::Connections;

/// The thread, and the connections that belong to it. Dropped, it ends.
pub(super) struct Aside {
    tasks: runtime::Handle,
    pub connections: Connections,
    _stop: oneshot::Sender<()>,
}

impl Aside {
    /// Starts the thread; none: the box gives no thread more.
    pub fn start() -> Option<Self> {
        let scheduler = runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let tasks = scheduler.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let run = move || drop(scheduler.block_on(stopped));
        std::thread::Builder::new().name("polls".into()).spawn(run).ok()?;
        Some(Self { tasks, connections: Connections::default(), _stop: stop })
    }

    /// Runs a task on the thread.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}
