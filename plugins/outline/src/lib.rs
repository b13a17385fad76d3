//! Turns a text that a person wrote into a storyboard: headings into sections, sentences into narration, and
//! what is emphasised, listed, quoted or counted into the words on the cards. No network, no model.

mod card;
mod document;
mod figure;
mod phrase;
mod rich;
mod scene;
mod sentence;
mod slug;

use studio_plugin_sdk::prelude::*;

use crate::{card::Place, document::Section, phrase::Theme, slug::Slugs};

/// About twenty hours of speech; a longer text is several films.
const MOST_CHARS: usize = 200_000;
/// Characters of a title taken from a text that has none.
const MOST_TITLE: usize = 60;

/// Makes the storyboard.
#[stage(llm, rev = 1, plan = run)]
async fn outline(_cx: Cx, req: LlmRequest) -> Result<LlmResponse> {
    if req.task != Task::Storyboard {
        let message = "outline makes storyboards only: ask it with task = \"storyboard\", or take another provider";
        return Err(StageError::invalid("task", message).code("outline.task"));
    }
    storyboard(&req.text)
}

fn storyboard(text: &str) -> Result<LlmResponse> {
    let document = document::read(checked(text)?);
    let drafts: Vec<(&Section, Vec<scene::Draft>)> =
        document.sections.iter().map(|section| (section, scene::scenes(section))).collect();
    let first = drafts.iter().flat_map(|(_, drafts)| drafts).flat_map(|draft| &draft.said).next();
    let Some(first) = first else {
        let message = "there is nothing in the text that can be said: write sentences around its code and tables";
        return Err(StageError::invalid("text", message).code("outline.silent"));
    };
    let heading = || document.sections.iter().map(|s| s.title.clone()).find(|title| !title.is_empty());
    let title = document
        .title
        .clone()
        .or_else(heading)
        .unwrap_or_else(|| phrase::key(&first.text, MOST_TITLE, &Theme::default()));

    let mut slugs = Slugs::default();
    let mut scenes: Vec<SceneDraft> = Vec::new();
    for (section, drafts) in drafts {
        let id = slugs.section(if section.opening { "opening" } else { &section.title });
        for (n, draft) in drafts.iter().enumerate() {
            let place = Place {
                film: &title,
                subtitle: document.subtitle.as_deref(),
                section: if section.opening { "" } else { &section.title },
                opening: scenes.is_empty(),
                first: n == 0,
            };
            let on_screen = card::card(draft, &place);
            scenes.push(SceneDraft {
                id: format!("{id}-{}", n + 1),
                title: if place.section.is_empty() { title.clone() } else { section.title.clone() },
                narration: draft.said.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" "),
                prompt: prompt(&on_screen, &place),
                on_screen,
                seconds: None,
            });
        }
    }
    Ok(LlmResponse { title, scenes, model: "outline".into(), ..LlmResponse::default() })
}

/// What a picture of the scene would show: the words on its card, under what they stand.
fn prompt(card: &CardText, place: &Place) -> String {
    let shown = if card.lines.is_empty() || card.heading != place.section { &card.heading } else { &card.lines[0] };
    let mut parts: Vec<&str> = vec![shown, place.section, place.film];
    parts.retain(|part| !part.is_empty());
    parts.dedup();
    parts.join(" · ")
}

/// The text without a byte order mark, unless it is none.
fn checked(text: &str) -> Result<&str> {
    let text = text.trim_start_matches('\u{feff}');
    let refused = |message: String| Err(StageError::invalid("text", message).code("outline.text"));
    if text.trim().is_empty() {
        return refused("the text is empty: write what is to be told, as Markdown or plain text".into());
    }
    let length = text.chars().count();
    if length > MOST_CHARS {
        return refused(format!("the text has {length} characters, at most {MOST_CHARS} make one film: split it"));
    }
    let odd = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}') || *c == '\u{fffd}';
    if text.contains('\0') || text.chars().filter(odd).count() * 20 > length {
        return refused("this is no text but binary data: save it as Markdown or plain text in UTF-8".into());
    }
    Ok(text)
}

plugin! {
    id: "outline",
    description: "Makes a storyboard of a text, by its headings, sentences and emphasis. Offline.",
    stages: [outline],
    limits: Limits { turn_seconds: 5, ..Limits::default() },
}

#[cfg(test)]
mod tests;
