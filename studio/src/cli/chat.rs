//! `studio chat`

use std::io::{BufRead, IsTerminal, Read, Write};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    fail::{CANCELLED, Failure},
    out::{line, note},
    run,
    settings::Settings,
    signals::Signals,
    table,
};
use crate::{
    engine::{
        Edit, Event, News, Sent,
        api::{chat, projects, runs},
    },
    model::{ChatId, ChatMessage, ChatSpeaker, ChatState},
    remote::{Client, Events, Mode},
};

/// How many messages `--list` shows.
const LISTED: usize = 100;

#[derive(clap::Args)]
pub struct Args {
    /// The project
    project: String,
    /// What you say; without it, lines are read from the terminal until Ctrl-D, else all of standard input
    text: Option<String>,
    /// Accept all that the answer proposes; without a text: all that the latest answer proposes
    #[arg(long, conflicts_with_all = ["list", "clear"])]
    apply: bool,
    /// Run the project afterwards
    #[arg(long, conflicts_with_all = ["list", "clear"])]
    run: bool,
    /// Who is to answer [default: `[chat] provider` in config.toml, else the first that can]
    #[arg(long, value_name = "PLUGIN")]
    provider: Option<String>,
    /// The model [default: `[chat] model` in config.toml, else the provider's own]
    #[arg(long)]
    model: Option<String>,
    /// List what was said
    #[arg(long, conflicts_with_all = ["text", "clear"])]
    list: bool,
    /// Forget all that was said
    #[arg(long, conflicts_with = "text")]
    clear: bool,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Serve).await?;
    let (project, runs_then) = (args.project.clone(), args.run);
    let said = go(settings, &client, args).await;
    match said {
        Ok(0) if runs_then => {
            let start = start(&client, &project).await;
            match start {
                Ok(start) => run::go(settings, client, start, &run::How::default()).await,
                Err(e) => {
                    client.close().await?;
                    Err(e)
                }
            }
        }
        said => {
            client.close().await?;
            said
        }
    }
}

async fn start(client: &Client, project: &str) -> Result<runs::Start, Failure> {
    // By its id: a title is not what a run is started by.
    let detail = client.call(projects::Get::whole(project)).await?;
    let (repeat, yes, refresh, budget, edit) = (false, false, Vec::new(), None, Edit::default());
    Ok(runs::Start { project: detail.project.id.to_string(), repeat, yes, refresh, budget, edit })
}

async fn go(settings: &Settings, client: &Client, args: Args) -> Result<u8, Failure> {
    if args.clear {
        client.call(chat::Clear { project: args.project }).await?;
        return Ok(0);
    }
    if args.list {
        let list = chat::List { project: args.project, before: None, limit: LISTED };
        let page = client.call(list).await?;
        if settings.json {
            line(format_args!("{}", serde_json::to_string(&page).unwrap_or_default()));
        } else {
            page.messages.iter().for_each(show);
        }
        return Ok(0);
    }
    let talk = Talk { settings, client, args: &args };
    match &args.text {
        Some(text) => talk.say(text).await.map(|(_, code)| code),
        None if args.apply => talk.accept_latest().await,
        None if std::io::stdin().is_terminal() => talk.converse().await,
        None => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            talk.say(&text).await.map(|(_, code)| code)
        }
    }
}

struct Talk<'a> {
    settings: &'a Settings,
    client: &'a Client,
    args: &'a Args,
}

impl Talk<'_> {
    /// Line by line, until there are no more.
    async fn converse(&self) -> Result<u8, Failure> {
        note(format_args!("say what you want to change; Ctrl-D ends it"));
        let mut open: Option<ChatId> = None;
        while let Some(text) = read_line()? {
            let text = text.trim();
            match open.take() {
                Some(message) if matches!(text, "y" | "yes") => drop(self.accept(message).await?),
                _ if text.is_empty() => {}
                _ => match self.say(text).await {
                    Ok((answer, _)) => {
                        open = answer.open().next().map(|_| answer.id.clone());
                        if open.is_some() {
                            note(format_args!("y accepts it; or go on talking"));
                        }
                    }
                    // The next may be answered.
                    Err(e) => {
                        e.report(false);
                    }
                },
            }
        }
        Ok(0)
    }

    /// Says something, shows the answer, and accepts what it proposes where that is asked for: the exit code.
    async fn say(&self, text: &str) -> Result<(ChatMessage, u8), Failure> {
        let Args { project, provider, model, .. } = self.args;
        // Before it is asked: nothing of the answer is to be missed.
        let events = self.client.events(None, None).await?;
        let mut signals = Signals::new()?;
        let (project, provider, model) = (project.clone(), provider.clone(), model.clone());
        let send = chat::Send { project: project.clone(), text: text.to_owned(), provider, model };
        let Sent { question, answer } = self.client.call(send).await?;
        let stop = CancellationToken::new();
        let shown = (!self.settings.json).then(|| tokio::spawn(follow(events, answer.id.clone(), stop.clone())));
        let wait = self.client.call(chat::Wait { project: project.clone(), message: answer.id.clone() });
        let cancel = async || self.client.call(chat::Stop { project: project.clone() }).await.map(drop);
        let ended = signals.heed(wait, cancel).await;
        if !matches!(&ended, Ok(Some(_))) {
            stop.cancel();
        }
        let seen = match shown {
            Some(shown) => shown.await.unwrap_or_default(),
            None => String::new(),
        };
        let Some(mut answer) = ended? else {
            let message = "the answer was left where it is".to_owned();
            return Err(Failure::interrupted(message, format!("studio chat {project} --list shows what came of it")));
        };
        if !self.settings.json {
            show_rest(&answer, &seen);
        }
        if self.args.apply && answer.open().next().is_some() {
            answer = self.accept(answer.id).await?;
        }
        if self.settings.json {
            line(format_args!("{}", json!({ "question": question, "answer": answer })));
        }
        let code = match (answer.state, &answer.error) {
            (ChatState::Failed, Some(error)) => return Err(error.clone().into()),
            (ChatState::Stopped, _) => CANCELLED,
            _ => 0,
        };
        Ok((answer, code))
    }

    async fn accept_latest(&self) -> Result<u8, Failure> {
        let list = chat::List { project: self.args.project.clone(), before: None, limit: LISTED };
        let page = self.client.call(list).await?;
        let latest = page.messages.iter().rev().find(|message| message.open().next().is_some());
        let Some(latest) = latest else {
            let help = format!("studio chat {} \"…\" asks for something", self.args.project);
            return Err(Failure::new("chat.nothing", "nothing is proposed that can still be accepted", help));
        };
        let accepted = self.accept(latest.id.clone()).await?;
        if self.settings.json {
            line(format_args!("{}", serde_json::to_string(&accepted).unwrap_or_default()));
        }
        Ok(0)
    }

    async fn accept(&self, message: ChatId) -> Result<ChatMessage, Failure> {
        let apply = chat::Apply { project: self.args.project.clone(), message, which: None };
        let message = self.client.call(apply).await?;
        for proposal in &message.proposals {
            match &proposal.wrong {
                Some(why) => note(format_args!("not made: {}: {}", plain(&proposal.name()), plain(why))),
                None if proposal.accepted => note(format_args!("accepted: {}", plain(&proposal.name()))),
                None => {}
            }
        }
        Ok(message)
    }
}

fn read_line() -> Result<Option<String>, Failure> {
    let _ = write!(std::io::stderr(), "> ");
    let mut text = String::new();
    let read = std::io::stdin().lock().read_line(&mut text)?;
    Ok((read > 0).then_some(text))
}

/// Prints an answer while it comes, until it is at its end: what was printed.
async fn follow(mut events: Events, answer: ChatId, stop: CancellationToken) -> String {
    let mut seen = String::new();
    loop {
        let news = tokio::select! {
            news = events.next() => news,
            () = stop.cancelled() => return seen,
        };
        let told = match news {
            Ok(News::Told(told)) => told,
            Ok(News::Missed) => continue,
            Err(_) => return seen,
        };
        match told.event {
            Event::ChatText { message, at, text, .. } if message == answer && at == seen.len() => {
                let mut out = std::io::stdout();
                // A reader that went away must not end it.
                let _ = write!(out, "{}", plain(&text)).and_then(|()| out.flush());
                seen.push_str(&text);
            }
            Event::Chat(message) if message.id == answer && message.state != ChatState::Writing => return seen,
            _ => (),
        }
    }
}

/// What of an answer was not printed while it came.
fn show_rest(answer: &ChatMessage, seen: &str) {
    match answer.text.strip_prefix(seen) {
        Some(rest) => line(format_args!("{}", plain(rest))),
        None => line(format_args!("\n{}", plain(&answer.text))),
    }
    show_proposals(answer);
    if let Some(cost) = answer.cost.filter(|cost| !cost.is_zero()) {
        note(format_args!("it cost {cost}"));
    }
}

fn show_proposals(answer: &ChatMessage) {
    for proposal in &answer.proposals {
        let state = match (&proposal.wrong, proposal.accepted) {
            (Some(why), _) => format!("  (cannot be made: {})", plain(why)),
            (None, true) => "  (accepted)".to_owned(),
            (None, false) => String::new(),
        };
        line(format_args!("  * {}{state}", plain(&proposal.line("→"))));
    }
    if let Some(wrong) = &answer.wrong {
        note(format_args!("  {}", plain(wrong)));
    }
}

fn show(message: &ChatMessage) {
    let who = match message.who {
        ChatSpeaker::Person => "you".to_owned(),
        ChatSpeaker::Model => [&message.provider, &message.model].map(|part| plain(part)).join(" ").trim().to_owned(),
    };
    let state = if message.state == ChatState::Done { String::new() } else { format!("  {}", message.state.name()) };
    line(format_args!("{}  {who}{state}", table::time(message.at_ms)));
    plain(&message.text).lines().for_each(|text| line(format_args!("  {text}")));
    if let Some(error) = &message.error {
        line(format_args!("  {}", plain(&error.to_string())));
    }
    show_proposals(message);
}

/// Without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect()
}
