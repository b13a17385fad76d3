//! `studio brand`

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{
    export,
    fail::Failure,
    out::{line, note},
    settings::Settings,
    table,
};
use crate::{
    engine::{BRAND_FILE, BrandEntry, api::brands},
    model::{BrandFile, BrandKit, BrandVersion},
    remote::{Client, Mode},
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// List the brands, their versions, and who uses them
    List,
    /// Show what a brand is made of
    Show {
        /// NAME (the newest version) or NAME@N
        brand: String,
    },
    /// Save a brand's next version from a folder with a brand.toml
    Save {
        /// Its name: small letters, digits, - and _
        name: String,
        /// The brand.toml, or its folder
        file: PathBuf,
    },
    /// Write a brand to a folder: edit it there, and save it again
    Export {
        /// NAME (the newest version) or NAME@N
        brand: String,
        /// The folder; it is made
        folder: PathBuf,
    },
    /// Give a project a brand; its films change with its next run
    Use {
        /// The project
        project: String,
        /// NAME (the newest version), NAME@N, or none
        brand: String,
    },
    /// Forget a brand with all its versions
    Delete {
        /// Its name
        name: String,
        /// Also where projects use it: they go on without a brand
        #[arg(long)]
        force: bool,
    },
}

pub async fn run(settings: &Settings, command: Command) -> Result<u8, Failure> {
    let client = settings.client(Mode::Own).await?;
    let done = go(settings, &client, command).await;
    client.close().await?;
    done.map(|()| 0)
}

async fn go(settings: &Settings, client: &Client, command: Command) -> Result<(), Failure> {
    let told = |value: serde_json::Value, said: String| {
        if settings.json { line(format_args!("{value}")) } else { note(format_args!("{said}")) }
    };
    match command {
        Command::List => {
            let all = client.call(brands::List {}).await?;
            if settings.json { line(format_args!("{}", json!(all))) } else { list(&all) }
        }
        Command::Show { brand } => {
            let brand = client.call(brands::Get { brand }).await?;
            if settings.json { line(format_args!("{}", json!(brand))) } else { show(&brand)? }
        }
        Command::Save { name, file } => {
            let brand = client.call(brands::Save { name, path: std::path::absolute(file)? }).await?;
            let said = format!("{}@{} is there: studio brand use PROJECT {0}", brand.name, brand.version);
            told(json!(brand), said);
        }
        Command::Export { brand, folder } => {
            let brand = client.call(brands::Get { brand }).await?;
            let path = export(client, &brand, &folder).await?;
            let said = format!("wrote {}; save it again: studio brand save {} {0}", path.display(), brand.name);
            told(json!({ "path": path }), said);
        }
        Command::Use { project, brand } => {
            let brand = if brand == "none" { String::new() } else { brand };
            let project = client.call(brands::Use { project, brand }).await?;
            let with = project.brand.as_ref().map_or("no brand".to_owned(), |brand| format!("the brand {brand}"));
            let said = format!("{} has {with}; what would change: studio plan {}", project.title, project.slug);
            told(json!(project), said);
        }
        Command::Delete { name, force } => {
            let said = format!("{name} is gone");
            client.call(brands::Delete { name, force }).await?;
            told(json!({}), said);
        }
    }
    Ok(())
}

fn list(all: &[BrandEntry]) {
    if all.is_empty() {
        return note(format_args!("there are no brands yet: studio brand save NAME FOLDER"));
    }
    let row = |brand: &BrandEntry| {
        let newest = brand.versions.first();
        let used = brand.projects.iter().map(|user| format!("{} (@{})", user.project, user.version));
        vec![
            brand.name.clone(),
            newest.map(|newest| newest.version.to_string()).unwrap_or_default(),
            newest.map(|newest| table::time(newest.at_ms)).unwrap_or_default(),
            used.collect::<Vec<_>>().join(", "),
            brand.help.clone(),
        ]
    };
    table::print(&["BRAND", "NEWEST", "SAVED", "USED BY", "WHAT FOR"], &all.iter().map(row).collect::<Vec<_>>());
}

fn show(brand: &BrandVersion) -> Result<(), Failure> {
    note(format_args!("{}@{} of {}", brand.name, brand.version, table::time(brand.at_ms)));
    let files = brand.kit.clone().with_files(|_, _, file| Ok::<_, Failure>(file.name))?;
    line(format_args!("{}", text(&files)?.trim_end()));
    Ok(())
}

/// A kit as its file says it.
fn text(kit: &BrandKit<String>) -> Result<String, Failure> {
    toml::to_string_pretty(kit).map_err(|e| Failure::new("brand.kit", format!("it cannot be written: {e}"), ""))
}

/// Writes a brand's files, then its `brand.toml`: the path of that.
async fn export(client: &Client, brand: &BrandVersion, folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(BRAND_FILE);
    if path.exists() {
        let message = format!("there is a {} already", path.display());
        return Err(Failure::new("brand.in_the_way", message, "name another folder, or remove that file"));
    }
    std::fs::create_dir_all(folder)?;
    let mut named: BTreeMap<String, BrandFile> = BTreeMap::new();
    let kit = brand.kit.clone().with_files(|_, _, file| Ok::<_, Failure>(name_of(&mut named, file)))?;
    for (name, file) in &named {
        export::write(client, &file.blob, &folder.join(name)).await?;
    }
    std::fs::write(&path, text(&kit)?)?;
    Ok(path)
}

/// A name for a file that no other one has.
fn name_of(named: &mut BTreeMap<String, BrandFile>, file: BrandFile) -> String {
    let mut name = file.name.clone();
    let mut more = 2;
    while name == BRAND_FILE || named.get(&name).is_some_and(|other| other.blob != file.blob) {
        name = format!("{more}-{}", file.name);
        more += 1;
    }
    named.insert(name.clone(), file);
    name
}
