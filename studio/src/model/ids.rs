//! Newtypes for names and numbers that must not be mixed up.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        // Shared: a node that waits is named in many places.
        pub struct $name(#[serde(with = "super::shared")] #[schemars(with = "String")] Arc<str>);

        impl $name {
            /// From its text, which is not checked.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into().into())
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id! {
    /// A project's ULID.
    ProjectId
}
string_id! {
    /// A run's ULID; later ones sort after earlier ones.
    RunId
}
string_id! {
    /// A batch's ULID; later ones sort after earlier ones.
    BatchId
}
string_id! {
    /// A generation's ULID; later ones sort after earlier ones.
    GenerationId
}
string_id! {
    /// A chat message's ULID; later ones of a project sort after earlier ones.
    ChatId
}
string_id! {
    /// The name of a node's result: 64 hex digits over all that determines it.
    Key
}

impl ProjectId {
    /// A new one.
    pub fn generate(ulid: ulid::Ulid) -> Self {
        Self(ulid.to_string().into())
    }
}

impl RunId {
    /// A new one.
    pub fn generate(ulid: ulid::Ulid) -> Self {
        Self(ulid.to_string().into())
    }
}

impl BatchId {
    /// A new one.
    pub fn generate(ulid: ulid::Ulid) -> Self {
        Self(ulid.to_string().into())
    }
}

impl ChatId {
    /// A new one after `last`, whatever the clock says; none: it is the first.
    pub fn after(last: Option<&Self>, ulid: ulid::Ulid) -> Self {
        let next = last.and_then(|last| last.0.parse::<ulid::Ulid>().ok()).and_then(|last| last.increment().ok());
        Self(next.filter(|next| *next > ulid).unwrap_or(ulid).to_string().into())
    }

    /// Does it look like one?
    pub fn is_sound(&self) -> bool {
        self.0.parse::<ulid::Ulid>().is_ok_and(|ulid| *ulid.to_string() == *self.0)
    }
}

impl GenerationId {
    /// A new one.
    pub fn generate(ulid: ulid::Ulid) -> Self {
        Self(ulid.to_string().into())
    }

    /// The first that could have been given at a time, in milliseconds since 1970; none: before 1970.
    pub fn at(ms: i64) -> Option<Self> {
        u64::try_from(ms).ok().map(|ms| Self(ulid::Ulid::from_parts(ms, 0).to_string().into()))
    }
}

impl Key {
    /// From a hash.
    pub fn from_hash(hash: blake3::Hash) -> Self {
        Self(hash.to_hex().as_str().into())
    }
}

/// The place of a record in the journal, from 1; also the number of the event it makes.
pub type Seq = u64;

/// BLAKE3 of a blob's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// From a finished hash.
    pub fn from_hash(hash: blake3::Hash) -> Self {
        Self(*hash.as_bytes())
    }

    /// As 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", &self.hex()[..12])
    }
}

/// The text is not 64 lower-case hex digits.
#[derive(Debug, thiserror::Error)]
#[error("not a digest: expected 64 lower-case hex digits")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NotADigest);
        }
        let hash = blake3::Hash::from_hex(text).map_err(|_| NotADigest)?;
        Ok(Self(*hash.as_bytes()))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.hex())
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "BLAKE3 of a blob's bytes.", "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text_and_nothing_else_is_one() {
        let digest = Digest::of(b"x");
        assert_eq!(digest.hex().parse::<Digest>().unwrap(), digest);
        for bad in ["", "ab", "../../../../etc/passwd", &digest.hex().to_uppercase(), &format!("{}0", digest.hex())] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
