//! Defines the kiosk's state as it is published.

use std::sync::Arc;

use serde::Serialize;

/// The state of the kiosk. All but the picture is published as JSON, with these names.
///
/// ```
/// use sync::mqtt::State;
///
/// let state = State {
///     in_house: 2,
///     names_in_house: vec!["Bella".to_owned(), "Rex".to_owned()],
///     language: "en".to_owned(),
///     ..State::default()
/// };
/// let published = serde_json::to_value(&state)?;
/// assert_eq!(published["in_house"], 2);
/// assert_eq!(published["names_in_house"][1], "Rex");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// How many animals are in the house.
    pub in_house: u32,
    /// Their names.
    pub names_in_house: Vec<String>,
    /// How many visits wait for somebody to confirm or correct them.
    pub needs_call: u32,
    /// Whether the camera works.
    pub camera: bool,
    /// Whether the display works.
    pub display: bool,
    /// The language of the screen, a BCP 47 tag.
    pub language: String,
    /// The languages that it can be set to.
    pub languages: Vec<String>,
    /// How many arrivals stand in front of the camera.
    pub arrivals: u32,
    /// The name of the breed that the screen shows.
    pub breed: Option<String>,
    /// How sure the kiosk is of it, 0 to 1.
    pub confidence: Option<f32>,
    /// The name of the guest that the screen shows.
    pub guest: Option<String>,
    /// The picture of the last arrival, a JPEG.
    #[serde(skip)]
    pub picture: Option<Arc<Vec<u8>>>,
}

impl State {
    /// The JSON that is published.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("text, numbers and lists are JSON")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_is_published_without_its_picture() {
        let state = State {
            in_house: 2,
            names_in_house: vec!["Rex".to_owned(), "Mia".to_owned()],
            needs_call: 1,
            camera: true,
            language: "en".to_owned(),
            languages: vec!["en".to_owned(), "fr".to_owned()],
            arrivals: 1,
            breed: Some("Beagle".to_owned()),
            confidence: Some(0.93),
            picture: Some(Arc::new(vec![0xFF, 0xD8])),
            ..State::default()
        };
        let read: serde_json::Value = serde_json::from_str(&state.json()).unwrap();
        let expected = json!({
            "in_house": 2, "names_in_house": ["Rex", "Mia"], "needs_call": 1, "camera": true,
            "display": false, "language": "en", "languages": ["en", "fr"], "arrivals": 1,
            "breed": "Beagle", "confidence": 0.93, "guest": null,
        });
        assert_eq!(read, expected);
    }
}
