//! Reads what a JPEG says before its first scan: its size, its kind and its tables (ITU-T T.81, annex B).

use image::metadata::Orientation;

use super::bits::Huffman;
use super::segments::Segments;
use super::standard;
use crate::photo::{Fault, Kind, orientation};

const DEFINE_HUFFMAN_TABLES: u8 = 0xC4;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const DEFINE_QUANTISATION_TABLES: u8 = 0xDB;
const DEFINE_RESTART_INTERVAL: u8 = 0xDD;

/// A JPEG up to its first scan.
pub(super) struct Header<'a> {
    pub(super) frame: Frame,
    pub(super) tables: Tables,
    /// The first scan. Its blocks and all other scans follow in `segments`.
    pub(super) scan: Scan,
    pub(super) segments: Segments<'a>,
    pub(super) orientation: Option<Orientation>,
    /// Whether the components are red, green and blue.
    pub(super) is_rgb: bool,
    /// Whether the file has Huffman tables, or says that it uses the standard's.
    pub(super) has_codes: bool,
}

/// The frame header.
pub(super) struct Frame {
    /// Size in pixels.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) is_progressive: bool,
    pub(super) components: Vec<Component>,
}

/// A component: a colour, or the brightness.
pub(super) struct Component {
    id: u8,
    /// How many blocks of it are in a group, across and down: 1 to 4.
    pub(super) sampling: [usize; 2],
    /// Which quantisation table it uses.
    pub(super) quantisation: usize,
}

/// The tables that scans use. They can change between scans.
pub(super) struct Tables {
    /// Each in the order of the file, which is diagonal.
    pub(super) quantisation: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Huffman>; 4],
    pub(super) ac: [Option<Huffman>; 4],
    /// After how many units of blocks a restart marker stands; 0 for none.
    pub(super) restart: usize,
}

/// A scan's header.
pub(super) struct Scan {
    pub(super) parts: Vec<Part>,
    /// The first and the last coefficient of each block that it has.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Whether it adds one bit to coefficients of an earlier scan.
    pub(super) is_refining: bool,
    /// How many bits of the coefficients are left for later scans.
    pub(super) low: u8,
}

/// A component in a scan: its index, and which Huffman tables it uses.
pub(super) struct Part {
    pub(super) component: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

impl<'a> Header<'a> {
    /// Reads a JPEG up to its first scan.
    ///
    /// # Errors
    /// [`Fault::NotRead`] for kinds of JPEG that are not read, [`Fault::Truncated`] or
    /// [`Fault::Damaged`].
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut segments = Segments::new(bytes, 2);
        let mut tables = Tables::standard();
        let mut frame = None;
        let mut orientation = None;
        let mut has_codes = false;
        let mut adobe = None;
        loop {
            let (marker, content) = segments.segment()?;
            match marker {
                END_OF_IMAGE => return Err(Fault::Truncated),
                START_OF_SCAN => {
                    let frame: Frame = frame.ok_or_else(|| damaged("no frame header"))?;
                    return Ok(Self {
                        scan: Scan::read(content, &frame)?,
                        is_rgb: frame.is_rgb(adobe),
                        frame,
                        tables,
                        segments,
                        orientation,
                        has_codes,
                    });
                }
                0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xF7 => {
                    frame = Some(Frame::read(marker, content)?);
                }
                0xE0 => has_codes |= content.starts_with(b"AVI1"),
                0xE1 if content.starts_with(orientation::PREFIX) => {
                    orientation = orientation.or_else(|| orientation::of_exif(content));
                }
                0xEE if content.starts_with(b"Adobe") => adobe = content.get(11).copied(),
                _ => {
                    has_codes |= marker == DEFINE_HUFFMAN_TABLES;
                    tables.read(marker, content)?;
                }
            }
        }
    }

    /// Goes on to the next scan.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if there is none, or as [`Header::read`].
    pub(super) fn next_scan(&mut self) -> Result<(), Fault> {
        loop {
            let (marker, content) = self.segments.segment()?;
            match marker {
                END_OF_IMAGE => return Err(Fault::Truncated),
                START_OF_SCAN => {
                    self.scan = Scan::read(content, &self.frame)?;
                    return Ok(());
                }
                _ => self.tables.read(marker, content)?,
            }
        }
    }
}

impl Frame {
    fn read(marker: u8, content: &[u8]) -> Result<Self, Fault> {
        let [precision, h1, h0, w1, w0, count, components @ ..] = content else {
            return Err(damaged("a frame header that is too short"));
        };
        let what = match marker {
            0xC0..=0xC2 if *precision == 8 => None,
            0xC0..=0xC2 => Some("not 8 bits a colour"),
            0xC3 => Some("lossless"),
            0xC5..=0xC7 => Some("hierarchical"),
            0xF7 => Some("JPEG-LS"),
            _ => Some("arithmetic coding"),
        };
        if let Some(what) = what {
            return Err(not_read(what));
        }
        let count = usize::from(*count);
        let [width, height] = [[*w1, *w0], [*h1, *h0]].map(u16::from_be_bytes);
        // A height of 0 means that the height follows the first scan.
        if !matches!(count, 1 | 3 | 4) || height == 0 {
            return Err(not_read("unusual components or height"));
        }
        if width == 0 || components.len() < 3 * count {
            return Err(damaged("a frame header without a size or components"));
        }
        let components = components.chunks_exact(3).take(count);
        Ok(Self {
            width: width.into(),
            height: height.into(),
            is_progressive: marker == 0xC2,
            components: components.map(Component::read).collect::<Result<_, _>>()?,
        })
    }

    /// The highest number of blocks across and down that a component has.
    pub(super) fn sampling(&self) -> [usize; 2] {
        [0, 1].map(|side| {
            let components = self.components.iter();
            components.map(|it| it.sampling[side]).max().unwrap_or(1)
        })
    }

    /// How many groups of blocks there are across and down; a group has all blocks of the same
    /// part of the picture.
    pub(super) fn groups(&self) -> [usize; 2] {
        let [across, down] = self.sampling();
        [
            self.width.div_ceil(8 * across),
            self.height.div_ceil(8 * down),
        ]
    }

    /// How many blocks of a component have a part of the picture in them, across and down.
    pub(super) fn blocks(&self, component: &Component) -> [usize; 2] {
        let ([across, down], own) = (self.sampling(), component.sampling);
        [
            (self.width * own[0]).div_ceil(8 * across),
            (self.height * own[1]).div_ceil(8 * down),
        ]
    }

    /// Whether the components are red, green and blue: Adobe's segment says so, or without one their
    /// names.
    fn is_rgb(&self, adobe: Option<u8>) -> bool {
        let is_named = || self.components.iter().map(|it| it.id).eq(*b"RGB");
        self.components.len() == 3 && adobe.map_or_else(is_named, |transform| transform == 0)
    }
}

impl Component {
    fn read(content: &[u8]) -> Result<Self, Fault> {
        let &[id, sampling, quantisation] = content else {
            return Err(damaged("a component that is too short"));
        };
        let sampling = [sampling >> 4, sampling & 15].map(usize::from);
        if sampling.iter().any(|side| !(1..=4).contains(side)) || quantisation > 3 {
            return Err(damaged("a component that is not possible"));
        }
        Ok(Self {
            id,
            sampling,
            quantisation: quantisation.into(),
        })
    }
}

impl Tables {
    /// The Huffman tables of the standard, which the pictures of many cameras leave out.
    fn standard() -> Self {
        Self {
            quantisation: [None; 4],
            dc: standard::dc(),
            ac: standard::ac(),
            restart: 0,
        }
    }

    /// Takes in the tables of a segment; any other segment is passed over.
    fn read(&mut self, marker: u8, content: &[u8]) -> Result<(), Fault> {
        match marker {
            DEFINE_HUFFMAN_TABLES => self.read_huffman(content),
            DEFINE_QUANTISATION_TABLES => self.read_quantisation(content),
            DEFINE_RESTART_INTERVAL => {
                let &[high, low] = content else {
                    return Err(damaged("a restart interval that is not possible"));
                };
                self.restart = u16::from_be_bytes([high, low]).into();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn read_huffman(&mut self, mut content: &[u8]) -> Result<(), Fault> {
        let wrong = || damaged("a Huffman table that is not possible");
        while let Some((place, rest)) = content.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(wrong)?;
            let length = counts.iter().copied().map(usize::from).sum();
            let (symbols, rest) = rest.split_at_checked(length).ok_or_else(wrong)?;
            let tables = match place >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(wrong()),
            };
            let table = tables.get_mut(usize::from(place & 15)).ok_or_else(wrong)?;
            *table = Some(Huffman::new(counts, symbols).ok_or_else(wrong)?);
            content = rest;
        }
        Ok(())
    }

    fn read_quantisation(&mut self, mut content: &[u8]) -> Result<(), Fault> {
        let wrong = || damaged("a quantisation table that is not possible");
        while let Some((place, rest)) = content.split_first() {
            let table = self.quantisation.get_mut(usize::from(place & 15));
            let table = table.ok_or_else(wrong)?;
            let size = if place >> 4 == 0 { 1 } else { 2 };
            let (values, rest) = rest.split_at_checked(64 * size).ok_or_else(wrong)?;
            let mut values = values.chunks_exact(size);
            let value = |bytes: &[u8]| {
                let bytes = bytes.iter().map(|&byte| u16::from(byte));
                bytes.fold(0, |value, byte| (value << 8) | byte)
            };
            *table = Some([(); 64].map(|()| values.next().map_or(0, value)));
            content = rest;
        }
        Ok(())
    }
}

impl Scan {
    fn read(content: &[u8], frame: &Frame) -> Result<Self, Fault> {
        let wrong = || damaged("a scan that is not possible");
        let (&count, rest) = content.split_first().ok_or_else(wrong)?;
        let parts = rest.split_at_checked(2 * usize::from(count));
        let (parts, &[first, last, bits]) = parts
            .and_then(|(parts, rest)| Some((parts, rest.first_chunk::<3>()?)))
            .ok_or_else(wrong)?;
        let parts = parts.chunks_exact(2);
        let parts: Option<Vec<Part>> = parts.map(|part| Part::read(part, frame)).collect();
        let parts = parts.ok_or_else(wrong)?;
        let is_once = |part: &Part| {
            let same = parts.iter().filter(|it| it.component == part.component);
            same.count() == 1
        };
        if parts.is_empty() || !parts.iter().all(is_once) {
            return Err(wrong());
        }
        if !frame.is_progressive {
            return Ok(Self {
                parts,
                first: 0,
                last: 63,
                is_refining: false,
                low: 0,
            });
        }
        // A scan has either the means of blocks or other coefficients, and the latter of one
        // component only.
        let is_possible = match first {
            0 => last == 0,
            _ => last >= first && last < 64 && parts.len() == 1,
        };
        let low = bits & 15;
        if !is_possible || low > 13 {
            return Err(wrong());
        }
        Ok(Self {
            parts,
            first: first.into(),
            last: last.into(),
            is_refining: bits >> 4 != 0,
            low,
        })
    }
}

impl Part {
    fn read(content: &[u8], frame: &Frame) -> Option<Self> {
        let &[id, tables] = content else {
            return None;
        };
        Some(Self {
            component: frame.components.iter().position(|it| it.id == id)?,
            dc: usize::from((tables >> 4) & 3),
            ac: usize::from(tables & 3),
        })
    }
}

/// The fault of a kind of JPEG that is not read.
pub(super) fn not_read(what: &'static str) -> Fault {
    Fault::NotRead(Kind::Variant {
        format: "JPEG",
        what,
    })
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(what.to_owned())
}
