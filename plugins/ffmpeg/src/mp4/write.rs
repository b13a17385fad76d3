//! Writes boxes and the tables in them.

/// A box of entries, of which `values` are the numbers, after version and flags.
pub fn list(values: &[u32], entries: usize) -> Vec<u8> {
    [vec![0; 4], words(&[u32::try_from(entries).unwrap_or(0)]), words(values)].concat()
}

/// The sizes of samples, in bytes: what is in `stsz`.
pub fn sizes(values: &[u32]) -> Vec<u8> {
    [vec![0; 8], words(&[u32::try_from(values.len()).unwrap_or(0)]), words(values)].concat()
}

/// How often each value comes in a row, and the value.
pub fn runs(values: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut runs: Vec<u32> = Vec::new();
    for value in values {
        match runs[..] {
            [.., last] if last == value => {
                let count = runs.len() - 2;
                runs[count] += 1;
            }
            _ => runs.extend([1, value]),
        }
    }
    runs
}

/// Numbers of four bytes.
pub fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// A box.
pub fn boxed(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len() + 8).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &kind, data].concat()
}
