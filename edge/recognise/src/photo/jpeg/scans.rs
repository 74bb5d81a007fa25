//! Reads the blocks of a JPEG's scans: finds out whether all of them are there, and keeps the
//! coefficients that are asked for (ITU-T T.81, annexes F and G).

use super::bits::{Bits, Huffman, Stop};
use super::header::{Frame, Header, Part, Scan, Tables};
use super::segments::Segments;
use crate::photo::Fault;

/// The most scans that a picture may have; programs write about ten.
const MOST_SCANS: usize = 100;

/// Where each coefficient of the file stands in its block of 8 rows.
pub(super) const PLACES: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The blocks of a component.
pub(super) struct Plane {
    /// How many blocks there are across and down, those beyond the picture's edges included.
    pub(super) blocks: [usize; 2],
    /// The coefficients that are kept: the lowest `size` x `size` of each block, row after row.
    pub(super) coefficients: Vec<i16>,
    /// What to multiply them with, in the order of the file.
    pub(super) quantisation: [u16; 64],
    /// Which coefficients of each block are not zero. Only progressive pictures have to know.
    nonzero: Vec<u64>,
    /// For each coefficient, how many of its bits are still to come; [`NOTHING`] before its first
    /// scan.
    missing: [u8; 64],
}

/// A coefficient that no scan has had.
const NOTHING: u8 = u8::MAX;

/// Where coefficients are kept in a block, by their order in the file; a place beyond the block for
/// those that are not kept.
type Slots = [u8; 64];

/// A place beyond all blocks.
const NO_SLOT: u8 = u8::MAX;

/// Reads the scans that make the picture whole, and keeps the lowest `size` x `size` coefficients of
/// each block, 0 to 8.
///
/// # Errors
/// [`Fault::Truncated`] if a block or some of its bits are missing, [`Fault::Damaged`] if a block
/// cannot be read.
pub(super) fn read(header: &mut Header<'_>, size: usize) -> Result<Vec<Plane>, Fault> {
    let mut planes: Vec<Plane> = (header.frame.components.iter())
        .map(|component| Plane::new(&header.frame, component.sampling, size))
        .collect();
    let slots = slots(size);
    let last_kept = slots.iter().rposition(|&slot| slot != NO_SLOT);
    let last_kept = last_kept.unwrap_or(0);
    for _ in 0..MOST_SCANS {
        for part in &header.scan.parts {
            let component = &header.frame.components[part.component];
            let table = header.tables.quantisation[component.quantisation];
            planes[part.component].begin(&header.scan, table)?;
        }
        let mut reader = Reader {
            bits: Bits::new(header.segments.bytes(), header.segments.position()),
            frame: &header.frame,
            tables: &header.tables,
            scan: &header.scan,
            slots: &slots,
            kept: size * size,
            last_kept,
            predictions: [0; 4],
            run: 0,
        };
        reader.read(&mut planes).map_err(|stop| match stop {
            Stop::Ended => Fault::Truncated,
            Stop::Broken => Fault::Damaged("a block that is not possible".to_owned()),
        })?;
        if reader.bits.ran_into_zeros() {
            return Err(Fault::Truncated);
        }
        header.segments = Segments::new(header.segments.bytes(), reader.bits.position());
        if planes.iter().all(Plane::is_whole) {
            return Ok(planes);
        }
        header.next_scan()?;
    }
    Err(Fault::Damaged(format!("more than {MOST_SCANS} scans")))
}

impl Plane {
    fn new(frame: &Frame, sampling: [usize; 2], size: usize) -> Self {
        let [across, down] = frame.groups();
        let blocks = [across * sampling[0], down * sampling[1]];
        let count = blocks[0] * blocks[1];
        Self {
            blocks,
            coefficients: vec![0; count * size * size],
            quantisation: [0; 64],
            nonzero: vec![0; if frame.is_progressive { count } else { 0 }],
            missing: [NOTHING; 64],
        }
    }

    /// Notes what a scan adds.
    fn begin(&mut self, scan: &Scan, table: Option<[u16; 64]>) -> Result<(), Fault> {
        if self.missing == [NOTHING; 64] {
            let none = || Fault::Damaged("no quantisation table".to_owned());
            self.quantisation = table.ok_or_else(none)?;
        }
        self.missing[scan.first..=scan.last].fill(scan.low);
        Ok(())
    }

    /// Whether all bits of all coefficients have been read.
    fn is_whole(&self) -> bool {
        self.missing == [0; 64]
    }
}

fn slots(size: usize) -> Slots {
    PLACES.map(|place| {
        let (row, column) = (usize::from(place / 8), usize::from(place % 8));
        if row < size && column < size {
            (row * size + column) as u8
        } else {
            NO_SLOT
        }
    })
}

/// Reads a scan.
struct Reader<'a> {
    bits: Bits<'a>,
    frame: &'a Frame,
    tables: &'a Tables,
    scan: &'a Scan,
    slots: &'a Slots,
    /// How many coefficients of each block are kept.
    kept: usize,
    /// The last coefficient that is kept, in the order of the file.
    last_kept: usize,
    /// The mean of each component's last block.
    predictions: [i32; 4],
    /// How many more blocks have no new coefficients.
    run: u32,
}

impl Reader<'_> {
    fn read(&mut self, planes: &mut [Plane]) -> Result<(), Stop> {
        let scan = self.scan;
        // A scan of one component has its blocks row by row, without those beyond the edges.
        let (alone, [across, down]) = match &scan.parts[..] {
            [part] => {
                let component = &self.frame.components[part.component];
                (true, self.frame.blocks(component))
            }
            _ => (false, self.frame.groups()),
        };
        let mut left = self.tables.restart;
        for y in 0..down {
            for x in 0..across {
                if self.tables.restart > 0 {
                    if left == 0 {
                        self.bits.restart()?;
                        (self.predictions, self.run) = ([0; 4], 0);
                        left = self.tables.restart;
                    }
                    left -= 1;
                }
                for part in &scan.parts {
                    let plane = &mut planes[part.component];
                    let [wide, high] = if alone {
                        [1, 1]
                    } else {
                        self.frame.components[part.component].sampling
                    };
                    for row in y * high..(y + 1) * high {
                        let row = row * plane.blocks[0];
                        for column in x * wide..(x + 1) * wide {
                            self.block(part, plane, row + column)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn block(&mut self, part: &Part, plane: &mut Plane, index: usize) -> Result<(), Stop> {
        let kept = &mut plane.coefficients[index * self.kept..][..self.kept];
        if !self.frame.is_progressive {
            return if kept.is_empty() {
                self.pass_sequential(part)
            } else {
                self.sequential(part, kept)
            };
        }
        if self.scan.first == 0 {
            return self.progressive_mean(part, kept);
        }
        let nonzero = &mut plane.nonzero[index];
        if self.scan.is_refining {
            self.refine(part, kept, nonzero)
        } else {
            self.progressive(part, kept, nonzero)
        }
    }

    /// A whole block of a picture that is not progressive.
    fn sequential(&mut self, part: &Part, kept: &mut [i16]) -> Result<(), Stop> {
        let mean = self.mean(part)?;
        set(kept, self.slots[0], mean);
        let codes = table(&self.tables.ac, part.ac)?;
        let mut at = 1;
        while at <= self.last_kept {
            let (symbol, value) = codes.symbol_and_value(&mut self.bits)?;
            let (zeros, length) = (usize::from(symbol >> 4), symbol & 15);
            if length == 0 {
                if zeros < 15 {
                    return Ok(());
                }
                at += 16;
                continue;
            }
            at += zeros;
            set(kept, *self.slots.get(at).ok_or(Stop::Broken)?, value);
            at += 1;
        }
        pass(codes, &mut self.bits, at)
    }

    /// The same, of which nothing is kept. Every frame of a network camera comes this way.
    fn pass_sequential(&mut self, part: &Part) -> Result<(), Stop> {
        let length = table(&self.tables.dc, part.dc)?.symbol_alone(&mut self.bits)?;
        if length > 15 {
            return Err(Stop::Broken);
        }
        let codes = table(&self.tables.ac, part.ac)?;
        pass(codes, &mut self.bits, 1)
    }

    /// The mean of the next block, in eighths.
    fn mean(&mut self, part: &Part) -> Result<i32, Stop> {
        let codes = table(&self.tables.dc, part.dc)?;
        let (length, change) = codes.symbol_and_value(&mut self.bits)?;
        if length > 15 {
            return Err(Stop::Broken);
        }
        let mean = &mut self.predictions[part.component];
        *mean = mean.wrapping_add(change);
        Ok(*mean)
    }

    /// The mean of a progressive block, or one more bit of it.
    fn progressive_mean(&mut self, part: &Part, kept: &mut [i16]) -> Result<(), Stop> {
        if !self.scan.is_refining {
            let mean = self.mean(part)?;
            set(kept, self.slots[0], mean << self.scan.low);
        } else if self.bits.take(1)? == 1 {
            add(kept, self.slots[0], 1 << self.scan.low);
        }
        Ok(())
    }

    /// The first bits of some coefficients.
    fn progressive(
        &mut self,
        part: &Part,
        kept: &mut [i16],
        nonzero: &mut u64,
    ) -> Result<(), Stop> {
        if self.run > 0 {
            self.run -= 1;
            return Ok(());
        }
        let codes = table(&self.tables.ac, part.ac)?;
        let mut at = self.scan.first;
        while at <= self.scan.last {
            let (symbol, value) = codes.symbol_and_value(&mut self.bits)?;
            let (zeros, length) = (symbol >> 4, symbol & 15);
            if length == 0 && zeros < 15 {
                self.run = self.end_of_blocks(zeros)? - 1;
                break;
            }
            at += usize::from(zeros);
            if length > 0 {
                let slot = *self.slots.get(at).ok_or(Stop::Broken)?;
                set(kept, slot, value << self.scan.low);
                *nonzero |= 1 << at;
            }
            at += 1;
        }
        Ok(())
    }

    /// One more bit of coefficients that are not zero, and those that become 1 or -1.
    fn refine(&mut self, part: &Part, kept: &mut [i16], nonzero: &mut u64) -> Result<(), Stop> {
        let codes = table(&self.tables.ac, part.ac)?;
        let mut at = self.scan.first;
        while self.run == 0 && at <= self.scan.last {
            let symbol = codes.symbol(&mut self.bits)?;
            let (mut zeros, length) = (symbol >> 4, symbol & 15);
            let mut fresh = None;
            if length > 0 {
                let sign = if self.bits.take(1)? == 1 { 1 } else { -1 };
                fresh = Some(sign << self.scan.low);
            } else if zeros < 15 {
                self.run = self.end_of_blocks(zeros)?;
                break;
            }
            // Passes so many that are zero, and stops at the next one.
            while at <= self.scan.last {
                if *nonzero & (1 << at) != 0 {
                    self.correct(kept, at)?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                at += 1;
            }
            if let Some(fresh) = fresh {
                let slot = *self.slots.get(at).ok_or(Stop::Broken)?;
                set(kept, slot, fresh);
                *nonzero |= 1 << at;
            }
            at += 1;
        }
        if self.run > 0 {
            self.run -= 1;
            // Zeros are not visited: a few bytes may stand for very many blocks of them.
            let mut left = *nonzero & (u64::MAX << at) & (u64::MAX >> (63 - self.scan.last));
            while left != 0 {
                self.correct(kept, left.trailing_zeros() as usize)?;
                left &= left - 1;
            }
        }
        Ok(())
    }

    /// For how many blocks, this one included, no code follows.
    fn end_of_blocks(&mut self, length: u8) -> Result<u32, Stop> {
        let more = self.bits.take(u32::from(length))?;
        Ok((1 << length) + more)
    }

    /// Reads one more bit of a coefficient, away from zero.
    fn correct(&mut self, kept: &mut [i16], at: usize) -> Result<(), Stop> {
        if self.bits.take(1)? == 1 {
            let slot = self.slots[at];
            let is_negative = kept.get(usize::from(slot)).is_some_and(|&value| value < 0);
            let bit = 1 << self.scan.low;
            add(kept, slot, if is_negative { -bit } else { bit });
        }
        Ok(())
    }
}

/// Passes the coefficients of a block from `at` on.
fn pass(codes: &Huffman, bits: &mut Bits<'_>, mut at: usize) -> Result<(), Stop> {
    while at < 64 {
        let symbol = codes.symbol_alone(bits)?;
        let (zeros, length) = (symbol >> 4, symbol & 15);
        if length == 0 && zeros < 15 {
            break;
        }
        at += usize::from(zeros) + 1;
        if length > 0 && at > 64 {
            return Err(Stop::Broken);
        }
    }
    Ok(())
}

/// Keeps a coefficient, if its place is among those that are kept. What no 16 bits hold is damage
/// that shows.
fn set(kept: &mut [i16], slot: u8, value: i32) {
    if let Some(coefficient) = kept.get_mut(usize::from(slot)) {
        *coefficient = value as i16;
    }
}

fn add(kept: &mut [i16], slot: u8, value: i16) {
    if let Some(coefficient) = kept.get_mut(usize::from(slot)) {
        *coefficient = coefficient.wrapping_add(value);
    }
}

fn table(tables: &[Option<Huffman>; 4], index: usize) -> Result<&Huffman, Stop> {
    tables[index].as_ref().ok_or(Stop::Broken)
}
