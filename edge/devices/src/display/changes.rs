//! Finds the parts of a picture that have to be sent to a panel again.

/// A rectangle of cells: pixels, or whatever else the memory of a panel consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Cells to the left of it.
    pub left: usize,
    /// Rows above it.
    pub top: usize,
    /// Its width, in cells; at least 1.
    pub width: usize,
    /// Its height, in rows; at least 1.
    pub height: usize,
}

impl Area {
    /// The smallest area that contains both.
    fn with(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self {
            left,
            top,
            width: right - left,
            height: bottom - top,
        }
    }

    fn cells(self) -> usize {
        self.width * self.height
    }
}

/// The areas in which `new` differs from `old`, from top to bottom and without overlap, each as tight
/// as its rows allow.
///
/// Both are rows of `width` cells. `price` is what it costs to send an area in addition to its cells,
/// counted in cells: two areas are joined where that costs no more. If `old` has another length, for
/// instance 0, the panel's content is unknown, and all of `new` has to be sent.
///
/// ```
/// use devices::display::changes::{Area, changes};
///
/// let (old, new) = (b"....\n....\n", b"....\n.xx.\n");
/// let area = Area { left: 1, top: 1, width: 2, height: 1 };
/// assert_eq!(changes(old, new, 5, 0), [area]);
/// ```
#[must_use]
pub fn changes<T: PartialEq>(old: &[T], new: &[T], width: usize, price: usize) -> Vec<Area> {
    let width = width.max(1);
    if old.len() != new.len() {
        return vec![Area {
            left: 0,
            top: 0,
            width,
            height: new.len() / width,
        }];
    }
    let mut areas: Vec<Area> = Vec::new();
    let rows = old.chunks_exact(width).zip(new.chunks_exact(width));
    for (top, (old, new)) in rows.enumerate() {
        let Some(row) = changed_part(old, new, top) else {
            continue;
        };
        match areas.last_mut() {
            Some(last) if last.with(row).cells() <= last.cells() + row.cells() + price => {
                *last = last.with(row);
            }
            _ => areas.push(row),
        }
    }
    areas
}

/// The part of a row from the first to the last cell that differs.
fn changed_part<T: PartialEq>(old: &[T], new: &[T], top: usize) -> Option<Area> {
    // Most rows are equal, and slices compare faster than cells.
    if old == new {
        return None;
    }
    let mut differs = old.iter().zip(new).map(|(old, new)| old != new);
    let left = differs.clone().position(|differs| differs)?;
    let right = differs.rposition(|differs| differs)?;
    Some(Area {
        left,
        top,
        width: right + 1 - left,
        height: 1,
    })
}
