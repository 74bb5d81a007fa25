//! Which parts of what a panel holds have to be sent anew.

/// A rectangle of cells: pixels, or whatever else the memory of a panel is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Cells to the left of it.
    pub left: usize,
    /// Rows above it.
    pub top: usize,
    /// Cells across, at least one.
    pub width: usize,
    /// Rows, at least one.
    pub height: usize,
}

impl Area {
    /// The smallest area with both in it.
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

/// The areas in which `new` differs from `old`, top down and without overlap, each as tight as its
/// rows allow.
///
/// Both are rows of `width` cells. `price` is what it costs to send an area beside its cells,
/// counted in cells: where one area is no dearer than two, it is one. If `old` is of another size,
/// empty for instance, nothing is known of what the panel holds, and all has to be sent.
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

/// From the first to the last cell of a row that differs.
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
