//! One module and its instances. The only file that names Extism: WASI off, its HTTP off, no paths.

use std::{fs::File, io, path::Path, sync::Arc};
#[cfg(target_os = "linux")]
use std::{io::Write, os::fd::AsRawFd};

use extism::{CompiledPlugin, CurrentPlugin, Manifest, Plugin, PluginBuilder, UserData, Val, ValType, Wasm};
use parking_lot::Mutex;
#[cfg(target_os = "linux")]
use rustix::fs::{MemfdFlags, memfd_create};
use studio_plugin_sdk::wire::Limits;

use super::{
    blobs::{self, BlobSession},
    error::HostError,
};

/// Fuel for about one second: wasmtime counts roughly one unit an instruction.
const FUEL_A_SECOND: u64 = 1_000_000_000;
/// WebAssembly pages in a MiB.
const PAGES_A_MIB: u32 = 16;
/// Most bytes of a module.
const MOST_MODULE: usize = 16 << 20;
/// Most bytes that one host call moves.
const WINDOW: u64 = 1 << 20;

/// What a guest's raw host calls reach during one turn.
pub struct TurnContext {
    /// Blob handles.
    pub blobs: BlobSession,
    /// How far it is, 0–1, and with what.
    pub progress: Box<dyn FnMut(f64, String) + Send>,
    /// What it says: level (0 trace … 4 error) and text.
    pub log: Box<dyn FnMut(u8, String) + Send>,
}

/// A compiled module under certain limits.
#[derive(Clone)]
pub struct Module {
    name: String,
    compiled: CompiledPlugin,
    limits: Limits,
}

impl Module {
    /// Compiles `wasm`, or takes it from the cache that `cache` configures.
    pub fn compile(name: &str, wasm: &[u8], limits: Limits, fuel: Fuel, cache: &Path) -> Result<Self, HostError> {
        let load = |why: String| HostError::Load { plugin: name.to_owned(), why };
        if wasm.len() > MOST_MODULE {
            return Err(load(format!("it has {} bytes, at most {MOST_MODULE} are allowed", wasm.len())));
        }
        let (module, _file) = source(wasm).map_err(|e| load(format!("there is no memory for it: {e}")))?;
        let manifest = Manifest::new([module]).with_memory_max(limits.memory_mib * PAGES_A_MIB).disallow_all_hosts();
        let fuel = match fuel {
            Fuel::Turn => u64::from(limits.turn_seconds) * FUEL_A_SECOND,
            Fuel::Describe => FUEL_A_SECOND / 5,
        };
        let builder = PluginBuilder::new(manifest).with_wasi(false).with_fuel_limit(fuel).with_cache_config(cache);
        let mut builder = builder.with_wasmtime_config(settings());
        for (name, args, call) in HOST_CALLS {
            builder = builder.with_function(*name, vec![ValType::I64; *args], [ValType::I64], UserData::new(()), {
                let call = *call;
                move |plugin, args, results, _| {
                    let args: Vec<i64> = args.iter().map(Val::unwrap_i64).collect();
                    results[0] = Val::I64(call(plugin, &args));
                    Ok(())
                }
            });
        }
        let compiled = CompiledPlugin::new(builder).map_err(|e| load(root_cause(&e)))?;
        Ok(Self { name: name.to_owned(), compiled, limits })
    }

    /// A fresh instance.
    pub fn instance(&self) -> Result<Instance, HostError> {
        let plugin = Plugin::new_from_compiled(&self.compiled)
            .map_err(|e| HostError::Load { plugin: self.name.clone(), why: root_cause(&e) })?;
        Ok(Instance { plugin, name: self.name.clone(), limits: self.limits })
    }
}

/// How modules are compiled. Where in a module each instruction came from is told in no error: without it a third less is
/// kept of each, and read at every start.
fn settings() -> wasmtime::Config {
    let mut settings = wasmtime::Config::new();
    settings.generate_address_map(false);
    settings
}

/// A module as Extism takes it, and the file that must stay open until it is compiled. Extism has every instance keep a
/// copy of the manifest: were the module in it, 256 of them would be hundreds of megabytes. So it is a file, which is
/// nowhere but in memory. A box that has no such files has to do with more memory.
fn source(wasm: &[u8]) -> io::Result<(Wasm, Option<File>)> {
    #[cfg(target_os = "linux")]
    {
        let mut file = File::from(memfd_create("module", MemfdFlags::CLOEXEC)?);
        file.write_all(wasm)?;
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        if Path::new(&path).exists() {
            return Ok((Wasm::file(path), Some(file)));
        }
    }
    Ok((Wasm::data(wasm), None))
}

/// How much a call may compute.
#[derive(Clone, Copy)]
pub enum Fuel {
    /// What the manifest asks for a turn.
    Turn,
    /// A fifth of a second: the module is not known yet.
    Describe,
}

/// A live guest. After any error it must be dropped: it would go on with a half-run future.
pub struct Instance {
    plugin: Plugin,
    name: String,
    limits: Limits,
}

impl Instance {
    /// Calls an export.
    pub fn call(&mut self, export: &str, input: &[u8], context: Option<TurnContext>) -> Result<Vec<u8>, HostError> {
        let context = Arc::new(Mutex::new(context));
        let result: Result<&[u8], _> = self.plugin.call_with_host_context(export, input, Arc::clone(&context));
        // Handles close here, also where the guest failed.
        let damaged = context.lock().take().and_then(|context| context.blobs.damaged());
        if let Some(blob) = damaged {
            return Err(HostError::Damaged { blobs: vec![blob.hex()] });
        }
        result.map(<[u8]>::to_vec).map_err(|e| self.fault(&root_cause(&e)))
    }

    fn fault(&self, why: &str) -> HostError {
        let plugin = self.name.clone();
        if why.contains("ran out of fuel") || why.contains("all fuel consumed") {
            HostError::Fuel { plugin, seconds: self.limits.turn_seconds }
        } else if why == "oom" || why.contains("memory allocation of") {
            HostError::Memory { plugin, mib: self.limits.memory_mib }
        } else if let Some(why) = why.strip_prefix("protocol: ") {
            HostError::Protocol { plugin, why: why.to_owned() }
        } else {
            HostError::Crash { plugin, why: why.lines().next().unwrap_or_default().chars().take(500).collect() }
        }
    }
}

fn root_cause(e: &extism::Error) -> String {
    e.root_cause().to_string()
}

type HostCall = fn(&mut CurrentPlugin, &[i64]) -> i64;

/// Name, number of arguments, and what it does. See `docs/protocol.md`.
const HOST_CALLS: &[(&str, usize, HostCall)] = &[
    ("studio_blob_open", 1, blob_open),
    ("studio_blob_size", 1, |p, a| with(p, |c| c.blobs.size(a[0]))),
    ("studio_blob_read", 4, blob_read),
    ("studio_blob_create", 0, |p, _| with(p, |c| c.blobs.create())),
    ("studio_blob_write", 3, blob_write),
    ("studio_blob_finish", 2, blob_finish),
    ("studio_progress", 3, progress),
    ("studio_log", 3, log),
];

type Shared = Arc<Mutex<Option<TurnContext>>>;

/// Runs `f` on the turn's context; outside a turn (`describe`, `estimate`) nothing is permitted.
fn with(plugin: &mut CurrentPlugin, f: impl FnOnce(&mut TurnContext) -> i64) -> i64 {
    let Ok(shared) = plugin.host_context::<Shared>().map(|s| Arc::clone(s)) else { return blobs::NOT_PERMITTED };
    let mut context = shared.lock();
    context.as_mut().map_or(blobs::NOT_PERMITTED, f)
}

/// `length` bytes of kernel memory at `offset`.
fn bytes(plugin: &mut CurrentPlugin, offset: i64, length: i64) -> Option<&mut [u8]> {
    let (offset, length) = (u64::try_from(offset).ok()?, u64::try_from(length).ok()?);
    if length > WINDOW {
        return None;
    }
    let handle = plugin.memory_handle(offset)?;
    if handle.len() < length as usize {
        return None;
    }
    plugin.memory_bytes_mut(handle).ok()?.get_mut(..length as usize)
}

fn text(plugin: &mut CurrentPlugin, offset: i64, length: i64) -> String {
    bytes(plugin, offset, length).map(|b| String::from_utf8_lossy(b).into_owned()).unwrap_or_default()
}

fn blob_open(plugin: &mut CurrentPlugin, args: &[i64]) -> i64 {
    let digest = text(plugin, args[0], 64);
    with(plugin, |c| c.blobs.open(&digest))
}

fn blob_read(plugin: &mut CurrentPlugin, args: &[i64]) -> i64 {
    let Some(window) = bytes(plugin, args[2], args[3]) else { return blobs::LIMIT };
    let mut buffer = vec![0; window.len()];
    let n = with(plugin, |c| c.blobs.read(args[0], args[1], &mut buffer));
    if n > 0
        && let Some(window) = bytes(plugin, args[2], n)
    {
        window.copy_from_slice(&buffer[..n as usize]);
    }
    n
}

fn blob_write(plugin: &mut CurrentPlugin, args: &[i64]) -> i64 {
    let Some(window) = bytes(plugin, args[1], args[2]) else { return blobs::LIMIT };
    let data = window.to_vec();
    with(plugin, |c| c.blobs.write(args[0], &data))
}

fn blob_finish(plugin: &mut CurrentPlugin, args: &[i64]) -> i64 {
    let mut digest = String::new();
    let length = with(plugin, |c| match c.blobs.finish(args[0]) {
        Ok((hex, length)) => {
            digest = hex;
            length
        }
        Err(code) => code,
    });
    if length >= 0 {
        let Some(window) = bytes(plugin, args[1], 64) else { return blobs::LIMIT };
        window.copy_from_slice(digest.as_bytes());
    }
    length
}

fn progress(plugin: &mut CurrentPlugin, args: &[i64]) -> i64 {
    let label = text(plugin, args[1], args[2]);
    let share = (args[0] as f64 / 1e6).clamp(0.0, 1.0);
    with(plugin, |c| {
        (c.progress)(share, label);
        0
    })
}

fn log(plugin: &mut CurrentPlugin, args: &[i64]) -> i64 {
    let said = text(plugin, args[1], args[2]);
    let level = args[0].clamp(0, 4) as u8;
    with(plugin, |c| {
        (c.log)(level, said);
        0
    })
}
