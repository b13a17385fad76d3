//! Where in the work a script's coroutine is: the scopes that slots are made of, the numbers within them, and a
//! random sequence of each scope's own. None of it depends on the order in which answers arrive.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::error::{ErrorCode, ScriptError};

/// Scopes from the outermost in.
pub(super) type Path = Arc<[String]>;

/// Scopes nest this deep at most.
const MAX_DEPTH: usize = 16;
/// Bytes of a scope's name.
const MAX_NAME: usize = 200;

/// The scopes of one run.
pub(super) struct Scopes {
    seed: u64,
    current: Path,
    known: HashMap<Path, Known>,
    live: HashSet<Path>,
}

#[derive(Default)]
struct Known {
    counts: HashMap<&'static str, u32>,
    random: Option<u64>,
}

impl Scopes {
    pub fn new(seed: u64) -> Self {
        Self { seed, current: Path::default(), known: HashMap::new(), live: HashSet::new() }
    }

    /// Where the running coroutine is.
    pub fn current(&self) -> Path {
        Arc::clone(&self.current)
    }

    /// Another coroutine goes on; gives where the one before it was.
    pub fn switch(&mut self, to: Path) -> Path {
        std::mem::replace(&mut self.current, to)
    }

    /// A scope below the current one.
    pub fn below(&self, name: &str) -> Result<Path, ScriptError> {
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(ScriptError::new(ErrorCode::Input, format!("an id has 1 to {MAX_NAME} bytes")).field("id"));
        }
        if self.current.len() >= MAX_DEPTH {
            let message = format!("map, scene and studio.async are nested more than {MAX_DEPTH} deep");
            return Err(ScriptError::new(ErrorCode::Limit, message));
        }
        let path: Path = self.current.iter().cloned().chain([name.to_owned()]).collect();
        if self.live.contains(&path) {
            return Err(ScriptError::new(
                ErrorCode::Input,
                format!("the id `{name}` is in use by another item that runs"),
            )
            .field("id")
            .help("ids name the place of a result in the work: give each item one of its own"));
        }
        Ok(path)
    }

    /// A coroutine of this scope's own begins.
    pub fn open(&mut self, path: &Path) {
        self.live.insert(Arc::clone(path));
    }

    /// That coroutine has ended.
    pub fn close(&mut self, path: &Path) {
        self.live.remove(path);
    }

    /// The next number, from 1, of a kind of thing in a scope.
    pub fn next(&mut self, path: &Path, kind: &'static str) -> u32 {
        let count = self.known.entry(Arc::clone(path)).or_default().counts.entry(kind).or_default();
        *count += 1;
        *count
    }

    /// The next number of the current scope's random sequence, 0 up to but not including 1.
    pub fn random(&mut self) -> f64 {
        let (seed, path) = (self.seed, self.current());
        let state = self.known.entry(Arc::clone(&path)).or_default().random.get_or_insert_with(|| first(seed, &path));
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        (mixed(*state) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Starts the current scope's sequence anew.
    pub fn reseed(&mut self, seed: f64) {
        let path = self.current();
        let state = first(mixed(seed.to_bits()), &path);
        self.known.entry(path).or_default().random = Some(state);
    }
}

/// Where a scope's sequence starts.
fn first(seed: u64, path: &[String]) -> u64 {
    let mut hash = blake3::Hasher::new();
    hash.update(&seed.to_le_bytes());
    for part in path {
        hash.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

/// The output function of SplitMix64.
fn mixed(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sequences_belong_to_scopes() {
        let mut scopes = Scopes::new(7);
        let a = scopes.below("a").unwrap();
        assert_eq!((scopes.next(&a, "tts"), scopes.next(&a, "tts"), scopes.next(&a, "image")), (1, 2, 1));
        let root = scopes.switch(a.clone());
        let in_a = scopes.random();
        scopes.switch(root);
        let in_root = scopes.random();
        assert!(in_a.to_bits() != in_root.to_bits() && (0.0..1.0).contains(&in_a));

        let mut again = Scopes::new(7);
        assert_eq!(again.random().to_bits(), in_root.to_bits());
        again.switch(a);
        assert_eq!(again.random().to_bits(), in_a.to_bits());
    }

    #[test]
    fn an_id_in_use_is_refused() {
        let mut scopes = Scopes::new(0);
        let a = scopes.below("a").unwrap();
        scopes.open(&a);
        assert!(scopes.below("a").is_err());
        scopes.close(&a);
        assert!(scopes.below("a").is_ok());
        assert!(scopes.below("").is_err());
    }
}
