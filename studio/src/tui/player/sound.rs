//! The sound of a film, by a player of the system where there is one. It gets plain samples from us, a moment ahead
//! of the clock: when this process ends, so does what is heard.

use std::{
    ffi::OsStr,
    io::{Read, Write},
    path::Path,
    process::{ChildStdin, ChildStdout, Command},
    sync::mpsc::Receiver,
    thread,
    time::{Duration, Instant},
};

use super::program::{Program, ffmpeg, find};

/// Samples a second, of two channels with two bytes each.
const RATE: u32 = 48_000;
/// Bytes of a tenth of a second.
const TENTH: usize = RATE as usize / 10 * 4;
/// How far ahead of the clock the player is fed.
const AHEAD: Duration = Duration::from_millis(300);
/// How long a player may take over what it was given last.
const LAST: Duration = Duration::from_secs(2);

/// The players that are known, with what they are told: samples come from their input.
const PLAYERS: [(&str, &[&str]); 4] = [
    (
        "ffplay",
        &[
            "-nodisp",
            "-autoexit",
            "-v",
            "quiet",
            "-probesize",
            "32",
            "-analyzeduration",
            "0",
            "-protocol_whitelist",
            "pipe",
            "-f",
            "s16le",
            "-ar",
            "48000",
            "-ac",
            "2",
            "-i",
            "pipe:0",
        ],
    ),
    (
        "mpv",
        &[
            "--no-config",
            "--no-terminal",
            "--no-video",
            "--cache=no",
            "--demuxer=rawaudio",
            "--demuxer-rawaudio-rate=48000",
            "--demuxer-rawaudio-channels=2",
            "--demuxer-rawaudio-format=s16le",
            "-",
        ],
    ),
    ("pacat", &["--playback", "--raw", "--format=s16le", "--rate=48000", "--channels=2", "--latency-msec=100"]),
    ("aplay", &["-q", "-t", "raw", "-f", "S16_LE", "-r", "48000", "-c", "2"]),
];

/// A film that is heard; dropped, it is silent at once.
#[derive(Debug)]
pub struct Sound {
    decoder: Program,
    player: Program,
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.player.kill();
        self.decoder.kill();
    }
}

impl Sound {
    /// Begins once `first` says that the picture does; none: this box has no player.
    pub fn start(
        path: &OsStr,
        program: &Path,
        file: &Path,
        (from, seconds): (f64, f64),
        first: Receiver<Instant>,
    ) -> Option<Self> {
        let (player, arguments) = PLAYERS.iter().find_map(|(name, args)| Some((find(name, path)?, args)))?;
        let mut command = ffmpeg(program, file, from, seconds);
        command.args(["-map", "0:a:0", "-vn", "-sn", "-dn", "-ac", "2", "-ar", &RATE.to_string()]);
        command.args(["-f", "s16le", "pipe:1"]);
        let (decoder, samples) = Program::reading(command).ok()?;
        let mut command = Command::new(player);
        command.args(*arguments).current_dir("/");
        let Ok((player, input)) = Program::writing(command) else {
            decoder.reap();
            return None;
        };
        let (reaped, heard) = (decoder.clone(), player.clone());
        thread::spawn(move || {
            feed(samples, input, &first);
            reaped.reap();
            heard.finish(LAST);
        });
        Some(Self { decoder, player })
    }
}

/// Gives the player its samples, in step with the clock.
fn feed(mut samples: ChildStdout, mut player: ChildStdin, first: &Receiver<Instant>) {
    // Nobody shows the film: it was stopped before it began.
    let Ok(began) = first.recv() else { return };
    let mut tenth = vec![0; TENTH];
    for number in 0_u32.. {
        let Ok(got) = read(&mut samples, &mut tenth) else { return };
        if got == 0 || player.write_all(&tenth[..got]).is_err() {
            return;
        }
        let due = began + Duration::from_millis(100) * (number + 1);
        thread::sleep(due.saturating_duration_since(Instant::now() + AHEAD));
    }
}

/// As much as there is, up to what fits.
fn read(from: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match from.read(&mut buffer[got..])? {
            0 => break,
            n => got += n,
        }
    }
    Ok(got)
}
