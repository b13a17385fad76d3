//! Captions of a style as an ASS script for libass: each word an event of its own with a place of its own.
//!
//! What is seen at a moment follows from the moment alone, in the clip's time, so a film may be cut into segments
//! anywhere, in the middle of a word too.

use std::{collections::BTreeSet, fmt::Write};

use studio_plugin_sdk::{caption::CaptionKind, timeline::Color};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    super::{
        Cue,
        ass::{self, BLEND, FADE, HOLD},
        font,
    },
    faces::{Faces, is_rtl},
    set::{self, Block, Placed},
    sheet::Sheet,
};
use crate::shot::Captions;

/// A word springs up in so many milliseconds, and comes to rest in as many more.
const SPRING: u32 = 90;
/// How small it is at first, and how large at its largest, in hundredths.
const SPRUNG: (u32, u32) = (72, 112);
/// The box behind a word reaches so far around it, in em.
const WORD_PAD: (f64, f64) = (0.18, 0.06);
/// How round its corners are, in em.
const WORD_RADIUS: f64 = 0.22;
/// Ink may reach so far beyond a word's width, in em.
const OVERHANG: f64 = 0.3;

/// The script that draws captions of a style.
pub fn script(captions: &Captions, sheet: &Sheet, faces: &Faces) -> String {
    let mut drawing = Drawing { out: String::new(), used: BTreeSet::from([0]), sheet, faces };
    drawing.cues(captions, &captions.cues, false);
    drawing.cues(captions, &captions.second, true);
    let Drawing { out: events, used, .. } = drawing;
    let files: Vec<&[u8]> = used.iter().filter_map(|i| faces.get(*i)).map(|face| &*face.data).collect();
    let mut out = head(sheet, faces);
    out.push_str(&font::section_of(&files));
    out.push_str(ass::EVENTS);
    out.push_str(&events);
    out
}

fn head(sheet: &Sheet, faces: &Faces) -> String {
    let name = faces.first().map_or(font::FAMILY, |face| face.name.as_str());
    let size = faces.first().map_or(font::LINE, super::faces::Face::line) * sheet.em;
    let (outline, shadow) = (sheet.outline.0, sheet.shadow.0);
    let style = |style: &str, bord: f64, shad: f64| {
        format!(
            "Style: {style},{name},{size:.2},{},{},{},{},0,0,0,0,100,100,0,0,1,{bord:.2},{shad:.2},5,0,0,0,1\n",
            full(sheet.color),
            full(sheet.color),
            full(sheet.outline.1),
            full(sheet.shadow.1),
        )
    };
    format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {}\nPlayResY: {}\nWrapStyle: 2\nScaledBorderAndShadow: yes\n\
         Kerning: yes\nYCbCr Matrix: TV.709\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, \
         OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, \
         Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n{}{}\n",
        sheet.width,
        sheet.height,
        style("Box", 0.0, 0.0),
        style("Word", outline, shadow),
    )
}

/// A caption's time on screen, and how it comes and goes.
#[derive(Clone, Copy)]
struct Up {
    start: u32,
    end: u32,
    fade: (u32, u32),
}

/// When a word is said, and until when it counts as the one that is.
#[derive(Clone, Copy)]
struct Said {
    on: u32,
    end: u32,
    off: u32,
}

struct Drawing<'a> {
    out: String,
    used: BTreeSet<usize>,
    sheet: &'a Sheet,
    faces: &'a Faces,
}

impl Drawing<'_> {
    fn cues(&mut self, captions: &Captions, cues: &[Cue], is_second: bool) {
        let joins = if is_second { captions.second_joins } else { (captions.joins_last, captions.joins_next) };
        for (i, cue) in cues.iter().enumerate() {
            let joins_last = if i > 0 { cues[i - 1].end == cue.start } else { joins.0 };
            let joins_next = cues.get(i + 1).map_or(joins.1, |next| next.start == cue.end);
            let fade = (if joins_last { 0 } else { FADE }, if joins_next { 0 } else { FADE });
            self.cue(cue, Up { start: cue.start, end: cue.end, fade }, is_second);
        }
    }

    fn cue(&mut self, cue: &Cue, up: Up, is_second: bool) {
        let block = set::block(cue, self.sheet, self.faces, is_second);
        if let Some(color) = self.sheet.behind {
            let corners = ((block.left, block.top), (block.right, block.bottom));
            self.rectangle(0, up, color, corners, self.sheet.radius);
        }
        let words = &block.words;
        for (i, word) in words.iter().enumerate() {
            let token = &word.token;
            let on = token.start.clamp(up.start, up.end);
            let next = words.get(i + 1).map_or(u32::MAX, |next| next.token.start);
            let held = if next.saturating_sub(token.end) <= HOLD { next.max(token.start) } else { token.end };
            let end = token.end.clamp(on, up.end);
            let said = Said { on, end, off: held.clamp(on, up.end) };
            if is_second {
                let color = self.sheet.second.map_or(self.sheet.color, |second| second.color);
                let color = if token.key { self.sheet.key } else { color };
                self.word(2, up, &block, word, &format!("\\1c{}{}", bgr(color), alpha(1, color)));
            } else {
                self.said(up, &block, word, said);
            }
        }
    }

    fn said(&mut self, up: Up, block: &Block, word: &Placed, said: Said) {
        let sheet = self.sheet;
        let base = if word.token.key { sheet.key } else { sheet.color };
        let plain = format!("\\1c{}{}", bgr(base), alpha(1, base));
        if let Some(color) = sheet.word_box.filter(|_| said.off > said.on) {
            let (x, y) = (WORD_PAD.0 * block.em, WORD_PAD.1 * block.em);
            let half = block.em * super::sheet::LINE / 2.0 - y;
            let corners = ((word.left - x, word.middle - half), (word.left + word.width + x, word.middle + half));
            let up = Up { start: said.on, end: said.off, fade: (0, 0) };
            self.rectangle(1, up, color, corners, WORD_RADIUS * block.em);
        }
        let active = sheet.active.filter(|active| *active != base);
        match sheet.kind {
            CaptionKind::Karaoke => {
                self.word(2, up, block, word, &plain);
                let color = active.unwrap_or(base);
                let tags =
                    format!("\\1c{}{}\\bord0\\shad0{}", bgr(color), alpha(1, color), swept(sheet, block, word, said));
                self.word(3, from(up, said.on), block, word, &tags);
            }
            CaptionKind::Pop => {
                let (least, most) = SPRUNG;
                let spring = format!(
                    "\\fscx{least}\\fscy{least}\\t(0,{SPRING},\\fscx{most}\\fscy{most})\
                     \\t({SPRING},{},\\fscx100\\fscy100)",
                    2 * SPRING
                );
                let off = said.off - said.on;
                let color = active.map_or(plain, |active| {
                    let back = format!("\\t({off},{},\\1c{}{})", off + BLEND, bgr(base), alpha(1, base));
                    format!("\\1c{}{}{back}", bgr(active), alpha(1, active))
                });
                self.word(2, from(up, said.on), block, word, &(color + &spring));
            }
            CaptionKind::Typewriter => {
                let typed = plain + &self.typed(block, word, said);
                self.word(2, from(up, said.on), block, word, &typed);
            }
            CaptionKind::Lines | CaptionKind::Boxed | CaptionKind::Highlight => {
                let (on, off) = (said.on - up.start, said.off - up.start);
                // A box appears at once, and so does the colour that is read on it.
                let blend = if sheet.word_box.is_some() { 1 } else { BLEND };
                let coloured = active.map(|active| {
                    let to = |at: u32, color| format!("\\t({at},{},\\1c{}{})", at + blend, bgr(color), alpha(1, color));
                    to(on, active) + &to(off, base)
                });
                self.word(2, up, block, word, &(plain + &coloured.unwrap_or_default()));
            }
        }
    }

    /// Letters that appear one after another while their word is said.
    fn typed(&self, block: &Block, word: &Placed, said: Said) -> String {
        let parts: Vec<&str> = word.token.text.graphemes(true).collect();
        // Letters that join cannot be shown by halves.
        if parts.len() < 2 || is_rtl(&word.token.text) {
            return String::new();
        }
        let (mut out, mut shown) = (String::new(), String::new());
        let each = f64::from(said.end - said.on) / parts.len() as f64;
        let left = word.left - OVERHANG * block.em;
        for (i, part) in parts.iter().enumerate() {
            shown.push_str(part);
            let last = i + 1 == parts.len();
            let right =
                if last { word.width + OVERHANG * block.em } else { self.faces.width(&shown, false) * block.em };
            let clip = format!("\\clip({:.0},0,{:.0},{})", left, word.left + right, self.sheet.height);
            let at = ((each * i as f64).round() as u32).max(1);
            // Between one letter and the next there is nothing: the change takes no time.
            let _ = if i == 0 { write!(out, "{clip}") } else { write!(out, "\\t({at},{at},{clip})") };
        }
        out
    }

    fn rectangle(&mut self, layer: u8, up: Up, color: Color, (from, to): ((f64, f64), (f64, f64)), radius: f64) {
        if ass::stamp(up.start) == ass::stamp(up.end) {
            return;
        }
        let round = |(x, y): (f64, f64)| (x.round(), y.round());
        let (from, to) = (round(from), round(to));
        let radius = radius.min((to.0 - from.0) / 2.0).min((to.1 - from.1) / 2.0).floor();
        let shape = ass::rounded(from, to, radius);
        let (times, fade) = (times(up), fade(up));
        let color = format!("\\1c{}{}", bgr(color), alpha(1, color));
        let _ = writeln!(self.out, "Dialogue: {layer},{times},Box,,0,0,0,,{{\\an7\\pos(0,0){fade}{color}\\p1}}{shape}");
    }

    fn word(&mut self, layer: u8, up: Up, block: &Block, word: &Placed, tags: &str) {
        if ass::stamp(up.start) == ass::stamp(up.end) {
            return;
        }
        let runs = &word.runs;
        let faces = runs.iter().filter_map(|run| self.faces.get(run.face));
        let (up_em, down_em) = faces.fold((0.0_f64, 0.0_f64), |(a, d), face| (a.max(face.ascent), d.max(face.descent)));
        // The line's middle is that of the wanted font; the event's is that of all its fonts.
        let (ascent, descent) = self.faces.first().map_or((1.0, 0.25), |face| (face.ascent, face.descent));
        let baseline = word.middle + (ascent - descent) / 2.0 * block.em;
        let y = baseline - (up_em - down_em) / 2.0 * block.em;
        let x = word.left + word.width / 2.0;
        let mut text = String::new();
        for run in runs {
            self.used.insert(run.face);
            let Some(face) = self.faces.get(run.face) else { continue };
            if run.face > 0 || (block.em - self.sheet.em).abs() > 0.01 || runs.len() > 1 {
                let _ = write!(text, "{{\\fn{}\\fs{:.2}}}", face.name, face.line() * block.em);
            }
            text.push_str(&ass::escaped(&run.marked()));
        }
        let (times, fade) = (times(up), fade(up));
        let place = format!("\\an5\\pos({x:.2},{y:.2})");
        let _ = writeln!(self.out, "Dialogue: {layer},{times},Word,,0,0,0,,{{{place}{fade}{tags}}}{text}");
    }
}

/// The same time from a moment on, where it does not fade in any more.
fn from(up: Up, on: u32) -> Up {
    Up { start: on.max(up.start), fade: (0, up.fade.1), ..up }
}

/// The part of a word that was said, growing in the direction in which it is read.
fn swept(sheet: &Sheet, block: &Block, word: &Placed, said: Said) -> String {
    let over = OVERHANG * block.em;
    let (left, right) = (word.left - over, word.left + word.width + over);
    let height = sheet.height;
    let clip = |from: f64, to: f64| format!("\\clip({from:.0},0,{to:.0},{height})");
    // From where the letters begin to where they end; then all ink is let through.
    let (start, end) = if word.rtl {
        (clip(word.left + word.width, right), clip(word.left, right))
    } else {
        (clip(left, word.left), clip(left, word.left + word.width))
    };
    let length = (said.end - said.on).max(1);
    format!("{start}\\t(0,{length},{end})\\t({length},{length},{})", clip(left, right))
}

fn times(up: Up) -> String {
    format!("{},{}", ass::stamp(up.start), ass::stamp(up.end))
}

fn fade(up: Up) -> String {
    if up.fade == (0, 0) { String::new() } else { format!("\\fad({},{})", up.fade.0, up.fade.1) }
}

/// A colour as tags write it.
fn bgr(color: Color) -> String {
    format!("&H{:02X}{:02X}{:02X}&", color.blue, color.green, color.red)
}

/// How much of what is behind it a colour lets through, where it does.
fn alpha(which: u8, color: Color) -> String {
    if color.alpha == 255 { String::new() } else { format!("\\{which}a&H{:02X}&", 255 - color.alpha) }
}

/// A colour as styles write it.
fn full(color: Color) -> String {
    format!("&H{:02X}{:02X}{:02X}{:02X}", 255 - color.alpha, color.blue, color.green, color.red)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use studio_plugin_sdk::caption::CaptionStyle;

    use super::{super::super::Token, *};

    fn drawn(kind: CaptionKind, words: &[&str]) -> String {
        let style = CaptionStyle { kind, ..CaptionStyle::default() };
        let token = |(i, text): (usize, &&str)| {
            let start = 1000 + 300 * i as u32;
            Token { text: (*text).into(), start, end: start + 280, ..Token::default() }
        };
        let line: Vec<Token> = words.iter().enumerate().map(token).collect();
        let end = line.last().map_or(2000, |token| token.end + 300);
        let captions = Captions { cues: vec![Cue { start: 920, end, lines: vec![line] }], ..Captions::default() };
        let (sheet, faces) = (Sheet::new(&style, 1920, 1080, false), Faces::shipped(&style).unwrap());
        script(&captions, &sheet, &faces).split_once(ass::EVENTS).unwrap().1.to_owned()
    }

    #[test]
    fn a_word_springs_up_when_it_is_said_and_stays() {
        insta::assert_snapshot!(drawn(CaptionKind::Pop, &["Rice", "grows."]), @r"
        Dialogue: 2,0:00:01.00,0:00:01.88,Word,,0,0,0,,{\an5\pos(874.00,1003.18)\fad(0,110)\1c&H4CD0FF&\t(300,370,\1c&HFFFFFF&)\fscx72\fscy72\t(0,90,\fscx112\fscy112)\t(90,180,\fscx100\fscy100)}Rice
        Dialogue: 2,0:00:01.30,0:00:01.88,Word,,0,0,0,,{\an5\pos(1017.82,1003.18)\fad(0,110)\1c&H4CD0FF&\t(280,350,\1c&HFFFFFF&)\fscx72\fscy72\t(0,90,\fscx112\fscy112)\t(90,180,\fscx100\fscy100)}grows.
        ");
    }

    #[test]
    fn a_colour_fills_words_in_the_direction_in_which_they_are_read() {
        let fills = |text: &str| {
            let events = drawn(CaptionKind::Karaoke, &[text]);
            let clips: Vec<Vec<i32>> = events
                .lines()
                .last()
                .unwrap()
                .split("\\clip(")
                .skip(1)
                .map(|clip| clip.split(')').next().unwrap().split(',').map(|n| n.trim().parse().unwrap()).collect())
                .collect();
            (clips[0][2] == clips[1][2], clips[0][0] == clips[1][0])
        };
        assert_eq!((fills("Rice"), fills("אורז")), ((false, true), (true, false)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_word_can_give_commands_or_begin_an_event(words in prop::collection::vec("[\\\\{}Nnh,p&0-9()א水🌾]{1,12}", 1..5), kind in 0usize..6) {
            let kinds = [
                CaptionKind::Lines, CaptionKind::Boxed, CaptionKind::Karaoke, CaptionKind::Highlight, CaptionKind::Pop,
                CaptionKind::Typewriter,
            ];
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            for line in drawn(kinds[kind], &words).lines() {
                prop_assert!(line.starts_with("Dialogue: "));
                let text = line.splitn(10, ',').nth(9).unwrap();
                let tags: String = text.replace("\\{", "").replace("\\}", "");
                prop_assert_eq!(tags.matches('{').count(), tags.matches('}').count());
                // What is outside of commands has no backslash that could begin one.
                let outside = tags.split('{').map(|part| part.rsplit('}').next().unwrap_or_default()).collect::<String>();
                prop_assert!(outside.split('\\').skip(1).all(|rest| rest.starts_with('\u{2060}')), "{}", text);
            }
        }
    }
}
