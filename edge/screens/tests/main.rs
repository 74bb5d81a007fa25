//! What the screens show on every size of display, and the texts of both languages.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests read pictures and sources; drawing itself may not"
)]

mod anything;
mod arrivals;
mod entrance;
mod golden;
mod locale;
mod scenes;
mod set_up;
mod side_by_side;
