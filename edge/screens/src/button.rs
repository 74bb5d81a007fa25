//! The buttons below the screen.

/// What a button means, wherever it is pressed: at the device, on a keypad or on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// It is the breed that is shown.
    Confirm,
    /// Show the next likely breed.
    Next,
    /// A new guest: forget this one.
    New,
}
