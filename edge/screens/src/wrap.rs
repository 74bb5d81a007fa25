//! Sets text as large as fits: decides its size and where its lines break.

use embedded_graphics::pixelcolor::Rgb888;

use crate::area::Area;
use crate::canvas::Canvas;
use crate::text::{CAPITAL, Extent, Font, is_visible};

/// The distance between baselines, in ems.
const PITCH: f32 = 1.06;

/// The most characters of a text that are set; no screen shows more.
const LONGEST: usize = 240;

/// The room that a text may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Its area, in pixels.
    pub(crate) area: Area,
    /// The most lines.
    pub(crate) lines: usize,
    /// The largest em, in pixels.
    pub(crate) largest: f32,
    /// The smallest legible em, in pixels; a text that is too long for it is shortened.
    pub(crate) smallest: f32,
}

/// Lines of text that are set for their area.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) lines: Vec<String>,
    /// An em, in pixels.
    pub(crate) size: f32,
    area: Area,
    font: Font,
    extent: Extent,
}

/// The horizontal alignment of text in its area. Vertically it is always centred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
}

impl Block {
    /// Sets `text` as large as fits `room`.
    pub(crate) fn fit(text: &str, font: Font, room: Room) -> Self {
        let text: String = text
            .chars()
            .filter(|&c| is_visible(c))
            .take(LONGEST)
            .collect();
        let pieces = pieces(&text, font);
        let extent = font.extent(&text);
        let (width, height) = (room.area.width as f32, room.area.height as f32);
        let fits = |size: f32| {
            let lines = break_at(&pieces, width / size);
            let tall = (lines.len().max(1) - 1) as f32 * PITCH + extent.rise + extent.drop;
            let wide = lines.iter().map(|line| line.width).fold(0.0, f32::max);
            lines.len() <= room.lines && tall * size <= height && wide * size <= width
        };
        let smallest = room.smallest.min(room.largest).max(1.0);
        let (mut size, mut too_large) = (smallest, room.largest.max(smallest));
        let lines = if fits(too_large) {
            size = too_large;
            balanced(&pieces, width / size)
        } else if fits(size) {
            while too_large - size > 0.25 {
                let between = f32::midpoint(size, too_large);
                if fits(between) {
                    size = between;
                } else {
                    too_large = between;
                }
            }
            balanced(&pieces, width / size)
        } else {
            let tall = height / size - extent.rise - extent.drop;
            let lines = (tall / PITCH).max(0.0) as usize + 1;
            cut_short(&pieces, width / size, font, lines.min(room.lines.max(1)))
        };
        Self {
            lines,
            size,
            area: room.area,
            font,
            extent,
        }
    }

    /// The height of all lines together, in pixels.
    pub(crate) fn height(&self) -> f32 {
        let between = self.lines.len().saturating_sub(1) as f32 * PITCH;
        (between + self.extent.rise + self.extent.drop) * self.size
    }

    /// The width of the widest line, in pixels.
    pub(crate) fn width(&self) -> f32 {
        let widths = self.lines.iter().map(|line| self.font.extent(line).width);
        widths.fold(0.0, f32::max) * self.size
    }

    /// Whether the text was not shortened.
    pub(crate) fn is_whole(&self) -> bool {
        !self.lines.iter().any(|line| line.ends_with('…'))
    }

    /// Writes the lines.
    pub(crate) fn draw(&self, canvas: &mut Canvas, align: Align, colour: Rgb888) {
        for (i, line) in self.lines.iter().enumerate() {
            let free = self.area.width as f32 - self.font.extent(line).width * self.size;
            let x = self.area.x as f32
                + match align {
                    Align::Left => 0.0,
                    Align::Centre => free / 2.0,
                    Align::Right => free,
                };
            let base = self.first_base() + i as f32 * PITCH * self.size;
            self.font.write(canvas, line, (x, base), self.size, colour);
        }
    }

    /// The first line's baseline. Capitals are centred vertically, so that texts beside one another
    /// share a baseline, unless accents or descenders need the room.
    fn first_base(&self) -> f32 {
        let (top, height) = (self.area.y as f32, self.area.height as f32);
        let between = self.lines.len().saturating_sub(1) as f32 * PITCH;
        let middle = top + (height + (CAPITAL - between) * self.size) / 2.0;
        let highest = top + self.extent.rise * self.size;
        let lowest = top + height - (between + self.extent.drop) * self.size;
        middle.min(lowest).max(highest)
    }
}

/// A word, or the part of one up to and including a hyphen.
struct Piece<'a> {
    text: &'a str,
    /// In ems.
    width: f32,
    /// The width of the space before it on the same line, in ems; 0 after a hyphen.
    space: f32,
}

struct Line {
    text: String,
    width: f32,
}

fn pieces(text: &str, font: Font) -> Vec<Piece<'_>> {
    let space = font.extent(" ").width;
    let mut pieces = Vec::new();
    // Lines do not break at no-break spaces.
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for (i, part) in word.split_inclusive('-').enumerate() {
            pieces.push(Piece {
                text: part,
                width: font.extent(part).width,
                space: if i == 0 { space } else { 0.0 },
            });
        }
    }
    pieces
}

/// Fills one line after the other, each at most `limit` ems wide unless a word is wider.
fn break_at(pieces: &[Piece<'_>], limit: f32) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(line) if line.width + piece.space + piece.width <= limit => {
                if piece.space > 0.0 {
                    line.text.push(' ');
                }
                line.text.push_str(piece.text);
                line.width += piece.space + piece.width;
            }
            _ => lines.push(Line {
                text: piece.text.to_owned(),
                width: piece.width,
            }),
        }
    }
    lines
}

/// As few lines as `limit` allows, as even in width as possible.
fn balanced(pieces: &[Piece<'_>], limit: f32) -> Vec<String> {
    let count = break_at(pieces, limit).len();
    let (mut narrow, mut wide) = (0.0, limit);
    while wide - narrow > 0.05 {
        let between = f32::midpoint(narrow, wide);
        let lines = break_at(pieces, between);
        let fits = lines.len() <= count && lines.iter().all(|line| line.width <= limit);
        if fits {
            wide = between;
        } else {
            narrow = between;
        }
    }
    let lines = break_at(pieces, wide).into_iter();
    lines.map(|line| line.text).collect()
}

/// The first `count` lines; those that are too long end in an ellipsis.
fn cut_short(pieces: &[Piece<'_>], limit: f32, font: Font, count: usize) -> Vec<String> {
    let all = break_at(pieces, limit);
    let more = all.len() > count;
    let mut lines: Vec<String> = all.into_iter().take(count).map(|line| line.text).collect();
    let last = lines.len().saturating_sub(1);
    for (i, line) in lines.iter_mut().enumerate() {
        let mut cut = more && i == last;
        while !line.is_empty() {
            let whole = font.extent(line).width + if cut { font.extent("…").width } else { 0.0 };
            if whole <= limit {
                break;
            }
            line.pop();
            cut = true;
        }
        if cut {
            line.truncate(line.trim_end().len());
            line.push('…');
        }
    }
    lines
}
