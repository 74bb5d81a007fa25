//! Splits a stream of bytes into JPEG pictures: MJPEG as programs write it, one picture after another.
//!
//! A picture's end is found by its markers and the lengths of its segments (ITU-T T.81, annex B),
//! since a comment or a thumbnail in it may have the bytes of an end in it. Whatever is no picture is
//! passed over up to the start of the next one.

/// The biggest picture, in bytes. What goes on for longer is no picture.
pub const MOST: usize = 8 << 20;

const START: [u8; 3] = [0xff, 0xd8, 0xff];

/// Finds the pictures in what it is given piece by piece.
///
/// ```
/// use devices::camera::mjpeg::Splitter;
///
/// let mut splitter = Splitter::default();
/// splitter.push(b"noise\xff\xd8\xff\xda\x00\x02da");
/// assert!(!splitter.find());
/// splitter.push(b"ta\xff\xd9 and noise");
/// assert!(splitter.find());
/// assert_eq!(splitter.picture(), b"\xff\xd8\xff\xda\x00\x02data\xff\xd9");
/// assert!(!splitter.find());
/// ```
#[derive(Debug, Default)]
pub struct Splitter {
    /// What has been given and is not passed over yet. A picture begins at the first byte.
    bytes: Vec<u8>,
    /// How far the bytes have been looked at.
    at: usize,
    place: Place,
    /// Where the picture ends that was found last; 0 while one is searched.
    end: usize,
}

/// Where in a picture the next byte stands.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Outside,
    Segments,
    Data,
}

/// What the bytes at hand allow.
enum Step {
    /// To go on.
    On,
    /// To wait for more bytes.
    Wait,
    /// To take the picture that ends here.
    Picture,
}

impl Splitter {
    /// Adds the next bytes of the stream. To keep few of them, call [`Splitter::find`] until there is
    /// no picture before more are added.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Goes on to the next picture; `false` where its end has not come yet. The picture before is
    /// gone then.
    pub fn find(&mut self) -> bool {
        if self.end > 0 {
            self.begin_at(self.end);
            self.end = 0;
        }
        loop {
            let step = match self.place {
                Place::Outside => self.search(),
                Place::Segments => self.segment(),
                Place::Data => self.data(),
            };
            match step {
                Step::On => {}
                Step::Picture => return true,
                Step::Wait => break,
            }
        }
        if self.bytes.len() > MOST {
            tracing::debug!("a picture of more than 8 MB is passed over");
            self.begin_at(self.bytes.len());
            self.place = Place::Outside;
        }
        false
    }

    /// The picture that was found last, from its start to its end; empty where there is none.
    #[must_use]
    pub fn picture(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// Forgets what stands before `at`.
    fn begin_at(&mut self, at: usize) {
        self.bytes.drain(..at);
        self.at = 0;
    }

    /// Searches the start of a picture.
    fn search(&mut self) -> Step {
        let found = self
            .bytes
            .windows(START.len())
            .position(|bytes| bytes == START);
        match found {
            Some(at) => {
                self.begin_at(at);
                self.at = 2;
                self.place = Place::Segments;
                Step::On
            }
            None => {
                // A start may be cut in two.
                self.begin_at(self.bytes.len().saturating_sub(START.len() - 1));
                Step::Wait
            }
        }
    }

    /// Passes over a segment, or the end.
    fn segment(&mut self) -> Step {
        let rest = &self.bytes[self.at..];
        let [mark, kind, tail @ ..] = rest else {
            return Step::Wait;
        };
        let length = match (mark, kind) {
            (0xff, 0xd9) => {
                self.end = self.at + 2;
                self.place = Place::Outside;
                return Step::Picture;
            }
            // The picture before was cut.
            (0xff, 0xd8) => {
                self.begin_at(self.at);
                self.at = 2;
                return Step::On;
            }
            // Any number of these bytes may stand before a marker.
            (0xff, 0xff) => 1,
            // Markers that stand alone.
            (0xff, 0x01 | 0xd0..=0xd7) => 2,
            (0xff, 0x02..) => match tail {
                [high, low, ..] => match u16::from_be_bytes([*high, *low]) {
                    0 | 1 => return self.give_up(),
                    length => 2 + usize::from(length),
                },
                _ => return Step::Wait,
            },
            _ => return self.give_up(),
        };
        if rest.len() < length {
            return Step::Wait;
        }
        if *kind == 0xda {
            self.place = Place::Data;
        }
        self.at += length;
        Step::On
    }

    /// Passes over the data of a scan, in which a marker's first byte is followed by a zero.
    fn data(&mut self) -> Step {
        let rest = &self.bytes[self.at..];
        match rest.iter().position(|byte| *byte == 0xff) {
            None => {
                self.at = self.bytes.len();
                Step::Wait
            }
            Some(mark) => {
                self.at += mark;
                match self.bytes.get(self.at + 1) {
                    None => return Step::Wait,
                    Some(0 | 0xd0..=0xd7) => self.at += 2,
                    Some(0xff) => self.at += 1,
                    Some(_) => self.place = Place::Segments,
                }
                Step::On
            }
        }
    }

    /// Searches the next start, since this is no picture.
    fn give_up(&mut self) -> Step {
        self.begin_at(self.at);
        self.place = Place::Outside;
        Step::On
    }
}
