//! Text as big as fits: how large, and where its lines break.

use embedded_graphics::pixelcolor::Rgb888;

use super::area::Area;
use super::canvas::Canvas;
use super::text::{CAPITAL, Extent, Face, seen};

/// From one base line to the next, in ems.
const PITCH: f32 = 1.06;

/// The most characters of a text that are looked at: no screen shows more.
const LONGEST: usize = 240;

/// What a text may take up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Where it stands, in pixels.
    pub(super) area: Area,
    /// At most so many lines.
    pub(super) lines: usize,
    /// The largest em, in pixels.
    pub(super) largest: f32,
    /// The smallest em that can still be read, in pixels: what is too long for it is cut short.
    pub(super) smallest: f32,
}

/// Lines of text, broken and sized for their area.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) lines: Vec<String>,
    /// An em in pixels.
    pub(super) size: f32,
    area: Area,
    face: Face,
    extent: Extent,
}

/// Where text stands in its area, from left to right. It always stands in the middle of the height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

impl Block {
    /// Breaks `text` so that it is as large as fits `room`.
    pub(super) fn fit(text: &str, face: Face, room: Room) -> Self {
        let text: String = text.chars().filter(|&c| seen(c)).take(LONGEST).collect();
        let pieces = pieces(&text, face);
        let extent = face.extent(&text);
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
                match fits(between) {
                    true => size = between,
                    false => too_large = between,
                }
            }
            balanced(&pieces, width / size)
        } else {
            let tall = height / size - extent.rise - extent.drop;
            let lines = (tall / PITCH).max(0.0) as usize + 1;
            cut_short(&pieces, width / size, face, lines.min(room.lines.max(1)))
        };
        Self {
            lines,
            size,
            area: room.area,
            face,
            extent,
        }
    }

    /// How tall the lines stand together, in pixels.
    pub(super) fn height(&self) -> f32 {
        let between = self.lines.len().saturating_sub(1) as f32 * PITCH;
        (between + self.extent.rise + self.extent.drop) * self.size
    }

    /// How wide the widest line is, in pixels.
    pub(super) fn width(&self) -> f32 {
        let widths = self.lines.iter().map(|line| self.face.extent(line).width);
        widths.fold(0.0, f32::max) * self.size
    }

    /// Whether nothing had to be cut off.
    pub(super) fn is_whole(&self) -> bool {
        !self.lines.iter().any(|line| line.ends_with('…'))
    }

    /// Writes it.
    pub(super) fn draw(&self, canvas: &mut Canvas, align: Align, colour: Rgb888) {
        for (i, line) in self.lines.iter().enumerate() {
            let free = self.area.width as f32 - self.face.extent(line).width * self.size;
            let x = self.area.x as f32
                + match align {
                    Align::Left => 0.0,
                    Align::Centre => free / 2.0,
                    Align::Right => free,
                };
            let base = self.first_base() + i as f32 * PITCH * self.size;
            self.face.write(canvas, line, (x, base), self.size, colour);
        }
    }

    /// Where the first line stands. Capitals are in the middle of the height, so that texts beside
    /// one another stand on one line, unless accents or tails need the room.
    fn first_base(&self) -> f32 {
        let (top, height) = (self.area.y as f32, self.area.height as f32);
        let between = self.lines.len().saturating_sub(1) as f32 * PITCH;
        let middle = top + (height + (CAPITAL - between) * self.size) / 2.0;
        let highest = top + self.extent.rise * self.size;
        let lowest = top + height - (between + self.extent.drop) * self.size;
        middle.min(lowest).max(highest)
    }
}

/// A word, or a part of one up to its hyphen.
struct Piece<'a> {
    text: &'a str,
    /// In ems.
    width: f32,
    /// What stands before it on the same line: a space, or nothing after a hyphen.
    space: f32,
}

struct Line {
    text: String,
    width: f32,
}

fn pieces(text: &str, face: Face) -> Vec<Piece<'_>> {
    let space = face.extent(" ").width;
    let mut pieces = Vec::new();
    // No-break spaces are no place to break.
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for (i, part) in word.split_inclusive('-').enumerate() {
            pieces.push(Piece {
                text: part,
                width: face.extent(part).width,
                space: if i == 0 { space } else { 0.0 },
            });
        }
    }
    pieces
}

/// Fills line after line, each at most `limit` ems wide where its words allow.
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

/// As few lines as `limit` allows, of widths as even as can be.
fn balanced(pieces: &[Piece<'_>], limit: f32) -> Vec<String> {
    let count = break_at(pieces, limit).len();
    let (mut narrow, mut wide) = (0.0, limit);
    while wide - narrow > 0.05 {
        let between = f32::midpoint(narrow, wide);
        let lines = break_at(pieces, between);
        let fits = lines.len() <= count && lines.iter().all(|line| line.width <= limit);
        match fits {
            true => wide = between,
            false => narrow = between,
        }
    }
    let lines = break_at(pieces, wide).into_iter();
    lines.map(|line| line.text).collect()
}

/// The first `count` lines; what is too long ends in an ellipsis.
fn cut_short(pieces: &[Piece<'_>], limit: f32, face: Face, count: usize) -> Vec<String> {
    let all = break_at(pieces, limit);
    let more = all.len() > count;
    let mut lines: Vec<String> = all.into_iter().take(count).map(|line| line.text).collect();
    let last = lines.len().saturating_sub(1);
    for (i, line) in lines.iter_mut().enumerate() {
        let mut cut = more && i == last;
        while !line.is_empty() {
            let whole = face.extent(line).width + if cut { face.extent("…").width } else { 0.0 };
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
