//! Looking after the store: check, backup, collection. (A store is restored where nobody owns it: no operation.)

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApiError, Cx, Method};
use crate::store::{BackedUp, Checked, Collected};

/// These read the whole store.
const HEAVY: u32 = 5;

/// Checks the journal, the index and the blobs. What is found is in the answer; it is no error.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Only look whether blobs are there; do not read them through.
    #[serde(default)]
    pub quick: bool,
    /// Make an index anew that is wrong, and take needed blobs back from the trash.
    #[serde(default)]
    pub repair: bool,
}

impl Method for Check {
    const NAME: &'static str = "store.check";
    const COST: u32 = HEAVY;
    type Reply = Checked;

    async fn handle(self, cx: &Cx) -> Result<Checked, ApiError> {
        Ok(cx.engine.check_store(self.quick, self.repair).await?)
    }
}

/// Writes the store into one file, while it goes on. An older backup of that name is replaced.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// The file's whole path.
    pub file: PathBuf,
}

impl Method for Backup {
    const NAME: &'static str = "store.backup";
    const CHANGES: bool = true;
    const COST: u32 = HEAVY;
    type Reply = BackedUp;

    async fn handle(self, cx: &Cx) -> Result<BackedUp, ApiError> {
        Ok(cx.engine.back_up(self.file).await?)
    }
}

/// Forgets results that no place has or had, and throws away blobs that nothing refers to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gc {
    /// Only say what would go.
    #[serde(default)]
    pub dry_run: bool,
    /// Delete at once what would stay in the trash for a day, and what is there.
    #[serde(default)]
    pub now: bool,
}

impl Method for Gc {
    const NAME: &'static str = "store.gc";
    const CHANGES: bool = true;
    const COST: u32 = HEAVY;
    type Reply = Collected;

    async fn handle(self, cx: &Cx) -> Result<Collected, ApiError> {
        Ok(cx.engine.collect(self.dry_run, self.now).await?)
    }
}
