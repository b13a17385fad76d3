//! Reading brands.

use super::{
    Store,
    apply::Tree,
    error::Result,
    keys::{head, last_u32, pair},
};
use crate::model::{BrandVersion, Record};

impl Store {
    /// A version of a brand.
    pub fn brand(&self, name: &str, version: u32) -> Result<Option<BrandVersion>> {
        self.one(Tree::Brands, &pair(name, version.to_be_bytes()), brand)
    }

    /// The newest version of a brand.
    pub fn newest_brand(&self, name: &str) -> Result<Option<BrandVersion>> {
        let last = self.read(|index| index.last(Tree::Brands, &head(name)))?;
        last.map_or(Ok(None), |key| self.one(Tree::Brands, &key, brand))
    }

    /// The number of the newest version of a brand.
    pub fn newest_brand_version(&self, name: &str) -> Result<Option<u32>> {
        let last = self.read(|index| index.last(Tree::Brands, &head(name)))?;
        Ok(last.and_then(|key| last_u32(&key)))
    }

    /// All versions of a brand, the oldest first.
    pub fn brand_versions(&self, name: &str) -> Result<Vec<BrandVersion>> {
        self.many(Tree::Brands, &head(name), brand)
    }

    /// All versions of all brands, by name, the oldest first.
    pub fn brands(&self) -> Result<Vec<BrandVersion>> {
        self.many(Tree::Brands, &[], brand)
    }

    /// The last version of a brand that is no more; 0: there was none of that name.
    pub fn last_of_removed_brand(&self, name: &str) -> Result<u32> {
        let last = self.one(Tree::BrandsRemoved, name.as_bytes(), |record| match record {
            Record::BrandRemoved { last, .. } => Some(last),
            _ => None,
        })?;
        Ok(last.unwrap_or(0))
    }
}

fn brand(record: Record) -> Option<BrandVersion> {
    if let Record::Brand(brand) = record { Some(*brand) } else { None }
}
