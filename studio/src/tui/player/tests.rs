use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use super::*;

/// A clip of two seconds: pictures that change, and a tone.
fn clip(folder: &Path) -> PathBuf {
    let file = folder.join("clip.mp4");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=30:duration=2"])
        .args(["-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-shortest", "-pix_fmt", "yuv420p"])
        .arg(&file)
        .status()
        .unwrap();
    assert!(made.success());
    file
}

fn system_path() -> OsString {
    std::env::var_os("PATH").unwrap()
}

fn order(file: PathBuf, from: f64, seconds: Option<f64>) -> Order {
    let size = Size { width: 40, height: 11 };
    let program = find("ffmpeg", &system_path()).unwrap();
    Order { program, file, from, seconds, rate: 10, size, painter: Painter::default() }
}

fn next(news: &Receiver<News>) -> News {
    news.recv_timeout(Duration::from_mins(1)).expect("news of the decoder")
}

fn start(order: Order) -> (Decoder, Receiver<News>) {
    let (sender, receiver): (Sender<News>, _) = channel();
    let tell = move |news| drop(sender.send(news));
    (Decoder::start(order, None, tell).unwrap(), receiver)
}

#[test]
fn a_film_is_decoded_frame_by_frame_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (_decoder, news) = start(order(clip(folder.path()), 0.5, Some(1.5)));
    let (mut frames, mut last) = (0, 0.0);
    loop {
        match next(&news) {
            News::Frame(frame) => {
                assert!(frames == 0 || frame.at > last, "{} after {last}", frame.at);
                assert_eq!(frame.painting.size(), Size { width: 40, height: 11 });
                (frames, last) = (frames + 1, frame.at);
            }
            News::Ended => break,
            News::Failed(why) => panic!("{why}"),
        }
    }
    // However busy the box is, something of every quarter of a second is shown.
    assert!(frames >= 4 && last > 1.0 && last < 2.0, "{frames} frames, the last at {last}");
}

#[test]
fn one_frame_is_decoded_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let (_decoder, news) = start(order(clip(folder.path()), 1.9, None));
    let News::Frame(frame) = next(&news) else { panic!("no frame") };
    assert!((frame.at - 1.9).abs() < 1e-9);
    assert!(matches!(next(&news), News::Ended));
}

#[test]
fn what_is_no_film_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.mp4");
    std::fs::rename(clip(folder.path()), &secret).unwrap();
    // A playlist would have it read another file.
    let list = folder.path().join("list.mp4");
    std::fs::write(&list, format!("#EXTM3U\n#EXTINF:2,\nfile://{}\n#EXT-X-ENDLIST\n", secret.display())).unwrap();
    let (_decoder, news) = start(order(list, 0.0, Some(1.0)));
    assert!(matches!(next(&news), News::Failed(_)));
    let (_decoder, news) = start(order(folder.path().join("none.mp4"), 0.0, None));
    assert!(matches!(next(&news), News::Failed(_)));
}

#[test]
fn stopped_it_says_nothing_more_and_its_program_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (decoder, news) = start(order(clip(folder.path()), 0.0, Some(2.0)));
    assert!(matches!(next(&news), News::Frame(_)));
    drop(decoder);
    // The thread lets go of the sender once the program is reaped: no end is told.
    while let Ok(told) = news.recv_timeout(Duration::from_mins(1)) {
        assert!(matches!(told, News::Frame(_)));
    }
}

/// A player that writes what it hears into a file beside it.
fn listener(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("ffplay");
    std::fs::write(&program, "#!/bin/sh\ncat > \"${0%/*}/heard.part\"\nmv \"${0%/*}/heard.part\" \"${0%/*}/heard\"\n")
        .unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn a_player_of_the_system_hears_the_film_from_the_moment_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = clip(folder.path());
    listener(folder.path());
    let ffmpeg = find("ffmpeg", &system_path()).unwrap();
    let (first, begins) = channel();
    let sound = Sound::start(folder.path().as_os_str(), &ffmpeg, &file, (1.5, 0.5), begins).unwrap();
    first.send(Instant::now()).unwrap();
    let until = Instant::now() + Duration::from_mins(1);
    let heard = folder.path().join("heard");
    while !heard.exists() {
        assert!(Instant::now() < until, "nothing was heard");
        std::thread::yield_now();
    }
    // Half a second of two channels with two bytes each; the encoder may add a frame of its own.
    let bytes = std::fs::read(&heard).unwrap();
    let seconds = bytes.len() as f64 / (48_000.0 * 4.0);
    assert!((seconds - 0.5).abs() < 0.06, "{seconds} s");
    assert!(bytes.chunks_exact(2).any(|sample| i16::from_le_bytes([sample[0], sample[1]]).abs() > 1000));
    drop(sound);
    assert!(Sound::start(OsStr::new("/nowhere"), &ffmpeg, &file, (0.0, 1.0), channel().1).is_none());
}

fn reel(n: u8) -> Reel {
    Reel { digest: Digest::of(&[n]), path: None, pixels: (320, 180) }
}

#[test]
fn it_goes_where_it_is_told_within_what_is_played() {
    let mut player = Player::new(system_path(), false, false, true);
    assert!(!player.play(), "there is nothing to play");
    player.cue(&reel(1), (2.0, 5.0));
    assert!((player.position() - 2.0).abs() < 1e-9);
    player.seek(99.0);
    assert!((player.position() - 5.0).abs() < 1e-9);
    // The same film again changes nothing; at its end it begins anew.
    player.cue(&reel(1), (2.0, 5.0));
    assert!((player.position() - 5.0).abs() < 1e-9);
    assert!(player.play() && player.is_playing());
    assert!((player.position() - 2.0).abs() < 1e-9);
    player.cue(&reel(2), (0.0, 1.0));
    assert!(!player.is_playing());
    let mut still = Player::new(system_path(), false, true, true);
    still.cue(&reel(1), (0.0, 1.0));
    assert!(!still.play());
}
