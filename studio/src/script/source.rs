//! The text of a script and of everything it may require.

use std::{collections::BTreeMap, fmt::Write as _, fs, io, path::Path};

use super::tokens;

/// Most bytes of one script file.
const MAX_FILE: u64 = 1 << 20;
/// Most files below a scripts folder.
const MAX_FILES: usize = 1000;

/// Pinned sources: an entry and all that it may require, by path below the scripts folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptSource {
    /// The file that returns the pipeline: `narrated.lua`.
    pub entry: String,
    /// Text by path, `/` between folders: `lib/cards.lua`.
    pub files: BTreeMap<String, String>,
}

impl ScriptSource {
    /// One file alone.
    pub fn single(entry: &str, text: &str) -> Self {
        Self { entry: entry.into(), files: BTreeMap::from([(entry.into(), text.into())]) }
    }

    /// `entry` and every `.lua` file below `lib/` of the folder it is rooted at. Links are not followed.
    ///
    /// # Errors
    /// What the file system says; `InvalidData` for a file that is over 1 MB or not UTF-8.
    pub fn read(root: &Path, entry: &str) -> io::Result<Self> {
        let mut files = BTreeMap::from([(entry.to_owned(), read_text(&root.join(entry))?)]);
        let mut folders = vec!["lib".to_owned()];
        while let Some(folder) = folders.pop() {
            let listing = match fs::read_dir(root.join(&folder)) {
                Ok(listing) => listing,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e),
            };
            for item in listing {
                let item = item?;
                let kind = item.file_type()?;
                let Some(name) = item.file_name().to_str().map(|name| format!("{folder}/{name}")) else { continue };
                if kind.is_dir() {
                    folders.push(name);
                } else if kind.is_file() && Path::new(&name).extension().is_some_and(|ext| ext == "lua") {
                    if files.len() >= MAX_FILES {
                        return Err(invalid(&format!("{folder}: more than {MAX_FILES} script files")));
                    }
                    files.insert(name.clone(), read_text(&root.join(&name))?);
                }
            }
        }
        Ok(Self { entry: entry.into(), files })
    }

    /// The entry and what it requires, directly or not; all files where only running it tells. A run keeps these,
    /// so that other scripts of the folder may change beside it.
    #[must_use]
    pub fn needed(&self) -> Self {
        let mut files = BTreeMap::new();
        let mut open = vec![self.entry.clone()];
        while let Some(file) = open.pop() {
            let Some(text) = self.files.get(&file) else { continue };
            let Some(required) = tokens::required(text) else { return self.clone() };
            if files.insert(file, text.clone()).is_none() {
                open.extend(required.iter().map(|module| format!("{}.lua", module.replace('.', "/"))));
            }
        }
        Self { entry: self.entry.clone(), files }
    }

    /// The line ±1 with a caret below it; empty where there is no such line.
    pub fn excerpt(&self, file: &str, line: u32, token: Option<&str>) -> String {
        let Some(text) = self.files.get(file) else { return String::new() };
        let first = line.saturating_sub(1).max(1);
        let mut out = String::new();
        for (number, content) in (1_u32..).zip(text.lines()).skip(first as usize - 1).take((line - first + 2) as usize)
        {
            let content = printable(content);
            let _ = writeln!(out, "{number:>5} | {content}");
            if number == line {
                let _ = writeln!(out, "      | {}", carets(&content, token));
            }
        }
        out
    }
}

/// At most 160 characters, with tabs and control characters as spaces.
fn printable(line: &str) -> String {
    line.chars().take(160).map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim_end().to_owned()
}

/// Carets below `token` where it stands in the line, else below all of it.
fn carets(line: &str, token: Option<&str>) -> String {
    let width = |text: &str| text.chars().count();
    let indent = line.len() - line.trim_start().len();
    let (start, length) = match token.filter(|t| !t.is_empty()).and_then(|t| Some((line.find(t)?, t))) {
        Some((at, token)) => (width(&line[..at]), width(token)),
        None => (width(&line[..indent]), width(line.trim()).max(1)),
    };
    " ".repeat(start) + &"^".repeat(length)
}

fn read_text(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_FILE {
        return Err(invalid(&format!("{}: a script is at most 1 MB", path.display())));
    }
    String::from_utf8(fs::read(path)?).map_err(|_| invalid(&format!("{}: not UTF-8 text", path.display())))
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_points_at_the_token() {
        let source = ScriptSource::single("a.lua", "one\n\ttts { txt = 1 }\nthree\nfour");
        assert_eq!(
            source.excerpt("a.lua", 2, Some("txt")),
            "    1 | one\n    2 |  tts { txt = 1 }\n      |        ^^^\n    3 | three\n"
        );
        assert_eq!(source.excerpt("a.lua", 1, None), "    1 | one\n      | ^^^\n    2 |  tts { txt = 1 }\n");
        assert_eq!(source.excerpt("a.lua", 99, None), "");
        assert_eq!(source.excerpt("b.lua", 1, None), "");
    }

    #[test]
    fn only_what_is_required_is_needed() {
        let mut source = ScriptSource::single("a.lua", "local b = require('lib.b')");
        for (name, text) in [("lib/b.lua", "return require('lib.c')"), ("lib/c.lua", "return 1"), ("other.lua", "x")] {
            source.files.insert(name.into(), text.into());
        }
        assert_eq!(source.needed().files.keys().collect::<Vec<_>>(), ["a.lua", "lib/b.lua", "lib/c.lua"]);
        source.files.insert("lib/c.lua".into(), "return require(name)".into());
        assert_eq!(source.needed(), source);
    }

    #[test]
    fn a_folder_is_read_with_its_library() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("lib/deep")).unwrap();
        fs::write(dir.path().join("a.lua"), "return 1").unwrap();
        fs::write(dir.path().join("other.lua"), "return 2").unwrap();
        fs::write(dir.path().join("lib/deep/b.lua"), "return 3").unwrap();
        let source = ScriptSource::read(dir.path(), "a.lua").unwrap();
        assert_eq!(source.files.keys().collect::<Vec<_>>(), ["a.lua", "lib/deep/b.lua"]);
        fs::write(dir.path().join("a.lua"), [0xff, 0xfe]).unwrap();
        assert_eq!(ScriptSource::read(dir.path(), "a.lua").unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
