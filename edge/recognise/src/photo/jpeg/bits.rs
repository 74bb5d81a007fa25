//! The bits of a JPEG's scan, and the Huffman codes in them (ITU-T T.81, annexes C and F).

use super::segments::Segments;

/// Codes of up to this many bits are looked up at once.
const FAST: usize = 9;

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

    /// Passes the value of a coefficient that has so many bits.
    pub(super) fn pass(&mut self, length: u8) -> Result<(), Stop> {
        let length = u32::from(length);
        if length > 16 {
            return Err(Stop::Broken);
        }
        if self.count < length {
            self.fill();
        }
        self.skip(length)
    }

    /// The value of a coefficient that has so many bits (T.81, figure F.12).
    pub(super) fn value(&mut self, length: u8) -> Result<i32, Stop> {
        let length = u32::from(length);
        if length > 16 {
            return Err(Stop::Broken);
        }
        let bits = self.take(length)? as i32;
        let is_negative = length > 0 && bits < 1 << (length - 1);
        Ok(if is_negative {
            bits - (1 << length) + 1
        } else {
            bits
        })
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

/// A table of Huffman codes.
pub(super) struct Huffman {
    /// For every start of a code: its length above its symbol; 0 where the code is longer.
    fast: [u16; 1 << FAST],
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
                    table.fast[start..start + (1 << free)].fill(entry);
                }
                code += 1;
                index += 1;
            }
            table.beyond[length] = (code as u32) << (16 - length);
            code <<= 1;
        }
        Some(table)
    }

    /// Reads the next code.
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8, Stop> {
        let next = bits.peek();
        let entry = self.fast[(next >> (16 - FAST)) as usize];
        if entry != 0 {
            bits.skip(u32::from(entry >> 8))?;
            return Ok(entry as u8);
        }
        let length = (FAST + 1..=16).find(|&length| next < self.beyond[length]);
        let Some(length) = length else {
            // What is missing at the end was read as zeros.
            let is_whole = bits.count >= 16;
            return Err(if is_whole { Stop::Broken } else { Stop::Ended });
        };
        bits.skip(length as u32)?;
        let index = (next >> (16 - length)) as i32 + self.offset[length];
        let symbol = usize::try_from(index)
            .ok()
            .and_then(|at| self.symbols.get(at));
        symbol.copied().ok_or(Stop::Broken)
    }

    /// Reads the next code, and passes the value behind it: it has as many bits as the lower half of
    /// the code's symbol says.
    pub(super) fn symbol_alone(&self, bits: &mut Bits<'_>) -> Result<u8, Stop> {
        let symbol = self.symbol(bits)?;
        bits.pass(symbol & 15)?;
        Ok(symbol)
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
        assert_eq!(bits.value(3), Ok(5));
        assert_eq!(bits.value(3), Ok(-4));
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
    fn a_value_that_is_passed_is_as_long_as_one_that_is_read() {
        let bytes = [0b0101_1011, 0b1000_0000, 0b0010_1011, 0b1110_0000, 0x12];
        let (mut read, mut passed) = (Bits::new(&bytes, 0), Bits::new(&bytes, 0));
        loop {
            let symbol = table().symbol(&mut read);
            let value = symbol.and_then(|symbol| read.value(symbol & 15));
            assert_eq!(table().symbol_alone(&mut passed), value.and(symbol));
            if value.is_err() {
                break;
            }
        }
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
