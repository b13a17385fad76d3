//! Keys of the index: compared as bytes, they sort as their parts do. Pure.

/// A first part that other parts follow. No such part is the beginning of another one.
pub(super) fn head(part: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(part.len() + 2);
    for byte in part.bytes() {
        key.push(byte);
        if byte == 0 {
            key.push(0xff);
        }
    }
    key.extend_from_slice(&[0, 1]);
    key
}

/// `part`, then `rest`.
pub(super) fn pair(part: &str, rest: impl AsRef<[u8]>) -> Vec<u8> {
    let mut key = head(part);
    key.extend_from_slice(rest.as_ref());
    key
}

/// What follows `part` in a key that was made with it.
pub(super) fn rest<'k>(part: &str, key: &'k [u8]) -> &'k [u8] {
    key.strip_prefix(head(part).as_slice()).unwrap_or_default()
}

/// The number at the end of a key.
pub(super) fn last_u32(key: &[u8]) -> Option<u32> {
    key.last_chunk::<4>().map(|b| u32::from_be_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_sort_as_their_parts(a in "[\u{0}-\u{2}a]{0,4}", b in "[\u{0}-\u{2}a]{0,4}", m: u32, n: u32) {
            let (one, two) = (pair(&a, m.to_be_bytes()), pair(&b, n.to_be_bytes()));
            prop_assert_eq!(one.cmp(&two), (a.as_bytes(), m).cmp(&(b.as_bytes(), n)));
            prop_assert_eq!(two.starts_with(&head(&a)), a == b);
            prop_assert_eq!(rest(&a, &one), m.to_be_bytes());
            prop_assert_eq!(last_u32(&two), Some(n));
        }
    }
}
