//! The segments of a JPEG (ITU-T T.81, annex B).

use crate::photo::Fault;

/// The segments of a JPEG from some place on.
pub(super) struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Segments<'a> {
    /// The segments from `at` on; bytes before the first marker are passed over.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// All bytes of the JPEG.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where the last segment ends.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next marker, without what follows it; `None` if there is none.
    pub(super) fn marker(&mut self) -> Option<u8> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let start = rest.iter().position(|&byte| byte == 0xFF)?;
            let fill = rest[start..].iter().position(|&byte| byte != 0xFF)?;
            self.at += start + fill + 1;
            // A zero after 0xFF marks data.
            if rest[start + fill] != 0 {
                return Some(rest[start + fill]);
            }
        }
    }

    /// The next marker and what its segment holds.
    ///
    /// # Errors
    /// [`Fault::Truncated`] where the file ends before, [`Fault::Damaged`] for a length that is not
    /// possible.
    pub(super) fn segment(&mut self) -> Result<(u8, &'a [u8]), Fault> {
        let marker = self.marker().ok_or(Fault::Truncated)?;
        // TEM, restarts, start and end of image stand alone.
        if matches!(marker, 0x01 | 0xD0..=0xD9) {
            return Ok((marker, &[]));
        }
        let length = self.bytes.get(self.at..self.at + 2);
        let length = match length {
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return Err(Fault::Truncated),
        };
        let content = 2..length;
        if content.start > content.end {
            return Err(Fault::Damaged(
                "a segment of a length that is not possible".to_owned(),
            ));
        }
        let segment = &self.bytes[self.at..];
        let content = segment.get(content).ok_or(Fault::Truncated)?;
        self.at += length;
        Ok((marker, content))
    }
}
