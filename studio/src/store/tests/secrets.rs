//! Secrets at rest.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{Home, files};
use crate::{
    model::{Record, SecretSource, SecretString},
    store::SecretVault,
};

const PLAIN: &str = "sk-plain-0123456789";

fn text(secret: &str) -> SecretString {
    SecretString::new(secret.into())
}

#[tokio::test]
async fn a_secret_is_kept_sealed_and_nowhere_in_the_clear() {
    let home = Home::new();
    let key = home.dir.path().join("config/studio/key");
    let store = home.open();
    let vault = SecretVault::new(store.clone(), &key);
    assert!(vault.secret("openai").is_none());
    vault.set("openai", text("old"), None).await.unwrap();
    vault.set("openai", text(PLAIN), None).await.unwrap();
    vault.set("pexels", text("é"), None).await.unwrap();
    assert_eq!(vault.secret("openai").unwrap().reveal(), PLAIN);
    assert_eq!(vault.names().unwrap(), ["openai", "pexels"]);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    store.close().await.unwrap();
    drop(vault);
    let key_bytes = fs::read(&key).unwrap();
    let files = files(&home.path());
    assert!(files.len() > 3);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let found = |what: &[u8]| bytes.windows(what.len()).any(|w| w == what);
        assert!(!found(PLAIN.as_bytes()) && !found(&key_bytes), "{}", file.display());
    }
    let vault = SecretVault::new(home.open(), &key);
    assert_eq!(vault.secret("pexels").unwrap().reveal(), "é");
    assert!(vault.remove("pexels", None).await.unwrap());
    assert!(!vault.remove("pexels", None).await.unwrap());
    assert_eq!(vault.names().unwrap(), ["openai"]);
}

#[tokio::test]
async fn a_missing_or_other_key_is_told_and_never_replaced() {
    let home = Home::new();
    let key = home.dir.path().join("key");
    let store = home.open();
    let vault = SecretVault::new(store.clone(), &key);
    vault.set("a", text(PLAIN), None).await.unwrap();
    let right = fs::read(&key).unwrap();
    for wrong in [None, Some(vec![7; 32]), Some(vec![7; 31]), Some(vec![7; 33])] {
        fs::remove_file(&key).unwrap_or_default();
        if let Some(bytes) = &wrong {
            fs::write(&key, bytes).unwrap();
        }
        for error in [vault.get("a").err().unwrap(), vault.set("b", text("x"), None).await.err().unwrap()] {
            assert_eq!(error.code(), "secret.key");
            assert!(!format!("{error:?} {error}").contains(PLAIN));
        }
        assert!(vault.secret("a").is_none());
        assert_eq!(fs::read(&key).ok(), wrong);
    }
    fs::write(&key, right).unwrap();
    // A sealed text belongs to its name.
    let sealed = store.secret("a").unwrap();
    store.commit(vec![Record::Secret { name: "b".into(), sealed }]).await.unwrap();
    assert_eq!(vault.get("a").unwrap().unwrap().reveal(), PLAIN);
    assert_eq!(vault.get("b").err().unwrap().code(), "secret.key");
}

#[tokio::test]
async fn names_and_sizes_are_checked() {
    let home = Home::new();
    let vault = SecretVault::new(home.open(), &home.dir.path().join("key"));
    let long = "a".repeat(65);
    for bad in ["", "A", "a b", "../a", "é", &long] {
        assert_eq!(vault.set(bad, text("x"), None).await.err().unwrap().code(), "secret.name", "{bad}");
    }
    vault.set(&"a".repeat(64), text("x"), None).await.unwrap();
    assert_eq!(vault.set("a", text(""), None).await.err().unwrap().code(), "secret.size");
    assert_eq!(vault.set("a", text(&"x".repeat(70_000)), None).await.err().unwrap().code(), "secret.size");
}
