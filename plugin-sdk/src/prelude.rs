//! Everything that most stages need: `use studio_plugin_sdk::prelude::*;`.

pub use futures_util::{
    future::{Either, join, join_all, join3, select, select_all, try_join, try_join_all},
    stream::{FuturesUnordered, StreamExt},
};
pub use serde_json::{Value, json};

pub use crate::{
    aspect::Aspect,
    blob::Blob,
    build::{
        Cmd, HttpRequest, bytes, cmd, delete, get, head, millis, minutes, part, patch, post, put, request, secret, secs,
    },
    caption::{CaptionKind, CaptionLook, CaptionPlace, CaptionStyle, EmojiPolicy, SafeArea, SecondLine},
    card::CardText,
    cx::{BlobReader, BlobWriter, Cx, status_error},
    error::{ErrorKind, Result, StageError},
    guest::Level,
    plugin,
    plugin::{Plugin, StageDef},
    roles::{
        Role, RoleRequest, analytics::*, animate::*, asr::*, image::*, llm::*, music::*, publish::*, rank::*,
        reframe::*, render::*, search::*, tts::*, verify::*, video::*,
    },
    stage,
    usage::Usage,
    wire::{
        Body, Capabilities, Device, Estimate, Exit, HttpAnswer, Limits, Lines, NetRule, ProgramDecl, ProgramKind,
        SecretDecl, Service, ServiceDecl, Take, VersionKey,
    },
};
