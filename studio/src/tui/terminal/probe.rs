//! What the terminal can do: asked once it shows something, with an answer or without one. What is typed meanwhile is
//! not lost, and nobody goes on reading afterwards.

use std::{
    env, io,
    io::Write,
    time::{Duration, Instant},
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_image::{
    FontSize,
    picker::{
        Picker, ProtocolType,
        cap_parser::{Parser, QueryStdioOptions, Response},
    },
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Input;
use crate::tui::picture::Painter;

/// How long an answer may take, from this box and from far away.
const WITHIN: Duration = Duration::from_millis(300);
const FAR_WITHIN: Duration = Duration::from_secs(2);
/// Longer than any answer.
const MOST: usize = 1024;

/// What the terminal can do.
pub struct Ability {
    /// How it shows pictures.
    pub painter: Painter,
    /// Its ground is dark; none: it does not say.
    pub dark: Option<bool>,
    /// What was typed while it was asked.
    pub typed: Vec<Input>,
    /// It said all that it was asked; else the rest may come later.
    pub answered: bool,
}

/// Asks the terminal of this process. Nothing else may read from it meanwhile. To one that is far away, pictures
/// are sent in fewer bytes.
pub fn probe(far: bool) -> Ability {
    let set = |name: &str| env::var(name).is_ok_and(|value| !value.is_empty());
    // They know a part of kitty's protocol, not the one that is used here; their own is better.
    let only_iterm = set("WEZTERM_EXECUTABLE") || set("KONSOLE_VERSION");
    let blacklist = if only_iterm { vec![ProtocolType::Kitty, ProtocolType::Sixel] } else { Vec::new() };
    let in_tmux = Picker::halfblocks().tmux_detected();
    let query = Parser::query(
        in_tmux,
        QueryStdioOptions {
            timeout: WITHIN,
            terminal_background_color_osc: true,
            kitty_compression: far,
            blacklist_protocols: blacklist,
            text_sizing_protocol: false,
        },
    );
    let mut heard = Heard::default();
    let asked = io::stdout().write_all(query.as_bytes()).and_then(|()| io::stdout().flush());
    // Where it cannot be asked, it has said nothing.
    let _ = asked.and_then(|()| listen(&mut heard, if far { FAR_WITHIN } else { WITHIN }));
    heard.ability()
}

/// Reads until all was answered, or for so long.
fn listen(heard: &mut Heard, within: Duration) -> io::Result<()> {
    let (input, until) = (io::stdin(), Instant::now() + within);
    let mut bytes = [0; 256];
    while !heard.answered {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        if poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&left))? == 0 {
            return Ok(());
        }
        // Past the library's own buffer, which nobody would look into later.
        let read = rustix::io::read(&input, &mut bytes)?;
        if read == 0 {
            return Ok(());
        }
        bytes[..read].iter().for_each(|byte| heard.take(*byte));
    }
    Ok(())
}

/// Answers, and what was typed between them.
#[derive(Default)]
struct Heard {
    said: Vec<Response>,
    typed: Vec<u8>,
    /// A sequence that is not whole yet.
    begun: Vec<u8>,
    answered: bool,
}

impl Heard {
    fn take(&mut self, byte: u8) {
        if self.begun.is_empty() {
            return if byte == 0x1b { self.begun.push(byte) } else { self.typed.push(byte) };
        }
        self.begun.push(byte);
        let whole = match self.begun.get(1) {
            Some(b'[') => self.begun.len() > 2 && (0x40..=0x7e).contains(&byte),
            Some(b'_' | b'P') => self.begun.ends_with(b"\x1b\\"),
            Some(b']') => byte == 7 || self.begun.ends_with(b"\x1b\\"),
            _ => true,
        };
        if whole || self.begun.len() >= MOST {
            let sequence = std::mem::take(&mut self.begun);
            self.sequence(&sequence);
        }
    }

    fn sequence(&mut self, sequence: &[u8]) {
        let answers = match sequence.get(1) {
            Some(b'_' | b']' | b'P') => true,
            Some(b'[') => matches!(sequence.last(), Some(b'c' | b't' | b'n' | b'R')),
            _ => false,
        };
        if !answers {
            return self.typed.extend_from_slice(sequence);
        }
        let mut parser = Parser::new();
        let said = sequence.iter().flat_map(|byte| parser.push(char::from(*byte)));
        for said in said {
            self.answered |= said == Response::Status;
            self.said.push(said);
        }
    }

    fn ability(mut self) -> Ability {
        let typed = std::mem::take(&mut self.begun);
        self.typed.extend(typed);
        let size = self.said.iter().find_map(|said| match said {
            Response::CellSize(size) => *size,
            _ => None,
        });
        let size = size.map(|(width, height)| FontSize::new(width, height)).or_else(cell_of_window);
        let picker = size.map_or_else(Picker::halfblocks, |size| self.picker(size));
        let dark = self.said.iter().find_map(|said| match said {
            // Perceived lightness of the ground (ITU-R BT.601).
            Response::Background(r, g, b) => {
                Some(299 * u32::from(*r) + 587 * u32::from(*g) + 114 * u32::from(*b) < 128_000)
            }
            _ => None,
        });
        let compress = self.said.contains(&Response::KittyCompression);
        let answered = self.answered;
        Ability { painter: Painter::new(picker, compress), dark, typed: keys(&self.typed), answered }
    }

    /// By what the terminal said, else by what its name tells.
    fn picker(&self, size: FontSize) -> Picker {
        #[expect(deprecated, reason = "what replaces it reads the terminal by itself, and does not stop")]
        let mut picker = Picker::from_fontsize(size);
        if self.said.contains(&Response::Kitty) {
            picker.set_protocol_type(ProtocolType::Kitty);
        } else if self.said.contains(&Response::Sixel) {
            picker.set_protocol_type(ProtocolType::Sixel);
        }
        picker
    }
}

/// The pixels of a cell by those of the window, where the system knows them.
fn cell_of_window() -> Option<FontSize> {
    let window = crossterm::terminal::window_size().ok()?;
    let (width, height) = (window.width.checked_div(window.columns)?, window.height.checked_div(window.rows)?);
    (width > 0 && height > 0).then(|| FontSize::new(width, height))
}

/// Bytes that were typed, as keys; what was pasted, as that.
fn keys(typed: &[u8]) -> Vec<Input> {
    const PASTED: (&str, &str) = ("[200~", "\x1b[201~");
    let text = String::from_utf8_lossy(typed);
    let mut inputs = Vec::new();
    let mut rest = text.as_ref();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '\x1b'
            && let Some(pasted) = rest.strip_prefix(PASTED.0)
        {
            let (pasted, after) = pasted.split_once(PASTED.1).unwrap_or((pasted, ""));
            inputs.push(Input::Paste(pasted.to_owned()));
            rest = after;
            continue;
        }
        let (code, held) = match c {
            '\x1b' if rest.starts_with(['[', 'O']) => {
                let end = rest[1..].find(|c: char| ('@'..='~').contains(&c)).map_or(rest.len(), |at| at + 2);
                let (sequence, after) = rest.split_at(end);
                rest = after;
                let Some(code) = key_of(sequence) else { continue };
                (code, KeyModifiers::NONE)
            }
            '\x1b' => (KeyCode::Esc, KeyModifiers::NONE),
            '\r' | '\n' => (KeyCode::Enter, KeyModifiers::NONE),
            '\t' => (KeyCode::Tab, KeyModifiers::NONE),
            '\x7f' => (KeyCode::Backspace, KeyModifiers::NONE),
            '\x01'..='\x1a' => (KeyCode::Char(char::from(c as u8 + b'a' - 1)), KeyModifiers::CONTROL),
            c if c.is_control() => continue,
            c => (KeyCode::Char(c), KeyModifiers::NONE),
        };
        inputs.push(Input::Key(KeyEvent::new(code, held)));
    }
    inputs
}

/// The key of a sequence without its escape, as xterm sends them; none: it is none, or a held one.
fn key_of(sequence: &str) -> Option<KeyCode> {
    let number = sequence.strip_prefix('[').and_then(|rest| rest.strip_suffix('~')).map(str::parse::<u8>);
    Some(match (sequence.chars().last()?, number) {
        ('A', _) => KeyCode::Up,
        ('B', _) => KeyCode::Down,
        ('C', _) => KeyCode::Right,
        ('D', _) => KeyCode::Left,
        ('H', _) | (_, Some(Ok(1 | 7))) => KeyCode::Home,
        ('F', _) | (_, Some(Ok(4 | 8))) => KeyCode::End,
        ('Z', _) => KeyCode::BackTab,
        (last @ 'P'..='S', _) => KeyCode::F(last as u8 - b'P' + 1),
        (_, Some(Ok(3))) => KeyCode::Delete,
        (_, Some(Ok(5))) => KeyCode::PageUp,
        (_, Some(Ok(6))) => KeyCode::PageDown,
        (_, Some(Ok(n @ 11..=15))) => KeyCode::F(n - 10),
        (_, Some(Ok(n @ 17..=21))) => KeyCode::F(n - 11),
        (_, Some(Ok(n @ 23..=24))) => KeyCode::F(n - 12),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> Heard {
        let mut heard = Heard::default();
        bytes.iter().for_each(|byte| heard.take(*byte));
        heard
    }

    fn key(code: KeyCode) -> Input {
        Input::Key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn answers_are_told_from_what_was_typed_between_them() {
        let bytes =
            b"q\x1b_Gi=31;OK\x1b\\\x1b[A\x1b[?64;4c\xc3\xa9\x1b[6;20;10t\x1b]11;rgb:fbfb/fafa/f7f7\x1b\\\r\x1b[0n";
        let ability = heard(bytes).ability();
        assert!(ability.answered);
        assert_eq!(ability.dark, Some(false));
        assert_eq!(ability.painter.cell(), (10, 20));
        assert!(!ability.painter.is_halfblocks() && !ability.painter.lies_on_top(), "kitty comes before sixel");
        let typed = [key(KeyCode::Char('q')), key(KeyCode::Up), key(KeyCode::Char('é')), key(KeyCode::Enter)];
        assert_eq!(ability.typed, typed);
        let typed = heard(b"\x1b[23~\x1bOP\x1b[200~rice\r\x1b[201~\x1b[5~\x1b[1;2Q\x03").ability().typed;
        let held = Input::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        let pasted = Input::Paste("rice\r".into());
        let f2 = key(KeyCode::F(2));
        assert_eq!(typed, [key(KeyCode::F(11)), key(KeyCode::F(1)), pasted, key(KeyCode::PageUp), f2, held]);
    }

    #[test]
    fn a_terminal_that_says_little_gets_half_blocks() {
        let ability = heard(b"\x1b[?1;2c\x1b[0n").ability();
        assert!(ability.answered && ability.painter.is_halfblocks());
        let ability = heard(b"\x1b[?1;").ability();
        assert!(!ability.answered && ability.dark.is_none());
        let sixel = heard(b"\x1b[?62;4;22c\x1b[6;18;9t\x1b[0n").ability();
        assert!(sixel.painter.lies_on_top());
    }
}
