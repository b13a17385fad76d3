//! One instance of a plugin as a test sees it: native here, WebAssembly in the host's tests.

use std::rc::Rc;

use serde::{Serialize, de::DeserializeOwned};

use super::MemoryHost;
use crate::{
    blob::Blob,
    plugin::Plugin,
    task::Driver,
    wire::{Estimate, Event, Manifest, Start, Turn},
};

/// An instance of a plugin. An `Err` is a broken call (trap, misuse of the protocol), not a failed stage.
pub trait Guest {
    /// What the plugin is.
    fn describe(&mut self) -> Result<Manifest, String>;
    /// What a request would cost.
    fn estimate(&mut self, start: &Start) -> Result<Estimate, String>;
    /// Begins a stage.
    fn start(&mut self, start: &Start) -> Result<Turn, String>;
    /// Goes on with it.
    fn resume(&mut self, events: &[Event]) -> Result<Turn, String>;
    /// Drops the instance and makes a fresh one. Blobs stay.
    fn reset(&mut self) -> Result<(), String>;
    /// Keeps bytes as a blob that the guest may read.
    fn put_blob(&mut self, mime: &str, bytes: &[u8]) -> Result<Blob, String>;
    /// The bytes of a blob, of either side.
    fn get_blob(&mut self, blob: &Blob) -> Result<Vec<u8>, String>;
}

/// A plugin driven in this process. Everything passes through JSON, as on the wire.
pub struct Native {
    plugin: Plugin,
    host: MemoryHost,
    driver: Driver,
}

impl Native {
    /// A fresh instance with a host of its own.
    pub fn new(plugin: Plugin) -> Self {
        let host = MemoryHost::default();
        let driver = Driver::new(plugin.clone(), Rc::new(host.clone()));
        Self { plugin, host, driver }
    }

    /// Its host.
    pub fn host(&self) -> &MemoryHost {
        &self.host
    }
}

impl Guest for Native {
    fn describe(&mut self) -> Result<Manifest, String> {
        over_wire(self.plugin.manifest())
    }

    fn estimate(&mut self, start: &Start) -> Result<Estimate, String> {
        over_wire(&self.plugin.estimate(&over_wire(start)?).map_err(|e| e.to_string())?)
    }

    fn start(&mut self, start: &Start) -> Result<Turn, String> {
        let turn = self.driver.start(over_wire(start)?);
        self.host.end_turn();
        over_wire(&turn)
    }

    fn resume(&mut self, events: &[Event]) -> Result<Turn, String> {
        let turn = self.driver.resume(over_wire(&events)?);
        self.host.end_turn();
        over_wire(&turn)
    }

    fn reset(&mut self) -> Result<(), String> {
        self.driver = Driver::new(self.plugin.clone(), Rc::new(self.host.clone()));
        Ok(())
    }

    fn put_blob(&mut self, mime: &str, bytes: &[u8]) -> Result<Blob, String> {
        Ok(self.host.put(mime, bytes))
    }

    fn get_blob(&mut self, blob: &Blob) -> Result<Vec<u8>, String> {
        self.host.get(&blob.blob).ok_or_else(|| format!("there is no blob {}", blob.blob))
    }
}

fn over_wire<T: Serialize, U: DeserializeOwned>(value: &T) -> Result<U, String> {
    let text = serde_json::to_string(value).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| format!("{e} in {text}"))
}

impl<G: Guest + ?Sized> Guest for &mut G {
    fn describe(&mut self) -> Result<Manifest, String> {
        (**self).describe()
    }

    fn estimate(&mut self, start: &Start) -> Result<Estimate, String> {
        (**self).estimate(start)
    }

    fn start(&mut self, start: &Start) -> Result<Turn, String> {
        (**self).start(start)
    }

    fn resume(&mut self, events: &[Event]) -> Result<Turn, String> {
        (**self).resume(events)
    }

    fn reset(&mut self) -> Result<(), String> {
        (**self).reset()
    }

    fn put_blob(&mut self, mime: &str, bytes: &[u8]) -> Result<Blob, String> {
        (**self).put_blob(mime, bytes)
    }

    fn get_blob(&mut self, blob: &Blob) -> Result<Vec<u8>, String> {
        (**self).get_blob(blob)
    }
}
