//! Unpacking: the file is read through and checked; only then is it read again and taken in. The project comes last,
//! so that one which is there has all that it needs.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Seek},
    path::Path,
    sync::Arc,
};

use serde_json::Value;

use super::{
    PackError,
    check::Check,
    format::{PackedFile, PackedProject, PackedResult},
    read::{Sink, read},
};
use crate::{
    engine::{Engine, EngineError, captions, chat, open::Core, projects::check_title, scripts},
    model::{BlobStore as _, BrandUse, BrandVersion, Digest, Project, ProjectId, Record},
    script::{self, ScriptSource},
};

/// Results are kept in groups of about this size, in bytes.
const GROUP: usize = 4 << 20;

impl Engine {
    /// Makes a project of a packed file: all of it, or nothing.
    pub async fn unpack(&self, path: &Path, title: Option<String>) -> Result<Project, EngineError> {
        if !path.is_absolute() {
            return Err(EngineError::Invalid { field: "path".into(), message: "give the whole path".into() });
        }
        let id = ProjectId::generate(ulid::Ulid::generate());
        let title = title.map(|title| check_title(&title)).transpose()?;
        let (core, path, new) = (Arc::clone(&self.core), path.to_owned(), id.clone());
        // Blobs come before the records that name them.
        let _lease = self.core.store.blobs().lease();
        let taken = tokio::task::spawn_blocking(move || take_in(&core, &path, &new)).await;
        let lost = |e| EngineError::Io { doing: "unpacking".into(), error: io::Error::other(e) };
        let made = match taken.map_err(lost)? {
            Ok(taken) => self.made_of(taken, title, &id).await,
            Err(e) => Err(e),
        };
        if made.is_err() {
            // Nothing refers to it. What is left of it in spite of that does no harm.
            let _ = fs::remove_dir_all(scripts::unpacked(&self.core, &id));
        }
        made
    }

    async fn made_of(&self, taken: TakenIn, title: Option<String>, id: &ProjectId) -> Result<Project, EngineError> {
        let (packed, script, files) = taken;
        let _changing = self.core.changing.lock().await;
        let title = title.map_or_else(|| check_title(&packed.title), Ok)?;
        let now = self.core.now_ms();
        let (brand, mut records) = self.brand_of(packed.brand)?;
        let project = Project {
            id: id.clone(),
            slug: self.free_slug(&Project::slug_of(&title), None)?,
            title,
            script,
            params: packed.params.into_iter().chain(files).collect(),
            profile: packed.profile,
            brand,
            export_dir: None,
            created_ms: now,
            updated_ms: now,
            archived: false,
            removed_ms: None,
            former_slugs: Vec::new(),
        };
        self.check_all_but_brand(&project)?;
        records.push(Record::Project(project.clone()));
        records.extend(packed.places.into_iter().flat_map(|place| place.records(id)));
        records.extend(chat::copied(packed.chat, id));
        self.commit(records, id.as_str()).await?;
        Ok(project)
    }
}

impl Engine {
    /// The brand that came with a project: this studio's own version where it is the same, else another one of that
    /// name or, where that is taken, of a free one; with the records that keep it.
    fn brand_of(&self, packed: Option<BrandVersion>) -> Result<(Option<BrandUse>, Vec<Record>), EngineError> {
        let Some(packed) = packed else { return Ok((None, Vec::new())) };
        let store = &self.core.store;
        let mut name = packed.name.clone();
        for more in 2.. {
            let versions = store.brand_versions(&name)?;
            if let Some(same) = versions.iter().find(|own| own.kit == packed.kit) {
                return Ok((Some(BrandUse { name, version: same.version }), Vec::new()));
            }
            if versions.is_empty() {
                break;
            }
            name = format!("{}-{more}", packed.name);
        }
        let version = store.last_of_removed_brand(&name)? + 1;
        let brand = BrandVersion { name: name.clone(), version, at_ms: self.core.now_ms(), kit: packed.kit };
        Ok((Some(BrandUse { name, version }), vec![Record::Brand(Box::new(brand))]))
    }
}

type TakenIn = (PackedProject, String, BTreeMap<String, Value>);

fn take_in(core: &Core, path: &Path, id: &ProjectId) -> Result<TakenIn, EngineError> {
    let reading = || EngineError::io(format!("reading {}", path.display()));
    let mut file = File::open(path).map_err(reading())?;
    let metadata = file.metadata().map_err(reading())?;
    if !metadata.is_file() {
        return Err(PackError::Format.into());
    }
    let mut check = Check::default();
    read(&file, metadata.len(), &mut check)?;
    let (packed, source) = check.finish()?;
    runs(&packed, &source)?;

    file.rewind().map_err(reading())?;
    let mut taking = Taking { core, check: Check::default(), group: Vec::new(), bytes: 0 };
    read(&file, metadata.len(), &mut taking)?;
    taking.settle()?;
    if taking.check.finish()?.0 != packed {
        return Err(PackError::Damaged("it was changed while it was read".into()).into());
    }
    let script = script_of(core, &packed, &source, id)?;
    let files = files_of(core, &packed, id)?;
    Ok((packed, script, files))
}

/// Does its script load, and take its params?
fn runs(packed: &PackedProject, source: &ScriptSource) -> Result<(), EngineError> {
    let name = |file: &PackedFile| Value::String(file.name.clone());
    let files = packed.files.iter().map(|(param, file)| (param.clone(), name(file)));
    let lists = packed.lists.iter().map(|(param, files)| (param.clone(), files.iter().map(name).collect()));
    let params = packed.params.clone().into_iter().chain(files).chain(lists).collect();
    script::check_params(&script::load(source)?.params, params)?;
    Ok(())
}

/// Takes everything in: files first, then the results that name them. All of it is looked at again: the file may have
/// been changed since.
struct Taking<'a> {
    core: &'a Core,
    check: Check,
    group: Vec<Record>,
    bytes: usize,
}

impl Taking<'_> {
    fn settle(&mut self) -> Result<(), PackError> {
        let group = std::mem::take(&mut self.group);
        self.bytes = 0;
        if group.is_empty() {
            return Ok(());
        }
        self.core.runtime.block_on(self.core.store.commit(group))?;
        Ok(())
    }
}

impl Sink for Taking<'_> {
    fn project(&mut self, project: PackedProject) -> Result<(), PackError> {
        self.check.project(project)
    }

    fn script(&mut self, text: String) -> Result<(), PackError> {
        self.check.script(text)
    }

    fn blob(&mut self, digest: Digest, bytes: u64, content: &mut dyn Read) -> Result<(), PackError> {
        self.check.note(digest, bytes);
        if self.core.store.blobs().hold(&digest) {
            // It is known already; its bytes were compared with their name before.
            io::copy(content, &mut io::sink())?;
            return Ok(());
        }
        let mut sink = self.core.store.blobs().create()?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match content.read(&mut buffer)? {
                0 => break,
                read => sink.write(&buffer[..read])?,
            }
        }
        // What was written under another name than it says is refused by whoever reads.
        sink.finish().map(drop)?;
        Ok(())
    }

    fn result(&mut self, result: PackedResult) -> Result<(), PackError> {
        self.check.look(&result)?;
        let PackedResult { key, kept } = result;
        // What this store made itself stands.
        if self.core.store.kept(&key)?.is_some() {
            return Ok(());
        }
        self.bytes += serde_json::to_vec(&kept).map_or(0, |json| json.len());
        self.group.push(Record::Result { key, kept: Box::new(kept) });
        if self.bytes >= GROUP { self.settle() } else { Ok(()) }
    }
}

/// The script to run: this studio's own where it is the same, and so are the styles of captions; else the one that came
/// with the project, with its styles beside it.
fn script_of(
    core: &Core,
    packed: &PackedProject,
    source: &ScriptSource,
    id: &ProjectId,
) -> Result<String, EngineError> {
    if let Some(name) = packed.script.as_ref().filter(|name| !scripts::is_path(name)) {
        let own = scripts::find(core, name).ok().map(|own| own.needed());
        let same = own.is_some_and(|own| own.entry == source.entry && own.files == source.files);
        if same && packed.styles.iter().all(|(name, text)| captions::is_own(core, name, text)) {
            return Ok(name.clone());
        }
    }
    let folder = scripts::unpacked(core, id).join("scripts");
    for (name, text) in &source.files {
        put(&folder.join(name), text.as_bytes())?;
    }
    let entry = folder.join(&source.entry);
    let styles = entry.parent().unwrap_or(&folder).join(captions::FOLDER);
    for (name, text) in &packed.styles {
        put(&styles.join(format!("{name}.toml")), text.as_bytes())?;
    }
    Ok(scripts::in_store(id, &format!("scripts/{}", source.entry)))
}

/// The files that its params name, as files again.
fn files_of(core: &Core, packed: &PackedProject, id: &ProjectId) -> Result<BTreeMap<String, Value>, EngineError> {
    let mut params = BTreeMap::new();
    let mut n = 0..;
    let mut file_again = |file: &PackedFile| written(core, file, id, n.next().unwrap_or_default());
    for (param, file) in &packed.files {
        params.insert(param.clone(), file_again(file)?);
    }
    for (param, files) in &packed.lists {
        params.insert(param.clone(), files.iter().map(&mut file_again).collect::<Result<_, _>>()?);
    }
    Ok(params)
}

/// Writes the `n`-th file that the params name: its path.
fn written(core: &Core, file: &PackedFile, id: &ProjectId, n: usize) -> Result<Value, EngineError> {
    let wrong = || PackError::Damaged(format!("a file is not in it: {:?}", file.blob.blob));
    let digest: Digest = file.blob.blob.parse().map_err(|_| wrong())?;
    let place = format!("files/{n}/{}", file.name);
    let path = scripts::unpacked(core, id).join(&place);
    let failed = || EngineError::io(format!("writing {}", path.display()));
    fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(failed())?;
    let mut from = core.store.blobs().open(&digest).map_err(failed())?;
    let mut to = File::create(&path).map_err(failed())?;
    io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(failed())?;
    Ok(Value::String(scripts::in_store(id, &place)))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    let failed = || EngineError::io(format!("writing {}", path.display()));
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(failed())?;
    let mut file = File::create(path).map_err(failed())?;
    io::Write::write_all(&mut file, bytes).and_then(|()| file.sync_all()).map_err(failed())
}
