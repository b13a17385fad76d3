//! What an empty store shows: what Studio is, what this box can do, and a key that makes a film.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    embedded,
    engine::{Check, Health, api::scripts::ScriptInfo},
    tui::{
        action::Action,
        canvas::{Canvas, Hit},
        model::Model,
        theme::Role,
        widget::text,
    },
};

/// Draws it.
pub fn draw(canvas: &mut Canvas, area: Rect, model: &Model) {
    let width = area.width.saturating_sub(4).min(76);
    let x = area.x + (area.width - width) / 2;
    let mut lines: Vec<(Line<'static>, Option<Action>)> = Vec::new();
    let style = |role: Role| canvas.style(role);
    let plain = |words: &str, role: Role| Line::from(Span::styled(words.to_owned(), style(role)));
    lines.push((plain("Welcome to Studio.", Role::Title), None));
    for line in text::wrap(
        "It makes videos of texts: a script becomes scenes, scenes get speech and pictures, and all of it a film. \
         There is no project here yet.",
        width,
    ) {
        lines.push((plain(&line, Role::Dim), None));
    }
    lines.push((Line::default(), None));
    let key = |key: &str, what: &str| {
        Line::from(vec![
            Span::styled(format!("  {key}  "), style(Role::Accent)),
            Span::styled(what.to_owned(), style(Role::Text)),
        ])
    };
    let example = embedded::EXAMPLES.first().map_or("an example", |(_, text)| title_of(text));
    lines.push((key("D", &format!("make the demo film: {example}")), Some(Action::Demo)));
    lines.push((key("n", "make a project of your own"), Some(Action::New)));
    lines.extend(templates(canvas, model, width).into_iter().map(|line| (line, Some(Action::New))));
    lines.push((key("?", "see the keys"), Some(Action::Help)));
    lines.push((Line::default(), None));
    lines.extend(checks(canvas, model.checks.as_deref(), width).into_iter().map(|line| (line, None)));
    let y = area.y + area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(0)) / 3;
    for (y, (line, action)) in (y..area.bottom()).zip(lines) {
        let row = Rect { x, y, width, height: 1 };
        canvas.line(row, line);
        if let Some(action) = action {
            canvas.hit(row, Hit::Do(action));
        }
    }
}

/// What a project can begin with: the keys that lead there, its name, what it makes.
fn templates(canvas: &Canvas, model: &Model, width: u16) -> Vec<Line<'static>> {
    let templates = &model.projects.templates;
    let names = templates.iter().map(|template| text::width(&template.script)).max().unwrap_or(0);
    let line = |(n, template): (usize, &ScriptInfo)| {
        let pad = " ".repeat(usize::from(names.saturating_sub(text::width(&template.script))) + 2);
        let help = text::fit(&template.help, width.saturating_sub(names + 9), canvas.look.glyphs.cut);
        Line::from(vec![
            Span::styled(format!("  n {}  ", n + 1), canvas.style(Role::Accent)),
            Span::styled(template.script.clone() + &pad, canvas.style(Role::Text)),
            Span::styled(help, canvas.style(Role::Dim)),
        ])
    };
    // Digits lead no further.
    templates.iter().take(9).enumerate().map(line).collect()
}

/// The heading of an example.
pub fn title_of(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("an example").trim()
}

fn checks(canvas: &Canvas, checks: Option<&[Check]>, width: u16) -> Vec<Line<'static>> {
    let Some(checks) = checks else {
        return vec![Line::from(Span::styled("looking at what this box can do ...", canvas.style(Role::Dim)))];
    };
    let wrong: Vec<_> = checks.iter().filter(|check| check.health != Health::Ok).collect();
    if wrong.is_empty() {
        return vec![Line::from(Span::styled("This box has everything that is needed.", canvas.style(Role::Good)))];
    }
    let mut lines = Vec::new();
    for check in wrong {
        let role = if check.health == Health::Bad { Role::Error } else { Role::Warning };
        let said = format!("{}: {}", check.name, check.found);
        lines.extend(text::wrap(&said, width).into_iter().map(|l| Line::from(Span::styled(l, canvas.style(role)))));
        if !check.mend.is_empty() {
            let mend = text::wrap(&format!("  {}", check.mend), width);
            lines.extend(mend.into_iter().map(|l| Line::from(Span::styled(l, canvas.style(Role::Dim)))));
        }
    }
    lines
}
