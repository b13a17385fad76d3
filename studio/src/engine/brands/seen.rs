//! A project's brand as its script sees it.

use serde_json::{Map, Value, json};
use studio_plugin_sdk::{
    caption::{CaptionLook, CaptionStyle},
    json::typed,
};

use super::{
    super::{
        captions,
        open::{Core, EngineError},
    },
    used,
};
use crate::model::{BrandKit, BrandUse, NodeError, Project};

/// What `studio.brand()` gives; null: there is none.
///
/// # Errors
/// `brand.unknown`: it is gone. `caption.style`: so is the style that it names.
pub fn seen(core: &Core, project: &Project, brand: Option<&BrandUse>) -> Result<Value, EngineError> {
    let Some(brand) = brand else { return Ok(Value::Null) };
    let brand = used(core, brand)?;
    let captions = worded(core, project, &brand.kit)?;
    Ok(json!(brand.view(captions)))
}

/// The style of a kit's captions in full, in its colours and fonts.
fn worded(core: &Core, project: &Project, kit: &BrandKit) -> Result<Option<CaptionStyle>, NodeError> {
    if !kit.has_captions() {
        return Ok(None);
    }
    let own = match &kit.captions {
        None => Map::new(),
        Some(CaptionLook::Name(name)) => Map::from_iter([(captions::FROM.to_owned(), json!(name))]),
        Some(CaptionLook::Style(style)) => json!(style).as_object().cloned().unwrap_or_default(),
    };
    let mut style = captions::whole(&captions::folders(core, project), own.clone())?;
    kit.dress(&own, &mut style);
    Ok(Some(typed(Value::Object(style)).map_err(NodeError::from)?))
}
