//! `studio templates`

use serde::Serialize;

use super::{
    fail::Failure,
    new::script_of,
    out::{line, note},
    settings::Settings,
    table,
};
use crate::{
    engine::api::scripts::{self, ParamInfo, ScriptInfo},
    remote::Mode,
};

#[derive(clap::Args)]
pub struct Args {
    /// Say what this template takes (any script's name or path will do)
    name: Option<String>,
}

pub async fn run(settings: &Settings, args: Args) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    match args.name {
        Some(name) => {
            let script = client.call(scripts::Get { script: script_of(name)? }).await?;
            client.close().await?;
            show(settings, &script, || of_params(&script));
        }
        None => {
            let mut all = client.call(scripts::List {}).await?;
            client.close().await?;
            all.retain(|script| script.template);
            show(settings, &all, || of_templates(&all));
        }
    }
    Ok(0)
}

fn show<T: Serialize>(settings: &Settings, found: &T, for_people: impl FnOnce()) {
    if settings.json {
        line(format_args!("{}", serde_json::to_string(found).unwrap_or_default()));
    } else {
        for_people();
    }
}

fn of_templates(templates: &[ScriptInfo]) {
    let rows: Vec<_> = templates.iter().map(|t| vec![t.script.clone(), t.help.clone()]).collect();
    table::print(&["TEMPLATE", "WHAT IT MAKES"], &rows);
    note(format_args!("what one takes: studio templates NAME"));
    note(format_args!("a project of it: studio new TITLE --template NAME"));
}

fn of_params(script: &ScriptInfo) {
    note(format_args!("{}: {}", script.title, script.help));
    let rows: Vec<_> = script.params.iter().map(|p| vec![p.name.clone(), takes(p), p.help.clone()]).collect();
    table::print(&["PARAM", "TAKES", "WHAT FOR"], &rows);
}

/// What a param takes, the default first.
fn takes(param: &ParamInfo) -> String {
    if !param.words.is_empty() {
        return param.words.join(", ");
    }
    match &param.default {
        Some(default) if default.as_str() != Some("") => {
            let shown = default.as_str().map_or_else(|| default.to_string(), ToOwned::to_owned);
            format!("{}: {shown}", param.kind)
        }
        _ if param.required => format!("{}, required", param.kind),
        _ => param.kind.clone(),
    }
}
