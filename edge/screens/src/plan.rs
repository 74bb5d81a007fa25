//! Which part of a screen stands where, by its proportions.

use super::area::Area;

/// The areas of a screen that has something to say about an animal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The picture, or an icon in its place.
    pub(super) aside: Area,
    /// What is to be read first: the name of the breed.
    pub(super) body: Area,
    /// What is to be read beside it.
    pub(super) title: Area,
    /// What the buttons do.
    pub(super) keys: Area,
}

/// How the parts stand to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrangement {
    /// The picture on the left, text beside it.
    Wide,
    /// A small picture in a row with the title, the body below them over the full width: letters
    /// need it on a small screen.
    Compact,
    /// The picture above, text below it.
    Tall,
}

/// What is to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs {
    /// The height of the title where it does not stand beside the picture, in units.
    pub(super) title: f32,
    /// The height of the picture and the title where they share a row, in units.
    pub(super) row: f32,
    /// Whether the title comes before the body where they do not.
    pub(super) title_first: bool,
    /// Whether buttons do something.
    pub(super) keys: bool,
}

impl Arrangement {
    pub(super) fn of(frame: Area) -> Self {
        let proportion = frame.width as f32 / frame.height.max(1) as f32;
        match proportion {
            1.4.. => Self::Wide,
            0.8.. => Self::Compact,
            _ => Self::Tall,
        }
    }
}

/// The measure that everything on a frame is sized by, in pixels: a line of text takes about two.
pub(super) fn unit(frame: Area) -> f32 {
    let (width, height) = (frame.width as f32, frame.height as f32);
    match Arrangement::of(frame) {
        Arrangement::Wide => (height / 24.0).min(width / 32.0),
        Arrangement::Compact => width.min(height) / 24.0,
        Arrangement::Tall => (width / 22.0).min(height / 30.0),
    }
}

impl Plan {
    /// Places the parts in `frame`, of which `free` is not taken by a notice.
    pub(super) fn of(frame: Area, free: Area, needs: Needs) -> Self {
        let arrangement = Arrangement::of(frame);
        let unit = unit(frame);
        let px = |units: f32| (units * unit).round() as i32;
        let gap = px(0.8);
        let main = free.inset(gap, gap);
        let (main, keys) = match needs.keys {
            true => main.cut_bottom(px(3.6), gap),
            false => main.cut_bottom(0, 0),
        };
        let (aside, rest) = match arrangement {
            Arrangement::Wide => {
                let width = (main.width * 2 / 5).min(main.height);
                main.cut_left(width, px(1.2))
            }
            Arrangement::Compact => {
                let (row, body) = main.cut_top(px(needs.row).min(main.height * 2 / 5), gap);
                let (aside, title) = row.cut_left(row.height, gap);
                return Self {
                    aside,
                    body,
                    title,
                    keys,
                };
            }
            Arrangement::Tall => main.cut_top(main.height * 2 / 5, gap),
        };
        let title_height = px(needs.title).min(rest.height / 2);
        let (title, body) = match needs.title_first {
            true => rest.cut_top(title_height, gap),
            false => {
                let (body, title) = rest.cut_bottom(title_height, gap);
                (title, body)
            }
        };
        Self {
            aside,
            body,
            title,
            keys,
        }
    }
}
