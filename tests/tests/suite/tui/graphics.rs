//! Terminals that paint pictures, as the real binary meets them: what is sent is well-formed, and nothing of an old
//! picture is left.

use studio_tests::{
    Home,
    graphics::Painted,
    pty::{CELL, Pty},
    short,
};

const KITTY: &[u8] = b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c\x1b[6;20;10t\x1b]11;rgb:1616/1818/1d1d\x1b\\\x1b[0n";
const SIXEL: &[u8] = b"\x1b[?62;4;22c\x1b[6;20;10t\x1b]11;rgb:1616/1818/1d1d\x07\x1b[0n";
const OTHER: &[u8] = b"\x1b[?62c\x1b[6;20;10t\x1b[0n";

/// The strip's thumbnails and the preview.
fn is_painted(painted: &Painted) -> bool {
    painted.text().contains("✓ done") && painted.cells() > 300
}

/// Pictures come, give way to what lies over them, come again, change with the size, and are gone on other pages.
fn drive(home: &Home, envs: &[(&str, &str)], answers: &'static [u8], on_top: bool) -> (Painted, Vec<u8>) {
    let mut pty = Pty::start(home, "rice --no-motion --no-sound", envs, (120, 40), answers);
    pty.wait_until("pictures are painted", is_painted);
    pty.type_text("?").wait_for("everywhere");
    let covered = |painted: &Painted| painted.cells() == 0 || !on_top;
    pty.wait_until("nothing lies over the help", covered).type_text("\x1b");
    pty.wait_until("the pictures are back", |painted| is_painted(painted) && !painted.text().contains("everywhere"));
    // Large, then small again.
    pty.type_text("z").wait_until("it is large", |painted| painted.cells() > 2500).type_text("z");
    pty.wait_until("it is small", |painted| is_painted(painted) && painted.cells() < 2500);
    pty.resize(80, 24).wait_until("it is drawn at its size", |painted| {
        painted.text().lines().count() == 24 && painted.text().contains("keys") && painted.cells() > 100
    });
    pty.type_text("6").wait_for("comes with Studio");
    pty.wait_until("no picture is left", |painted| painted.cells() == 0);
    pty.type_text("2").wait_until("they are back", |painted| painted.cells() > 100 && painted.lost() == 0);
    // The film: frame after frame.
    pty.type_text("F")
        .wait_until("a still of the film", |painted| painted.text().contains("‖ 0:00") && painted.cells() > 100);
    pty.type_text("..").wait_for("‖ 0:02");
    pty.wait_until("nothing is lost", |painted| painted.lost() == 0);
    pty.type_text("q");
    assert_eq!(pty.left(), 0);
    pty.take()
}

#[test]
fn pictures_come_and_go_as_kitty_iterm_and_sixel_want_them() {
    let home = Home::new();
    short::run(short::project(&home));
    let (kitty, _) = drive(&home, &[], KITTY, false);
    assert!(kitty.sent > 8 && kitty.kept.is_empty(), "{} sent, {:?} kept", kitty.sent, kitty.kept);
    let whole = |(width, height): &(usize, usize)| width % CELL.0 == 0 && height % CELL.1 == 0;
    let (sixel, _) = drive(&home, &[], SIXEL, true);
    assert!(sixel.sent > 8 && sixel.sizes.iter().all(whole), "{:?}", sixel.sizes);
    let (iterm, _) = drive(&home, &[("TERM_PROGRAM", "iTerm.app")], OTHER, true);
    assert!(iterm.sent > 8 && iterm.sizes.iter().all(whole), "{:?}", iterm.sizes);
}

#[test]
fn without_colour_there_is_none_and_without_a_screen_there_is_a_line() {
    let home = Home::new();
    let mut pty = Pty::start(&home, "", &[("NO_COLOR", "1")], (100, 30), KITTY);
    pty.wait_for("make the demo film").type_text("?").wait_for("everywhere").type_text("x");
    pty.wait_until("the help is gone", |painted| !painted.text().contains("everywhere")).type_text("q");
    assert_eq!(pty.left(), 0);
    let raw = String::from_utf8_lossy(&pty.raw()).into_owned();
    let sent = raw.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        rest[end..].starts_with('m').then(|| &rest[..end])
    });
    let colours: Vec<&str> = sent.filter(|codes| codes.split(';').any(is_colour)).collect();
    assert_eq!(colours, Vec::<&str>::new());

    let mut dumb = Pty::start(&home, "", &[("TERM", "dumb")], (80, 24), OTHER);
    assert_eq!(dumb.left(), 2);
    let raw = String::from_utf8_lossy(&dumb.raw()).into_owned();
    assert!(raw.contains("TERM=dumb") && !raw.contains('\x1b'), "{raw:?}");
}

fn is_colour(code: &str) -> bool {
    code.parse::<u32>().is_ok_and(|code| matches!(code, 30..=49 | 58 | 59 | 90..=107))
}

#[test]
fn what_is_typed_while_the_terminal_is_asked_is_not_lost() {
    let home = Home::new();
    // It says nothing at all; the first key is taken all the same, and so is the next.
    let mut pty = Pty::start(&home, "", &[], (100, 30), b"");
    pty.wait_for("Studio").type_text("?").wait_for("everywhere").type_text("x");
    // It answers after everybody has given up: no part of it is a command.
    pty.wait_until("the help is gone", |painted| !painted.text().contains("everywhere"));
    pty.type_text("\x1b_Gi=31;OK\x1b\\\x1b]11;rgb:DDDD/nnnn/qqqq\x07?").wait_for("everywhere");
    pty.type_text("x").wait_for("make the demo film").type_text("q");
    assert_eq!(pty.left(), 0);
}
