//! The WebAssembly end of the protocol: four exports, and the raw host functions.
//!
//! The only file of the SDK with `unsafe`: it calls imports. The imports are part of the protocol (`docs/protocol.md`).
//! Offsets and lengths are those of Extism's own memory, not of the guest's.

#![allow(unsafe_code, reason = "calls to imported functions, which the compiler cannot check")]

use std::{cell::RefCell, rc::Rc};

use extism_pdk::{Memory, extism};
use serde::Serialize;

use super::{GuestHost, HostError, Level};
use crate::{
    plugin::Plugin,
    task::Driver,
    wire::{Event, Start},
};

#[link(wasm_import_module = "extism:host/user")]
unsafe extern "C" {
    /// 64 hex digits at `digest` → a handle, or an error below 0.
    fn studio_blob_open(digest: i64) -> i64;
    /// Bytes of an opened blob.
    fn studio_blob_size(handle: i64) -> i64;
    /// Up to `len` bytes from `position` into `dest`; how many.
    fn studio_blob_read(handle: i64, position: i64, dest: i64, len: i64) -> i64;
    /// A new blob's handle.
    fn studio_blob_create() -> i64;
    /// Adds `len` bytes at `src`; how many were taken.
    fn studio_blob_write(handle: i64, src: i64, len: i64) -> i64;
    /// Ends a new blob: writes 64 hex digits to `digest`; its size.
    fn studio_blob_finish(handle: i64, digest: i64) -> i64;
    /// How far the stage is, in millionths.
    fn studio_progress(millionths: i64, label: i64, label_len: i64) -> i64;
    /// A line of log; 0 trace, 1 debug, 2 info, 3 warn, 4 error.
    fn studio_log(level: i64, text: i64, text_len: i64) -> i64;
}

/// A block of Extism's memory, given back when dropped. The kernel refuses blocks of no bytes.
struct Block {
    offset: u64,
}

impl Block {
    fn new(len: usize) -> Self {
        // SAFETY: plain imports; a failed allocation traps in the host.
        Self { offset: unsafe { extism::alloc(len.max(1) as u64) } }
    }

    fn with(bytes: &[u8]) -> Self {
        let block = Self::new(bytes.len());
        // SAFETY: the block is at least as long as `bytes`.
        unsafe { extism::store(block.offset, bytes) };
        block
    }

    fn load(&self, into: &mut [u8]) {
        // SAFETY: callers pass at most as many bytes as the block has.
        unsafe { extism::load(self.offset, into) };
    }

    fn at(&self) -> i64 {
        self.offset.cast_signed()
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block is ours and is not used again.
        unsafe { extism::free(self.offset) };
    }
}

/// The host behind the imports.
struct WasmHost;

fn wide(n: usize) -> i64 {
    (n as u64).cast_signed()
}

impl GuestHost for WasmHost {
    fn blob_open(&self, digest: &str) -> Result<u64, HostError> {
        if digest.len() != 64 {
            return Err(HostError::UnknownBlob);
        }
        let block = Block::with(digest.as_bytes());
        HostError::check(unsafe { studio_blob_open(block.at()) })
    }

    fn blob_size(&self, handle: u64) -> Result<u64, HostError> {
        HostError::check(unsafe { studio_blob_size(handle.cast_signed()) })
    }

    fn blob_read(&self, handle: u64, position: u64, into: &mut [u8]) -> Result<usize, HostError> {
        let block = Block::new(into.len());
        let n = HostError::check(unsafe {
            studio_blob_read(handle.cast_signed(), position.cast_signed(), block.at(), wide(into.len()))
        })?;
        let n = usize::try_from(n).map_err(|_| HostError::Io)?;
        block.load(into.get_mut(..n).ok_or(HostError::Io)?);
        Ok(n)
    }

    fn blob_create(&self) -> Result<u64, HostError> {
        HostError::check(unsafe { studio_blob_create() })
    }

    fn blob_write(&self, handle: u64, bytes: &[u8]) -> Result<usize, HostError> {
        let block = Block::with(bytes);
        let n = HostError::check(unsafe { studio_blob_write(handle.cast_signed(), block.at(), wide(bytes.len())) })?;
        usize::try_from(n).map_err(|_| HostError::Io)
    }

    fn blob_finish(&self, handle: u64) -> Result<(String, u64), HostError> {
        let mut digest = [0; 64];
        let block = Block::with(&digest);
        let size = HostError::check(unsafe { studio_blob_finish(handle.cast_signed(), block.at()) })?;
        block.load(&mut digest);
        let digest = String::from_utf8(digest.to_vec()).map_err(|_| HostError::Io)?;
        Ok((digest, size))
    }

    fn progress(&self, millionths: u32, label: &str) {
        let block = Block::with(label.as_bytes());
        unsafe { studio_progress(i64::from(millionths), block.at(), wide(label.len())) };
    }

    fn log(&self, level: Level, text: &str) {
        let block = Block::with(text.as_bytes());
        unsafe { studio_log(level.number(), block.at(), wide(text.len())) };
    }
}

// An instance has no other place to keep its future between two calls of the host.
thread_local! {
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// The export `describe`.
pub fn describe(plugin: fn() -> Plugin) -> i32 {
    answer(|| Ok(plugin().manifest().clone()))
}

/// The export `estimate`.
pub fn estimate(plugin: fn() -> Plugin) -> i32 {
    answer(|| {
        let start: Start = input()?;
        plugin().estimate(&start).map_err(|e| format!("protocol: {e}"))
    })
}

/// The export `start`.
pub fn start(plugin: fn() -> Plugin) -> i32 {
    answer(|| {
        let start: Start = input()?;
        DRIVER.with_borrow_mut(|driver| {
            Ok(driver.get_or_insert_with(|| Driver::new(plugin(), Rc::new(WasmHost))).start(start))
        })
    })
}

/// The export `resume`.
pub fn resume() -> i32 {
    answer(|| {
        let events: Vec<Event> = input()?;
        DRIVER.with_borrow_mut(|driver| match driver {
            Some(driver) => Ok(driver.resume(events)),
            None => Err("protocol: resume was called before start".to_string()),
        })
    })
}

/// The call's input as a `T`.
fn input<T: serde::de::DeserializeOwned>() -> Result<T, String> {
    let bytes = extism_pdk::input_bytes();
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|e| format!("protocol: the host sent what version 1 lacks: {e}"))
}

/// Runs one export: JSON out, or an error text for a host that broke the protocol.
fn answer<T: Serialize>(run: impl FnOnce() -> Result<T, String>) -> i32 {
    std::panic::set_hook(Box::new(|info| set_error(&panic_text(info))));
    let json = run().and_then(|value| serde_json::to_vec(&value).map_err(|e| format!("protocol: not JSON: {e}")));
    match json {
        Ok(json) => {
            let block = Block::with(&json);
            unsafe { extism::output_set(block.offset, json.len() as u64) };
            // The host reads it after the call.
            std::mem::forget(block);
            0
        }
        Err(text) => {
            set_error(&text);
            1
        }
    }
}

/// What went wrong and where, in one line.
fn panic_text(info: &std::panic::PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message").replace('\n', " ");
    match info.location() {
        Some(at) => format!("the plugin panicked: {message} (at {at})"),
        None => format!("the plugin panicked: {message}"),
    }
}

/// What the host reports of a call that failed. It reads this even where the call then traps.
fn set_error(text: &str) {
    if let Ok(memory) = Memory::from_bytes(text) {
        unsafe { extism::error_set(memory.offset()) };
    }
}

/// Makes the exports of the protocol; used by `plugin!`.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_plugin {
    ($plugin:path) => {
        #[allow(unsafe_code, reason = "an export has a name of its own")]
        const _: () = {
            #[unsafe(no_mangle)]
            extern "C" fn describe() -> i32 {
                $crate::guest::wasm::describe($plugin)
            }
            #[unsafe(no_mangle)]
            extern "C" fn estimate() -> i32 {
                $crate::guest::wasm::estimate($plugin)
            }
            #[unsafe(no_mangle)]
            extern "C" fn start() -> i32 {
                $crate::guest::wasm::start($plugin)
            }
            #[unsafe(no_mangle)]
            extern "C" fn resume() -> i32 {
                $crate::guest::wasm::resume()
            }
        };
    };
}
