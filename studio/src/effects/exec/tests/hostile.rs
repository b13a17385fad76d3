//! Programs that try to get out: to other files, to the store, to the network, past their limits.

use std::{net::TcpListener, os::fd::AsFd};

use super::*;

/// Runs a script and hands back what it printed.
async fn said(rig: &Rig, exec: Exec) -> String {
    let exit = rig.run(&exec).await.unwrap();
    assert_eq!(exit.code, Some(0), "{}: {}", rig.level, exit.stderr);
    exit.stdout
}

#[tokio::test]
async fn nothing_of_the_box_can_be_read() {
    for rig in Rig::each(CONFINED) {
        let secret = rig.home.path().join("secret");
        fs::write(&secret, "CANARY").unwrap();
        let other = rig.files.put(b"CANARY of another blob");
        let targets = [
            secret.display().to_string(),
            rig.files.path(&other.blob.parse().unwrap()).display().to_string(),
            "/etc/passwd".into(),
            "/etc/shadow".into(),
            format!("/proc/{}/environ", std::process::id()),
            format!("/proc/{}/cmdline", std::process::id()),
            std::env::current_exe().unwrap().display().to_string(),
        ];
        let folders =
            ["/root", "/home", "/etc", "/var", "/tmp", &rig.home.path().display().to_string()].map(String::from);
        let script = "for f in $FILES; do cat $f >/dev/null 2>&1 && echo read $f; ln -s $f {out}/l; cat {out}/l 2>/dev/null | head -c1 | grep -q . && echo followed $f; rm {out}/l; done
            for d in $DIRS; do ls -A $d 2>/dev/null | grep -v -e '^ld.so.cache$' -e '^alternatives$' | head -3; done";
        let env = [("FILES".to_owned(), targets.join(" ")), ("DIRS".to_owned(), folders.join(" "))].into();
        assert_eq!(said(&rig, Exec { env, ..bash(script) }).await, "", "{}", rig.level);
    }
}

#[tokio::test]
async fn nothing_can_be_written_but_scratch() {
    for rig in Rig::each(CONFINED) {
        let blob = rig.files.put(b"precious");
        let path = rig.files.path(&blob.blob.parse().unwrap());
        let home = rig.home.path().display().to_string();
        let script = r#"
            exec 2>/dev/null
            for f in {in}/a {in}/t; do
                echo x > $f; echo x >> $f; : > $f; rm -f $f; mv $f {out}/moved; chmod 666 $f; chown 1 $f; touch -d 1999-01-01 $f
                ln $f {out}/hard; chmod 666 {out}/hard; echo x > {out}/hard
                ln -s "$(readlink -f $f)" {out}/soft; echo x > {out}/soft; chmod 666 {out}/soft
                perl -e 'truncate($ARGV[0], 0); open(F, "+<", $ARGV[0]) and print F "x"; sysopen(G, $ARGV[0], 0x200); chmod 0777, $ARGV[0]; rename "/tmp/x", $ARGV[0]' $f
                mount -o remount,rw,bind $f; mount --bind {out} {in}; umount $f
                unshare -Ur sh -c "mount -o remount,rw,bind $f; echo x > $f"
                unshare -Urm sh -c "echo x > $f"
            done
            mv {in} {in}2; mkdir {in}/new; touch {in}/new2 {out}/../sibling
            for d in $HOME_OF_TEST /usr /etc / /dev /var/tmp /usr/local/bin; do touch $d/canary-of-a-test && echo wrote $d; done
            touch /tmp/canary-of-a-test /dev/shm/canary-of-a-test
            chmod 777 $HOME_OF_TEST
            exit 0"#;
        let exec = Exec {
            env: [("HOME_OF_TEST".to_owned(), home.clone())].into(),
            inputs: [("a".to_owned(), Body::Blob(blob.clone())), ("t".to_owned(), Body::Text("text".into()))].into(),
            ..bash(script)
        };
        let before = (fs::metadata(&path).unwrap(), fs::metadata(&home).unwrap().permissions());
        assert_eq!(said(&rig, exec).await, "", "{}", rig.level);
        let after = fs::metadata(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"precious", "{}", rig.level);
        assert_eq!(after.permissions(), before.0.permissions(), "{}", rig.level);
        assert_eq!(after.modified().unwrap(), before.0.modified().unwrap(), "{}", rig.level);
        assert_eq!(fs::metadata(&home).unwrap().permissions(), before.1, "{}", rig.level);
        for folder in [home.as_str(), "/usr", "/etc", "/", "/dev", "/var/tmp", "/tmp", "/dev/shm", "/usr/local/bin"] {
            assert!(!exists(&Path::new(folder).join("canary-of-a-test")), "{folder} at {}", rig.level);
        }
    }
}

#[tokio::test]
async fn neither_environment_nor_descriptors_leak() {
    let rig_count = Rig::each(ALL).count();
    assert!(rig_count > 0);
    for rig in Rig::each(ALL) {
        // Inheritable, as a careless library opens it.
        let secret = rig.home.path().join("secret");
        fs::write(&secret, "CANARY").unwrap();
        let held = File::open(&secret).unwrap();
        rustix::io::fcntl_setfd(held.as_fd(), rustix::io::FdFlags::empty()).unwrap();
        let script = "use POSIX; for (3..1000) { my $d = POSIX::dup($_); if (defined $d) { print \"leaked $_\n\"; POSIX::close($d) } }";
        assert_eq!(said(&rig, perl(script)).await, "", "{}", rig.level);
        let names = said(&rig, perl("print join(' ', sort keys %ENV)")).await;
        // Bubblewrap adds PWD.
        let names: Vec<&str> = names.split(' ').filter(|n| *n != "PWD").collect();
        assert_eq!(names, ["HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR", "XDG_CACHE_HOME"]);
    }
}

#[tokio::test]
async fn there_is_no_network() {
    for rig in Rig::each(CONFINED) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let local = rig.home.path().join("socket");
        let unix = std::os::unix::net::UnixListener::bind(&local).unwrap();
        unix.set_nonblocking(true).unwrap();
        let script = format!(
            "exec 2>/dev/null; (exec 3<>/dev/tcp/127.0.0.1/{port}) && echo tcp
             perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) and connect(S, pack_sockaddr_un(\"{}\")) and print \"unix\"'
             perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0) and print \"udp\"'
             perl -MSocket -e 'socketpair(A, B, AF_UNIX, SOCK_DGRAM, 0) and print \"datagrams\"'
             perl -MSocket -e 'socketpair(A, B, AF_UNIX, SOCK_STREAM, 0) or print \"no pairs\"'; true",
            local.display()
        );
        assert_eq!(said(&rig, bash(&script)).await, "", "{}", rig.level);
        assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(unix.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}

#[cfg(target_arch = "x86_64")]
#[tokio::test]
async fn the_kernel_refuses_what_no_program_needs() {
    // Number, arguments, and the error that tells that the filter stopped it (1: EPERM, 38: ENOSYS).
    let calls = "[101,0,0,0,0,1],[250,0,0,0,0,1],[321,0,0,0,0,1],[323,0,0,0,0,1],[298,0,0,0,0,1],[165,0,0,0,0,1],
        [272,0x10000000,0,0,0,1],[308,0,0,0,0,1],[161,0,0,0,0,1],[155,0,0,0,0,1],[175,0,0,0,0,1],[246,0,0,0,0,1],
        [169,0,0,0,0,1],[135,0x0040000,0,0,0,1],[425,8,0,0,0,38],[435,0,0,0,0,38],[319,0,0,0,0,38],[29,0,1,0x3ff,0,38],
        [0x40000000+39,0,0,0,0,38],[0x40000000+41,1,1,0,0,38],[437,0,0,0,0,38],[56,0x10000000,0,0,0,1],[304,0,0,0,0,1],
        [16,0,0x5412,0,0,1],[428,0,0,0,0,1],[442,0,0,0,0,1]";
    let script = format!(
        "for my $c ({calls}) {{ $! = 0; my $r = syscall($c->[0], @$c[1..4]); my $e = $! + 0;
         print \"call $c->[0]: $r errno $e\\n\" if $r != -1 || $e != $c->[5]; }}
         print 'not confined' unless `grep NoNewPrivs /proc/self/status 2>/dev/null` =~ /1|^$/;"
    );
    for rig in Rig::each(CONFINED) {
        assert_eq!(said(&rig, perl(&script)).await, "", "{}", rig.level);
    }
}

#[tokio::test]
async fn nobody_keeps_a_privilege() {
    // Asks the kernel for the capabilities that it has or could have.
    let capget = if cfg!(target_arch = "x86_64") { 125 } else { 90 };
    let script = format!(
        "exec 2>/dev/null; mknod {{out}}/n c 1 3 && echo device; chroot / true && echo chroot; chown 1 {{out}} && echo chown
         perl -e 'my ($h, $d) = (pack(\"Li\", 0x20080522, 0), \"\\0\" x 24); syscall({capget}, $h, $d); print join(\",\", unpack(\"L6\", $d))'
         kill -9 $VICTIM; true"
    );
    for rig in Rig::each(CONFINED) {
        let mut victim =
            std::process::Command::new("sleep").arg("60").stdout(std::process::Stdio::null()).spawn().unwrap();
        let env = [("VICTIM".to_owned(), victim.id().to_string())].into();
        assert_eq!(said(&rig, Exec { env, ..bash(&script) }).await, "0,0,0,0,0,0", "{}", rig.level);
        // Signals are scoped from Landlock 6 on, and by the process namespace always.
        if rig.level == Level::Full || rig.sandbox.confinement().landlock_abi >= 6 {
            assert!(victim.try_wait().unwrap().is_none(), "{}", rig.level);
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
    }
}

#[tokio::test]
async fn a_device_is_there_for_who_was_given_it_alone() {
    // One that every box has stands for a graphics card.
    let node = "/dev/full";
    let exec = bash("echo x > /dev/full");
    for rig in Rig::each(CONFINED) {
        let without = rig.limited(&exec, |_| ()).await.unwrap().stderr;
        assert!(!without.contains("No space left"), "{}: {without}", rig.level);
        let devices = Devices { nodes: vec![node.into()], about: vec!["/sys/devices/system/cpu".into()] };
        let with = rig.with(&exec, |_| (), devices).await.unwrap().stderr;
        assert!(with.contains("No space left"), "{}: {with}", rig.level);
        let asked = rig.run(&Exec { devices: vec![Device::Gpu], ..exec.clone() }).await;
        assert_eq!(asked.unwrap_err().code, "grant.device");
    }
}

#[tokio::test]
async fn outputs_that_lead_elsewhere_are_refused() {
    for rig in Rig::each(ALL) {
        let secret = rig.home.path().join("secret");
        fs::write(&secret, "CANARY").unwrap();
        for script in [
            format!("ln -s {} o", secret.display()),
            "ln -s f o; echo x > f".to_owned(),
            "mkfifo o".to_owned(),
            "mkdir o".to_owned(),
            "echo x > o; ln o p".to_owned(),
            "ln -s /dev/zero o".to_owned(),
        ] {
            let exec = Exec { outputs: vec![output("o")], ..bash(&script) };
            let error = rig.run(&exec).await.unwrap_err();
            assert_eq!(error.code, "exec.output", "{script} at {}", rig.level);
        }
        let large = Exec { outputs: vec![output("o")], ..bash("truncate -s 2M o") };
        let error = rig.limited(&large, |l| l.scratch = 1 << 20).await;
        assert!(error.is_err() || error.unwrap().code != Some(0), "{}", rig.level);
        // A mode that its owner may change back is no obstacle.
        let exec = Exec { outputs: vec![output("o")], ..bash("umask 777; echo x > o") };
        assert_eq!(rig.run(&exec).await.unwrap().outputs["o"].bytes, 2, "{}", rig.level);
    }
}

#[tokio::test]
async fn limits_hold() {
    for rig in Rig::each(CONFINED) {
        // Root is bound by no number of processes but ours; a doubling flood would take the box along if ours failed.
        let bomb = if rustix::process::geteuid().is_root() {
            bash("while :; do sleep 60 & done")
        } else {
            bash("bomb() { bomb | bomb & }; bomb; sleep 60")
        };
        let error = rig.limited(&bomb, |l| l.tasks = 100).await.unwrap_err();
        assert_eq!(error.code, "exec.processes", "{}", rig.level);
        // One file over the limit dies by signal or error; many are found by the watch; nameless ones too.
        let one = rig.limited(&bash("exec head -c 50000000 /dev/zero > f"), |l| l.scratch = 8 << 20).await;
        assert_ne!(one.map(|exit| exit.code), Ok(Some(0)), "{}", rig.level);
        for fill in [
            "i=0; while :; do head -c 4000000 /dev/zero > f$i; i=$((i+1)); done",
            "for i in {1..9}; do exec {f}>x; rm x; head -c 4000000 /dev/zero >&$f; done; sleep 60",
        ] {
            let error = rig.limited(&bash(fill), |l| l.scratch = 16 << 20).await.unwrap_err();
            assert_eq!(error.code, "exec.scratch", "{fill} at {}", rig.level);
        }
        let alone =
            rig.limited(&perl("$x = 'x' x 400_000_000; print 'had it'"), |l| l.memory = 64 << 20).await.unwrap();
        assert_ne!(alone.stdout, "had it", "{}", rig.level);
        let together = bash("for i in 1 2 3 4; do perl -e '$x = \"x\" x 25_000_000; sleep 60' & done; wait");
        let exit = rig.limited(&together, |l| l.memory = 64 << 20).await.unwrap();
        assert_eq!((exit.signal, exit.stderr.contains("64 MiB")), (Some(9), true), "{}: {exit:?}", rig.level);
        rig.runner.drained().await;
        assert_eq!(rig.scratches(), 0);
    }
}

#[tokio::test]
async fn file_systems_in_memory_are_small() {
    let Some(rig) = Rig::new(Level::Full) else { return };
    let script = "for d in /tmp /dev/shm; do head -c 200000000 /dev/zero > $d/f 2>/dev/null && echo filled; [ $(stat -c %s $d/f) -gt 70000000 ] && echo large; done; true";
    assert_eq!(said(&rig, bash(script)).await, "");
}

/// All of the above once more, as an ordinary user.
#[test]
fn an_ordinary_user_is_confined_as_well() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
    // The build folder may be closed to others.
    let exe = home.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &exe).unwrap();
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all"]).arg(&exe);
    command.args(["effects::exec::tests", "--skip", "an_ordinary_user", "--test-threads", "2"]);
    let out = command.env("TMPDIR", home.path()).current_dir("/").output().unwrap();
    let told = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{told}\n{}", String::from_utf8_lossy(&out.stderr));
    assert!(told.contains("hostile::limits_hold ... ok"), "{told}");
}
