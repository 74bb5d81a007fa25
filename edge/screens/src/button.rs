//! The buttons below the screen.

/// What a button does, wherever it is pressed: at the device, on a keypad or on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Confirm the breed that is shown.
    Confirm,
    /// Show the next candidate.
    Next,
    /// Start over with a new guest.
    New,
}
