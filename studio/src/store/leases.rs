//! Which blobs are in use although no record names them yet: those that were put while somebody held a lease.
//! Pure bookkeeping; `blobs` notes what is put, the engine holds leases for its runs, `gc` asks.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::model::Digest;

/// Below so many notes nothing is tidied up.
const FEW: usize = 1024;

/// All leases of a store's blobs.
#[derive(Debug, Default)]
pub(super) struct Leases {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Counts leases.
    begun: u64,
    /// Those that are held, by when they began.
    held: BTreeMap<u64, usize>,
    /// Blobs that were put, with the count of leases at that time.
    put: HashMap<Digest, u64>,
    /// The number of notes at which old ones are looked for.
    tidy_at: usize,
}

/// Whatever is put while it is held stays until it goes, named by a record or not.
#[derive(Debug)]
pub struct Lease {
    leases: Arc<Leases>,
    begun: u64,
}

impl Leases {
    /// A lease from now on.
    pub(super) fn take(self: &Arc<Self>) -> Lease {
        let mut inner = self.inner.lock();
        inner.begun += 1;
        let begun = inner.begun;
        inner.hold(self, begun)
    }

    /// A lease that covers what the oldest one covers: nothing that is protected now loses that while it is held.
    pub(super) fn take_all(self: &Arc<Self>) -> Lease {
        let mut inner = self.inner.lock();
        if inner.held.is_empty() {
            inner.begun += 1;
        }
        let begun = inner.held.keys().next().copied().unwrap_or(inner.begun);
        inner.hold(self, begun)
    }

    /// A blob was put, or found where it was about to be.
    pub(super) fn note(&self, digest: Digest) {
        let mut inner = self.inner.lock();
        if !inner.held.is_empty() {
            let now = inner.begun;
            inner.put.insert(digest, now);
        }
    }

    /// Was it put while a lease was held that is held still?
    pub(super) fn protects(&self, digest: &Digest) -> bool {
        let inner = self.inner.lock();
        let Some((oldest, _)) = inner.held.first_key_value() else { return false };
        inner.put.get(digest).is_some_and(|put| put >= oldest)
    }
}

impl Inner {
    fn hold(&mut self, leases: &Arc<Leases>, begun: u64) -> Lease {
        *self.held.entry(begun).or_default() += 1;
        Lease { leases: Arc::clone(leases), begun }
    }

    fn let_go(&mut self, begun: u64) {
        if let Some(count) = self.held.get_mut(&begun) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(&begun);
            }
        }
        match self.held.first_key_value() {
            None => self.put = HashMap::new(),
            Some((&oldest, _)) if self.put.len() >= self.tidy_at.max(FEW) => {
                self.put.retain(|_, put| *put >= oldest);
                self.tidy_at = self.put.len() * 2;
            }
            Some(_) => (),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.inner.lock().let_go(self.begun);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(n: u32) -> Digest {
        Digest::of(&n.to_be_bytes())
    }

    #[test]
    fn what_is_put_under_a_lease_is_in_use_as_long_as_it() {
        let leases = Arc::new(Leases::default());
        leases.note(digest(0));
        let one = leases.take();
        leases.note(digest(1));
        let two = leases.take();
        leases.note(digest(2));
        let in_use = || [0, 1, 2].map(|n| leases.protects(&digest(n)));
        assert_eq!(in_use(), [false, true, true]);
        let all = leases.take_all();
        drop(one);
        assert_eq!(in_use(), [false, true, true], "the one that covers all goes on");
        drop(all);
        assert_eq!(in_use(), [false, false, true]);
        leases.note(digest(1));
        assert_eq!(in_use(), [false, true, true], "put once more");
        drop(two);
        assert_eq!(in_use(), [false; 3]);
    }

    #[test]
    fn notes_do_not_pile_up_while_leases_overlap_for_ever() {
        let leases = Arc::new(Leases::default());
        let mut last = leases.take();
        for n in 0..20_000 {
            leases.note(digest(n));
            if n % 100 == 0 {
                last = leases.take();
            }
        }
        assert!(leases.protects(&digest(19_999)) && !leases.protects(&digest(19)));
        assert!(leases.inner.lock().put.len() < 5_000);
        drop(last);
        assert!(leases.inner.lock().put.is_empty());
    }
}
