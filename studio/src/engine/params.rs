//! A project's script with its params, ready to run: values checked, files taken in as blobs.

use std::{collections::BTreeMap, fs::File, path::Path};

use serde_json::{Value, json};
use studio_plugin_sdk::blob::Blob;

use super::{
    brands,
    open::{Core, EngineError},
    profiles, scripts,
};
use crate::{
    model::{BlobStore, NamedProfile, Project},
    script::{self, Pipeline, RunContext, ScriptSource, Stages},
};

/// What a run or a plan starts from.
pub struct Prepared {
    /// The script and what it requires.
    pub source: ScriptSource,
    /// Values of its params.
    pub params: BTreeMap<String, Value>,
    /// What is changed of its requests.
    pub profile: Option<NamedProfile>,
    /// The project's brand, as scripts see it.
    pub brand: Value,
}

/// Finds a project's script and checks its params.
pub fn prepare(core: &Core, project: &Project) -> Result<Prepared, EngineError> {
    let source = scripts::find(core, &project.script)?.needed();
    let pipeline = script::load(&source)?;
    let profile = project.profile.as_deref().map(|name| profiles::named(core, name)).transpose()?;
    let mut params = script::check_params(&pipeline.params, given(project, &pipeline, profile.as_ref()))?;
    for declared in pipeline.params.iter().filter(|p| p.kind.names_files()) {
        match params.get_mut(&declared.name) {
            Some(Value::Array(files)) => {
                for file in files {
                    taken(core, file, &declared.name)?;
                }
            }
            Some(file) => taken(core, file, &declared.name)?,
            None => (),
        }
    }
    let brand = brands::seen(core, project, project.brand.as_ref())?;
    Ok(Prepared { source, params, profile, brand })
}

/// The file that a path names, as a blob; what is one already stays.
fn taken(core: &Core, file: &mut Value, param: &str) -> Result<(), EngineError> {
    if let Value::String(path) = file {
        *file = json!(take_in(core, &scripts::resolved(core, path), param)?);
    }
    Ok(())
}

/// The project's values, and the profile's for what it leaves open and the script declares.
fn given(project: &Project, pipeline: &Pipeline, profile: Option<&NamedProfile>) -> BTreeMap<String, Value> {
    let mut params = project.params.clone();
    for (name, value) in profile.into_iter().flat_map(|named| &named.profile.params) {
        if pipeline.params.iter().any(|declared| declared.name == *name) {
            params.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    params
}

/// What a script sees of its project, beside the stages it asks for.
pub fn context(
    seed: u64,
    now_ms: i64,
    project: &Project,
    brand: Value,
    stages: std::sync::Arc<dyn Stages>,
) -> RunContext {
    let seen = json!({ "id": project.id, "title": project.title, "slug": project.slug });
    RunContext { project: seen, brand, ..RunContext::new(seed, now_ms, stages) }
}

/// A file of the user's as a blob.
pub fn take_in(core: &Core, path: &Path, param: &str) -> Result<Blob, EngineError> {
    let wrong =
        |e: std::io::Error| EngineError::Invalid { field: param.into(), message: format!("{}: {e}", path.display()) };
    let mut file = File::open(path).map_err(wrong)?;
    if !file.metadata().map_err(wrong)?.is_file() {
        let message = format!("{} is no file", path.display());
        return Err(EngineError::Invalid { field: param.into(), message });
    }
    let (digest, bytes) = core.store.blobs().take_in(&mut file).map_err(wrong)?;
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    Ok(Blob { blob: digest.hex(), bytes, mime: mime.essence_str().to_owned() })
}
