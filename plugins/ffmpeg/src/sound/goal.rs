//! How loud a film is to be: by the names of those who ask for it, or in numbers of its own.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    error::{Result, StageError},
    roles::render::{Loudness, LoudnessGoal},
};

/// How loud a sound is to be, and how high its peaks may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Integrated, in LUFS.
    pub integrated: f64,
    /// Highest true peak, in dBTP.
    pub true_peak: f64,
}

impl Goal {
    /// Players on the web play everything at this loudness.
    pub const WEB: Self = Self { integrated: -14.0, true_peak: -1.0 };
    /// Podcasts in stereo.
    pub const PODCAST: Self = Self { integrated: -16.0, true_peak: -1.0 };

    /// As films say it; none: it is what they are without being asked.
    pub fn told(self) -> Option<Loudness> {
        (self != Self::default()).then_some(Loudness { integrated: self.integrated, true_peak: self.true_peak })
    }
}

impl Default for Goal {
    fn default() -> Self {
        Self::WEB
    }
}

/// The goals by name. EBU R 128 for European broadcasters, ATSC A/85 for American ones.
const GOALS: [(&str, Goal); 4] = [
    ("web", Goal::WEB),
    ("podcast", Goal::PODCAST),
    ("broadcast", Goal { integrated: -23.0, true_peak: -1.0 }),
    ("atsc", Goal { integrated: -24.0, true_peak: -2.0 }),
];

/// What is asked for; where nothing is, `usual`.
///
/// # Errors
/// `render.loudness`: there is none of that name (the message lists them), or no sound can be made so.
pub fn goal(asked: Option<&LoudnessGoal>, usual: Goal) -> Result<Goal> {
    let refused = |field: &str, message: String| Err(StageError::invalid(field, message).code("render.loudness"));
    match asked {
        None => Ok(usual),
        Some(LoudnessGoal::Named(name)) => match GOALS.iter().find(|goal| goal.0 == name) {
            Some((_, goal)) => Ok(*goal),
            None => {
                let names = GOALS.map(|goal| goal.0).join(", ");
                let message =
                    format!("There is no loudness {name:?}. Use one of: {names}; or `{{ integrated = -18 }}`.");
                refused("loudness", message)
            }
        },
        Some(LoudnessGoal::Exact(numbers)) => {
            let true_peak = numbers.true_peak.unwrap_or(Goal::WEB.true_peak);
            if !(-40.0..=-8.0).contains(&numbers.integrated) {
                return refused("loudness.integrated", "Choose a loudness between -40 and -8 LUFS.".into());
            }
            if !(-12.0..=-0.5).contains(&true_peak) || true_peak < numbers.integrated + 6.0 {
                let message = "Choose a peak between -12 and -0.5 dBTP, at least 6 dB above the loudness.";
                return refused("loudness.true_peak", message.into());
            }
            Ok(Goal { integrated: numbers.integrated, true_peak })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn loudness_has_names_and_numbers() {
        let read = |value| goal(Some(&serde_json::from_value(value).unwrap()), Goal::WEB);
        assert_eq!(goal(None, Goal::PODCAST).unwrap(), Goal::PODCAST);
        assert_eq!(read(json!("broadcast")).unwrap(), Goal { integrated: -23.0, true_peak: -1.0 });
        assert_eq!(read(json!({ "integrated": -20 })).unwrap(), Goal { integrated: -20.0, true_peak: -1.0 });
        let refused = |value| {
            let error = read(value).unwrap_err();
            assert_eq!(error.code, "render.loudness");
            error.field.unwrap()
        };
        assert_eq!(refused(json!("loud")), "loudness");
        assert_eq!(refused(json!({ "integrated": 3 })), "loudness.integrated");
        assert_eq!(refused(json!({ "integrated": -8, "true_peak": -9 })), "loudness.true_peak");
        assert_eq!(Goal::WEB.told(), None);
    }
}
