//! Simulates the chips of panels as their data sheets describe them: turns what is on the wires into
//! the visible picture.

use devices::display::Panel;
use devices::display::panel::Driver;
use image::{GrayImage, ImageBuffer, Luma, Pixel, Rgb, RgbImage, imageops};

use super::wires::Event;

/// A colour chip of 240 columns.
pub(crate) struct Tft {
    memory: RgbImage,
    /// "Memory Data Access Control", 36h.
    pub(crate) access: u8,
    /// "Display Inversion On" or "Off", 21h and 20h.
    pub(crate) is_inverted: bool,
    columns: [u32; 2],
    rows: [u32; 2],
    /// The index of the window's next pixel.
    next: u32,
    command: u8,
}

impl Tft {
    pub(crate) fn of(panel: &Panel) -> Self {
        let rows = match panel.driver {
            Driver::Gc9a01 => 240,
            _ => 320,
        };
        Self {
            memory: RgbImage::new(240, rows),
            access: 0,
            is_inverted: false,
            columns: [0, 239],
            rows: [0, rows - 1],
            next: 0,
            command: 0,
        }
    }

    /// Takes in the events on the wires.
    pub(crate) fn read(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Command(bytes) => {
                    let [command] = bytes[..] else {
                        panic!("a command is one byte: {bytes:?}");
                    };
                    self.command = command;
                    self.next = 0;
                    match command {
                        0x20 => self.is_inverted = false,
                        0x21 => self.is_inverted = true,
                        _ => {}
                    }
                }
                Event::Data(bytes) => self.data(bytes),
                Event::Reset(_) | Event::Light(_) => {}
            }
        }
    }

    fn data(&mut self, bytes: &[u8]) {
        let pairs = || {
            bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        };
        let window = || [0, 1].map(|place| u32::from(pairs().nth(place).unwrap()));
        match self.command {
            0x36 => self.access = bytes[0],
            0x2a => self.columns = window(),
            0x2b => self.rows = window(),
            0x2c => pairs().for_each(|pixel| self.write(pixel)),
            _ => {}
        }
    }

    fn write(&mut self, pixel: u16) {
        let width = self.columns[1] + 1 - self.columns[0];
        let x = self.columns[0] + self.next % width;
        let y = self.rows[0] + self.next / width;
        assert!(y <= self.rows[1], "more pixels than the window has");
        self.next += 1;
        let bit = |mask: u8| self.access & mask != 0;
        let (column, row) = if bit(0x20) { (y, x) } else { (x, y) };
        let column = if bit(0x40) { 239 - column } else { column };
        let row = if bit(0x80) {
            self.memory.height() - 1 - row
        } else {
            row
        };
        let bits = |shift: u16, count: u16| {
            let most = (1 << count) - 1;
            (f32::from(pixel >> shift & most) * 255.0 / f32::from(most)) as u8
        };
        let colour = Rgb([bits(11, 5), bits(5, 6), bits(0, 5)]);
        self.memory.put_pixel(column, row, colour);
    }

    /// The visible canvas.
    pub(crate) fn seen(&self, panel: &Panel) -> RgbImage {
        seen(&self.memory, panel)
    }
}

/// The memory of an OLED's chip, 132 columns in 8 pages.
pub(crate) struct Oled {
    memory: GrayImage,
    page: u32,
    column: u32,
    pub(crate) is_on: bool,
    /// All commands but those that set an address.
    pub(crate) setup: Vec<Vec<u8>>,
}

impl Oled {
    pub(crate) fn new() -> Self {
        Self {
            memory: GrayImage::new(132, 64),
            page: 0,
            column: 0,
            is_on: false,
            setup: Vec::new(),
        }
    }

    /// Takes in the events on the wires.
    pub(crate) fn read(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Command(bytes) => self.command(bytes),
                Event::Data(bytes) => bytes.iter().for_each(|&byte| self.write(byte)),
                Event::Reset(_) | Event::Light(_) => {}
            }
        }
    }

    fn command(&mut self, bytes: &[u8]) {
        match *bytes {
            [page @ 0xb0..=0xb7] => self.page = u32::from(page & 0x0f),
            [low @ 0x00..=0x0f, high @ 0x10..=0x1f] => {
                self.column = u32::from(high & 0x0f) << 4 | u32::from(low);
            }
            [on @ 0xae..=0xaf] => self.is_on = on == 0xaf,
            _ => self.setup.push(bytes.to_vec()),
        }
    }

    fn write(&mut self, byte: u8) {
        for row in 0..8 {
            let light = Luma([255 * (byte >> row & 1)]);
            let (x, y) = (self.column, self.page * 8 + row);
            self.memory.put_pixel(x, y, light);
        }
        self.column += 1;
    }

    /// The visible canvas.
    pub(crate) fn seen(&self, panel: &Panel) -> GrayImage {
        seen(&self.memory, panel)
    }
}

/// The visible part of a memory, for somebody who holds the panel as its settings say.
fn seen<P: Pixel<Subpixel = u8> + 'static>(
    memory: &ImageBuffer<P, Vec<u8>>,
    panel: &Panel,
) -> ImageBuffer<P, Vec<u8>> {
    let [left, top] = panel.offset.map(u32::from);
    let (width, height) = (panel.width.into(), panel.height.into());
    let seen = imageops::crop_imm(memory, left, top, width, height).to_image();
    let seen = if panel.mirrored {
        imageops::flip_horizontal(&seen)
    } else {
        seen
    };
    match panel.rotation.degree() {
        90 => imageops::rotate270(&seen),
        180 => imageops::rotate180(&seen),
        270 => imageops::rotate90(&seen),
        _ => seen,
    }
}
