//! Looking after the store: check, backup, collection. (A store is restored where nobody owns it: no operation.)

use std::{path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApiError, Cx, Method};
use crate::store::{BackedUp, Checked, Collected, Earlier};

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

/// Forgets results that no place has or had, earlier takes where that is asked for, and throws away blobs that nothing
/// refers to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gc {
    /// Only say what would go.
    #[serde(default)]
    pub dry_run: bool,
    /// Delete at once what would stay in the trash for a day, and what is there.
    #[serde(default)]
    pub now: bool,
    /// Also earlier results of places, made more than so many days ago: neither current nor chosen, approved or edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<u32>,
    /// With `takes`: also those that cost money.
    #[serde(default)]
    pub paid: bool,
}

impl Method for Gc {
    const NAME: &'static str = "store.gc";
    const CHANGES: bool = true;
    const COST: u32 = HEAVY;
    type Reply = Collected;

    async fn handle(self, cx: &Cx) -> Result<Collected, ApiError> {
        if self.paid && self.takes.is_none() {
            return Err(
                ApiError::new("invalid_input", "says which of the earlier takes go: name `takes`").field("paid")
            );
        }
        let older_than = |days| Duration::from_hours(24 * u64::from(days));
        let earlier = self.takes.map(|days| Earlier { older_than: older_than(days), paid: self.paid });
        Ok(cx.engine.collect(self.dry_run, self.now, earlier).await?)
    }
}
