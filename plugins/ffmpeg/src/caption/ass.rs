//! Cues as an ASS script for libass: a rounded box, the words over it, the word being said in colour.
//!
//! Every event has an explicit place, so nothing depends on which events came before (a film is drawn in
//! pieces). Words are hostile text: [`escaped`] leaves them no way to give commands.

use std::fmt::Write;

use super::{Cue, Token, font, font::Font, look::Look};
use crate::shot::Captions;

/// Colours as ASS writes them: blue, green, red.
const WHITE: &str = "FFFFFF";
const ACCENT: &str = "4CD0FF";
/// The box, with its transparency in front.
const BOX: &str = "30160F0C";
pub const EVENTS: &str = "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n";
/// Room around the words in their box, in em.
pub const PAD_X: f64 = 0.62;
/// The same above and below.
pub const PAD_Y: f64 = 0.26;
/// A word takes on its colour, and loses it, in so many milliseconds.
pub const BLEND: u32 = 70;
/// The colour stays on through silences up to this long.
pub const HOLD: u32 = 250;
/// A caption with nothing right before or after it fades in and out.
pub const FADE: u32 = 110;

/// The script that draws captions in a picture of `look`.
pub fn script(captions: &Captions, look: &Look, font: &Font) -> String {
    let cues = &captions.cues;
    let mut out = head(look);
    out.push_str(&font::section());
    out.push_str(EVENTS);
    for (i, cue) in cues.iter().enumerate() {
        let joins_last = if i > 0 { cues[i - 1].end == cue.start } else { captions.joins_last };
        let joins_next = cues.get(i + 1).map_or(captions.joins_next, |next| next.start == cue.end);
        let fade = (if joins_last { 0 } else { FADE }, if joins_next { 0 } else { FADE });
        event(&mut out, cue, fade, look, font);
    }
    out
}

fn head(look: &Look) -> String {
    let size = (look.em * font::LINE).round();
    let style = |name: &str, colour: &str, anchor: u8| {
        format!(
            "Style: {name},{},{size},&H{colour},&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,{anchor},0,0,0,1\n",
            font::FAMILY
        )
    };
    format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {}\nPlayResY: {}\nWrapStyle: 2\nScaledBorderAndShadow: yes\n\
         YCbCr Matrix: TV.709\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, \
         OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, \
         Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n{}{}\n",
        look.width,
        look.height,
        style("Box", BOX, 7),
        style("Text", &format!("00{WHITE}"), 5),
    )
}

fn event(out: &mut String, cue: &Cue, fade: (u32, u32), look: &Look, font: &Font) {
    let widest = cue.lines.iter().map(|l| font.width(&Cue::line_text(l))).fold(0.0, f64::max);
    let shrink = (look.line_em / widest).min(1.0);
    let text_height = cue.lines.len() as f64 * font::LINE * look.em * shrink;
    let (pad_x, pad_y) = (look.em * PAD_X, look.em * PAD_Y);
    let (w, h) = (widest * shrink * look.em + 2.0 * pad_x, text_height + 2.0 * pad_y);
    let (left, top) = (f64::from(look.width) / 2.0 - w / 2.0, look.bottom - h);
    let times = format!("{},{}", stamp(cue.start), stamp(cue.end));
    let fade = format!("\\fad({},{})", fade.0, fade.1);
    let (right, bottom) = ((left + w).round(), look.bottom.round());
    let shape = rounded((left.round(), top.round()), (right, bottom), (look.em * 0.36).round());
    let _ = writeln!(out, "Dialogue: 0,{times},Box,,0,0,0,,{{\\an7\\pos(0,0){fade}\\p1}}{shape}");
    let (x, y) = (look.width / 2, (top + h / 2.0).round());
    let scale = if shrink < 1.0 { format!("\\fscx{0}\\fscy{0}", (shrink * 100.0).floor()) } else { String::new() };
    let text = spoken(cue);
    let _ = writeln!(out, "Dialogue: 1,{times},Text,,0,0,0,,{{\\an5\\pos({x},{y}){fade}{scale}}}{text}");
}

/// The words, each with the times of its colour.
fn spoken(cue: &Cue) -> String {
    let words: Vec<&Token> = cue.lines.iter().flatten().collect();
    let mut out = String::new();
    let mut i = 0;
    for (n, line) in cue.lines.iter().enumerate() {
        if n > 0 {
            out.push_str("\\N");
        }
        for (k, word) in line.iter().enumerate() {
            let next = words.get(i + 1).map_or(u32::MAX, |w| w.start);
            let held = if next.saturating_sub(word.end) <= HOLD { next.max(word.start) } else { word.end };
            let (on, off) = (word.start.saturating_sub(cue.start), held.saturating_sub(cue.start));
            let space = if k > 0 { " " } else { "" };
            let _ = write!(
                out,
                "{space}{{\\1c&H{WHITE}&\\t({on},{},\\1c&H{ACCENT}&)\\t({off},{},\\1c&H{WHITE}&)}}{}",
                on + BLEND,
                off + BLEND,
                escaped(&word.text)
            );
            i += 1;
        }
    }
    out
}

/// Text that libass shows as it is: braces are escaped, and a backslash can't join what follows it to a command.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' => out.push_str("\\{"),
            '}' => out.push_str("\\}"),
            '\\' => out.push_str("\\\u{2060}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// `h:mm:ss.cc`
pub fn stamp(ms: u32) -> String {
    let cs = ms / 10;
    format!("{}:{:02}:{:02}.{:02}", cs / 360_000, cs / 6000 % 60, cs / 100 % 60, cs % 100)
}

/// A rectangle with round corners as drawing commands; `(left, top)` and `(right, bottom)` are its corners.
pub fn rounded((left, top): (f64, f64), (right, bottom): (f64, f64), radius: f64) -> String {
    // Where each side's straight part ends, and how far a curve's handles are from the corner.
    let bend = radius - (radius * 0.55).round();
    let (in_left, in_right, in_top, in_bottom) = (left + radius, right - radius, top + radius, bottom - radius);
    let corner = |from: (f64, f64), to: (f64, f64), end: (f64, f64)| {
        format!(" b {} {} {} {} {} {}", from.0, from.1, to.0, to.1, end.0, end.1)
    };
    let top_right = corner((right - bend, top), (right, top + bend), (right, in_top));
    let bottom_right = corner((right, bottom - bend), (right - bend, bottom), (in_right, bottom));
    let bottom_left = corner((left + bend, bottom), (left, bottom - bend), (left, in_bottom));
    let top_left = corner((left, top + bend), (left + bend, top), (in_left, top));
    format!(
        "m {in_left} {top} l {in_right} {top}{top_right} l {right} {in_bottom}{bottom_right} \
         l {in_left} {bottom}{bottom_left} l {left} {in_top}{top_left}"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What libass would show of a text field, after its own rules.
    fn shown(text: &str) -> (String, String) {
        let (mut seen, mut commands, mut chars) = (String::new(), String::new(), text.chars().peekable());
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('\\', Some('{' | '}')) => seen.extend(chars.next()),
                ('\\', Some('N' | 'n' | 'h')) => {
                    chars.next();
                    seen.push('\n');
                }
                ('{', _) => commands.extend(chars.by_ref().take_while(|c| *c != '}')),
                _ => seen.push(c),
            }
        }
        (seen.replace('\u{2060}', ""), commands)
    }

    fn cue(words: &[&str]) -> Cue {
        let line = words
            .iter()
            .enumerate()
            .map(|(i, t)| {
                let start = 1000 + 300 * i as u32;
                Token { text: (*t).into(), start, end: start + 280, ..Token::default() }
            })
            .collect();
        Cue { start: 920, end: 2500, lines: vec![line] }
    }

    fn alone(cue: Cue) -> Captions {
        Captions { cues: vec![cue], ..Captions::default() }
    }

    #[test]
    fn a_cue_is_a_box_and_its_words() {
        let look = Look::for_size(1920, 1080);
        let script = script(&alone(cue(&["Rice", "grows,"])), &look, &Font::default());
        let events = script.split_once(EVENTS).unwrap().1;
        insta::assert_snapshot!(events, @r"
        Dialogue: 0,0:00:00.92,0:00:02.50,Box,,0,0,0,,{\an7\pos(0,0)\fad(110,110)\p1}m 813 948 l 1107 948 b 1116 948 1124 956 1124 965 l 1124 1017 b 1124 1026 1116 1034 1107 1034 l 813 1034 b 804 1034 796 1026 796 1017 l 796 965 b 796 956 804 948 813 948
        Dialogue: 1,0:00:00.92,0:00:02.50,Text,,0,0,0,,{\an5\pos(960,991)\fad(110,110)}{\1c&HFFFFFF&\t(80,150,\1c&H4CD0FF&)\t(380,450,\1c&HFFFFFF&)}Rice {\1c&HFFFFFF&\t(380,450,\1c&H4CD0FF&)\t(660,730,\1c&HFFFFFF&)}grows,
        ");
    }

    #[test]
    fn a_caption_that_goes_over_into_another_does_not_fade() {
        let look = Look::for_size(1920, 1080);
        let captions = Captions { joins_last: true, joins_next: true, ..alone(cue(&["Rice"])) };
        assert_eq!(script(&captions, &look, &Font::default()).matches("\\fad(0,0)").count(), 2);
    }

    #[test]
    fn a_word_too_wide_for_the_picture_is_set_smaller() {
        let look = Look::for_size(1080, 1920);
        let script = script(&alone(cue(&["Donaudampfschifffahrtsgesellschaftskapitän"])), &look, &Font::default());
        assert!(script.contains("\\fscx"));
    }

    proptest! {
        #[test]
        fn no_text_can_give_commands(text in "\\PC{0,40}|[\\\\{}Nnhp,&0-9()]{0,40}") {
            let (seen, commands) = shown(&escaped(&text));
            prop_assert_eq!(seen, text.replace('\u{2060}', ""));
            prop_assert_eq!(commands, "");
        }

        #[test]
        fn a_script_has_two_lines_a_cue(words in prop::collection::vec("\\PC{1,12}", 1..6)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let script = script(&alone(cue(&words)), &Look::for_size(640, 360), &Font::default());
            prop_assert_eq!(script.lines().filter(|l| l.starts_with("Dialogue: ")).count(), 2);
            let last = script.lines().last().unwrap();
            let (seen, _) = shown(last.splitn(10, ',').nth(9).unwrap());
            prop_assert_eq!(seen, words.join(" ").replace('\u{2060}', ""));
        }
    }
}
