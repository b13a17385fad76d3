//! `studio secret`

use super::out::{line, note};
use std::io::{BufRead, IsTerminal};

use clap::Subcommand;

use super::{fail::Failure, settings::Settings};
use crate::{engine::api::secrets, model::SecretString, remote::Mode};

#[derive(Subcommand)]
pub enum Command {
    /// Set a secret; it is asked for, or read from standard input
    Set {
        /// Its name, as plugins ask for it: `openai`
        name: String,
    },
    /// List the names
    Ls,
    /// Remove a secret
    Rm {
        /// Its name
        name: String,
    },
}

pub async fn run(settings: &Settings, command: Command) -> Result<u8, Failure> {
    // Asked for before the store is opened, so that nobody waits for a person who types.
    let typed = if let Command::Set { name } = &command { Some(ask(name)?) } else { None };
    let client = settings.client(Mode::Own).await?;
    match command {
        Command::Set { name } => {
            let Some(secret) = typed else { return Ok(0) };
            client.call(secrets::Set { name: name.clone(), secret }).await?;
            note(format_args!("secret {name} is set"));
        }
        Command::Ls => {
            let names = client.call(secrets::List {}).await?;
            if settings.json {
                line(format_args!("{}", serde_json::to_string(&names).unwrap_or_default()));
            } else {
                names.iter().for_each(|name| line(format_args!("{name}")));
            }
        }
        Command::Rm { name } => {
            client.call(secrets::Remove { name: name.clone() }).await?;
            note(format_args!("secret {name} is removed"));
        }
    }
    client.close().await?;
    Ok(0)
}

fn ask(name: &str) -> Result<SecretString, Failure> {
    let text = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{name} (not shown): "))?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if text.is_empty() {
        return Err(Failure::usage("secret", "it is empty: type it, or pipe it in"));
    }
    Ok(SecretString::new(text))
}
