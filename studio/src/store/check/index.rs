//! The index's part of the check: is it what the journal comes to?

use crate::store::{
    apply::Tree,
    error::{Result, StoreError},
    extent::Extent,
    index::{Index, Stored},
    mirror::Mirror,
    segments::Place,
};

/// Where the index is not what it should be; the first few places.
pub(super) fn differences(index: &Index, mirror: &Mirror<Place>, extent: &Extent) -> Result<Vec<String>> {
    const FEW: usize = 5;
    let mut found = Vec::new();
    if index.mark()? != Some(extent.mark) {
        found.push("it does not stand where the journal does".to_owned());
    }
    for tree in Tree::ALL {
        let mut have = index.scan(tree, &[], &[]).peekable();
        let mut should = mirror.tree(tree).peekable();
        while found.len() < FEW {
            let (key, what) = match (have.peek(), should.peek()) {
                (None, None) => break,
                (Some(Err(_)), _) => return Err(have.next().and_then(Result::err).unwrap_or(StoreError::Closed)),
                (Some(Ok((key, value))), Some((wanted, place))) if key.as_ref() == *wanted => {
                    let same = is_same(*value, *place);
                    let key = key.to_vec();
                    have.next();
                    should.next();
                    if same {
                        continue;
                    }
                    (key, "has another value")
                }
                (Some(Ok((key, _))), wanted) if wanted.is_none_or(|(wanted, _)| key.as_ref() < *wanted) => {
                    let key = key.to_vec();
                    have.next();
                    (key, "should not be there")
                }
                (_, _) => match should.next() {
                    Some((key, _)) => (key.to_vec(), "is missing"),
                    None => break,
                },
            };
            found.push(format!("{}: {} {what}", tree.name(), String::from_utf8_lossy(&key).escape_debug()));
        }
    }
    Ok(found)
}

fn is_same(value: Stored, place: Option<Place>) -> bool {
    value.place() == place
}
