//! What a well-behaved program and its guest see.

use super::*;
use studio_plugin_sdk::{
    error::ErrorKind,
    wire::{Lines, ProgressLines},
};

#[tokio::test]
async fn inputs_go_in_and_outputs_come_out_at_every_level() {
    for rig in Rig::each(ALL) {
        let blob = rig.files.put(b"from the store");
        let exec = Exec {
            args: vec![
                "-c".into(),
                "cat \"$1\" {in}/b.txt - > {out}/o.txt; pwd -P; echo $WHERE; echo oops >&2; exit 0".into(),
                "sh".into(),
                "{in}/a.txt".into(),
            ],
            env: [("WHERE".to_owned(), "{out}".to_owned())].into(),
            stdin: Body::Text("|typed".into()),
            inputs: [("a.txt".to_owned(), Body::Blob(blob)), ("b.txt".to_owned(), Body::Text("|text".into()))].into(),
            outputs: vec![output("o.txt"), Output { optional: true, ..output("absent") }],
            ..bash("")
        };
        let exit = rig.run(&exec).await.unwrap();
        assert_eq!((exit.code, exit.stderr.as_str()), (Some(0), "oops\n"), "{}", rig.level);
        let lines: Vec<&str> = exit.stdout.lines().collect();
        assert_eq!(lines[0], lines[1], "the working directory is scratch");
        assert_eq!(rig.files.get(&exit.outputs["o.txt"]), b"from the store|text|typed");
        assert_eq!(exit.outputs.len(), 1);
        rig.runner.drained().await;
        assert_eq!(rig.scratches(), 0, "{}", rig.level);
    }
}

#[tokio::test]
async fn ends_are_told_as_they_are() {
    for rig in Rig::each(ALL) {
        for (script, code, signal) in [
            ("exit 3", Some(3), None),
            ("exit 127", Some(127), None),
            ("kill -SEGV $$", None, Some(11)),
            ("kill -KILL $$", None, Some(9)),
        ] {
            let exec = Exec { outputs: vec![output("missing")], ..bash(script) };
            let exit = rig.run(&exec).await.unwrap();
            assert_eq!((exit.code, exit.signal), (code, signal), "{script} at {}", rig.level);
            assert!(exit.outputs.is_empty());
        }
        let error = rig.run(&Exec { outputs: vec![output("missing")], ..bash("true") }).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.message.contains("`missing`")), ("exec.output", true));
        let error = rig.run(&Exec { timeout_s: Some(1), ..bash("sleep 60 & wait") }).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.kind), ("exec.timeout", ErrorKind::Permanent));
        rig.runner.drained().await;
        assert_eq!(rig.scratches(), 0);
    }
}

#[tokio::test]
async fn lines_and_progress_arrive_while_tails_stay_short() {
    for rig in Rig::each(ALL) {
        let exec = Exec {
            lines: Lines::Stdout,
            progress: Some(ProgressLines { key: "frame".into(), total: 4.0 }),
            ..bash("printf 'a\\rb\\r\\nframe=1\\nframe=4\\n'; printf last; head -c 40000 /dev/zero | tr '\\0' x >&2")
        };
        let (exit, signals) = rig.told(&exec).await;
        let lines: Vec<String> =
            signals.iter().flat_map(|s| if let Signal::Lines(lines) = s { lines.clone() } else { vec![] }).collect();
        assert_eq!(lines, ["a", "b", "frame=1", "frame=4", "last"]);
        assert!(signals.contains(&Signal::Progress(1.0)), "{signals:?}");
        assert_eq!((exit.stdout.as_str(), exit.stderr.len()), ("", 16 << 10));
        // More than any buffer holds, in one line, to both sides, while standard input is not read.
        let exec = Exec {
            stdin: Body::Text("y".repeat(3 << 20)),
            lines: Lines::Stderr,
            ..bash("exec 0<&-; head -c 8000000 /dev/zero | tee /dev/stderr; echo end")
        };
        let (exit, signals) = rig.told(&exec).await;
        assert_eq!((exit.code, exit.stdout.len()), (Some(0), 64 << 10), "{}", rig.level);
        assert!(exit.stdout.ends_with("end\n"));
        assert!(matches!(&signals[..], [Signal::Lines(lines)] if lines[0].len() <= 64 << 10));
    }
}

#[tokio::test]
async fn what_may_not_or_cannot_run_says_so() {
    let rig = Rig::new(Level::None).unwrap();
    let error = rig.run(&Exec { program: "curl".into(), ..bash("") }).await.unwrap_err();
    assert_eq!(error.code, "grant.program");
    assert!(error.message.contains("curl") && error.message.contains("studio plugin grant test"));
    let error = rig.run(&Exec { program: "no-such-program".into(), ..bash("") }).await.unwrap_err();
    assert_eq!(error.code, "exec.missing");
    // A file that claims to be a program.
    let odd = rig.home.path().join("bin/true");
    fs::create_dir(odd.parent().unwrap()).unwrap();
    fs::write(&odd, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&odd, fs::Permissions::from_mode(0o755)).unwrap();
    for rig in Rig::each(ALL) {
        let programs = Programs::new(&odd.parent().unwrap().into(), rig.sandbox.clone());
        let runner = Runner::new(rig.files.clone(), rig.sandbox.clone(), programs);
        let exec = Exec { program: "true".into(), ..Exec::default() };
        let error = runner.run(&Rig::caller(ProgramKind::Tool), &exec, &mut |_| ()).await.unwrap_err();
        assert_eq!(error.code, "exec.spawn", "{}: {error}", rig.level);
    }
}

#[tokio::test]
async fn hostile_code_is_refused_below_full() {
    for rig in Rig::each(ALL) {
        let got = rig.runner.run(&Rig::caller(ProgramKind::Code), &bash("exit 0"), &mut |_| ()).await;
        match rig.level {
            Level::Full => assert_eq!(got.unwrap().code, Some(0)),
            _ => assert_eq!(got.unwrap_err().code, "sandbox.required"),
        }
    }
}

#[tokio::test]
async fn versions_are_asked_for_once_per_state_of_the_file() {
    for rig in Rig::each(ALL) {
        let folder = rig.home.path().join("own");
        fs::create_dir(&folder).unwrap();
        let write = |text: &str| {
            fs::write(folder.join("true"), format!("#!/bin/bash\necho; echo '  {text}'; echo more\n")).unwrap();
            fs::set_permissions(folder.join("true"), fs::Permissions::from_mode(0o755)).unwrap();
        };
        write("true 1.0");
        let programs = Programs::new(&folder.clone().into(), rig.sandbox.clone());
        let caller = Rig::caller(ProgramKind::Code);
        let decl = |name: &str| caller.allowed.programs.iter().find(|p| p.name == name).unwrap().clone();
        assert_eq!(programs.version(&decl("true")).await.unwrap().as_deref(), Some("true 1.0"), "{}", rig.level);
        write("true 2.0 and longer");
        assert_eq!(programs.version(&decl("true")).await.unwrap().as_deref(), Some("true 2.0 and longer"));
        fs::write(folder.join("true"), "#!/bin/bash\necho 'unrecognized option --version' >&2; exit 2\n").unwrap();
        assert_eq!(programs.version(&decl("true")).await.unwrap().as_deref(), Some(""), "an error is no version");
        assert_eq!(programs.version(&decl("no-such-program")).await.unwrap(), None);
        let silent = ProgramDecl { version_args: vec![], ..decl("true") };
        assert_eq!(programs.version(&silent).await.unwrap().as_deref(), Some(""));
    }
}

#[tokio::test]
async fn many_who_want_a_version_at_once_ask_once() {
    let rig = Rig::new(Level::None).unwrap();
    let folder = rig.home.path().join("own");
    fs::create_dir(&folder).unwrap();
    // Another answer each time that it is asked.
    fs::write(folder.join("true"), "#!/bin/bash\necho $RANDOM$RANDOM$RANDOM$RANDOM\n").unwrap();
    fs::set_permissions(folder.join("true"), fs::Permissions::from_mode(0o755)).unwrap();
    let programs = Programs::new(&folder.into(), rig.sandbox.clone());
    let caller = Rig::caller(ProgramKind::Code);
    let decl = caller.allowed.programs.iter().find(|p| p.name == "true").unwrap();
    let answers = futures::future::join_all((0..20).map(|_| programs.version(decl))).await;
    let first = answers[0].as_ref().unwrap().clone().unwrap();
    assert!(!first.is_empty());
    assert!(answers.into_iter().all(|answer| answer.unwrap().as_deref() == Some(&first)));
}

/// What confinement costs: `cargo test --lib exec::tests::ordinary::cost -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "measures, asserts nothing about time"]
async fn cost() {
    const TIMES: u32 = 100;
    let exec = Exec { program: "true".into(), ..Exec::default() };
    let per = |started: std::time::Instant| started.elapsed().as_secs_f64() * 1000.0 / f64::from(TIMES);
    let started = std::time::Instant::now();
    for _ in 0..TIMES {
        std::process::Command::new("/usr/bin/true").output().unwrap();
    }
    eprintln!("bare: {:.2} ms", per(started));
    for rig in Rig::each(ALL) {
        rig.run(&exec).await.unwrap();
        let started = std::time::Instant::now();
        for _ in 0..TIMES {
            assert_eq!(rig.run(&exec).await.unwrap().code, Some(0));
        }
        eprintln!("{}: {:.2} ms", rig.level, per(started));
    }
}

#[tokio::test]
async fn real_tools_work_confined_and_give_equal_bytes() {
    let mut films = Vec::new();
    for rig in Rig::each(ALL) {
        let call = |program: &str, args: &str| Exec {
            program: program.into(),
            args: args.split(' ').map(str::to_owned).collect(),
            threads: Some(2),
            ..Exec::default()
        };
        let speech = Exec {
            outputs: vec![Output { mime: "audio/wav".into(), ..output("o.wav") }],
            ..call("espeak-ng", "-w {out}/o.wav -f {in}/t.txt")
        };
        let speech = Exec { inputs: [("t.txt".to_owned(), Body::Text("Hello".into()))].into(), ..speech };
        let film = "-v error -nostdin -progress pipe:1 -f lavfi -i testsrc2=s=320x180:r=25:d=1 -i {in}/a.wav -c:v libx264 -threads 2 -bitexact -c:a aac -shortest {out}/o.mp4";
        let spoken = match rig.run(&speech).await {
            Err(e) if e.code == "exec.missing" => return eprintln!("skipped: {e}"),
            got => got.unwrap().outputs["o.wav"].clone(),
        };
        let film = Exec {
            inputs: [("a.wav".to_owned(), Body::Blob(spoken))].into(),
            outputs: vec![Output { mime: "video/mp4".into(), ..output("o.mp4") }],
            progress: Some(ProgressLines { key: "frame".into(), total: 25.0 }),
            ..call("ffmpeg", film)
        };
        let (exit, signals) = rig.told(&film).await;
        assert_eq!(exit.code, Some(0), "{}: {}", rig.level, exit.stderr);
        assert!(signals.iter().any(|s| matches!(s, Signal::Progress(part) if *part > 0.5)), "{signals:?}");
        films.push(exit.outputs["o.mp4"].clone());
    }
    assert!(films.windows(2).all(|pair| pair[0] == pair[1]), "{films:?}");
}
