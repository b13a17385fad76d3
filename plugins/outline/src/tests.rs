//! What holds for any text, and how far an edit reaches.

use std::collections::BTreeSet;

use proptest::prelude::*;
use studio_plugin_sdk::card::Layout::{self, Bullets, Comparison, Number, Quote, Title};
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;

fn board(text: &str) -> LlmResponse {
    storyboard(text).unwrap()
}

fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(str::to_string).collect()
}

fn narrated(board: &LlmResponse) -> Vec<String> {
    board.scenes.iter().flat_map(|s| words(&s.narration)).collect()
}

const FILM: &str = "\
# Stairs to the sky

For two thousand years, people have carved **mountains into stairs**. Nobody drew a plan for it.

## Water

Each field holds a hand of water and no more than that in any season. The next field takes what is left over.
The forest above drinks the rain and gives it back slowly through the dry months.
It is older than the walls and nobody is allowed to cut it down. Every channel is swept by hand in spring.

They have a saying:

> Water is patient.
>
> — Proverb

## Walls

A wall needs **8,000 stones** for a single field of rice. Families know which stones are theirs.

- **Dig** the footing down to the clay
- Lay the large stones first: they carry the rest
- Fill the gaps with gravel

## Then and now

| Then | Now |
|---|---|
| By hand | By tractor |

Much has changed since the road came.
";

#[test]
fn a_text_becomes_a_film() {
    let film = board(FILM);
    assert_eq!(film.title, "Stairs to the sky");
    let ids: Vec<&str> = film.scenes.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["opening-1", "water-1", "water-2", "water-3", "walls-1", "walls-2", "then-and-now-1"]);
    let layouts: Vec<Layout> = film.scenes.iter().map(|s| s.on_screen.layout).collect();
    assert_eq!(layouts, [Title, Title, Title, Quote, Number, Bullets, Comparison]);

    let opening = &film.scenes[0].on_screen;
    assert_eq!((opening.heading.as_str(), opening.lines[0].as_str()), ("Stairs to the sky", "Mountains into stairs"));
    let quote = &film.scenes[3];
    assert_eq!(quote.narration, "They have a saying: Water is patient.");
    assert_eq!((quote.on_screen.heading.as_str(), quote.on_screen.caption.as_str()), ("Water is patient.", "Proverb"));
    let number = &film.scenes[4].on_screen;
    assert_eq!((number.heading.as_str(), number.caption.as_str()), ("8,000 stones", "for a single field of rice"));
    let bullets = &film.scenes[5].on_screen;
    assert_eq!(bullets.lines, ["Dig", "Lay the large stones first", "Fill the gaps with gravel"]);
    assert_eq!(film.scenes[5].narration.matches('.').count(), 3);
    let comparison = &film.scenes[6].on_screen;
    assert_eq!(
        (&comparison.columns[..], &comparison.right[..]),
        (&["Then".into(), "Now".into()][..], &["By tractor".into()][..])
    );
    for scene in &film.scenes {
        let card = &scene.on_screen;
        assert!(phrase::length(&card.heading) <= 60 && card.lines.iter().all(|l| phrase::length(l) <= 80), "{card:?}");
        let shown = std::iter::once(&card.heading).chain(&card.lines).chain(&card.right).chain([&card.caption]);
        let shown: Vec<String> = shown.cloned().collect();
        assert!(card.emphasis.iter().all(|e| shown.iter().any(|text| text.contains(e))), "{card:?}");
        assert_ne!(card.heading, scene.narration);
    }
}

#[test]
fn an_ordinary_sentence_changes_only_its_narration() {
    let before = board(FILM);
    let edits = [
        ("Nobody drew a plan for it.", "Nobody ever drew one plan for it."),
        ("The next field takes what is left over.", "The field below takes what is left."),
        (
            "It is older than the walls and nobody is allowed to cut it down.",
            "It is much older than the walls, and nobody may cut it.",
        ),
        ("Families know which stones are theirs.", "Families know which of the stones are theirs."),
        ("Every channel is swept by hand in spring.", "Each channel is swept by hand every spring."),
    ];
    for (old, new) in edits {
        assert!(FILM.contains(old));
        let after = board(&FILM.replace(old, new));
        let changed: Vec<&str> =
            before.scenes.iter().zip(&after.scenes).filter(|(a, b)| a != b).map(|(a, _)| a.id.as_str()).collect();
        assert_eq!(changed.len(), 1, "{old} changed {changed:?}");
        assert_eq!(before.scenes.len(), after.scenes.len());
        for (a, b) in before.scenes.iter().zip(&after.scenes) {
            assert_eq!((&a.id, &a.title, &a.on_screen, &a.prompt), (&b.id, &b.title, &b.on_screen, &b.prompt), "{old}");
        }
    }
}

#[test]
fn a_new_section_renames_no_other() {
    let before = board(FILM);
    let after =
        board(&FILM.replace("## Walls", "## Mud\n\nMud is what holds a wall together in the rain.\n\n## Walls"));
    let without: Vec<&SceneDraft> = after.scenes.iter().filter(|s| s.id != "mud-1").collect();
    assert_eq!(without, before.scenes.iter().collect::<Vec<_>>());
    let twice = board("## A\n\nOne here.\n\n## A\n\nTwo here.\n");
    assert_eq!(twice.scenes.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["a-1", "a-2-1"]);
}

#[test]
fn texts_without_structure_work() {
    let plain = board("\u{feff}The sea is wide.\r\nIt has no fence.\r\n\r\nWe sail at dawn.");
    assert_eq!((plain.title.as_str(), plain.scenes.len()), ("The sea is wide", 1));
    assert_eq!(plain.scenes[0].narration, "The sea is wide. It has no fence. We sail at dawn.");
    let headings = board("# One\n## Two\n## Three");
    assert_eq!(headings.scenes.iter().map(|s| s.narration.as_str()).collect::<Vec<_>>(), ["One.", "Two.", "Three."]);
    let rtl = board("# سماء\n\nهذه قصة عن الماء. الماء صبور.");
    assert_eq!((rtl.title.as_str(), rtl.scenes[0].id.as_str()), ("سماء", "opening-1"));
    assert_eq!(board("---\ntitle: Named\nsubtitle: By hand\n---\nWords here.").scenes[0].on_screen.lines, ["By hand"]);
}

#[test]
fn bad_texts_are_refused_by_field() {
    let long = "word ".repeat(50_000);
    let noise = "ab\u{1}\u{2}\u{3}".repeat(30);
    let refused = [
        "",
        " \n\t",
        "a\0b",
        &long,
        &noise,
        "\u{fffd}\u{fffd}abc",
        "```\nlet x;\n```",
        "***\n\n...\n",
        "![only](a.png)",
    ];
    for text in refused {
        let error = storyboard(text).unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::InvalidInput, Some("text")), "{text:.20}");
    }
    assert!(storyboard(&long).unwrap_err().message.contains("200000"));
}

fn prose() -> impl Strategy<Value = Vec<String>> {
    let word = "[a-zäéñ]{1,9}|[A-Z][a-z]{1,7}|Dr|e\\.g|[0-9]{1,4}|3\\.5|8,000|ça|Wort|слово|水土|don't";
    let mark = prop::sample::select(vec!["", "", "", ".", ".", ",", "!", "?", "…", ":", ";", "?”"]);
    let paragraph = prop::collection::vec((word, mark), 1..60)
        .prop_map(|words| words.into_iter().map(|(w, m)| w + m).collect::<Vec<_>>().join(" "));
    prop::collection::vec(paragraph, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_word_of_the_prose_is_said_once_in_order(paragraphs in prose(), kinds in prop::collection::vec(0_u8..6, 6)) {
        let mut text = String::from("# Zzz\n\nXxx begins.\n\n");
        let mut expected = words("Xxx begins");
        for (n, (paragraph, kind)) in paragraphs.iter().zip(&kinds).enumerate() {
            // A letter first, so that nothing is a numbered list.
            let paragraph = format!("P{paragraph}");
            let block = match kind {
                0 => format!("## Zzz {n}\n\n{paragraph}\n\n"),
                1 => format!("- {paragraph}\n- *Qqq* **rest**\n\n<!-- -->\n\n"),
                2 => format!("> {paragraph}\n\n<!-- -->\n\n"),
                3 => format!("{paragraph}\n\n```x\nZzz\n```\n\n![Zzz](i.png)\n\n"),
                _ => format!("{paragraph}\n\n"),
            };
            expected.extend(words(&paragraph));
            if *kind == 1 {
                expected.extend(words("Qqq rest"));
            }
            text.push_str(&block);
        }
        let board = board(&text);
        prop_assert_eq!(narrated(&board), expected);
    }

    #[test]
    fn any_text_gives_a_board_or_a_reason(text in "\\PC{0,300}|([#>*`|\\-_\\[\\]()!:.0-9a-z \\n\\t]{0,300})") {
        match storyboard(&text) {
            Ok(board) => {
                let ids: BTreeSet<&String> = board.scenes.iter().map(|s| &s.id).collect();
                prop_assert_eq!(ids.len(), board.scenes.len());
                prop_assert!(!board.scenes.is_empty() && !board.title.is_empty());
                for scene in &board.scenes {
                    prop_assert!(!words(&scene.narration).is_empty() || scene.narration.chars().any(char::is_alphanumeric));
                    prop_assert!(phrase::length(&scene.on_screen.heading) <= 220);
                }
                prop_assert_eq!(storyboard(&text).unwrap(), board);
            }
            Err(error) => prop_assert_eq!(error.field.as_deref(), Some("text")),
        }
    }
}
