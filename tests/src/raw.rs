//! Guests written by hand in WebAssembly's text format, which keep to no SDK: each says and does what a test
//! wants, at each of its exports.

use std::fmt::Write;

use serde_json::{Value, json};

/// What an export does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Gives this text.
    Say(String),
    /// Never ends.
    Loop,
    /// Sets an error text and traps, as a panic does.
    Panic(String),
    /// Takes ever more of its own memory.
    Grow,
    /// Takes ever more of the memory that it shares with the host.
    Alloc,
    /// Fails with the error that its input holds, as a guest of the SDK would; else ends well.
    Relay,
    /// Opens a blob; says the first where the host refuses it (−2), else the second.
    Open(String, String, String),
}

impl Act {
    /// Gives a turn.
    pub fn turn(turn: &Value) -> Self {
        Self::Say(turn.to_string())
    }

    /// Asks for effects and waits.
    pub fn asks(effects: &[Value]) -> Self {
        Self::turn(&json!({ "effects": effects, "outcome": "none" }))
    }

    /// Ends with a response of the role `llm`.
    pub fn done(text: &str) -> Self {
        Self::turn(&done(text))
    }
}

fn done(text: &str) -> Value {
    json!({ "outcome": { "done": { "response": { "text": text } } } })
}

/// A guest of the role `llm`.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Its id.
    pub id: String,
    /// What its manifest asks for.
    pub capabilities: Value,
    /// Its revision.
    pub rev: u32,
    /// Says something else than its manifest at `describe`.
    pub describe: Option<Act>,
    /// Its first turn.
    pub start: Act,
    /// Every later turn.
    pub resume: Act,
    /// More of the module, as text.
    pub more: String,
}

impl Raw {
    /// One that asks for nothing and gives `start` and `resume`.
    pub fn new(id: &str, start: Act, resume: Act) -> Self {
        Self { id: id.into(), capabilities: json!({}), rev: 1, describe: None, start, resume, more: String::new() }
    }

    /// With capabilities.
    #[must_use]
    pub fn asks_for(self, capabilities: Value) -> Self {
        Self { capabilities, ..self }
    }

    /// Its module.
    pub fn wasm(&self) -> Vec<u8> {
        let manifest = json!({
            "protocol": 1, "id": self.id, "version": "1", "description": "A guest of the tests.",
            "stages": [{ "role": "llm", "rev": self.rev, "plan": "assume" }], "capabilities": self.capabilities,
        });
        let describe = self.describe.clone().unwrap_or_else(|| Act::Say(manifest.to_string()));
        let mut texts = Texts::default();
        let mut exports = String::new();
        for (name, act) in [("describe", &describe), ("start", &self.start), ("resume", &self.resume)] {
            let body = texts.body(act);
            let _ = write!(exports, "(func (export \"{name}\") (result i32) {body})");
        }
        let pages = texts.bytes.len() / 65536 + 1;
        let mut data = String::new();
        for byte in &texts.bytes {
            let _ = write!(data, "\\{byte:02x}");
        }
        let text = format!(
            "(module {IMPORTS} {more} (memory {pages}) (data (i32.const 0) \"{data}\") {helpers} {exports})",
            more = self.more,
            helpers = HELPERS.replace("ERROR", &i64::from_le_bytes(*b"\"error\":").to_string()),
        );
        wat::parse_str(&text).expect("the guest's text")
    }
}

const IMPORTS: &str = r#"
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (import "extism:host/env" "input_length" (func $length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input8 (param i64) (result i64)))
  (import "extism:host/env" "error_set" (func $error (param i64)))
  (import "extism:host/user" "studio_blob_open" (func $open (param i64) (result i64)))"#;

/// `$give`: own bytes into a block of the host's, whose offset it gives. `$relay`: the input from `"error":` on,
/// without the last two brackets, between two texts; nothing of it found: 0.
const HELPERS: &str = r"
  (func $give (param $from i32) (param $len i32) (result i64)
    (local $block i64) (local $n i32)
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $len))))
    (loop $next
      (call $store
        (i64.add (local.get $block) (i64.extend_i32_u (local.get $n)))
        (i32.load8_u (i32.add (local.get $from) (local.get $n))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $n) (local.get $len))))
    (local.get $block))
  (func $say (param $from i32) (param $len i32)
    (call $output (call $give (local.get $from) (local.get $len)) (i64.extend_i32_u (local.get $len))))
  (func $relay (param $head i32) (param $headlen i32) (param $tail i32) (param $taillen i32) (result i32)
    (local $at i64) (local $end i64) (local $block i64) (local $to i64) (local $n i32)
    (local.set $end (i64.sub (call $length) (i64.const 2)))
    (block $found
      (loop $look
        (if (i64.ge_u (i64.add (local.get $at) (i64.const 8)) (local.get $end)) (then (return (i32.const 0))))
        (br_if $found (i64.eq (call $input8 (local.get $at)) (i64.const ERROR)))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br $look)))
    (local.set $block (call $alloc (i64.add (i64.sub (local.get $end) (local.get $at))
      (i64.extend_i32_u (i32.add (local.get $headlen) (local.get $taillen))))))
    (local.set $to (local.get $block))
    (loop $first
      (call $store (local.get $to) (i32.load8_u (i32.add (local.get $head) (local.get $n))))
      (local.set $to (i64.add (local.get $to) (i64.const 1)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $first (i32.lt_u (local.get $n) (local.get $headlen))))
    (loop $then
      (call $store (local.get $to) (call $input (local.get $at)))
      (local.set $to (i64.add (local.get $to) (i64.const 1)))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (br_if $then (i64.lt_u (local.get $at) (local.get $end))))
    (local.set $n (i32.const 0))
    (loop $last
      (call $store (local.get $to) (i32.load8_u (i32.add (local.get $tail) (local.get $n))))
      (local.set $to (i64.add (local.get $to) (i64.const 1)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $last (i32.lt_u (local.get $n) (local.get $taillen))))
    (call $output (local.get $block) (i64.sub (local.get $to) (local.get $block)))
    (i32.const 1))";

/// All texts of a guest, one after another in its memory.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
}

impl Texts {
    /// A text's place and length, as two constants.
    fn place(&mut self, text: &str) -> String {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(text.as_bytes());
        format!("(i32.const {at}) (i32.const {})", text.len())
    }

    fn body(&mut self, act: &Act) -> String {
        match act {
            Act::Say(text) => format!("(call $say {}) (i32.const 0)", self.place(text)),
            Act::Relay => {
                let head = self.place(r#"{"outcome":{"failed":{"#);
                let tail = self.place("}}}");
                let well = self.place(&done("it got away with it").to_string());
                format!("(if (i32.eqz (call $relay {head} {tail})) (then (call $say {well}))) (i32.const 0)")
            }
            Act::Loop => "(loop $ever (br $ever)) (unreachable)".into(),
            Act::Panic(text) => format!("(call $error (call $give {})) (unreachable)", self.place(text)),
            Act::Grow => "(loop $more (drop (memory.grow (i32.const 16))) (br $more)) (unreachable)".into(),
            Act::Alloc => "(loop $more (drop (call $alloc (i64.const 1048576))) (br $more)) (unreachable)".into(),
            Act::Open(digest, refused, open) => {
                let (digest, refused, open) = (self.place(digest), self.place(refused), self.place(open));
                format!(
                    "(if (i64.eq (call $open (call $give {digest})) (i64.const -2)) \
                     (then (call $say {refused})) (else (call $say {open}))) (i32.const 0)"
                )
            }
        }
    }
}
