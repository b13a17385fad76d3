//! What can be wrong with a request for a card. The stage turns these into the protocol's errors.

use studio_plugin_sdk::error::StageError;

/// Why no card was drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// A field of the request cannot be used.
    #[error("{message}")]
    Invalid {
        /// The field of the request.
        field: &'static str,
        /// A stable code for programs.
        code: &'static str,
        /// What is wrong and what to do.
        message: String,
    },
    /// A font inside the plugin is damaged.
    #[error("the bundled font {0} cannot be read; build the plugin again")]
    Font(&'static str),
    /// The picture could not be written as PNG.
    #[error("the card could not be written as PNG ({0}); ask for a smaller `short_side`")]
    Encode(String),
}

impl From<CardError> for StageError {
    fn from(error: CardError) -> Self {
        let message = error.to_string();
        match error {
            CardError::Invalid { field, code, .. } => Self::invalid(field, message).code(code),
            CardError::Font(_) => Self::permanent(message).code("cards.font"),
            CardError::Encode(_) => Self::permanent(message).code("cards.encode"),
        }
    }
}
