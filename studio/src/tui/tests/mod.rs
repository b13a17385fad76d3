//! The pages as they are drawn, from what is known alone: no engine, no terminal.

mod fixture;
mod forms;
mod keys;
mod screens;
mod templates;
