//! Files of expected values that tests compare with: only ever added to by `STUDIO_BLESS=1`.

use std::{collections::BTreeMap, fs, path::Path};

/// Are missing expectations to be written down?
pub fn bless() -> bool {
    std::env::var_os("STUDIO_BLESS").is_some_and(|v| !v.is_empty() && v != "0")
}

/// Compares values with those of a JSON file by name. What the file lacks is an error unless blessed, what
/// differs always is one: `hint` says what it means.
pub fn golden(path: &Path, found: &BTreeMap<String, String>, hint: &str) {
    let text = fs::read_to_string(path).unwrap_or_else(|_| "{}".into());
    let mut known: BTreeMap<String, String> = serde_json::from_str(&text).expect("a JSON object of texts");
    let differs = |(name, value): (&String, &String)| {
        let known = known.get(name)?;
        (known != value).then(|| format!("{name} is {value}, not {known}"))
    };
    let wrong: Vec<_> = found.iter().filter_map(differs).collect();
    assert!(wrong.is_empty(), "{}: {hint}\n{}", path.display(), wrong.join("\n"));
    let missing: Vec<_> = found.iter().filter(|(name, _)| !known.contains_key(*name)).collect();
    if missing.is_empty() {
        return;
    }
    assert!(bless(), "{} lacks {missing:#?}; STUDIO_BLESS=1 adds them", path.display());
    known.extend(missing.into_iter().map(|(name, value)| (name.clone(), value.clone())));
    let text = serde_json::to_string_pretty(&known).expect("JSON");
    fs::write(path, text + "\n").expect("the file of expectations");
}
