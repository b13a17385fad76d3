//! A packed file in the hands of somebody who means no good: every one is refused with its code, and none is half
//! taken.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    PackError,
    check::Check,
    format::{FORMAT, Part, VERSION},
    read::read,
    write::{WithBytes, write},
};
use crate::model::{Digest, digest_of};

const PICTURE: &[u8] = b"\x89PNG not really";

fn part(path: &str, bytes: &[u8]) -> WithBytes {
    let part = Part { path: path.into(), bytes: bytes.len() as u64, blake3: Digest::of(bytes) };
    (part, Box::new(Cursor::new(bytes.to_vec())))
}

fn project() -> Value {
    json!({
        "title": "Rice", "entry": "film.lua", "sources": ["film.lua", "lib/x.lua"], "params": {"text": "Hi."},
        "places": [{"slot": "a-1/image", "results": [Digest::of(b"key").hex()]}],
    })
}

fn result() -> Value {
    let image = json!({"blob": Digest::of(PICTURE).hex(), "bytes": PICTURE.len(), "mime": "image/png"});
    let response = json!({"image": image, "width": 2, "height": 1});
    let provenance = json!({
        "role": "image", "plugin": "cards", "version": "1", "rev": 1, "module": Digest::of(b"m").hex(), "at_ms": 1,
        "seconds": 0.1,
    });
    let delivery = json!({"path": "films/rice.png", "blob": image});
    json!({"key": Digest::of(b"key").hex(), "kept": {
        "digest": digest_of(&response).hex(), "response": response, "usage": {}, "deliveries": [delivery],
        "provenance": provenance,
    }})
}

/// A packed file of that project and that result.
fn packed(project: &Value, result: &Value) -> Vec<u8> {
    let line = result.to_string() + "\n";
    let blob = format!("blobs/{}", Digest::of(PICTURE));
    let mut to = Vec::new();
    let parts = vec![
        part("project.json", project.to_string().as_bytes()),
        part("scripts/0", b"return 1"),
        part("scripts/1", b"return 2"),
        part(&blob, PICTURE),
        part("results.ndjson", line.as_bytes()),
    ];
    write(&mut to, "Rice", 1, parts).unwrap();
    to
}

fn checked(file: &[u8]) -> Result<String, PackError> {
    let mut check = Check::default();
    read(file, file.len() as u64, &mut check)?;
    check.finish().map(|(project, _)| serde_json::to_string(&project).unwrap())
}

/// A file of these entries: path, kind, bytes.
fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    for (path, kind, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        // Past the checks of the library: what a person with an editor writes.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn manifest(parts: &[(&str, u64, &[u8])]) -> Vec<u8> {
    let part =
        |(path, bytes, of): &(&str, u64, &[u8])| json!({"path": path, "bytes": bytes, "blake3": Digest::of(of).hex()});
    let parts: Vec<_> = parts.iter().map(part).collect();
    json!({"format": FORMAT, "version": VERSION, "studio": "1", "title": "x", "packed_ms": 1, "parts": parts})
        .to_string()
        .into_bytes()
}

fn code(file: &[u8]) -> &'static str {
    checked(file).map_or_else(|e| e.code(), |_| "fine")
}

#[test]
fn what_was_packed_reads_back() {
    let read = checked(&packed(&project(), &result())).unwrap();
    assert!(read.contains("a-1/image") && read.contains("film.lua"), "{read}");
}

#[test]
fn other_files_are_no_packed_projects() {
    let file = tar::EntryType::Regular;
    assert_eq!(code(b""), "pack.format");
    assert_eq!(code(b"PK\x03\x04 a zip"), "pack.format");
    assert_eq!(code(&zstd::encode_all(&b"no tar"[..], 1).unwrap()), "pack.format");
    assert_eq!(code(&archive(&[("readme.txt", file, b"hello")])), "pack.format");
    assert_eq!(code(&archive(&[("manifest.json", file, b"{}")])), "pack.format");
    let other = json!({"format": "a backup", "version": 1}).to_string();
    assert_eq!(code(&archive(&[("manifest.json", file, other.as_bytes())])), "pack.format");
}

#[test]
fn a_later_form_is_named() {
    let later = json!({"format": FORMAT, "version": VERSION + 1, "studio": "9.1", "parts": "otherwise"}).to_string();
    let error = checked(&archive(&[("manifest.json", tar::EntryType::Regular, later.as_bytes())])).unwrap_err();
    assert_eq!(error.code(), "pack.newer");
    assert!(error.to_string().contains("9.1"), "{error}");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let file = tar::EntryType::Regular;
    let ends =
        |path: &'static str| manifest(&[("project.json", 2, b"{}"), (path, 1, b"x"), ("results.ndjson", 0, b"")]);
    for path in ["../../etc/passwd", "/etc/passwd", "blobs/../x", "scripts/1", "scripts/../0", "blobs/00"] {
        assert_eq!(code(&archive(&[("manifest.json", file, &ends(path))])), "pack.unsafe", "{path}");
    }
    let plain = manifest(&[("project.json", 2, b"{}"), ("results.ndjson", 0, b"")]);
    let entries =
        |path, kind| archive(&[("manifest.json", file, &plain), (path, kind, b"{}"), ("results.ndjson", file, b"")]);
    assert_eq!(code(&entries("../project.json", file)), "pack.unsafe");
    for kind in [
        tar::EntryType::Symlink,
        tar::EntryType::Link,
        tar::EntryType::GNULongName,
        tar::EntryType::XHeader,
        tar::EntryType::Char,
    ] {
        assert_eq!(code(&entries("project.json", kind)), "pack.unsafe", "{kind:?}");
    }
    for name in ["../film.lua", "/film.lua", "lib/../film.lua", "a/b/film.lua", ".film.lua", "film.sh", ""] {
        let mut project = project();
        project["sources"][0] = json!(name);
        project["entry"] = json!(name);
        assert_eq!(code(&packed(&project, &result())), "pack.unsafe", "{name:?}");
    }
    for path in ["../rice.png", "/tmp/rice.png", "a/../../b", ""] {
        let mut result = result();
        result["kept"]["deliveries"][0]["path"] = json!(path);
        assert_eq!(code(&packed(&project(), &result)), "pack.unsafe", "{path:?}");
    }
    let mut with_file = project();
    with_file["files"] = json!({"logo": {"name": "../x.png", "blob": result()["kept"]["response"]["image"]}});
    assert_eq!(code(&packed(&with_file, &result())), "pack.unsafe");
    for slot in ["", "a//b", "/a", "a\u{0}b"] {
        let mut project = project();
        project["places"][0]["slot"] = json!(slot);
        assert_eq!(code(&packed(&project, &result())), "pack.unsafe", "{slot:?}");
    }
}

#[test]
fn bombs_are_not_unpacked() {
    let file = tar::EntryType::Regular;
    let huge = manifest(&[("project.json", 1 << 50, b"x"), ("results.ndjson", 0, b"")]);
    assert_eq!(code(&archive(&[("manifest.json", file, &huge)])), "pack.size");
    let over = manifest(&[("project.json", u64::MAX, b"x"), ("results.ndjson", u64::MAX, b"")]);
    assert_eq!(code(&archive(&[("manifest.json", file, &over)])), "pack.size");
    // A part that is longer than it says.
    let zeros = vec![0; 1 << 20];
    let short = manifest(&[("project.json", 2, b"{}"), ("results.ndjson", 0, b"")]);
    assert_eq!(code(&archive(&[("manifest.json", file, &short), ("project.json", file, &zeros)])), "pack.damaged");
    // A manifest of more than a manifest has, in a small file.
    let blanks = vec![b' '; 65 << 20];
    let bomb = archive(&[("manifest.json", file, &blanks)]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(code(&bomb), "pack.size");
    let line = vec![b' '; 33 << 20];
    let long = manifest(&[("project.json", 2, b"{}"), ("results.ndjson", line.len() as u64, &line)]);
    let json = project().to_string();
    let with_project =
        manifest(&[("project.json", json.len() as u64, json.as_bytes()), ("results.ndjson", line.len() as u64, &line)]);
    let entries = [
        ("manifest.json", file, with_project.as_slice()),
        ("project.json", file, json.as_bytes()),
        ("results.ndjson", file, &line),
    ];
    assert_eq!(code(&archive(&entries)), "pack.size");
    assert_eq!(code(&archive(&[("manifest.json", file, &long), ("project.json", file, b"{}")])), "pack.damaged");
}

#[test]
fn what_does_not_fit_together_is_damaged() {
    let edited = |pointer: &str, value: Value| {
        let mut result = result();
        *result.pointer_mut(pointer).unwrap() = value;
        code(&packed(&project(), &result))
    };
    assert_eq!(edited("/kept/response/width", json!(3)), "pack.damaged", "not its digest");
    assert_eq!(edited("/kept/response", json!({"no": "image"})), "pack.damaged");
    assert_eq!(edited("/kept/deliveries/0/blob/bytes", json!(1)), "pack.damaged");
    assert_eq!(edited("/key", json!("../x")), "pack.unsafe");
    assert_eq!(edited("/key", json!(Digest::of(b"other").hex())), "pack.damaged", "a place lacks its result");
    let mut lacking = project();
    lacking["sources"] = json!(["film.lua"]);
    assert_eq!(code(&packed(&lacking, &result())), "pack.damaged");
    let mut by_hand = project();
    let response = json!({"image": result()["kept"]["response"]["image"], "width": 1, "height": 1});
    by_hand["places"][0]["edit"] =
        json!({"replaces": Digest::of(b"key").hex(), "response": response, "digest": digest_of(&response).hex()});
    assert_eq!(code(&packed(&by_hand, &result())), "fine");
    by_hand["places"][0]["edit"]["digest"] = json!(Digest::of(b"").hex());
    assert_eq!(code(&packed(&by_hand, &result())), "pack.damaged");
}

#[test]
fn more_than_is_named_is_refused() {
    let file = tar::EntryType::Regular;
    let json = project().to_string().replace("[\"film.lua\",\"lib/x.lua\"]", "[]");
    let plain = manifest(&[("project.json", json.len() as u64, json.as_bytes()), ("results.ndjson", 0, b"")]);
    let mut entries = vec![
        ("manifest.json", file, plain.as_slice()),
        ("project.json", file, json.as_bytes()),
        ("results.ndjson", file, b"".as_slice()),
    ];
    assert_eq!(code(&archive(&entries)), "pack.damaged", "it reads through, and its script is not whole");
    entries.push(("more", file, b"x"));
    assert_eq!(code(&archive(&entries)), "pack.unsafe");
}

/// The file with its inside changed: tar bytes, compressed again.
fn inside(file: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut tar = zstd::decode_all(file).unwrap();
    change(&mut tar);
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(&tar).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..4_000)) {
        prop_assert!(checked(&bytes).is_err());
        let compressed = zstd::encode_all(bytes.as_slice(), 1).unwrap();
        prop_assert!(checked(&compressed).is_err());
    }

    /// A file that was cut or changed anywhere is refused, or was changed where nothing is.
    #[test]
    fn a_changed_file_is_refused_or_means_the_same(at in any::<prop::sample::Index>(), by in 1_u8.., cut: bool) {
        let whole = packed(&project(), &result());
        let meaning = checked(&whole).unwrap();
        let mut outside = whole.clone();
        let n = at.index(outside.len());
        if cut { outside.truncate(n) } else { outside[n] ^= by }
        if let Ok(read) = checked(&outside) {
            prop_assert_eq!(&read, &meaning);
        }
        let changed = inside(&whole, |tar| {
            let n = at.index(tar.len());
            if cut { tar.truncate(n) } else { tar[n] ^= by }
        });
        if let Ok(read) = checked(&changed) {
            prop_assert_eq!(&read, &meaning);
        }
    }
}

#[test]
fn styles_are_files_of_their_own_and_no_more_than_that() {
    let styled = |name: &str, text: String| {
        let mut project = project();
        project["styles"] = json!({ name: text });
        code(&packed(&project, &result()))
    };
    assert_eq!(styled("mine", "kind = 'boxed'".into()), "fine");
    for name in ["../mine", "/etc/mine", "", ".mine", "a\\b", "a/b"] {
        assert_eq!(styled(name, String::new()), "pack.unsafe", "{name}");
    }
    assert_eq!(styled("mine", "#".repeat(64 * 1024 + 1)), "pack.size");
}
