//! Lays out the parts of a screen according to its proportions.

use crate::area::Area;

/// The areas of a screen that shows an animal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The picture, or an icon in its place.
    pub(crate) aside: Area,
    /// What people read first, such as the breed's name.
    pub(crate) body: Area,
    /// What people read next.
    pub(crate) title: Area,
    /// The labels of the buttons.
    pub(crate) labels: Area,
}

/// How the parts are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// The picture on the left, the text beside it.
    Wide,
    /// A small picture and the title in one row, the body below them: on a small screen its letters
    /// need the full width.
    Compact,
    /// The picture above, the text below it.
    Tall,
}

/// What the parts of a scene need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    /// The height of the title where it does not share a row with the picture, in units.
    pub(crate) title: f32,
    /// The height of the row that the picture and the title share, in units.
    pub(crate) row: f32,
    /// Whether the title is above the body where it does not share a row with the picture.
    pub(crate) title_first: bool,
    /// Whether there are labels of buttons.
    pub(crate) labels: bool,
}

impl Arrangement {
    pub(crate) fn of(frame: Area) -> Self {
        let proportion = frame.width as f32 / frame.height.max(1) as f32;
        match proportion {
            1.4.. => Self::Wide,
            0.8.. => Self::Compact,
            _ => Self::Tall,
        }
    }
}

/// The unit of all sizes on a frame, in pixels: a line of text takes about two units.
pub(crate) fn unit(frame: Area) -> f32 {
    let (width, height) = (frame.width as f32, frame.height as f32);
    match Arrangement::of(frame) {
        Arrangement::Wide => (height / 24.0).min(width / 32.0),
        Arrangement::Compact => width.min(height) / 24.0,
        Arrangement::Tall => (width / 22.0).min(height / 30.0),
    }
}

impl Plan {
    /// Lays out the parts of a screen of the size `frame`, in the part of it that is `free` of
    /// a strip.
    pub(crate) fn of(frame: Area, free: Area, needs: Needs) -> Self {
        let arrangement = Arrangement::of(frame);
        let unit = unit(frame);
        let px = |units: f32| (units * unit).round() as i32;
        let gap = px(0.8);
        let main = free.inset(gap, gap);
        let (main, labels) = if needs.labels {
            main.cut_bottom(px(3.6), gap)
        } else {
            main.cut_bottom(0, 0)
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
                    labels,
                };
            }
            Arrangement::Tall => main.cut_top(main.height * 2 / 5, gap),
        };
        let title_height = px(needs.title).min(rest.height / 2);
        let (title, body) = if needs.title_first {
            rest.cut_top(title_height, gap)
        } else {
            let (body, title) = rest.cut_bottom(title_height, gap);
            (title, body)
        };
        Self {
            aside,
            body,
            title,
            labels,
        }
    }
}
