//! A screen at HDMI or DSI, by the kernel's frame buffer: a file of pixels.
//!
//! What it looks like says sysfs, and pixels are written as into any file, so that nothing here is
//! unsafe. Pixels are RGB565 or XRGB8888, little endian, as all drivers of a Raspberry Pi have them.
//! (Linux, `Documentation/fb/api.rst`; `drivers/video/fbdev/core/fbsysfs.c`.)

use std::fs::{self, File, OpenOptions};
use std::ops::RangeInclusive;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use embedded_graphics::pixelcolor::{Rgb565, Rgb888};
use embedded_graphics::prelude::{IntoStorage, RgbColor};

use super::changes::changes;
use super::error::Kind;
use super::{Display, DisplayError};
use screens::Screen;
use screens::{Canvas, Depth};

/// The first frame buffer's geometry.
pub const SYSFS: &str = "/sys/class/graphics/fb0";

/// The first frame buffer's pixels.
pub const DEVICE: &str = "/dev/fb0";

/// Pixels across and down.
const SIDES: RangeInclusive<u32> = 32..=4096;

/// What a write costs beside its bytes, in bytes.
const PRICE: usize = 4096;

/// A screen that shows what is written into a file.
#[derive(Debug)]
pub struct FrameBuffer {
    file: File,
    device: PathBuf,
    width: u32,
    height: u32,
    colours: Colours,
    /// Bytes of a row, at least those of its pixels.
    stride: usize,
    /// The bytes on the screen; empty where they are not known.
    held: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colours {
    Rgb565,
    Xrgb8888,
}

impl FrameBuffer {
    /// Opens the frame buffer `device`, of which the folder `sysfs` tells the geometry.
    ///
    /// # Errors
    /// Where there is none, where this user may not write to it, and where its pixels are none that
    /// can be written: 16 or 32 bits, 32 to 4096 of them each way.
    pub fn open(sysfs: &Path, device: &Path) -> Result<Self, DisplayError> {
        let file = OpenOptions::new().write(true).open(device);
        let file = file.map_err(DisplayError::of(Kind::FrameBuffer, device))?;
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
        match (least..=2 * least.next_power_of_two()).contains(&bytes) {
            true => Ok(Self {
                file,
                device: device.to_owned(),
                width,
                height,
                colours,
                stride: bytes as usize,
                held: Vec::new(),
            }),
            false => Err(DisplayError::Geometry {
                file: stride,
                text: bytes.to_string(),
            }),
        }
    }

    fn bytes(&self, canvas: &Canvas) -> Vec<u8> {
        let mut bytes = vec![0; self.stride * self.height as usize];
        let lines = bytes.chunks_exact_mut(self.stride);
        // What drivers add to a row's end belongs to no pixel.
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
        // Until all of it has arrived nobody knows what the screen shows.
        self.held.clear();
        for area in areas {
            // From the first to the last byte in one write, as what lies between is right anyway.
            let start = area.top * self.stride + area.left;
            let end = (area.top + area.height - 1) * self.stride + area.left + area.width;
            let written = self.file.write_all_at(&bytes[start..end], start as u64);
            written.map_err(DisplayError::of(Kind::FrameBuffer, &self.device))?;
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

/// What can be seen: the mode, such as `U:1280x800p-60`, or all of the memory where there is none.
fn size(sysfs: &Path) -> Result<(u32, u32), DisplayError> {
    let mode = fs::read_to_string(sysfs.join("modes")).unwrap_or_default();
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
    let text = fs::read_to_string(file).map_err(DisplayError::of(Kind::FrameBuffer, file))?;
    Ok(text.trim().to_owned())
}
