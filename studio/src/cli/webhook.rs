//! `studio webhook`

use clap::{Subcommand, builder::PossibleValuesParser, builder::TypedValueParser};

use super::{
    fail::Failure,
    out::{line, note},
    settings::Settings,
    table,
};
use crate::{
    engine::api::webhooks,
    model::HookEvent,
    remote::{Client, Mode},
};

#[derive(Subcommand)]
pub enum Command {
    /// List those that config.toml has, with what arrived, waits and is dead
    Ls,
    /// Send a signed example now, and say how it was answered
    Test {
        /// The webhook [default: each]
        name: Option<String>,
        /// What the example tells of [default: the first that the webhook tells of]
        #[arg(long, value_name = "TYPE", value_parser = event())]
        event: Option<HookEvent>,
    },
    /// List the messages that are not tried again
    Dead,
    /// Send dead messages again
    Retry {
        /// Only this one
        id: Option<String>,
    },
    /// Forget dead messages
    Drop {
        /// Only this one
        id: Option<String>,
    },
}

fn event() -> impl TypedValueParser<Value = HookEvent> {
    PossibleValuesParser::new(HookEvent::ALL.map(HookEvent::name))
        .try_map(|name| serde_json::from_value::<HookEvent>(name.into()))
}

pub async fn run(settings: &Settings, command: Command) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let code = ask(settings, &client, command).await;
    client.close().await?;
    code
}

async fn ask(settings: &Settings, client: &Client, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Ls => list(settings, client).await,
        Command::Test { name, event } => test(settings, client, webhooks::Test { name, event }).await,
        Command::Dead => dead(settings, client).await,
        Command::Retry { id } => {
            let counted = client.call(webhooks::Retry { id }).await?;
            Ok(counts(settings, &counted, "to be sent again: studio webhook ls"))
        }
        Command::Drop { id } => {
            let counted = client.call(webhooks::Drop { id }).await?;
            Ok(counts(settings, &counted, "forgotten"))
        }
    }
}

fn counts(settings: &Settings, counted: &webhooks::Counted, what: &str) -> u8 {
    if settings.json {
        print(counted);
    } else {
        note(format_args!("{} {what}", counted.count));
    }
    0
}

async fn list(settings: &Settings, client: &Client) -> Result<u8, Failure> {
    let hooks = client.call(webhooks::List {}).await?;
    if settings.json {
        print(&hooks);
        return Ok(0);
    }
    let rows: Vec<_> = hooks
        .iter()
        .map(|hook| {
            let counts = [hook.delivered, hook.pending as u64, hook.dead as u64].map(|n| n.to_string());
            [hook.name.clone(), hook.url.clone(), events(&hook.events)].into_iter().chain(counts).collect()
        })
        .collect();
    table::print(&["NAME", "URL", "EVENTS", "DELIVERED", "PENDING", "DEAD"], &rows);
    for hook in &hooks {
        if !hook.secret_set {
            note(format_args!("{0}: there is no secret {1}: studio secret set {1}", hook.name, hook.secret));
        }
        if let Some(tried) = &hook.trouble {
            note(format_args!("{}: {} (try {})", hook.name, tried.why, tried.n));
        }
    }
    Ok(0)
}

fn events(events: &[HookEvent]) -> String {
    if events.is_empty() {
        return "all".into();
    }
    events.iter().map(|event| event.name()).collect::<Vec<_>>().join(", ")
}

async fn test(settings: &Settings, client: &Client, test: webhooks::Test) -> Result<u8, Failure> {
    let tested = client.call(test).await?;
    if settings.json {
        print(&tested);
    } else {
        for hook in &tested {
            let verdict = if hook.delivered { "delivered" } else { "not delivered" };
            line(format_args!("{}: {verdict}: {} ({:.2} s)", hook.name, hook.said, hook.seconds));
        }
    }
    Ok(u8::from(tested.iter().any(|hook| !hook.delivered)))
}

async fn dead(settings: &Settings, client: &Client) -> Result<u8, Failure> {
    let letters = client.call(webhooks::Dead {}).await?;
    if settings.json {
        print(&letters);
        return Ok(0);
    }
    let rows: Vec<_> = letters
        .iter()
        .map(|letter| {
            let (event, time) = (letter.event.name().to_owned(), table::time(letter.at_ms));
            let (tries, why) = (letter.tried.n.to_string(), letter.tried.why.clone());
            vec![letter.id.clone(), letter.webhook.clone(), event, time, tries, why]
        })
        .collect();
    table::print(&["ID", "WEBHOOK", "EVENT", "HAPPENED", "TRIES", "WHY"], &rows);
    Ok(0)
}

fn print(reply: &impl serde::Serialize) {
    line(format_args!("{}", serde_json::to_string(reply).unwrap_or_default()));
}
