//! From one scene to the next on the Studio page: from the key to the frame with the scene's picture in it, without the
//! wait for the next frame. Pictures as films have them (1080p), shown in half-blocks.

use std::{fs, path::Path, time::Instant};

use image::{ImageFormat, Rgb, RgbImage};
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    style::Color,
};
use serde_json::json;
use studio::{
    model::Digest,
    tui::{self, App, Input, PageId, Session},
};

use crate::{
    Row,
    fixture::Home,
    median,
    tui::{open, options},
};

/// Scenes with a picture each.
const SCENES: usize = 24;
const SIZE: (u32, u32) = (1920, 1080);

/// What is done to the application once an answer of a worker is there.
type Then = Box<dyn FnOnce(&mut App) + Send>;

/// The application, its terminal, and the answers of its workers.
struct Desk {
    app: App,
    terminal: Terminal<TestBackend>,
    home: Home,
    answers: tokio::sync::mpsc::UnboundedReceiver<Then>,
}

pub fn measure() -> Vec<Row> {
    let mut desk = desk();
    desk.until_shown(0);
    let new: Vec<f64> = (1..SCENES).map(|scene| desk.switch('l', scene)).collect();
    let cached: Vec<f64> = (0..SCENES - 1).rev().map(|scene| desk.switch('h', scene)).collect();
    let (new, cached) = (median(new), median(cached));
    let row = |what, target, ms: f64, most| Row { what, target, measured: format!("{ms:.2} ms"), holds: ms <= most };
    vec![
        row("another preview, kept", "≤ 5 ms", cached, 5.0),
        row("another preview, new: 1080p in half-blocks", "≤ 50 ms", new, 50.0),
    ]
}

fn desk() -> Desk {
    let home = Home::new();
    let (mut app, answers) = tui::begin(&options(&home), &Session::default()).expect("an application");
    let mut open = open(&[], SCENES);
    for (n, scene) in open.board.iter_mut().flat_map(|board| &mut board.scenes).enumerate() {
        let path = home.folder.path().join(format!("{n}.png"));
        let blob = draw(&path, colour(n));
        let picture =
            json!({ "kind": "scene", "path": path, "image": { "blob": blob, "bytes": 0, "mime": "image/png" } });
        scene.picture = Some(serde_json::from_value(picture).expect("a picture"));
    }
    app.model.open = Some(open);
    app.go(PageId::Studio);
    let terminal = Terminal::new(TestBackend::new(200, 50)).expect("a terminal");
    Desk { app, terminal, home, answers }
}

/// Tells the pictures apart.
fn colour(scene: usize) -> Rgb<u8> {
    Rgb([10 + 10 * scene as u8, 0, 200])
}

/// A picture that does not compress to nothing, with one colour in its middle: its name.
fn draw(path: &Path, colour: Rgb<u8>) -> Digest {
    let middle = |at: u32, all: u32| at > all / 3 && at < all * 2 / 3;
    let picture = RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        if middle(x, SIZE.0) && middle(y, SIZE.1) {
            return colour;
        }
        let noise = ((x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 13) & 7;
        Rgb([(x * 200 / SIZE.0 + noise) as u8, (y * 200 / SIZE.1 + noise) as u8, 90])
    });
    picture.save_with_format(path, ImageFormat::Png).expect("a picture");
    Digest::of(&fs::read(path).expect("its bytes"))
}

impl Desk {
    /// Presses a key: milliseconds until the picture of that scene is seen.
    fn switch(&mut self, key: char, scene: usize) -> f64 {
        let began = Instant::now();
        self.app.input(Input::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
        self.until_shown(scene);
        let took = began.elapsed().as_secs_f64() * 1e3;
        // Pictures of the strip that came into sight are no part of it, and in nobody's way.
        self.rest();
        took
    }

    fn until_shown(&mut self, scene: usize) {
        loop {
            self.draw();
            if self.shows(colour(scene)) {
                return;
            }
            self.answer();
        }
    }

    fn draw(&mut self) {
        let _in = self.home.runtime.enter();
        self.app.settle();
        self.terminal.draw(|frame| self.app.draw(frame)).expect("a frame");
        self.app.settle();
    }

    /// Takes an answer of a worker, and all that are there with it.
    fn answer(&mut self) {
        let then = self.home.runtime.block_on(self.answers.recv()).expect("an answer");
        then(&mut self.app);
        while let Ok(then) = self.answers.try_recv() {
            then(&mut self.app);
        }
    }

    /// Until no picture is lacking or on its way.
    fn rest(&mut self) {
        self.draw();
        while self.app.pictures.is_waiting() {
            self.answer();
            self.draw();
        }
    }

    /// The middle of the preview has that colour: pictures of the strip are too small to have so much of it.
    fn shows(&self, colour: Rgb<u8>) -> bool {
        let Rgb([r, g, b]) = colour;
        let cells = self.terminal.backend().buffer().content();
        cells.iter().filter(|cell| cell.fg == Color::Rgb(r, g, b)).count() > 100
    }
}
