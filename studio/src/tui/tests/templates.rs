//! Making a project of a template: the choice, a digit for each, and the form that it opens.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::fixture::{Still, screen, still, written};
use crate::{
    engine::api::scripts::{ParamInfo, ScriptInfo},
    tui::{page::projects::create, terminal::Input},
};

fn scripts() -> Vec<ScriptInfo> {
    let script = |name: &str, help: &str, template| ScriptInfo {
        script: name.into(),
        title: name.to_uppercase(),
        help: help.into(),
        template,
        params: vec![ParamInfo {
            name: "text".into(),
            kind: "text".into(),
            words: Vec::new(),
            required: false,
            default: None,
            help: "What it is made of".into(),
        }],
        error: None,
    };
    vec![
        script("explainer", "How something works: the problem, the steps, what to remember; in chapters", true),
        script("listicle", "A numbered list, counted up or down, a card or a picture for each", true),
        script("quote", "Somebody's words in large type over a slow picture, spoken or with music", true),
        script("narrated", "A text, scene by scene on cards, narrated", false),
        script("mine", "", false),
    ]
}

fn choosing() -> Still {
    let mut still = still("mono", false);
    create::choose(&mut still.app.cx(), scripts());
    still.app.settle();
    still
}

fn press(still: &mut Still, key: char) {
    still.app.input(Input::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
}

#[test]
fn a_new_project_begins_with_a_choice() {
    for (width, height) in [(40, 12), (80, 24)] {
        let shown = written(&screen(&mut choosing().app, width, height));
        insta::assert_snapshot!(format!("templates-{width}x{height}"), shown);
    }
}

#[test]
fn a_digit_opens_the_form_of_that_template() {
    let mut still = choosing();
    press(&mut still, '3');
    let shown = written(&screen(&mut still.app, 80, 24));
    assert!(shown.contains("new project: QUOTE") && shown.contains("project title"), "{shown}");
    let mut still = choosing();
    press(&mut still, '9');
    let shown = written(&screen(&mut still.app, 80, 24));
    assert!(shown.contains("a new project") && !shown.contains("project title"), "there is no ninth: {shown}");
}

#[test]
fn an_empty_store_offers_the_templates() {
    let mut still = still("mono", false);
    still.app.model.projects.templates = scripts().into_iter().filter(|script| script.template).collect();
    for (width, height) in [(40, 12), (80, 24)] {
        let shown = written(&screen(&mut still.app, width, height));
        insta::assert_snapshot!(format!("first-templates-{width}x{height}"), shown);
    }
}
