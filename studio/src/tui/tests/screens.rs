//! Every page at four sizes, in sixteen colours and in none.

use proptest::prelude::*;
use ratatui::style::Color;

use super::fixture::{Still, busy, page, screen, still, written};
use crate::{
    model::{NodeError, ProjectState, RunOutcome},
    tui::{action::Action, page::PageId},
};

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 50)];

#[test]
fn pages_look_as_they_did() {
    for id in PageId::ALL {
        for (width, height) in SIZES {
            for theme in ["ansi", "mono"] {
                let shown = page(&mut busy(theme, false), id, width, height);
                let name = format!("{}-{width}x{height}-{theme}", id.name().to_lowercase());
                insta::assert_snapshot!(name, written(&shown));
            }
        }
    }
}

#[test]
fn an_empty_store_says_what_to_do() {
    for (width, height) in SIZES {
        let shown = screen(&mut still("mono", false).app, width, height);
        insta::assert_snapshot!(format!("first-{width}x{height}"), written(&shown));
    }
}

#[test]
fn a_run_that_failed_says_why_and_what_to_do() {
    let error = NodeError::permanent("script.error", "reviewed:7: a clip has no picture").help("mend the script");
    for (width, height) in SIZES {
        let mut still = busy("mono", false);
        let open = still.app.model.open.as_mut().unwrap();
        open.state = ProjectState::Failed;
        open.run.as_mut().unwrap().outcome = Some(RunOutcome::Failed { error: error.clone() });
        let shown = |still: &mut Still| written(&page(still, PageId::Studio, width, height));
        assert!(shown(&mut still).contains("a clip has no"), "{width}x{height}");
        let open = still.app.model.open.as_mut().unwrap();
        (open.board, open.nodes) = (None, crate::tui::model::Nodes::default());
        let shown = shown(&mut still);
        assert!(!shown.contains("r runs the script"), "{shown}");
    }
}

#[test]
fn with_ascii_alone_nothing_else_of_ours_is_drawn() {
    let ours = |symbol: &str| symbol.chars().all(|c| c.is_ascii() || c.is_alphabetic() || c == '—');
    for id in PageId::ALL {
        let shown = page(&mut busy("dark", true), id, 120, 40);
        let other = shown.content().iter().map(|cell| cell.symbol()).find(|symbol| !ours(symbol));
        assert_eq!(other, None, "{id:?}");
    }
}

#[test]
fn without_colours_there_are_none() {
    for id in PageId::ALL {
        let mut still = busy("mono", false);
        still.app.act(Action::Palette);
        let shown = page(&mut still, id, 80, 24);
        assert!(shown.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset), "{id:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_size_is_too_small(width in 1u16..220, height in 1u16..60, overlay in 0usize..4) {
        for id in PageId::ALL {
            let mut still = busy("dark", false);
            match overlay {
                1 => still.app.act(Action::Palette),
                2 => still.app.act(Action::Help),
                3 => still.app.act(Action::Messages),
                _ => (),
            }
            page(&mut still, id, width, height);
            page(&mut still, id, 1, height);
            page(&mut still, id, width, 1);
        }
    }
}
