//! Shows canvases on a screen at HDMI or DSI, by the kernel's frame buffer: a file of pixels.
//!
//! sysfs describes the geometry, and pixels are written as into any file, so nothing here is unsafe.
//! Pixels are RGB565 or XRGB8888, little endian, as with all drivers of a Raspberry Pi. (Linux,
//! `Documentation/fb/api.rst`; `drivers/video/fbdev/core/fbsysfs.c`.)

use std::fs::{self, File, OpenOptions};
use std::ops::RangeInclusive;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use embedded_graphics::pixelcolor::{Rgb565, Rgb888};
use embedded_graphics::prelude::{IntoStorage, RgbColor};
use screens::{Canvas, Depth, Screen};

use super::changes::changes;
use super::{Connection, Display, DisplayError};

/// The folder that describes the first frame buffer.
pub const SYSFS: &str = "/sys/class/graphics/fb0";

/// The first frame buffer's device file.
pub const DEVICE: &str = "/dev/fb0";

/// The possible widths and heights, in pixels.
const SIDES: RangeInclusive<u32> = 32..=4096;

/// The cost of a write in addition to its bytes, in bytes.
const PRICE: usize = 4096;

/// A screen whose pixels are a file.
#[derive(Debug)]
pub struct FrameBuffer {
    file: File,
    device: PathBuf,
    width: u32,
    height: u32,
    colours: Colours,
    /// The bytes of a row, which may be more than its pixels have.
    stride: usize,
    /// The bytes on the screen; empty where they are unknown.
    held: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colours {
    Rgb565,
    Xrgb8888,
}

impl FrameBuffer {
    /// Opens the frame buffer `device`, which the folder `sysfs` describes.
    ///
    /// # Errors
    /// Where there is none, where this user may not write to it, and where it has other than 16 or
    /// 32 bits a pixel, or a side of less than 32 or more than 4096 pixels.
    pub fn open(sysfs: &Path, device: &Path) -> Result<Self, DisplayError> {
        let file = OpenOptions::new().write(true).open(device);
        let file = file.map_err(DisplayError::of(Connection::FrameBuffer, device))?;
        let (width, height) = size(sysfs)?;
        if !SIDES.contains(&width) || !SIDES.contains(&height) {
            return Err(DisplayError::Size {
                device: device.to_owned(),
                width,
                height,
            });
        }
        let colours = match number(&sysfs.join("bits_per_pixel"))? {
            16 => Colours::Rgb565,
            32 => Colours::Xrgb8888,
            bits => {
                return Err(DisplayError::Depth {
                    device: device.to_owned(),
                    bits,
                });
            }
        };
        let stride = sysfs.join("stride");
        let bytes = number(&stride)?;
        // Drivers round rows up to some power of two, never to more than twice what is needed.
        let least = width * colours.bytes();
        if !(least..=2 * least.next_power_of_two()).contains(&bytes) {
            return Err(DisplayError::Geometry {
                file: stride,
                text: bytes.to_string(),
            });
        }
        Ok(Self {
            file,
            device: device.to_owned(),
            width,
            height,
            colours,
            stride: bytes as usize,
            held: Vec::new(),
        })
    }

    fn bytes(&self, canvas: &Canvas) -> Vec<u8> {
        let mut bytes = vec![0; self.stride * self.height as usize];
        let lines = bytes.chunks_exact_mut(self.stride);
        // Bytes that drivers add to the end of a row belong to no pixel.
        let lines = lines.map(|line| &mut line[..(self.width * self.colours.bytes()) as usize]);
        match self.colours {
            Colours::Rgb565 => {
                for (line, row) in lines.zip(canvas.rows::<Rgb565>()) {
                    for (pixel, colour) in line.as_chunks_mut().0.iter_mut().zip(row) {
                        *pixel = colour.into_storage().to_le_bytes();
                    }
                }
            }
            Colours::Xrgb8888 => {
                for (line, row) in lines.zip(canvas.rows::<Rgb888>()) {
                    for (pixel, colour) in line.as_chunks_mut().0.iter_mut().zip(row) {
                        *pixel = [colour.b(), colour.g(), colour.r(), 0xff];
                    }
                }
            }
        }
        bytes
    }
}

impl Display for FrameBuffer {
    fn screen(&self) -> Screen {
        Screen {
            width: self.width,
            height: self.height,
            depth: Depth::Colour,
        }
    }

    fn show(&mut self, canvas: &Canvas) -> Result<(), DisplayError> {
        let bytes = self.bytes(canvas);
        let areas = changes(&self.held, &bytes, self.stride, PRICE);
        // What the screen shows is unknown until all of it has arrived.
        self.held.clear();
        for area in areas {
            // One write for all its rows: the bytes between them have not changed.
            let start = area.top * self.stride + area.left;
            let end = (area.top + area.height - 1) * self.stride + area.left + area.width;
            let written = self.file.write_all_at(&bytes[start..end], start as u64);
            written.map_err(DisplayError::of(Connection::FrameBuffer, &self.device))?;
        }
        self.held = bytes;
        Ok(())
    }
}

impl Colours {
    /// Bytes of a pixel.
    fn bytes(self) -> u32 {
        match self {
            Self::Rgb565 => 2,
            Self::Xrgb8888 => 4,
        }
    }
}

/// The visible width and height: those of the mode, such as `U:1280x800p-60`, or all of the memory
/// where there is no mode.
fn size(sysfs: &Path) -> Result<(u32, u32), DisplayError> {
    let modes = sysfs.join("modes");
    let mode = fs::read_to_string(&modes).unwrap_or_else(|error| {
        tracing::debug!(file = %modes.display(), %error, "the frame buffer has no mode");
        String::new()
    });
    let seen = mode.lines().next().and_then(|mode| {
        let (width, rest) = mode.split_once(':')?.1.split_once('x')?;
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        Some((width.parse().ok()?, rest[..digits].parse().ok()?))
    });
    let file = sysfs.join("virtual_size");
    let text = read(&file)?;
    let sides = text.split_once(',');
    let sides = sides.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let Some((width, height)) = sides else {
        return Err(DisplayError::Geometry { file, text });
    };
    let seen = seen.filter(|seen: &(u32, u32)| seen.0 <= width && seen.1 <= height);
    Ok(seen.unwrap_or((width, height)))
}

fn number(file: &Path) -> Result<u32, DisplayError> {
    let text = read(file)?;
    text.parse().map_err(|_| DisplayError::Geometry {
        file: file.to_owned(),
        text,
    })
}

fn read(file: &Path) -> Result<String, DisplayError> {
    let text = fs::read_to_string(file).map_err(DisplayError::of(Connection::FrameBuffer, file))?;
    Ok(text.trim().to_owned())
}
