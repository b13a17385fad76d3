//! Composes a card: one file a layout, and here what they share. Nothing here knows of pixels' colours
//! or of effects; the result is a [`Scene`].

mod banner;
mod bullets;
mod code;
mod comparison;
mod headed;
mod item;
mod lower_third;
mod number;
mod offer;
mod page;
mod quote;
mod steps;
mod title;

use studio_plugin_sdk::card::{CardText, Ground, Layout};

use crate::{
    fonts::{Face, Fonts},
    frame::Frame,
    palette::{Heading, Palette, Tone},
    scene::{Placed, Rect, Scene},
    shape::Shaper,
    stack::{Item, Stack},
    text::{Look, Rich, paragraph},
    wrap::Para,
};

/// Most paragraphs of a list; no card has room for more.
const MOST_ITEMS: usize = 20;

/// Lays out `text` in `frame`. The second value names the characters that no bundled font has.
pub fn compose(text: &CardText, frame: Frame, palette: &Palette, fonts: &Fonts) -> (Scene, Vec<char>) {
    let shaper = Shaper::new(fonts);
    let scene = Scene { width: frame.width, height: frame.height, safe: frame.safe, ..Scene::default() };
    let mut page = Page { shaper: &shaper, text, palette, frame, scene };
    match text.layout {
        Layout::Title => title::compose(&mut page),
        Layout::Bullets => bullets::compose(&mut page),
        Layout::Quote => quote::compose(&mut page),
        Layout::Number => number::compose(&mut page),
        Layout::Code => code::compose(&mut page),
        Layout::Comparison => comparison::compose(&mut page),
        Layout::Item => item::compose(&mut page),
        Layout::Steps => steps::compose(&mut page),
        Layout::Page => page::compose(&mut page),
        Layout::Offer => offer::compose(&mut page),
        Layout::Banner => banner::compose(&mut page),
        Layout::LowerThird => lower_third::compose(&mut page),
    }
    let mut scene = page.scene;
    scene.cut |= text.layout != Layout::Code && text.lines.len().max(text.right.len()) > MOST_ITEMS;
    (scene, shaper.missing())
}

/// A card being laid out.
struct Page<'a> {
    shaper: &'a Shaper<'a>,
    text: &'a CardText,
    palette: &'a Palette,
    frame: Frame,
    scene: Scene,
}

impl Page<'_> {
    /// Pixels from units.
    fn px(&self, units: f32) -> f32 {
        units * self.frame.unit
    }

    /// Whether it has a ground of its own to put ornaments on.
    fn solid(&self) -> bool {
        self.text.ground == Ground::Solid
    }

    fn heading_look(&self) -> Look {
        match self.palette.heading {
            Heading::Serif => {
                Look { face: Face::Serif, tone: Tone::Text, strong: Face::SerifItalic, strong_tone: Tone::Accent }
            }
            Heading::Sans => {
                Look { face: Face::Display, tone: Tone::Text, strong: Face::Display, strong_tone: Tone::Accent }
            }
        }
    }

    /// Large type is set tighter.
    fn heading_tracking(&self) -> f32 {
        match self.palette.heading {
            Heading::Serif => -0.012,
            Heading::Sans => -0.018,
        }
    }

    /// A paragraph with the card's stressed words.
    fn para(&self, raw: &str, breaks: bool, look: Look, tracking: f32) -> Para {
        Para::new(self.shaper, Rich::new(paragraph(raw, breaks), look, &self.text.emphasis), tracking)
    }

    fn kicker(&self) -> Item {
        let upper = paragraph(&self.text.kicker, false).to_uppercase();
        let rich = Rich::new(upper, Look::plain(Face::SansStrong, Tone::Muted), &[]);
        let size = self.px(self.frame.sizes.kicker);
        let para = Para::new(self.shaper, rich, 0.11);
        Item {
            name: "kicker",
            para,
            size,
            least: size * 0.9,
            leading: 1.35,
            gap: 0.0,
            indent: 0.0,
            lines: 2,
            measure: 40.0,
        }
    }

    fn heading(&self, size: f32, lines: usize) -> Item {
        let size = self.px(size);
        let para = self.para(&self.text.heading, true, self.heading_look(), self.heading_tracking());
        Item {
            name: "heading",
            para,
            size,
            least: self.px(40.0),
            leading: 1.1,
            gap: self.px(42.0),
            indent: 0.0,
            lines,
            measure: 40.0,
        }
    }

    fn body(&self, name: &'static str, raw: &str, size: f32, tone: Tone, gap: f32) -> Item {
        // Over a picture, what is quieter would be lost.
        let tone = if tone == Tone::Muted && !self.solid() { Tone::Text } else { tone };
        let look = Look { face: Face::Sans, tone, strong: Face::SansStrong, strong_tone: Tone::Accent };
        let para = self.para(raw, false, look, -0.006);
        let (size, gap) = (self.px(size), self.px(gap));
        Item { name, para, size, least: self.px(25.0), leading: 1.4, gap, indent: 0.0, lines: 8, measure: 30.0 }
    }

    /// The lines of the card that say something.
    fn lines(&self) -> Vec<&str> {
        said(&self.text.lines)
    }

    /// The short accent bar above a column, and the room it takes.
    fn bar(&mut self, x: f32, y: f32, width: f32, rtl: bool) -> f32 {
        let (w, h) = (self.px(64.0), self.px(7.0));
        let x = if rtl { x + width - w } else { x };
        self.scene.rect(Rect::new(x, y, w, h), Tone::Accent);
        self.bar_room()
    }

    fn bar_room(&self) -> f32 {
        self.px(7.0) + self.px(if self.text.kicker.trim().is_empty() { 50.0 } else { 34.0 })
    }

    /// Places a column and remembers whether it was cut.
    fn put(&mut self, stack: Stack, x: f32, y: f32, width: f32) {
        self.scene.cut |= stack.cut;
        self.scene.blocks.extend(stack.blocks(x, y, width));
    }

    /// One line of small type at `x`, cut to `width`.
    fn label(&mut self, name: &'static str, para: &Para, size: f32, x: f32, baseline: f32, width: f32) {
        let line = para.single(self.shaper, width / size);
        self.scene.blocks.push(crate::scene::Block { name, lines: vec![Placed { line, x, baseline, size }] });
    }
}

/// Paragraphs that are not blank, no more than can be looked at.
fn said(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).filter(|l| !l.trim().is_empty()).take(MOST_ITEMS).collect()
}
