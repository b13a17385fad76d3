//! A film on a page, with the line under it: how far it is, of how much; a click goes there.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    canvas::{Canvas, Hit},
    picture::Shown,
    theme::Role,
    widget::{bar, text},
};

/// Draws the film that is looked at, and its line in the last row where there is room for it.
pub fn show(canvas: &mut Canvas, area: Rect) {
    let line = u16::from(area.height > 2);
    let above = Rect { height: area.height - line, ..area };
    picture(canvas, above);
    if line > 0 {
        scrub(canvas, Rect { y: above.bottom(), height: line, ..area });
    }
}

/// Draws the film that is looked at.
pub fn picture(canvas: &mut Canvas, area: Rect) {
    if canvas.pictures.is_hidden() {
        return;
    }
    if let Some(why) = canvas.pictures.refused() {
        return canvas.middle(area, &format!("the film cannot be shown: {why}"));
    }
    match canvas.player.draw(canvas.frame.buffer_mut(), area) {
        Shown::Picture => (),
        Shown::Coming => canvas.middle(area, canvas.look.glyphs.cut),
        Shown::Failed(why) => canvas.middle(area, &format!("the film cannot be played: {why}")),
    }
}

/// `▶ 0:07 ━━━━── 0:31`; clicks on it come as [`Hit::Seek`].
fn scrub(canvas: &mut Canvas, area: Rect) {
    let look = canvas.look;
    let (from, to) = canvas.player.span();
    let at = canvas.player.position();
    // As a deck shows it: what it does, not what the key would do.
    let sign = if canvas.player.is_playing() { look.glyphs.play.0 } else { look.glyphs.play.1 };
    let before = format!("{sign} {} ", text::moment(at));
    let after = format!(" {}", text::moment(to));
    let taken = text::width(&before) + text::width(&after);
    let width = area.width.saturating_sub(taken);
    let share = if to > from { (at - from) / (to - from) } else { 0.0 };
    let mut spans = vec![Span::styled(before.clone(), look.style(Role::Accent))];
    if width >= 4 {
        spans.extend(bar::line(share, width, look));
        let bar = Rect { x: area.x + text::width(&before), width, height: 1.min(area.height), ..area };
        canvas.hit(bar, Hit::Seek(0));
    }
    spans.push(Span::styled(after, look.style(Role::Dim)));
    canvas.line(area, Line::from(spans));
}
