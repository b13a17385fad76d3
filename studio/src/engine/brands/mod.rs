//! Brands: saved as versions that never change, used by projects at one of them. `api::brands` calls it; [`take_in`]
//! reads a folder, [`seen`] gives scripts what they need.

mod seen;
mod take_in;

use std::{collections::BTreeMap, path::Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use seen::seen;

use super::open::{Core, Engine, EngineError};
use crate::model::{BrandError, BrandName, BrandUse, BrandVersion, NodeError, Project, ProjectPart, Record, Undoable};

/// The file in a brand's folder.
pub const FILE: &str = "brand.toml";

/// The scenes that a film shows before and after those of its script, as `scripts/lib/brand.lua` names them.
pub const INTRO: &str = "brand-intro";
pub const OUTRO: &str = "brand-outro";

/// A brand in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BrandEntry {
    /// Its name.
    pub name: String,
    /// What it is for, as its newest version says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// Its versions, the newest first.
    pub versions: Vec<BrandSaved>,
    /// The projects that use it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<BrandUser>,
}

/// A version and when it was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrandSaved {
    /// Its number.
    pub version: u32,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

/// A project and the version that it uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrandUser {
    /// The project's slug.
    pub project: String,
    /// The version.
    pub version: u32,
}

impl Engine {
    /// All brands, by name.
    pub fn brands(&self) -> Result<Vec<BrandEntry>, EngineError> {
        let mut found: BTreeMap<String, BrandEntry> = BTreeMap::new();
        for BrandVersion { name, version, at_ms, kit } in self.core.store.brands()? {
            let fresh =
                || BrandEntry { name: name.clone(), help: String::new(), versions: Vec::new(), projects: Vec::new() };
            let entry = found.entry(name.clone()).or_insert_with(fresh);
            entry.help = kit.help;
            entry.versions.insert(0, BrandSaved { version, at_ms });
        }
        for listed in self.core.store.listed()? {
            let Some(BrandUse { name, version }) = listed.brand else { continue };
            if let Some(entry) = found.get_mut(&name) {
                entry.projects.push(BrandUser { project: listed.slug, version });
            }
        }
        Ok(found.into_values().collect())
    }

    /// A brand by name, `acme` or `acme@2`.
    pub fn brand(&self, name: &str) -> Result<BrandVersion, EngineError> {
        named(&self.core, name)
    }

    /// Saves what a folder (or the `brand.toml` in it) says as a brand's next version; where nothing has changed, its
    /// newest is given.
    pub async fn save_brand(&self, name: &str, path: &Path) -> Result<BrandVersion, EngineError> {
        let BrandName { name, version } = read(name)?;
        if version.is_some() {
            let message = "a version is given by Studio; save it by its name alone";
            return Err(EngineError::Invalid { field: "name".into(), message: message.into() });
        }
        let _lease = self.core.store.blobs().lease();
        let kit = self.taken_in_brand(path).await?;
        let _changing = self.core.changing.lock().await;
        let newest = self.core.store.newest_brand(&name)?;
        let told = |version: u32| json!({ "name": name, "version": version });
        if let Some(newest) = newest.as_ref().filter(|newest| newest.kit == kit) {
            self.commit(Vec::new(), told(newest.version)).await?;
            return Ok(newest.clone());
        }
        let last = match newest {
            Some(newest) => newest.version,
            None => self.core.store.last_of_removed_brand(&name)?,
        };
        let brand = BrandVersion { name: name.clone(), version: last + 1, at_ms: self.core.now_ms(), kit };
        self.commit(vec![Record::Brand(Box::new(brand.clone()))], told(brand.version)).await?;
        Ok(brand)
    }

    /// Forgets a brand with all its versions. Projects that use it are in the way, unless they may lose it.
    pub async fn delete_brand(&self, name: &str, force: bool) -> Result<(), EngineError> {
        let _changing = self.core.changing.lock().await;
        let BrandName { name, version } = read(name)?;
        if version.is_some() {
            let message = "a brand goes with all its versions; name it alone";
            return Err(EngineError::Invalid { field: "name".into(), message: message.into() });
        }
        let newest = self.core.store.newest_brand(&name)?.ok_or_else(|| unknown(&self.core, &name))?;
        let mut records = Vec::new();
        let mut users = Vec::new();
        for listed in self.core.store.listed()? {
            let Some(project) = self.core.store.project(&listed.id)?.filter(|p| uses(p, &name)) else { continue };
            users.push(project.slug.clone());
            if force {
                self.idle(&project)?;
                let updated_ms = self.core.now_ms().max(project.updated_ms + 1);
                let after = Project { brand: None, updated_ms, ..project.clone() };
                let (was, is) = ProjectPart::pair(&project, &after);
                let edit = Undoable::Project { before: Box::new(was), after: Box::new(is) };
                records.push(self.change(&project.id, "the brand".into(), edit, false)?);
                records.push(Record::Project(after));
            }
        }
        if !users.is_empty() && !force {
            let message = format!("{name} is in use by {}", users.join(", "));
            let help = "give them another (studio brand use PROJECT NAME), or --force: they go on without a brand";
            return Err(NodeError::permanent("brand.in_use", message).help(help).into());
        }
        records.push(Record::BrandRemoved { name, last: newest.version });
        Ok(self.commit(records, serde_json::Value::Null).await?)
    }
}

fn uses(project: &Project, name: &str) -> bool {
    project.brand.as_ref().is_some_and(|brand| brand.name == name)
}

/// The brand and version that a person names.
pub fn named(core: &Core, name: &str) -> Result<BrandVersion, EngineError> {
    let BrandName { name, version } = read(name)?;
    match version {
        None => core.store.newest_brand(&name)?.ok_or_else(|| unknown(core, &name)),
        Some(version) => used(core, &BrandUse { name, version }),
    }
}

/// The version that a project or run uses.
pub fn used(core: &Core, brand: &BrandUse) -> Result<BrandVersion, EngineError> {
    let BrandUse { name, version } = brand;
    if let Some(found) = core.store.brand(name, *version)? {
        return Ok(found);
    }
    let Some(newest) = core.store.newest_brand(name)? else { return Err(unknown(core, name)) };
    let message = format!("{name} has no version {version}; the newest is {}", newest.version);
    Err(missing(message))
}

/// The number of the newest version where it is newer than what is used.
pub fn newer(core: &Core, brand: Option<&BrandUse>) -> Result<Option<u32>, EngineError> {
    let Some(brand) = brand else { return Ok(None) };
    Ok(core.store.newest_brand_version(&brand.name)?.filter(|newest| *newest > brand.version))
}

fn unknown(core: &Core, name: &str) -> EngineError {
    let mut names: Vec<String> = core.store.brands().unwrap_or_default().into_iter().map(|brand| brand.name).collect();
    names.dedup();
    let there =
        if names.is_empty() { "there is none yet".to_owned() } else { format!("there are {}", names.join(", ")) };
    missing(format!("there is no brand {name:?}; {there}"))
}

fn missing(message: String) -> EngineError {
    let mut error = NodeError::permanent("brand.unknown", message);
    error.field = Some("brand".into());
    error.help("`studio brand list` shows them; `studio brand use PROJECT none` goes on without one").into()
}

/// A name as people write it.
pub fn read(name: &str) -> Result<BrandName, EngineError> {
    Ok(name.parse::<BrandName>().map_err(|e| wrong("brand.name", e))?)
}

/// A fault of a brand as it is told.
fn wrong(code: &str, e: BrandError) -> NodeError {
    let mut error = NodeError::permanent(code, e.message);
    error.field = Some(e.field);
    error
}
