//! Printing that a reader who went away does not end: results to standard output, words to standard error.

use std::{fmt::Arguments, io::Write};

/// A line of the result.
pub fn line(text: Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line for people.
pub fn note(text: Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
