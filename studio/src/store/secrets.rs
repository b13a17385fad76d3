//! Secrets at rest: sealed with a key that lies outside the store, so that a copy of the store tells nothing.
//! Opened only for effects that fill them in; nothing here prints one.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, Payload},
};
use zeroize::Zeroizing;

use super::{Store, StoreError, files};
use crate::model::{Record, SecretSource, SecretString};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const MAX_NAME: usize = 64;
/// Longer ones are no secrets but files.
const MAX_SECRET: usize = 64 << 10;

/// Why a secret could not be kept or read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SecretError {
    /// A name that no secret can have.
    #[error("{name:?} is no name for a secret: use 1 to 64 of a-z, 0-9, - and _")]
    Name {
        /// The name, cut to 64 characters.
        name: String,
    },
    /// Nothing, or too much, to keep.
    #[error("a secret has 1 byte to 64 KiB, this one has {bytes} bytes")]
    Size {
        /// How long it is.
        bytes: usize,
    },
    /// The key is missing, is not readable, or is another one.
    #[error("the key {} cannot open the secrets: {what}", path.display())]
    Key {
        /// Where it should be.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SecretError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "secret.name",
            Self::Size { .. } => "secret.size",
            Self::Key { .. } => "secret.key",
            Self::Store(e) => e.code(),
        }
    }

    /// What to do about it, in a sentence.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Name { .. } => "Choose the name that the plugin asks for; `studio plugin inspect` tells it.",
            Self::Size { .. } => "Give the key or token itself.",
            Self::Key { .. } => {
                "Put that file back or name it in STUDIO_KEY_FILE; if it is lost, remove the secrets with \
                 `studio secret rm NAME` and set them again."
            }
            Self::Store(e) => e.help(),
        }
    }
}

/// The secrets of a store. Clones are the same vault.
#[derive(Clone)]
pub struct SecretVault {
    store: Store,
    key_file: Arc<Path>,
}

impl SecretVault {
    /// The vault of `store`, with its key in `key_file`; the first secret that is set creates it.
    pub fn new(store: Store, key_file: &Path) -> Self {
        Self { store, key_file: key_file.into() }
    }

    /// Where the key is: what the environment names in `STUDIO_KEY_FILE`, else `key` in the user's folder of
    /// configuration for studio.
    pub fn key_file(config_dir: &Path) -> PathBuf {
        let named = std::env::var_os("STUDIO_KEY_FILE").filter(|path| !path.is_empty());
        named.map_or_else(|| config_dir.join("key"), PathBuf::from)
    }

    /// Keeps a secret, in place of an older one of that name, together with `also`. Durable when it returns.
    pub async fn set(&self, name: &str, secret: SecretString, also: Option<Record>) -> Result<(), SecretError> {
        check(name)?;
        let bytes = secret.reveal().len();
        if !(1..=MAX_SECRET).contains(&bytes) {
            return Err(SecretError::Size { bytes });
        }
        let cipher = self.cipher_to_seal()?;
        let sealed = seal(&cipher, name, secret.reveal().as_bytes()).map_err(|what| self.key_error(what))?;
        let set = Record::Secret { name: name.into(), sealed: Some(sealed) };
        self.store.commit([set].into_iter().chain(also).collect()).await?;
        Ok(())
    }

    /// Removes a secret, and keeps `also`. False: there was none.
    pub async fn remove(&self, name: &str, also: Option<Record>) -> Result<bool, SecretError> {
        check(name)?;
        let there = self.store.secret(name)?.is_some();
        let removed = there.then(|| Record::Secret { name: name.into(), sealed: None });
        let records: Vec<_> = removed.into_iter().chain(also).collect();
        if !records.is_empty() {
            self.store.commit(records).await?;
        }
        Ok(there)
    }

    /// The names of all secrets, in order. Needs no key.
    pub fn names(&self) -> Result<Vec<String>, SecretError> {
        Ok(self.store.secret_names()?)
    }

    /// A secret, opened; none: there is none of that name.
    pub fn get(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        let Some(sealed) = self.store.secret(name)? else { return Ok(None) };
        let Some(cipher) = self.cipher()? else {
            return Err(self.key_error("the file is missing"));
        };
        open(&cipher, name, &sealed).map(Some).map_err(|what| self.key_error(what))
    }

    /// Text that only this vault's key opens again, bound to what it belongs to.
    pub fn seal_text(&self, belongs_to: &str, text: &str) -> Result<String, SecretError> {
        seal(&self.cipher_to_seal()?, belongs_to, text.as_bytes()).map_err(|what| self.key_error(what))
    }

    /// What [`Self::seal_text`] sealed.
    pub fn open_text(&self, belongs_to: &str, sealed: &str) -> Result<SecretString, SecretError> {
        let cipher = self.cipher()?.ok_or_else(|| self.key_error("the file is missing"))?;
        open(&cipher, belongs_to, sealed).map_err(|what| self.key_error(what))
    }

    /// The cipher to seal a secret with: of the key that the others are sealed with, or of a new one.
    fn cipher_to_seal(&self) -> Result<XChaCha20Poly1305, SecretError> {
        let names = self.store.secret_names()?;
        match self.cipher()? {
            Some(cipher) => {
                if let Some(name) = names.first()
                    && let Some(sealed) = self.store.secret(name)?
                {
                    open(&cipher, name, &sealed).map_err(|what| self.key_error(what))?;
                }
                Ok(cipher)
            }
            None if names.is_empty() => {
                let created = create_key(&self.key_file);
                created.map_err(|e| self.key_error(format!("it cannot be created: {e}")))?;
                self.cipher()?.ok_or_else(|| self.key_error("the file is missing"))
            }
            None => Err(self.key_error("the file is missing")),
        }
    }

    /// The cipher of the key; none: there is no key.
    fn cipher(&self) -> Result<Option<XChaCha20Poly1305>, SecretError> {
        match read_key(&self.key_file) {
            Ok(key) => XChaCha20Poly1305::new_from_slice(key.as_slice())
                .map(Some)
                .map_err(|_| self.key_error("it does not have 32 bytes")),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.key_error(e.to_string())),
        }
    }

    fn key_error(&self, what: impl Into<String>) -> SecretError {
        SecretError::Key { path: self.key_file.to_path_buf(), what: what.into() }
    }
}

impl SecretSource for SecretVault {
    fn secret(&self, name: &str) -> Option<SecretString> {
        self.get(name).unwrap_or_else(|e| {
            tracing::warn!(code = e.code(), name, error = %e, "a secret could not be opened");
            None
        })
    }
}

fn check(name: &str) -> Result<(), SecretError> {
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(SecretError::Name { name: name.chars().take(MAX_NAME).collect() })
    }
}

fn seal(cipher: &XChaCha20Poly1305, name: &str, text: &[u8]) -> Result<String, &'static str> {
    let nonce = XNonce::try_generate().map_err(|_| "the system gives no random numbers")?;
    let payload = Payload { msg: text, aad: name.as_bytes() };
    let sealed = cipher.encrypt(&nonce, payload).map_err(|_| "sealing failed")?;
    Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
}

fn open(cipher: &XChaCha20Poly1305, name: &str, sealed: &str) -> Result<SecretString, &'static str> {
    const OTHER: &str = "it is not the key that they were sealed with";
    let bytes = STANDARD.decode(sealed).map_err(|_| OTHER)?;
    let (nonce, text) = bytes.split_at_checked(NONCE_BYTES).ok_or(OTHER)?;
    let nonce = XNonce::try_from(nonce).map_err(|_| OTHER)?;
    let text = cipher.decrypt(&nonce, Payload { msg: text, aad: name.as_bytes() }).map_err(|_| OTHER)?;
    // On failure the bytes are wiped; on success the string takes them over.
    String::from_utf8(text).map(SecretString::new).map_err(|e| {
        drop(Zeroizing::new(e.into_bytes()));
        OTHER
    })
}

fn read_key(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // One byte more than the key has shows a file that is none; no more is needed, so nothing is reallocated.
    let mut key = Zeroizing::new(Vec::with_capacity(KEY_BYTES * 2));
    std::fs::File::open(path)?.take(KEY_BYTES as u64 + 1).read_to_end(&mut key)?;
    Ok(key)
}

/// Writes a new key. It is never written over another one.
fn create_key(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    files::private_dir(dir)?;
    let key = Zeroizing::new(<[u8; KEY_BYTES]>::try_generate().map_err(io::Error::other)?);
    let mut temp = tempfile::Builder::new().prefix(".key").tempfile_in(dir)?;
    temp.write_all(key.as_slice())?;
    temp.as_file().sync_all()?;
    match temp.persist_noclobber(path) {
        Ok(_) => files::sync_dir(dir),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e.error),
    }
}
