//! Decodes the pictures of a camera's driver to RGB, and refuses what is not a whole picture: half of
//! one would be recognised as confidently as a whole one.

use std::borrow::Cow;

use image::RgbImage;
use nokhwa::utils::{Resolution, buf_nv12_to_rgb, buf_yuyv422_to_rgb};
use recognise::Source;
use recognise::photo::{self, Fault, Proof};
use thiserror::Error;

use super::frame::{Frame, SMALL};
use super::jpeg::{self, Head};
use super::mode::{Agreed, Encoding, Mode, is_possible};
use super::picture::Settings;

/// Why a camera's bytes are no picture. A single such picture means little: somebody may have touched
/// the cable.
#[derive(Debug, Error)]
pub enum PixelsError {
    /// Fewer bytes than the picture has.
    #[error("pictures that are cut short ({got} bytes, where {mode} has {wanted})")]
    Short {
        /// The mode that was agreed upon.
        mode: Mode,
        /// How many bytes there are.
        got: usize,
        /// How many bytes the mode needs.
        wanted: usize,
    },
    /// A JPEG whose end is missing.
    #[error("pictures that are cut short")]
    Cut,
    /// The driver says that bytes were lost or damaged on their way.
    #[error("pictures that its driver says are damaged")]
    Damaged,
    /// A JPEG that cannot be read.
    #[error("a JPEG that cannot be read: {0}")]
    Jpeg(String),
    /// A picture of another size than was agreed upon, and than the one before.
    #[error("a picture of {width}x{height}, where {mode} was agreed upon")]
    Size {
        /// The mode that was agreed upon.
        mode: Mode,
        /// Its width, in pixels.
        width: u32,
        /// Its height, in pixels.
        height: u32,
    },
    /// Pixels that cannot be converted.
    #[error("{0}")]
    Convert(#[from] nokhwa::NokhwaError),
}

impl PixelsError {
    /// What to do where all pictures are like this.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Short { .. } | Self::Cut | Self::Damaged => {
                "plug the camera into another port, without a hub, or use another cable"
            }
            Self::Jpeg(_) | Self::Size { .. } | Self::Convert(_) => {
                "unplug the camera and plug it in again"
            }
        }
    }
}

/// A picture as the driver hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    /// The bytes that the camera has sent.
    pub bytes: &'a [u8],
    /// Whether the driver says that they are damaged.
    pub is_damaged: bool,
}

/// Decodes the pictures of one camera.
#[derive(Debug)]
pub struct Decoder {
    agreed: Agreed,
    picture: Settings,
    /// Whether a JPEG that has its end marker is taken to be whole.
    believes_end: bool,
    /// The size of the last JPEG whose size was not the one that was agreed upon.
    other_size: Option<(u32, u32)>,
}

impl Decoder {
    /// A decoder of the pictures that a driver has agreed to give. A JPEG that has its end marker is taken
    /// to be whole.
    #[must_use]
    pub fn new(agreed: Agreed) -> Self {
        Self {
            agreed,
            picture: Settings::default(),
            believes_end: true,
            other_size: None,
        }
    }

    /// Whether a JPEG that has its end marker is taken to be whole from now on. A driver says which pictures
    /// are damaged. Networks, programs and the cameras behind them lose parts of pictures and set an end
    /// marker all the same; every block is read if it is not believed.
    pub fn believe_end(&mut self, believes: bool) {
        self.believes_end = believes;
    }

    /// The same decoder, whose pictures are cropped, turned and mirrored by these settings.
    #[must_use]
    pub fn adjusted(self, picture: Settings) -> Self {
        Self { picture, ..self }
    }

    /// Decodes a picture, [adjusts](Settings::adjust) it, and shrinks it to the size of a frame where
    /// it is larger. Bytes after its end are ignored, since some drivers give their whole buffer.
    ///
    /// # Errors
    /// Where the bytes are not a whole picture of the format that was agreed upon.
    pub fn decode(&mut self, raw: Raw<'_>) -> Result<RgbImage, PixelsError> {
        if raw.is_damaged {
            return Err(PixelsError::Damaged);
        }
        let picture = match self.agreed.mode().encoding {
            Encoding::Yuyv => yuyv(self.agreed, raw.bytes)?,
            Encoding::Nv12 => nv12(self.agreed, raw.bytes)?,
            Encoding::Mjpeg | Encoding::Jpeg => return self.jpeg(raw.bytes)?.decode(),
        };
        Ok(self.picture.adjust(picture))
    }

    /// The same picture as a frame, which is only decoded as far as it takes to tell whether somebody is there, if that
    /// is less work.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn frame(&mut self, raw: Raw<'_>) -> Result<Frame, PixelsError> {
        let is_jpeg = matches!(
            self.agreed.mode().encoding,
            Encoding::Mjpeg | Encoding::Jpeg
        );
        if !is_jpeg || raw.is_damaged {
            return Ok(Frame::new(self.decode(raw)?, Source::Camera));
        }
        let jpeg = self.jpeg(raw.bytes)?;
        Ok(match jpeg.small()? {
            Some(small) => Frame::encoded(small, jpeg.into_owned()),
            None => Frame::new(jpeg.decode()?, Source::Camera),
        })
    }

    /// What is needed to decode a JPEG.
    fn jpeg<'a>(&mut self, bytes: &'a [u8]) -> Result<Jpeg<'a>, PixelsError> {
        let bytes = jpeg::from_start(bytes)
            .ok_or_else(|| PixelsError::Jpeg("it has no beginning".to_owned()))?;
        let head = Head::of(bytes);
        if let Some(size) = head.size {
            self.check_size(size)?;
        }
        Ok(Jpeg {
            bytes: if head.has_tables {
                Cow::Borrowed(bytes)
            } else {
                Cow::Owned(jpeg::with_tables(bytes))
            },
            size: head.size,
            proof: if self.believes_end {
                Proof::Marker
            } else {
                Proof::Blocks
            },
            picture: self.picture.clone(),
        })
    }

    /// Accepts a JPEG of the size that was agreed upon, or of the same size as the one before: some
    /// cameras keep to another size than their driver says. A single one is a damaged picture.
    fn check_size(&mut self, size: (u32, u32)) -> Result<(), PixelsError> {
        let mode = self.agreed.mode();
        let (width, height) = size;
        if size == (mode.width, mode.height)
            || self.other_size.replace(size) == Some(size) && is_possible(width, height)
        {
            return Ok(());
        }
        Err(PixelsError::Size {
            mode,
            width,
            height,
        })
    }
}

/// A camera's JPEG that is not decoded yet.
#[derive(Clone, Debug)]
pub(super) struct Jpeg<'a> {
    /// With Huffman tables, or marked as one without.
    bytes: Cow<'a, [u8]>,
    /// Its width and height, in pixels.
    size: Option<(u32, u32)>,
    proof: Proof,
    picture: Settings,
}

impl Jpeg<'_> {
    /// Decodes it as a whole, see [`Decoder::decode`].
    pub(super) fn decode(&self) -> Result<RgbImage, PixelsError> {
        self.within(self.picture.needed())
    }

    /// The small picture of a [`Frame`], if all that it takes is to decode a part of each block. Then its pixels are
    /// the means of the same pixels as those of the whole picture that is shrunk, and both tell the same.
    fn small(&self) -> Result<Option<RgbImage>, PixelsError> {
        let bounds = self.picture.turned(SMALL);
        let is_exact = self.picture.crop.is_none()
            && self
                .size
                .is_some_and(|size| is_part_of_blocks(size, bounds));
        is_exact.then(|| self.within(bounds)).transpose()
    }

    fn within(&self, bounds: [u32; 2]) -> Result<RgbImage, PixelsError> {
        let decoded = photo::decode_frame(&self.bytes, self.proof, bounds);
        let picture = decoded.map_err(|error| match error.fault {
            Fault::Truncated => PixelsError::Cut,
            fault => PixelsError::Jpeg(fault.to_string()),
        })?;
        Ok(self.picture.adjust(picture))
    }

    fn into_owned(self) -> Jpeg<'static> {
        Jpeg {
            bytes: Cow::Owned(self.bytes.into_owned()),
            size: self.size,
            proof: self.proof,
            picture: self.picture,
        }
    }
}

/// Whether a picture of this size is shrunk to fit the bounds by taking a half, a quarter or an eighth of its sides.
fn is_part_of_blocks((width, height): (u32, u32), bounds: [u32; 2]) -> bool {
    let [across, down] = photo::fit([width, height], bounds);
    [2, 4, 8]
        .iter()
        .any(|by| (across * by, down * by) == (width, height))
}

/// The bytes of a picture, without those after its end.
fn enough(mode: Mode, bytes: &[u8], wanted: usize) -> Result<&[u8], PixelsError> {
    bytes.get(..wanted).ok_or(PixelsError::Short {
        mode,
        got: bytes.len(),
        wanted,
    })
}

/// Two pixels of a row share a colour. A last pixel that is alone is left out.
fn yuyv(agreed: Agreed, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    let (mode, stride) = (agreed.mode(), agreed.stride());
    let width = mode.width & !1;
    let row = 2 * width as usize;
    let wanted = stride * (mode.height as usize - 1) + row;
    let rows = enough(mode, bytes, wanted)?.chunks(stride);
    let mut picture = RgbImage::new(width, mode.height);
    for (from, to) in rows.zip(picture.chunks_exact_mut(3 * width as usize)) {
        buf_yuyv422_to_rgb(&from[..row], to, false)?;
    }
    Ok(picture)
}

/// Two pixels of each of two rows share a colour. A last row or column that is alone is left out.
fn nv12(agreed: Agreed, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
    let (mode, stride) = (agreed.mode(), agreed.stride());
    let (width, height) = (mode.width & !1, mode.height & !1);
    let row = width as usize;
    let brightness = stride * mode.height as usize;
    let colour_stride = stride.next_multiple_of(2);
    let wanted = brightness + colour_stride * (height as usize / 2 - 1) + row;
    let (brightness, colours) = enough(mode, bytes, wanted)?.split_at(brightness);
    let pairs = brightness.chunks(2 * stride);
    let pairs = pairs.zip(colours.chunks(colour_stride));
    let mut picture = RgbImage::new(width, height);
    let mut two_rows = Vec::with_capacity(3 * row);
    for (to, (from, colours)) in picture.chunks_exact_mut(2 * 3 * row).zip(pairs) {
        two_rows.clear();
        for part in [from, &from[stride..], colours] {
            two_rows.extend_from_slice(&part[..row]);
        }
        buf_nv12_to_rgb(Resolution::new(width, 2), &two_rows, to, false)?;
    }
    Ok(picture)
}
