//! Pictures and sounds that are what they say.

use std::f64::consts::TAU;

use serde_json::{Value, json};

/// Samples a second, as OpenAI's speech has.
pub const RATE: u32 = 24_000;
/// Seconds for each spoken word.
pub const WORD: f64 = 0.3;

/// A picture with a gradient whose colours hang on its prompt.
pub fn png(width: u32, height: u32, prompt: &str) -> Vec<u8> {
    let tint = prompt.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let [red, green, ..] = tint.to_le_bytes();
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            pixels.extend([red / 2 + (x * 120 / width) as u8, green / 2 + (y * 120 / height) as u8, 90]);
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&pixels).expect("pixels");
    writer.finish().expect("an end");
    file
}

/// A tone for each word, as a WAV file whose header was written before its length was known.
pub fn speech(words: usize, speed: f64) -> Vec<u8> {
    let samples = (f64::from(RATE) * WORD / speed) as usize;
    let mut file = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    for word in 0..words {
        let pitch = 180.0 + 20.0 * (word % 7) as f64;
        for n in 0..samples {
            let fade = (std::f64::consts::PI * n as f64 / samples as f64).sin();
            let tone = (TAU * pitch * n as f64 / f64::from(RATE)).sin() * fade * 9_000.0;
            file.extend((tone as i16).to_le_bytes());
        }
    }
    file
}

/// Seconds of a WAV file; 0 where it is none.
pub fn seconds(wav: &[u8]) -> f64 {
    studio_plugin_sdk::wav::header(wav, wav.len() as u64).map_or(0.0, |header| header.seconds())
}

/// Something that fits a schema.
pub fn instance(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0).or_else(|| schema.get("const")) {
        return first.clone();
    }
    if let Some(first) = schema["anyOf"].get(0) {
        return instance(first);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "string" => json!("some words"),
        "integer" => json!(3),
        "number" => json!(0.5),
        "boolean" => json!(true),
        "null" => Value::Null,
        "array" => json!([instance(&schema["items"]), instance(&schema["items"])]),
        _ => {
            let members = schema["properties"].as_object().into_iter().flatten();
            Value::Object(members.map(|(name, schema)| (name.clone(), instance(schema))).collect())
        }
    }
}
