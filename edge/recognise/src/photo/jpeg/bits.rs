//! The bits of a JPEG's scan, and the Huffman codes in them (ITU-T T.81, annexes C and F).

use std::ops::Range;

use super::segments::Segments;

/// Codes of up to this many bits are looked up at once.
const FAST: usize = 9;

/// The most bits of a code and the value behind it.
const LONGEST: u32 = 16 + 15;

/// How many bytes of zeros the last blocks have to be made of for a scan to count as cut short.
const ZEROS: usize = 4;

/// Why a scan cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Its bits end before its last block.
    Ended,
    /// It has bits that mean nothing.
    Broken,
}

/// Reads the bits of a scan, the first one in the highest place.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Where the next byte is read. It never passes a marker.
    at: usize,
    /// Where a marker was found, or the bytes end.
    end: usize,
    /// The next bits from the top; zeros below them.
    buffer: u64,
    /// How many bits the buffer has.
    count: u32,
}

impl<'a> Bits<'a> {
    /// The bits of `bytes` from `at` on.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            end: bytes.len(),
            buffer: 0,
            count: 0,
        }
    }

    /// A place behind the bits that were read and not behind the next marker.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Fills the buffer, as far as there are bytes before the next marker.
    fn fill(&mut self) {
        if let Some(next) = self.bytes[self.at..self.end].first_chunk() {
            let next = u64::from_be_bytes(*next);
            if !has_marker_byte(next) {
                let bits = (64 - self.count) / 8 * 8;
                self.buffer |= next >> (64 - bits) << (64 - bits) >> self.count;
                self.at += (bits / 8) as usize;
                self.count += bits;
                return;
            }
        }
        while self.count <= 56 && self.at < self.end {
            let byte = self.bytes[self.at];
            if byte == 0xFF {
                // A zero follows where it is no marker; bytes of 0xFF between are fill.
                let rest = &self.bytes[self.at..];
                let fill = rest.iter().take_while(|&&byte| byte == 0xFF).count();
                if rest.get(fill) != Some(&0) {
                    self.end = self.at;
                    return;
                }
                self.at += fill;
            }
            self.at += 1;
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next 16 bits, with zeros for those that are missing.
    fn peek(&mut self) -> u32 {
        if self.count < 16 {
            self.fill();
        }
        (self.buffer >> 48) as u32
    }

    fn skip(&mut self, length: u32) -> Result<(), Stop> {
        if length > self.count {
            return Err(Stop::Ended);
        }
        self.buffer <<= length;
        self.count -= length;
        Ok(())
    }

    /// The next bits as a number: at most 16 of them.
    pub(super) fn take(&mut self, length: u32) -> Result<u32, Stop> {
        let bits = self.peek() >> (16 - length);
        self.skip(length)?;
        Ok(bits)
    }

    /// Goes on after the next restart marker, which is due.
    pub(super) fn restart(&mut self) -> Result<(), Stop> {
        let mut segments = Segments::new(self.bytes, self.at);
        match segments.marker() {
            Some(0xD0..=0xD7) => {
                *self = Self::new(self.bytes, segments.position());
                Ok(())
            }
            _ => Err(Stop::Ended),
        }
    }

    /// Whether the last blocks were made of zeros that go on until the next marker or the end of
    /// the file. Zeros fill a file that was not copied to its end; some of them are valid codes.
    pub(super) fn ran_into_zeros(&self) -> bool {
        let unread = self.at - (self.count / 8) as usize;
        let Some(start) = unread.checked_sub(ZEROS) else {
            return false;
        };
        let zeros = self.bytes[start..].iter().take_while(|&&byte| byte == 0);
        let zeros = zeros.count();
        let is_at_marker = match self.bytes[start + zeros..] {
            [0xFF, next, ..] => next != 0,
            [0xFF] | [] => true,
            _ => false,
        };
        zeros > ZEROS && is_at_marker
    }
}

/// Whether one of eight bytes is 0xFF, with which markers begin.
fn has_marker_byte(bytes: u64) -> bool {
    const LOWEST: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = LOWEST << 7;
    // Of the inverse, only a byte of zero borrows from its own highest bit.
    (!bytes).wrapping_sub(LOWEST) & bytes & HIGHEST != 0
}

/// The value in the highest bits, as many as it has (T.81, figure F.12).
#[inline]
fn signed(bits: u64, length: u32) -> i32 {
    // In two steps, since it may have no bits at all.
    let value = (bits >> 1 >> (63 - length)) as i32;
    let is_negative = bits >> 63 == 0;
    value - if is_negative { (1 << length) - 1 } else { 0 }
}

/// A table of Huffman codes.
pub(super) struct Huffman {
    /// For every start of a code: its length above its symbol; 0 where the code is longer.
    fast: [u16; 1 << FAST],
    /// For every start of a code with a value of at least a bit behind it: how many bits both have
    /// above the value; 0 where they have more than [`FAST`].
    values: [i16; 1 << FAST],
    /// For each length, the first code beyond those of this length, as 16 bits from the top.
    beyond: [u32; 17],
    /// For each length, what is added to a code for the index of its symbol.
    offset: [i32; 17],
    symbols: [u8; 256],
}

impl Huffman {
    /// The table with so many codes of 1 to 16 bits, which stand for the symbols in turn; `None` if
    /// there is no such table.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            fast: [0; 1 << FAST],
            values: [0; 1 << FAST],
            beyond: [0; 17],
            offset: [0; 17],
            symbols: [0; 256],
        };
        table
            .symbols
            .get_mut(..symbols.len())?
            .copy_from_slice(symbols);
        let mut symbols = symbols.iter();
        let mut index = 0;
        let mut code = 0;
        for length in 1..=16 {
            table.offset[length] = index - code;
            for _ in 0..counts[length - 1] {
                if code >= 1 << length {
                    return None;
                }
                let symbol = *symbols.next()?;
                if let Some(free) = FAST.checked_sub(length) {
                    let start = (code as usize) << free;
                    let entry = ((length as u16) << 8) | u16::from(symbol);
                    let end = start + (1 << free);
                    table.fast[start..end].fill(entry);
                    table.fill_values(start..end, length as u32, symbol);
                }
                code += 1;
                index += 1;
            }
            table.beyond[length] = (code as u32) << (16 - length);
            code <<= 1;
        }
        Some(table)
    }

    /// Notes the values behind a code whose starts these are.
    fn fill_values(&mut self, starts: Range<usize>, length: u32, symbol: u8) {
        let value_length = u32::from(symbol & 15);
        let both = length + value_length;
        if value_length == 0 || both > FAST as u32 {
            return;
        }
        for start in starts {
            let value = signed((start as u64) << (64 - FAST as u32 + length), value_length);
            self.values[start] = ((value << 4) | both as i32) as i16;
        }
    }

    /// Reads the next code.
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8, Stop> {
        let (length, symbol) = self.next(bits)?;
        bits.skip(length)?;
        Ok(symbol)
    }

    /// Reads the next code, and passes the value behind it: it has as many bits as the lower half of
    /// the code's symbol says.
    #[inline(always)]
    pub(super) fn symbol_alone(&self, bits: &mut Bits<'_>) -> Result<u8, Stop> {
        let (length, symbol) = self.next(bits)?;
        bits.skip(length + u32::from(symbol & 15))?;
        Ok(symbol)
    }

    /// Reads the next code, and the value behind it.
    #[inline(always)]
    pub(super) fn symbol_and_value(&self, bits: &mut Bits<'_>) -> Result<(u8, i32), Stop> {
        if bits.count < LONGEST {
            bits.fill();
        }
        let start = (bits.buffer >> (64 - FAST)) as usize;
        let value = self.values[start];
        if value != 0 {
            bits.skip(u32::from(value as u16 & 15))?;
            return Ok((self.fast[start] as u8, i32::from(value >> 4)));
        }
        let (length, symbol) = self.next(bits)?;
        let behind = bits.buffer << length;
        let value_length = u32::from(symbol & 15);
        bits.skip(length + value_length)?;
        Ok((symbol, signed(behind, value_length)))
    }

    /// The length of the next code, and its symbol. Up to the end, the buffer then has all bits of the
    /// code and of the value behind it.
    #[inline]
    fn next(&self, bits: &mut Bits<'_>) -> Result<(u32, u8), Stop> {
        if bits.count < LONGEST {
            bits.fill();
        }
        let entry = self.fast[(bits.buffer >> (64 - FAST)) as usize];
        if entry != 0 {
            return Ok((u32::from(entry >> 8), entry as u8));
        }
        let next = (bits.buffer >> 48) as u32;
        let length = (FAST + 1..=16).find(|&length| next < self.beyond[length]);
        let Some(length) = length else {
            // What is missing at the end was read as zeros.
            let is_whole = bits.count >= 16;
            return Err(if is_whole { Stop::Broken } else { Stop::Ended });
        };
        let index = (next >> (16 - length)) as i32 + self.offset[length];
        let symbol = usize::try_from(index)
            .ok()
            .and_then(|at| self.symbols.get(at));
        let symbol = symbol.copied().ok_or(Stop::Broken)?;
        Ok((length as u32, symbol))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes 0, 10, 110 and one of 12 bits, 111000000000, for the symbols 5, 6, 7 and 8.
    fn table() -> Huffman {
        let mut counts = [0; 16];
        (counts[0], counts[1], counts[2], counts[11]) = (1, 1, 1, 1);
        Huffman::new(&counts, &[5, 6, 7, 8]).unwrap()
    }

    #[test]
    fn codes_and_values_are_read_up_to_the_last_bit() {
        // 0 10 110 111000000000 | 101 011 | 111
        let bytes = [0b0101_1011, 0b1000_0000, 0b0010_1011, 0b1110_0000];
        let mut bits = Bits::new(&bytes, 0);
        let read: Vec<u8> = (0..4).map(|_| table().symbol(&mut bits).unwrap()).collect();
        assert_eq!(read, [5, 6, 7, 8]);
        assert_eq!(bits.take(3), Ok(0b101));
        assert_eq!(bits.take(3), Ok(0b011));
        assert_eq!(bits.take(3), Ok(0b111));
        assert_eq!(bits.take(5), Ok(0));
        assert_eq!(bits.take(1), Err(Stop::Ended));
    }

    #[test]
    fn bits_end_at_a_marker_and_not_at_a_stuffed_byte() {
        let bytes = [0xFF, 0x00, 0x12, 0xFF, 0xFF, 0x00, 0xFF, 0xD9, 0x34];
        let mut bits = Bits::new(&bytes, 0);
        assert_eq!(bits.take(16), Ok(0xFF12));
        assert_eq!(bits.take(8), Ok(0xFF));
        assert_eq!(bits.take(1), Err(Stop::Ended));
        assert_eq!(bits.position(), 6);
        assert_eq!(bits.restart(), Err(Stop::Ended));
    }

    #[test]
    fn bits_are_the_same_however_many_are_read_at_once() {
        let mut bytes: Vec<u8> = (0..=255).cycle().take(3000).collect();
        bytes = bytes.iter().flat_map(|&byte| [byte, 0]).collect();
        let sizes = [1, 16, 3, 11, 16, 7, 2, 13];
        let mut whole = Bits::new(&bytes, 0);
        let mut single = Bits::new(&bytes, 0);
        for size in sizes.into_iter().cycle() {
            let one_by_one = (0..size).try_fold(0, |number, _| Ok(number << 1 | single.take(1)?));
            let at_once = whole.take(size);
            assert_eq!(at_once, one_by_one);
            if at_once.is_err() {
                break;
            }
        }
    }

    #[test]
    fn a_marker_is_found_at_every_place_of_eight_bytes() {
        for at in 0..24 {
            let mut bytes = [0x80; 24];
            bytes[at] = 0xFF;
            let mut bits = Bits::new(&bytes, 0);
            let read = (0..).take_while(|_| bits.take(8).is_ok()).count();
            assert_eq!(read, at);
        }
    }

    #[test]
    fn a_value_is_the_same_and_as_long_however_it_is_read() {
        // Codes of 1 to 16 bits, with values of 15 bits to one.
        let mut counts = [1; 16];
        counts[15] = 2;
        let symbols: Vec<u8> = (1..=15).rev().chain([0x21, 0x3F]).collect();
        let table = Huffman::new(&counts, &symbols).unwrap();
        let bytes: Vec<u8> = (0..0xFF).flat_map(|byte| [byte, byte / 3, 0xFE]).collect();
        let [mut read, mut passed, mut together] = [(); 3].map(|()| Bits::new(&bytes, 0));
        loop {
            let symbol = table.symbol(&mut read);
            let value = symbol.and_then(|symbol| {
                let length = u32::from(symbol & 15);
                let bits = read.take(length)? as i32;
                let is_negative = bits >> (length - 1) == 0;
                Ok(if is_negative {
                    bits + 1 - (1 << length)
                } else {
                    bits
                })
            });
            assert_eq!(table.symbol_alone(&mut passed), value.and(symbol));
            let both = table.symbol_and_value(&mut together);
            assert_eq!(both, value.and_then(|value| Ok((symbol?, value))));
            if value.is_err() {
                break;
            }
        }
        assert_eq!(read.position(), bytes.len());
    }

    #[test]
    fn a_restart_drops_the_bits_before_its_marker() {
        let bytes = [0x12, 0x34, 0xFF, 0xD3, 0x56];
        let mut bits = Bits::new(&bytes, 0);
        assert_eq!(bits.take(4), Ok(1));
        assert_eq!(bits.restart(), Ok(()));
        assert_eq!(bits.take(8), Ok(0x56));
    }

    #[test]
    fn a_table_with_more_codes_than_bits_allow_is_none() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_none());
        (counts[0], counts[1]) = (1, 1);
        assert!(Huffman::new(&counts, &[1]).is_none());
        let mut bits = Bits::new(&[0b1110_0000, 0b0001_0000, 0], 0);
        assert_eq!(table().symbol(&mut bits), Err(Stop::Broken));
    }
}
