//! Checks what a guest asks for, and lays out the files that it hands to the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use studio_plugin_sdk::wire::{Body, Exec, Output};

use super::ExecError;
use crate::{
    effects::sandbox::{Level, Limits, Scratch},
    model::{BlobStore, Digest},
};

/// Longest file name that every file system takes.
const NAME_MAX: usize = 255;
/// Bubblewrap takes 9000 arguments, and three go to each.
const INPUTS_MAX: usize = 2000;
/// What the dynamic loader and the C library heed: a file handed in as data would run as code.
const LOADER: &[&str] = &["LD_", "DYLD_", "GLIBC_", "GCONV_PATH", "LOCPATH"];
/// Set by the host alone.
const OURS: &[&str] = &["PATH", "HOME", "TMPDIR", "PWD"];

/// A checked request: all names are plain, all text is decoded, all blobs are there.
pub(super) struct Request {
    args: Vec<String>,
    env: BTreeMap<String, String>,
    inputs: Vec<(String, Source)>,
    pub stdin: Option<Source>,
    pub outputs: Vec<Output>,
    pub limits: Limits,
    pub timeout: Duration,
}

/// Where bytes come from.
#[derive(Clone)]
pub(super) enum Source {
    /// From the request itself.
    Bytes(Vec<u8>),
    /// A blob, and its file.
    Blob(Digest, PathBuf),
}

impl Request {
    pub(super) fn new(exec: &Exec, blobs: &dyn BlobStore) -> Result<Self, ExecError> {
        for (i, arg) in exec.args.iter().enumerate() {
            no_zero(&format!("args[{i}]"), arg)?;
        }
        for (name, value) in &exec.env {
            check_variable(name)?;
            no_zero(&format!("env.{name}"), value)?;
        }
        if exec.inputs.len() > INPUTS_MAX {
            let message = format!("a program takes at most {INPUTS_MAX} inputs; join some of them first");
            return Err(ExecError::invalid("inputs", message));
        }
        let mut inputs = Vec::new();
        for (name, body) in &exec.inputs {
            plain_name(&format!("inputs.{name}"), name)?;
            inputs.push((name.clone(), source(&format!("inputs.{name}"), body, blobs)?));
        }
        let mut names = BTreeSet::new();
        for (i, output) in exec.outputs.iter().enumerate() {
            plain_name(&format!("outputs[{i}].name"), &output.name)?;
            if !names.insert(&output.name) {
                return Err(ExecError::invalid(format!("outputs[{i}].name"), "the same output is named twice"));
            }
        }
        let stdin = if exec.stdin.is_empty() { None } else { Some(source("stdin", &exec.stdin, blobs)?) };
        if let Some(progress) = &exec.progress
            && !(progress.total.is_finite() && progress.total > 0.0)
        {
            return Err(ExecError::invalid("progress.total", "the total must be a number above 0"));
        }
        let seconds = u64::from(exec.timeout_s.unwrap_or(3600).max(1));
        let mut limits = Limits { seconds, ..Limits::default() };
        if let Some(mib) = exec.memory_mib {
            limits.memory = u64::from(mib.max(16)) << 20;
        }
        Ok(Self {
            args: exec.args.clone(),
            env: exec.env.clone(),
            inputs,
            stdin,
            outputs: exec.outputs.clone(),
            limits,
            timeout: Duration::from_secs(seconds),
        })
    }

    /// Arguments, with the folders filled in.
    pub(super) fn args(&self, places: &(String, String)) -> Vec<String> {
        self.args.iter().map(|arg| filled(arg, places)).collect()
    }

    /// The whole environment, with the folders filled in.
    pub(super) fn env(&self, places: &(String, String), bins: &[PathBuf]) -> BTreeMap<String, String> {
        let mut path: Vec<&str> = bins.iter().filter_map(|b| b.to_str()).collect();
        path.extend(["/usr/local/bin", "/usr/bin", "/bin"]);
        let out = &places.1;
        let mut env: BTreeMap<String, String> = [
            ("PATH", path.join(":")),
            ("HOME", out.clone()),
            ("TMPDIR", out.clone()),
            ("XDG_CACHE_HOME", format!("{out}/.cache")),
            ("LANG", "C.UTF-8".to_owned()),
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        env.extend(self.env.iter().map(|(name, value)| (name.clone(), filled(value, places))));
        env
    }

    /// Are all blobs still what their names say? Of what has changed nothing is made.
    pub(super) fn check(&self, blobs: &dyn BlobStore) -> Result<(), ExecError> {
        let named = self.inputs.iter().map(|(name, source)| (name.as_str(), source));
        let mut damaged = Vec::new();
        for (name, source) in named.chain(self.stdin.as_ref().map(|source| ("stdin", source))) {
            let Source::Blob(digest, _) = source else { continue };
            if !blobs.is_whole(digest).map_err(ExecError::io(format!("reading the input `{name}`")))? {
                damaged.push(digest.hex());
            }
        }
        if damaged.is_empty() { Ok(()) } else { Err(ExecError::Damaged { blobs: damaged }) }
    }

    /// Lays the inputs out for a level: their names, and the host's files that are seen under them.
    pub(super) fn lay_out(&self, level: Level, scratch: &Scratch) -> Result<Vec<(String, PathBuf)>, ExecError> {
        let mut laid = Vec::new();
        for (name, source) in &self.inputs {
            let place = scratch.inputs().join(name);
            let file = lay(source, &place, level).map_err(ExecError::io(format!("laying out the input `{name}`")))?;
            laid.push((name.clone(), file));
        }
        Ok(laid)
    }
}

/// Never a hard link, through which a program could write into the store. With namespaces the file is bound;
/// under Landlock a link leads to it, which may be read and not written; where nothing guards it, it is copied.
fn lay(source: &Source, place: &Path, level: Level) -> io::Result<PathBuf> {
    match (source, level) {
        (Source::Bytes(bytes), _) => {
            File::options().write(true).create_new(true).mode(0o400).open(place)?.write_all(bytes)?;
            Ok(place.to_owned())
        }
        (Source::Blob(_, file), Level::Full) => Ok(file.clone()),
        (Source::Blob(_, file), Level::Light) => {
            std::os::unix::fs::symlink(file, place)?;
            Ok(file.clone())
        }
        (Source::Blob(_, file), Level::None) => {
            fs::copy(file, place)?;
            Ok(place.to_owned())
        }
    }
}

fn filled(text: &str, (inputs, out): &(String, String)) -> String {
    text.replace("{in}", inputs).replace("{out}", out)
}

fn source(field: &str, body: &Body, blobs: &dyn BlobStore) -> Result<Source, ExecError> {
    let bytes = match body {
        Body::Empty => Vec::new(),
        Body::Text(text) => text.clone().into_bytes(),
        Body::Json(value) => value.to_string().into_bytes(),
        Body::Base64(text) => {
            BASE64_STANDARD.decode(text).map_err(|e| ExecError::invalid(field, format!("it is not base64: {e}")))?
        }
        Body::Blob(blob) => {
            let digest: Digest = blob.blob.parse().map_err(|e| ExecError::invalid(field, format!("{e}")))?;
            // Opening it tells whether it is there.
            blobs.open(&digest).map_err(|e| match e.kind() {
                io::ErrorKind::NotFound => ExecError::invalid(
                    field,
                    format!("the store has no blob {}; run the stage that makes it again", blob.blob),
                ),
                _ => ExecError::Io { doing: format!("reading the input {field}"), source: e },
            })?;
            return Ok(Source::Blob(digest, blobs.path(&digest)));
        }
        Body::Multipart(_) => {
            return Err(ExecError::invalid(field, "a program cannot be handed a multipart body; hand it each part"));
        }
    };
    Ok(Source::Bytes(bytes))
}

fn plain_name(field: &str, name: &str) -> Result<(), ExecError> {
    if name.is_empty() || name.len() > NAME_MAX || matches!(name, "." | "..") || name.contains(['/', '\0']) {
        return Err(ExecError::invalid(field, "it must be a plain file name: no folder, no `/`, at most 255 bytes"));
    }
    Ok(())
}

fn no_zero(field: &str, text: &str) -> Result<(), ExecError> {
    if text.contains('\0') {
        return Err(ExecError::invalid(field, "it must not hold a zero byte"));
    }
    Ok(())
}

fn check_variable(name: &str) -> Result<(), ExecError> {
    let field = format!("env.{name}");
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(ExecError::invalid(field, "it is no name of an environment variable"));
    }
    if OURS.contains(&name) || LOADER.iter().any(|l| name.starts_with(l)) {
        return Err(ExecError::invalid(field, "this variable is not for plugins to set; leave it out"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(exec: &Exec) -> String {
        match Request::new(exec, &crate::effects::exec::tests::NoBlobs) {
            Err(ExecError::Invalid { field, .. }) => field,
            Err(e) => panic!("{e}"),
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn what_would_reach_outside_is_refused_by_field() {
        let base = || Exec { program: "p".into(), ..Exec::default() };
        assert_eq!(refused(&base()), "");
        for name in ["", ".", "..", "a/b", "/etc/passwd", "a\0", &"x".repeat(256)] {
            assert_eq!(
                refused(&Exec { inputs: [(name.to_owned(), Body::Empty)].into(), ..base() }),
                format!("inputs.{name}")
            );
            let output = Output { name: name.to_owned(), ..Output::default() };
            assert_eq!(refused(&Exec { outputs: vec![output], ..base() }), "outputs[0].name");
        }
        for name in ["LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "PATH", "HOME", "A=B", "", "GCONV_PATH"] {
            assert_eq!(
                refused(&Exec { env: [(name.to_owned(), String::new())].into(), ..base() }),
                format!("env.{name}")
            );
        }
        assert_eq!(refused(&Exec { args: vec!["ok".into(), "a\0b".into()], ..base() }), "args[1]");
        assert_eq!(refused(&Exec { stdin: Body::Base64("§".into()), ..base() }), "stdin");
        assert_eq!(refused(&Exec { stdin: Body::Multipart(vec![]), ..base() }), "stdin");
        let progress = |total| Some(studio_plugin_sdk::wire::ProgressLines { key: "frame".into(), total });
        for total in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(refused(&Exec { progress: progress(total), ..base() }), "progress.total");
        }
        let blob =
            |digest: &str| Body::Blob(studio_plugin_sdk::blob::Blob { blob: digest.into(), ..Default::default() });
        for digest in ["../../x".to_owned(), "0".repeat(64)] {
            assert_eq!(refused(&Exec { stdin: blob(&digest), ..base() }), "stdin");
        }
    }

    proptest! {
        #[test]
        fn accepted_names_stay_in_their_folder(name in "\\PC{0,12}|[./]{0,4}|[a.]{1,3}/?[a.]{0,3}") {
            if plain_name("f", &name).is_ok() {
                let joined = Path::new("/in").join(&name);
                prop_assert_eq!(joined.parent(), Some(Path::new("/in")));
                prop_assert_eq!(joined.file_name().and_then(|n| n.to_str()), Some(name.as_str()));
            }
        }
    }
}
