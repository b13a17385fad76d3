//! Stores of older schemas, brought up to the present one when they are opened. Each step can be done again after a
//! crash in the middle of it; the manifest's number, written last, says that it is done. The manifest as it was stays
//! beside it.
//!
//! The index needs no steps: one whose trees are others is made anew (`recover`).

use std::path::Path;

use super::{
    error::{Result, StoreError},
    files,
    manifest::{Manifest, NAME, SCHEMA},
};

/// The manifest in the present schema, and all that it speaks of.
pub(super) fn to_current(dir: &Path, manifest: Manifest) -> Result<Manifest> {
    if manifest.schema == SCHEMA {
        return Ok(manifest);
    }
    keep(dir, &manifest)?;
    let mut manifest = manifest;
    while manifest.schema < SCHEMA {
        step(dir, &mut manifest)?;
        manifest.save(dir)?;
        tracing::info!(schema = manifest.schema, "the store was brought up to a newer schema");
    }
    Ok(manifest)
}

/// From one schema to the next.
fn step(_journal: &Path, manifest: &mut Manifest) -> Result<()> {
    match manifest.schema {
        // New kinds of records only: older studios are to refuse the store before they meet one.
        1 => manifest.schema = 2,
        other => return Err(StoreError::Newer { found: other, known: SCHEMA }),
    }
    Ok(())
}

/// The manifest as it was before, for who has to go back by hand.
fn keep(dir: &Path, manifest: &Manifest) -> Result<()> {
    let name = format!("{NAME}.schema-{}", manifest.schema);
    let text = serde_json::to_vec_pretty(manifest).map_err(|e| StoreError::Encode { what: e.to_string() })?;
    files::replace(dir, &name, &text).map_err(|e| StoreError::io("write", &dir.join(&name), e))
}
