//! The `image` stage: one picture of a prompt.

use std::io::Read as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use imagesize::ImageType;
use serde::Deserialize;
use studio_plugin_sdk::{build::PartBuilder, json::known, prelude::*};

use crate::{
    api::Api,
    check::{self, invalid},
    error::{self, useless},
    models::{self, Sizes},
};

/// Pixels of the shorter side, where it may be chosen.
const SHORT_SIDE: u32 = 1024;
const SHORT_SIDES: std::ops::RangeInclusive<u32> = 256..=2160;
/// Most pictures to start from, and most bytes of one.
const MOST_REFERENCES: usize = 16;
const MOST_REFERENCE: u64 = 50_000_000;
/// Most tokens of a picture of the largest of the usual sizes, at the best quality, and its pixels.
const TOKENS_A_PICTURE: u64 = 6_400;
const PIXELS_A_PICTURE: u64 = 1536 * 1024;
/// Most tokens that a picture to start from counts as.
const TOKENS_A_REFERENCE: u64 = 8_000;
/// Most tokens of what stands around a prompt.
const WORDS_AROUND: u64 = 100;
/// As much of a file as is read for its size in pixels.
const HEAD: u64 = 1 << 20;

/// Draws a picture.
#[stage(image, rev = 1, resource = net, paid, estimate = estimate)]
pub(crate) async fn draw(cx: Cx, req: ImageRequest) -> Result<Image> {
    let fields = asked(&cx, &req)?;
    let api = Api::of(&cx);
    let request = if req.references.is_empty() {
        let mut body = json!({ "n": 1 });
        fields.iter().for_each(|(name, value)| body[*name] = value.as_str().into());
        api.post("/images/generations").json(&body)
    } else {
        let mut parts: Vec<PartBuilder> = fields.iter().map(|(name, value)| part(*name, value)).collect();
        for image in &req.references {
            parts.push(part("image[]", image).file_name(image.mime.replace('/', ".")));
        }
        api.post("/images/edits").multipart(parts)
    };
    let answer = cx.http(request.at_most(at_most(&req, check::note(&cx).map_or(0, |note| note.len())))).await?;
    if answer.status >= 400 {
        return Err(error::of(&api, &answer));
    }
    let made: Made = answer.parse()?;
    cx.used(made.usage(&req));
    let picture = made.data.into_iter().next().unwrap_or_default();
    let image = match (picture.b64_json, picture.url) {
        (Some(text), _) => inline(&cx, &api, &text)?,
        (None, Some(url)) => match url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) {
            Some((_, text)) => inline(&cx, &api, text)?,
            None => fetched(&cx, &api, &url).await?,
        },
        (None, None) => return Err(useless(&api, "holds no picture")),
    };
    let (width, height, mime) = looked_at(&cx, &api, &image)?;
    let description = picture.revised_prompt.unwrap_or_else(|| req.prompt.clone());
    Ok(Image { image: Blob { mime: mime.into(), ..image }, width, height, description, attribution: String::new() })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Made {
    data: Vec<Picture>,
    usage: Option<Tokens>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Picture {
    b64_json: Option<String>,
    url: Option<String>,
    revised_prompt: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
}

impl Made {
    fn usage(&self, req: &ImageRequest) -> Usage {
        let tokens = self.usage.as_ref();
        Usage {
            model: model_of(req),
            images: self.data.len() as u64,
            tokens_in: tokens.map_or(0, |t| t.input_tokens),
            tokens_out: tokens.map_or(0, |t| t.output_tokens),
            ..Usage::default()
        }
    }
}

fn model_of(req: &ImageRequest) -> String {
    req.model.clone().unwrap_or_else(|| models::IMAGE.into())
}

/// The most that a picture can use. `note` has the bytes of what is to be different this time.
fn at_most(req: &ImageRequest, note: usize) -> Usage {
    let model = model_of(req);
    let (width, height) = size(models::sizes(&model), req.aspect, req.short_side.unwrap_or(SHORT_SIDE));
    let pixels = u64::from(width) * u64::from(height);
    // Tokens are bytes of text at least: more never come of it.
    let text = (req.prompt.len() + req.style.len() + req.avoid.len() + note) as u64 + WORDS_AROUND;
    Usage {
        tokens_in: text + req.references.len() as u64 * TOKENS_A_REFERENCE,
        tokens_out: (pixels * TOKENS_A_PICTURE).div_ceil(PIXELS_A_PICTURE).max(TOKENS_A_PICTURE),
        images: 1,
        model,
        ..Usage::default()
    }
}

/// The request's fields.
fn asked(cx: &Cx, req: &ImageRequest) -> Result<Vec<(&'static str, String)>> {
    let model = check::name("model", req.model.as_ref(), models::IMAGE)?;
    let not_taken = |field: &str, what: &str| Err(invalid(field, format!("{what}: leave `{field}` out")));
    if req.text.is_some() {
        return not_taken("text", "words on a picture are the work of `cards`; this draws a `prompt`");
    }
    check_references(&model, &req.references)?;
    if req.steps.is_some() {
        return not_taken("steps", "this service has no steps");
    }
    if req.seed.is_some() {
        return not_taken("seed", "this service takes no seed");
    }
    if let Some(side) = req.short_side.filter(|side| !SHORT_SIDES.contains(side)) {
        let (low, high) = (SHORT_SIDES.start(), SHORT_SIDES.end());
        return Err(invalid("short_side", format!("{low} to {high} pixels, not {side}")));
    }
    let most = models::longest_prompt(&model);
    check::text("prompt", &req.prompt, most)?;
    check::optional_text("style", &req.style, most)?;
    check::optional_text("avoid", &req.avoid, most)?;
    let mut prompt = req.prompt.trim().to_owned();
    for (lead, text) in [("Style: ", req.style.trim()), ("Leave out: ", req.avoid.trim())] {
        if !text.is_empty() {
            prompt = format!("{prompt}\n{lead}{text}");
        }
    }
    if let Some(note) = check::note(cx) {
        prompt = format!("{prompt}\n{note}");
    }
    check::text("prompt", &prompt, most)?;
    let (width, height) = size(models::sizes(&model), req.aspect, req.short_side.unwrap_or(SHORT_SIDE));
    let base64 = models::asks_for_base64(&model).then(|| ("response_format", "b64_json".to_owned()));
    let mut fields = vec![("model", model), ("prompt", prompt), ("size", format!("{width}x{height}"))];
    fields.extend(base64);
    Ok(fields)
}

fn check_references(model: &str, references: &[Blob]) -> Result<()> {
    if !references.is_empty() && models::sizes(model) == Sizes::Wide {
        return Err(invalid("references", format!("{model} starts from no pictures: leave `references` out")));
    }
    if references.len() > MOST_REFERENCES {
        let message = format!("{} pictures, at most {MOST_REFERENCES} are taken", references.len());
        return Err(invalid("references", message));
    }
    for (n, image) in references.iter().enumerate() {
        let fits = ["image/png", "image/jpeg", "image/webp"].contains(&image.mime.as_str());
        if !fits || image.bytes > MOST_REFERENCE {
            let message = format!("PNG, JPEG or WebP of at most {MOST_REFERENCE} bytes is taken");
            return Err(invalid(&format!("references[{n}]"), message));
        }
    }
    Ok(())
}

/// The size nearest to the wish.
fn size(sizes: Sizes, aspect: Aspect, short_side: u32) -> (u32, u32) {
    let long = match sizes {
        Sizes::Three => 1536,
        Sizes::Wide => 1792,
        Sizes::Square => 1024,
        Sizes::Any => {
            let (width, height) = aspect.size(short_side);
            let sixteens = |n: u32| (n + 8) / 16 * 16;
            return (sixteens(width), sixteens(height));
        }
    };
    match aspect {
        Aspect::Wide => (long, 1024),
        Aspect::Square => (1024, 1024),
        Aspect::Tall | Aspect::Portrait => (1024, long),
    }
}

fn inline(cx: &Cx, api: &Api, text: &str) -> Result<Blob> {
    let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|e| useless(api, &format!("is not base64: {e}")))?;
    cx.write_blob("application/octet-stream", &bytes)
}

/// Some services keep the picture for an hour and give its address.
async fn fetched(cx: &Cx, api: &Api, url: &str) -> Result<Blob> {
    let answer = cx.http(get(url).to_blob()).await?;
    if matches!(answer.status, 403 | 404 | 410) {
        let message = format!(
            "{} made the picture, but its address does not work any more ({}): make another take",
            api.name(),
            answer.status
        );
        return Err(StageError::permanent(message).code("openai.expired"));
    }
    answer.blob()
}

/// Pixels and media type, by the file itself.
fn looked_at(cx: &Cx, api: &Api, image: &Blob) -> Result<(u32, u32, &'static str)> {
    let mut head = Vec::new();
    let read = cx.open_blob(image)?.take(HEAD).read_to_end(&mut head);
    read.map_err(|e| StageError::transient(format!("the picture could not be read: {e}")).code("blob.io"))?;
    let mime = match imagesize::image_type(&head) {
        Ok(ImageType::Png) => "image/png",
        Ok(ImageType::Jpeg) => "image/jpeg",
        Ok(ImageType::Webp) => "image/webp",
        _ => return Err(useless(api, "is no picture in PNG, JPEG or WebP")),
    };
    let size = imagesize::blob_size(&head).ok();
    let sides = size.and_then(|s| Some((u32::try_from(s.width).ok()?, u32::try_from(s.height).ok()?)));
    match sides.filter(|(width, height)| *width > 0 && *height > 0) {
        Some((width, height)) => Ok((width, height, mime)),
        None => Err(useless(api, "is a picture without a size")),
    }
}

fn estimate(request: &Value) -> Estimate {
    Estimate { usage: known::<ImageRequest>(request).map(|req| at_most(&req, 0)), seconds: Some(20.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_that_the_models_take() {
        let of = |model: &str, aspect, side| size(models::sizes(model), aspect, side);
        assert_eq!(of("gpt-image-1.5", Aspect::Wide, 480), (1536, 1024));
        assert_eq!(of("gpt-image-1-mini", Aspect::Portrait, 1080), (1024, 1536));
        assert_eq!(of("dall-e-3", Aspect::Tall, 1080), (1024, 1792));
        assert_eq!(of("dall-e-2", Aspect::Wide, 1080), (1024, 1024));
        for side in [256, 480, 1080, 2160] {
            for aspect in [Aspect::Wide, Aspect::Tall, Aspect::Square, Aspect::Portrait] {
                let (width, height) = of("gpt-image-2", aspect, side);
                assert!(width % 16 == 0 && height % 16 == 0 && width.max(height) <= 3840, "{width}x{height}");
            }
        }
        assert_eq!(of("stablediffusion", Aspect::Wide, 1080), (1920, 1088));
    }
}
