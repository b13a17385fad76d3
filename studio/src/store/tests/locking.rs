//! One owner, and nobody else's eyes.

use std::os::unix::fs::PermissionsExt;

use super::{Home, facts::*};
use crate::store::{Store, StoreError};

#[tokio::test]
async fn a_second_open_is_told_who_has_it() {
    let home = Home::new();
    let store = home.open();
    let busy = Store::open(&home.path()).err().unwrap();
    assert!(matches!(busy, StoreError::Busy { pid: Some(pid), .. } if pid == std::process::id()), "{busy}");
    assert_eq!(busy.code(), "store.busy");
    store.commit(vec![log(1, "unharmed")]).await.unwrap();
    drop(store);
    assert_eq!(home.open().last_seq(), 1);
}

#[tokio::test]
async fn nothing_in_it_is_for_others() {
    let home = Home::new();
    let store = home.open_small();
    for n in 0..100 {
        store.commit(vec![log(1, &"x".repeat(n))]).await.unwrap();
    }
    store.close().await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for dir in ["", "journal", "index", "blobs", "blobs/tmp"] {
        assert_eq!(mode(&home.path().join(dir)), 0o700, "{dir}");
    }
    assert!(home.segments().len() > 1);
    for file in super::files(&home.path().join("journal")) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(&home.path().join("lock")), 0o600);
}
