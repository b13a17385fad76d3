//! Making a project: its script, then a form of what the script takes. The same form changes a project's params.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    embedded,
    engine::{
        Edit,
        api::{
            projects,
            scripts::{self, ParamInfo, ScriptInfo},
        },
    },
    model::Project,
    tui::{
        App,
        desk::{Command, Cx},
        overlay::{Choice, Choose, Field, FieldKind, Form},
        widget::{field::TextField, text},
    },
};

/// The field of a new project's title: no script declares a param of that name with blanks.
const TITLE: &str = "project title";

/// Asks what a new project begins with, then for what that takes.
pub fn choose_script(cx: &mut Cx) {
    cx.ask(scripts::List {}, |app, reply| match reply {
        Ok(scripts) => choose(&mut app.cx(), scripts),
        Err(e) => app.tell_error(&e),
    });
}

/// Templates and other scripts, a digit each.
pub fn choose(cx: &mut Cx, scripts: Vec<ScriptInfo>) {
    if let [only] = &scripts[..] {
        return new_form(cx, only.clone());
    }
    let choice = |script: &ScriptInfo| {
        let says = if script.help.is_empty() { &script.title } else { &script.help };
        let note = script.error.as_ref().map_or_else(|| says.clone(), |e| e.message.clone());
        Choice { value: script.script.clone(), name: script.script.clone(), note }
    };
    let choices = scripts.iter().map(choice).collect();
    let chosen = move |cx: &mut Cx, name: String| {
        if let Some(script) = scripts.into_iter().find(|script| script.script == name) {
            new_form(cx, script);
        }
    };
    cx.push(Choose::new("a new project", choices, 0, chosen).numbered());
}

/// Asks for the templates that an empty store shows.
pub fn ask_templates(cx: &mut Cx) {
    cx.ask(scripts::List {}, |app, reply| {
        if let Ok(scripts) = reply {
            app.model.projects.templates = scripts.into_iter().filter(|script| script.template).collect();
        }
    });
}

fn new_form(cx: &mut Cx, script: ScriptInfo) {
    let title = Field {
        name: TITLE.into(),
        help: "what the project is called".into(),
        default: String::new(),
        required: true,
        kind: FieldKind::Line(TextField::line("")),
    };
    let fields = std::iter::once(title).chain(form_of(&script.params, &BTreeMap::new())).collect();
    let name = script.script;
    cx.push(Form::new(format!("new project: {}", script.title), fields, move |cx, mut values| {
        let title = values.remove(TITLE).and_then(|title| title.as_str().map(ToOwned::to_owned)).unwrap_or_default();
        let folder = std::env::current_dir().ok();
        let create = projects::Create {
            title,
            script: name,
            params: values,
            profile: None,
            brand: None,
            export_dir: None,
            folder,
        };
        cx.ask(create, |app, reply| match reply {
            Ok(project) => app.cx().command(Command::OpenProject(project.id.to_string())),
            Err(e) => app.tell_error(&e),
        });
    }));
}

/// Fields of what a script takes, with what is given already.
pub fn form_of(params: &[ParamInfo], given: &BTreeMap<String, Value>) -> Vec<Field> {
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        Value::Bool(on) => if *on { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    };
    let field = |param: &ParamInfo| {
        let now = given.get(&param.name);
        let text = now.map(shown).unwrap_or_default();
        let kind = match param.kind.as_str() {
            "bool" => FieldKind::Switch(now.and_then(Value::as_bool)),
            "choice" => {
                let at = param.words.iter().position(|word| *word == text);
                FieldKind::Choice(param.words.clone(), at)
            }
            "text" => FieldKind::Text(TextField::lines(&text)),
            _ => FieldKind::Line(TextField::line(&text)),
        };
        let default = param.default.as_ref().map(shown).unwrap_or_default();
        let default = text::fit(&default, 40, "…");
        Field { name: param.name.clone(), help: param.help.clone(), default, required: param.required, kind }
    };
    params.iter().map(field).collect()
}

/// Changes a project's params.
pub fn edit(cx: &mut Cx, project: &Project) {
    let (id, given) = (project.id.to_string(), project.params.clone());
    let title = format!("params of {}", project.title);
    cx.ask(scripts::Get { script: project.script.clone() }, move |app, reply| {
        let script = match reply {
            Ok(script) => script,
            Err(e) => return app.tell_error(&e),
        };
        let fields = form_of(&script.params, &given);
        app.cx().push(Form::new(title, fields, move |cx, values| {
            let unset = given.keys().filter(|name| !values.contains_key(*name)).cloned().collect();
            let set = values.into_iter().filter(|(name, value)| given.get(name) != Some(value)).collect();
            let folder = std::env::current_dir().ok();
            let edit = Edit { set, unset, folder, ..Edit::default() };
            cx.change(projects::Edit { project: id, edit }, "params changed: r runs it");
        }));
    });
}

/// Makes the demo film: a project of the first example, which runs at once.
pub fn demo(cx: &mut Cx) {
    example(cx, embedded::EXAMPLES.first().map_or("", |(name, _)| name), "Demo");
}

/// Makes a project of an example text, and runs it.
pub fn example(cx: &mut Cx, file: &str, title: &str) {
    let Some((_, text)) = embedded::EXAMPLES.iter().find(|(name, _)| *name == file) else { return };
    let known = cx.model.projects.entries.iter().find(|e| e.project.title == title && e.project.script == "narrated");
    if let Some(known) = known.map(|entry| entry.project.clone()) {
        return open_and_run(cx, &known);
    }
    let params = [("text".to_owned(), json!(text))].into();
    let (title, script) = (title.to_owned(), "narrated".to_owned());
    let create = projects::Create { title, script, params, profile: None, brand: None, export_dir: None, folder: None };
    cx.ask(create, |app: &mut App, reply| match reply {
        Ok(project) => open_and_run(&mut app.cx(), &project),
        Err(e) => app.tell_error(&e),
    });
}

fn open_and_run(cx: &mut Cx, project: &Project) {
    cx.command(Command::OpenProject(project.id.to_string()));
    super::manage::run(cx, project);
}
