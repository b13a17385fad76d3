//! Where captions stand in the picture, and whether the caption font has their characters.
//!
//! What is burnt in cannot be read back out of a picture: that captions keep clear of what a platform lays over a film
//! is worked out from how they are drawn, for films whose captions are drawn here.

use std::collections::BTreeSet;

use studio_plugin_sdk::{
    aspect::{Area, Aspect},
    caption::SafeArea,
    roles::{
        rank::Span,
        render::CaptionMode,
        verify::{Check, Platform, StreamFacts},
    },
};

use super::{
    super::{
        known::Known,
        report::{Detail, count, fail, pass, skipped, warn},
    },
    Cue,
};
use crate::caption::{
    ass, font,
    font::Font,
    look::Look,
    style::{Dressed, sheet::Sheet, words::undrawn},
};

/// Less than any pixel, as a share of a picture.
const HAIR: f64 = 1e-9;
/// Most characters that a message names.
const NAMED: usize = 12;

/// The shape of films of a platform, its name, and the part of the picture over which it lays nothing.
fn room(platform: Platform) -> (Aspect, &'static str, Area) {
    let (aspect, players, safe) = match platform {
        Platform::Youtube => (Aspect::Wide, "YouTube", SafeArea::Youtube),
        Platform::Shorts => (Aspect::Tall, "Shorts, TikTok and Reels", SafeArea::Shorts),
        Platform::Reels => (Aspect::Tall, "Reels", SafeArea::Reels),
        Platform::Tiktok => (Aspect::Tall, "TikTok", SafeArea::Tiktok),
        Platform::Square => (Aspect::Square, "square posts", SafeArea::Square),
        Platform::Feed => (Aspect::Portrait, "feeds", SafeArea::Feed),
    };
    (aspect, players, safe.area(aspect))
}

fn usual(aspect: Aspect) -> Platform {
    match aspect {
        Aspect::Wide => Platform::Youtube,
        Aspect::Tall => Platform::Shorts,
        Aspect::Square => Platform::Square,
        Aspect::Portrait => Platform::Feed,
    }
}

/// The platform whose room a style keeps to; none: it names none.
fn meant(area: SafeArea) -> Option<Platform> {
    match area {
        SafeArea::Auto | SafeArea::Whole => None,
        SafeArea::Youtube => Some(Platform::Youtube),
        SafeArea::Shorts => Some(Platform::Shorts),
        SafeArea::Reels => Some(Platform::Reels),
        SafeArea::Tiktok => Some(Platform::Tiktok),
        SafeArea::Square => Some(Platform::Square),
        SafeArea::Feed => Some(Platform::Feed),
    }
}

/// Does the film have the platform's shape, and do captions keep clear of what it lays over them?
pub fn safe_area(cues: &[Cue], facts: &StreamFacts, known: &Known, dressed: Option<&Dressed>) -> Check {
    let name = "safe_area";
    let Some(video) = &facts.video else { return skipped(name, "there is no picture") };
    let is = Aspect::nearest(video.width, video.height);
    let wanted = known.platform.or_else(|| meant(dressed?.style.safe_area));
    let (aspect, players, area) = room(wanted.unwrap_or_else(|| usual(is)));
    if is != aspect {
        let message = format!("{} × {} has not the shape of films for {players}", video.width, video.height);
        return fail(name, message, "render it with the preset of that shape, or name another platform");
    }
    let drawn = known.captions.unwrap_or(if known.rendered { CaptionMode::Burnt } else { CaptionMode::Files });
    if !drawn.is_burnt() {
        return skipped(name, "captions are not drawn into the picture, as far as is known");
    }
    if let Some(dressed) = dressed {
        return styled(dressed, (video.width, video.height), area, players);
    }
    let look = Look::for_size(video.width, video.height);
    let inside = |word_em: f64| is_inside(&look, word_em.max(look.line_em), area);
    let font = Font::default();
    let wide: Vec<Span> =
        cues.iter().filter(|cue| !cue.words().all(|word| inside(font.width(word)))).map(Cue::span).collect();
    if wide.is_empty() {
        return pass(name, format!("burnt-in captions keep clear of what lies over films on {players}"));
    }
    let message =
        format!("{} under what lies over films on {players}", count(wide.len(), "caption reaches", "captions reach"));
    fail(name, message, "break long words, or take a preset of another shape").at(wide)
}

/// Captions of a style all stand in one place: whether that is free is known without them.
fn styled(dressed: &Dressed, (width, height): (u32, u32), free: Area, players: &str) -> Check {
    let name = "safe_area";
    let largest = Sheet::new(&dressed.style, width, height, dressed.two).largest();
    let (w, h) = (f64::from(width), f64::from(height));
    // A pixel of rounding is nobody's loss.
    let sides = largest.left + 1.0 >= free.left * w && largest.right - 1.0 <= free.right * w;
    if sides && largest.top + 1.0 >= free.top * h && largest.bottom - 1.0 <= free.bottom * h {
        return pass(name, format!("burnt-in captions keep clear of what lies over films on {players}"));
    }
    let message = format!("burnt-in captions stand where something lies over films on {players}");
    fail(name, message, "choose the style's `safe_area`, or leave `place` and `margin` as they are")
}

/// Is a box of two lines, the longer of them so wide, inside of an area?
fn is_inside(look: &Look, line_em: f64, area: Area) -> bool {
    let (width, height) = (f64::from(look.width), f64::from(look.height));
    let half = look.em * (line_em / 2.0 + ass::PAD_X);
    let top = look.bottom - look.em * (2.0 * font::LINE + 2.0 * ass::PAD_Y);
    let (left, right) = ((width / 2.0 - half) / width, (width / 2.0 + half) / width);
    // What stands on the edge is inside, however its numbers are rounded.
    let (from, to) = ((left + HAIR, top / height + HAIR), (right - HAIR, look.bottom / height - HAIR));
    from.0 >= area.left && to.0 <= area.right && from.1 >= area.top && to.1 <= area.bottom
}

/// Has the caption font all characters?
pub fn glyphs(cues: &[Cue], known: &Known, dressed: Option<&Dressed>) -> Check {
    let name = "glyphs";
    let font = Font::default();
    let lacks = |word: &str| -> Vec<char> {
        match dressed {
            Some(dressed) => undrawn(word, &dressed.style, &dressed.faces),
            None => word.chars().filter(|c| !c.is_whitespace() && !font.covers(*c)).collect(),
        }
    };
    let at: Vec<Span> =
        cues.iter().filter(|cue| cue.words().any(|word| !lacks(word).is_empty())).map(Cue::span).collect();
    let missing: BTreeSet<char> = cues.iter().flat_map(Cue::words).flat_map(lacks).collect();
    if missing.is_empty() {
        return pass(name, "the caption font has every character");
    }
    let some: String = missing.iter().take(NAMED).flat_map(|c| [*c, ' ']).collect();
    let more = if missing.len() > NAMED { "…" } else { "" };
    let message = format!(
        "the caption font lacks {}: {}{more}",
        count(missing.len(), "character", "characters"),
        some.trim_end()
    );
    let help = "words with them are left out of burnt-in captions: write them otherwise, or use captions = \"files\"";
    if known.captions.is_some_and(CaptionMode::is_burnt) {
        return fail(name, message, help).number(missing.len() as f64, 0.0, "characters").at(at);
    }
    warn(name, message, help).number(missing.len() as f64, 0.0, "characters").at(at)
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::{
        caption::{CaptionPlace, CaptionStyle},
        roles::verify::{CheckState, VideoFacts},
    };

    use super::*;
    use crate::caption::style::faces::Faces;

    fn facts(width: u32, height: u32) -> StreamFacts {
        StreamFacts { video: Some(VideoFacts { width, height, ..VideoFacts::default() }), ..StreamFacts::default() }
    }

    fn cue(text: &str) -> Cue {
        Cue { start: 1.0, end: 2.0, lines: vec![text.into()] }
    }

    #[test]
    fn captions_of_every_shape_are_in_their_platforms_room() {
        let known = Known { rendered: true, ..Known::default() };
        for (width, height) in [(1920, 1080), (1080, 1920), (1080, 1080), (1080, 1350), (854, 480), (480, 854)] {
            let found = safe_area(&[cue("Rice grows in water.")], &facts(width, height), &known, None);
            assert_eq!(found.state, CheckState::Pass, "{width}x{height}: {}", found.message);
        }
        let long = [cue(&"W".repeat(60))];
        assert_eq!(safe_area(&long, &facts(1080, 1920), &known, None).state, CheckState::Fail);
        assert_eq!(safe_area(&long, &facts(1080, 1920), &Known::default(), None).state, CheckState::Skipped);
    }

    #[test]
    fn captions_of_a_style_are_where_their_style_puts_them() {
        let of = |style: CaptionStyle, platform| {
            let faces = Faces::shipped(&style).unwrap();
            let known = Known { rendered: true, platform, ..Known::default() };
            let dressed = Dressed { style, faces, two: false };
            safe_area(&[cue("Rice")], &facts(1080, 1920), &known, Some(&dressed)).state
        };
        let style = |safe_area| CaptionStyle { safe_area, ..CaptionStyle::default() };
        assert_eq!(of(style(SafeArea::Auto), None), CheckState::Pass);
        assert_eq!(of(style(SafeArea::Tiktok), None), CheckState::Pass);
        assert_eq!(of(style(SafeArea::Tiktok), Some(Platform::Shorts)), CheckState::Fail);
        assert_eq!(of(style(SafeArea::Whole), None), CheckState::Fail);
        let top = CaptionStyle { place: CaptionPlace::Top, margin: 0.05, ..CaptionStyle::default() };
        assert_eq!(of(top, Some(Platform::Reels)), CheckState::Pass);
    }

    #[test]
    fn a_wide_film_is_no_short() {
        let known = Known { platform: Some(Platform::Shorts), ..Known::default() };
        assert_eq!(safe_area(&[], &facts(1920, 1080), &known, None).state, CheckState::Fail);
        assert_ne!(safe_area(&[], &facts(1080, 1920), &known, None).state, CheckState::Fail);
    }

    #[test]
    fn characters_without_a_glyph_are_named() {
        let found = glyphs(&[cue("plain"), cue("水 and 米")], &Known::default(), None);
        assert_eq!((found.state, found.measured, found.at.len()), (CheckState::Warn, Some(2.0), 1));
        assert!(found.message.contains('水'), "{}", found.message);
        let burnt = Known { captions: Some(CaptionMode::Burnt), ..Known::default() };
        assert_eq!(glyphs(&[cue("水")], &burnt, None).state, CheckState::Fail);
        assert_eq!(glyphs(&[cue("Привет")], &burnt, None).state, CheckState::Pass);
    }
}
