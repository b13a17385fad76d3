//! What pages and overlays may do beside drawing: ask the engine, tell the person something, go elsewhere.

use tokio::sync::mpsc::UnboundedSender;

use super::{App, Model, overlay::Overlay, player::Player, terminal::Outside};
use crate::{
    engine::api::{ApiError, Method},
    remote::Client,
};

/// Something that is done to the application once an answer is there.
pub type Then = Box<dyn FnOnce(&mut App) + Send>;

/// What is to be done once a page has acted.
pub enum Command {
    /// Lay something over the page.
    Push(Box<dyn Overlay>),
    /// Tell the person something.
    Tell(Tone, String),
    /// Open a project by its slug or id, on the Studio page.
    OpenProject(String),
    /// Another theme, for good.
    Theme(String),
    /// Another theme, to look at.
    ShowTheme(String),
    /// Let go of the terminal for a program; then go on.
    Outside(Outside),
    /// Put this on the clipboard.
    Copy(String),
    /// Leave.
    Quit,
    /// This action, as if its key had been pressed.
    Act(super::action::Action),
}

/// How something that is told is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// For your information.
    Plain,
    /// It worked.
    Good,
    /// It did not.
    Error,
}

/// The way out of pages and overlays.
pub struct Desk {
    client: Option<Client>,
    answers: UnboundedSender<Then>,
    commands: Vec<Command>,
    /// What was asked where there is no engine: for tests of pages alone.
    pub asked: Vec<(&'static str, serde_json::Value)>,
}

impl Desk {
    /// Answers come through `answers`.
    pub fn new(answers: UnboundedSender<Then>) -> Self {
        Self { client: None, answers, commands: Vec::new(), asked: Vec::new() }
    }

    /// The engine is there.
    pub fn connect(&mut self, client: Client) {
        self.client = Some(client);
    }

    /// The engine, where it is there.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// Takes what is to be done.
    pub fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// Where answers go: for workers that have more than one.
    pub fn answers(&self) -> UnboundedSender<Then> {
        self.answers.clone()
    }

    /// Works off the loop.
    pub fn run(&self, work: impl Future<Output = Then> + Send + 'static) {
        let answers = self.answers.clone();
        tokio::spawn(async move {
            // Nobody listens: the application is gone.
            let _ = answers.send(work.await);
        });
    }
}

/// With what a page acts.
pub struct Cx<'a> {
    /// What is known of the engine's side.
    pub model: &'a mut Model,
    /// The way out.
    pub desk: &'a mut Desk,
    /// What is played.
    pub player: &'a mut Player,
}

impl Cx<'_> {
    /// Asks the engine; `then` is done with its answer.
    pub fn ask<M: Method>(
        &mut self,
        method: M,
        then: impl FnOnce(&mut App, Result<M::Reply, ApiError>) + Send + 'static,
    ) {
        let Some(client) = self.desk.client.clone() else {
            let params = serde_json::to_value(&method).unwrap_or_default();
            self.desk.asked.push((M::NAME, params));
            return;
        };
        self.desk.run(async move {
            let reply = client.call(method).await;
            Box::new(move |app: &mut App| then(app, reply)) as Then
        });
    }

    /// Asks the engine for a change; what goes wrong is told, what went well is `said`.
    pub fn change<M: Method>(&mut self, method: M, said: impl Into<String>) {
        let said = said.into();
        self.ask(method, move |app, reply| match reply {
            Ok(_) if said.is_empty() => (),
            Ok(_) => app.tell(Tone::Good, said),
            Err(e) => app.tell_error(&e),
        });
    }

    /// Works off the loop; `then` is done with what comes of it.
    pub fn work<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut App, T) + Send + 'static,
    ) {
        self.desk.run(async move {
            let found = work.await;
            Box::new(move |app: &mut App| then(app, found)) as Then
        });
    }

    /// Lays something over the page.
    pub fn push(&mut self, overlay: impl Overlay + 'static) {
        self.command(Command::Push(Box::new(overlay)));
    }

    /// Tells the person something.
    pub fn tell(&mut self, tone: Tone, text: impl Into<String>) {
        self.command(Command::Tell(tone, text.into()));
    }

    /// Something is to be done once the page has acted.
    pub fn command(&mut self, command: Command) {
        self.desk.commands.push(command);
    }
}
