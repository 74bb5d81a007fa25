//! Writes JPEGs by hand, marker by marker: blocks of one colour each (ITU-T T.81).

/// A JPEG to be written. Its colours are brightness, blue and red difference.
#[derive(Clone)]
pub(crate) struct Sketch {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// How many blocks each component has across and down, for each group of blocks.
    pub(crate) sampling: [[usize; 2]; 3],
    /// The colour at a place.
    pub(crate) colour: fn(usize, usize) -> [u8; 3],
    /// After how many groups of blocks a restart marker stands; 0 for never.
    pub(crate) restart: usize,
    pub(crate) scans: Scans,
    /// Whether blocks end with rows of zeros in place of the code for their end.
    pub(crate) has_zeros: bool,
}

/// How the components come in scans.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Scans {
    /// All in one.
    Together,
    /// Each in its own.
    Apart,
    /// Progressive: all but one bit of the means, that bit, then the other coefficients.
    Progressive,
}

/// What a scan writes of a block.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Whole,
    Mean,
    LastBit,
    Rest,
}

pub(crate) const TWO_BY_TWO: [[usize; 2]; 3] = [[2, 2], [1, 1], [1, 1]];

impl Sketch {
    /// A sketch with colours in half the size, in one scan.
    pub(crate) fn new(width: usize, height: usize, colour: fn(usize, usize) -> [u8; 3]) -> Self {
        Self {
            width,
            height,
            sampling: TWO_BY_TWO,
            colour,
            restart: 0,
            scans: Scans::Together,
            has_zeros: false,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let is_progressive = self.scans == Scans::Progressive;
        let mut jpeg = vec![0xFF, 0xD8];
        // A mean that counts eighths, times 8, is a colour.
        segment(&mut jpeg, 0xDB, &[&[0][..], &[8; 64]].concat());
        segment(
            &mut jpeg,
            if is_progressive { 0xC2 } else { 0xC0 },
            &self.frame(),
        );
        // Codes of 4 bits for the lengths of means.
        let mut means = vec![0; 17];
        means[4] = 12;
        means.extend(0..12);
        segment(&mut jpeg, 0xC4, &means);
        // The code 0 for sixteen zeros, and 10 for the end of a block.
        let mut ends = vec![0; 17];
        (ends[0], ends[1], ends[2]) = (0x10, 1, 1);
        ends.extend([0xF0, 0x00]);
        segment(&mut jpeg, 0xC4, &ends);
        if self.restart > 0 {
            segment(&mut jpeg, 0xDD, &(self.restart as u16).to_be_bytes());
        }
        match self.scans {
            Scans::Together => self.scan(&mut jpeg, &[0, 1, 2], Part::Whole),
            Scans::Apart => (0..3).for_each(|it| self.scan(&mut jpeg, &[it], Part::Whole)),
            Scans::Progressive => {
                self.scan(&mut jpeg, &[0, 1, 2], Part::Mean);
                self.scan(&mut jpeg, &[0, 1, 2], Part::LastBit);
                (0..3).for_each(|it| self.scan(&mut jpeg, &[it], Part::Rest));
            }
        }
        jpeg.extend([0xFF, 0xD9]);
        jpeg
    }

    fn frame(&self) -> Vec<u8> {
        let mut frame = vec![8];
        frame.extend((self.height as u16).to_be_bytes());
        frame.extend((self.width as u16).to_be_bytes());
        frame.push(3);
        for (id, [across, down]) in self.sampling.iter().enumerate() {
            frame.extend([id as u8 + 1, ((across << 4) | down) as u8, 0]);
        }
        frame
    }

    fn most(&self) -> [usize; 2] {
        [0, 1].map(|side| self.sampling.iter().map(|it| it[side]).max().unwrap())
    }

    fn scan(&self, jpeg: &mut Vec<u8>, components: &[usize], part: Part) {
        let mut header = vec![components.len() as u8];
        header.extend(components.iter().flat_map(|&it| [it as u8 + 1, 0]));
        header.extend(match part {
            Part::Whole => [0, 63, 0],
            Part::Mean => [0, 0, 0x01],
            Part::LastBit => [0, 0, 0x10],
            Part::Rest => [1, 63, 0x00],
        });
        segment(jpeg, 0xDA, &header);

        let [most_across, most_down] = self.most();
        // A scan of one component has no groups, and no blocks beyond the edges.
        let [wide, high] = match *components {
            [it] => self.sampling[it],
            _ => [1, 1],
        };
        let across = (self.width * wide).div_ceil(8 * most_across);
        let down = (self.height * high).div_ceil(8 * most_down);
        let mut bits = Bits::default();
        let mut means = [0; 3];
        for group in 0..across * down {
            if self.restart > 0 && group > 0 && group % self.restart == 0 {
                bits.restart((group / self.restart - 1) % 8);
                means = [0; 3];
            }
            for &component in components {
                let [wide, high] = match components.len() {
                    1 => [1, 1],
                    _ => self.sampling[component],
                };
                for block in 0..wide * high {
                    let x = group % across * wide + block % wide;
                    let y = group / across * high + block / wide;
                    let mean = self.mean(component, x, y);
                    match part {
                        Part::Whole => {
                            bits.mean(mean - means[component]);
                            self.end(&mut bits);
                            means[component] = mean;
                        }
                        Part::Mean => {
                            bits.mean((mean >> 1) - means[component]);
                            means[component] = mean >> 1;
                        }
                        Part::LastBit => bits.push(mean as u32 & 1, 1),
                        Part::Rest => self.end(&mut bits),
                    }
                }
            }
        }
        jpeg.extend(bits.bytes());
    }

    fn end(&self, bits: &mut Bits) {
        if self.has_zeros {
            bits.push(0, 4);
        } else {
            bits.push(0b10, 2);
        }
    }

    /// The mean of a component's block, in colours less middle grey.
    fn mean(&self, component: usize, x: usize, y: usize) -> i32 {
        let [most_across, most_down] = self.most();
        let [across, down] = self.sampling[component];
        let x = ((8 * x + 4) * most_across / across).min(self.width - 1);
        let y = ((8 * y + 4) * most_down / down).min(self.height - 1);
        i32::from((self.colour)(x, y)[component]) - 128
    }
}

/// Brightness, blue and red difference of a colour.
pub(crate) fn differences([red, green, blue]: [u8; 3]) -> [u8; 3] {
    let [red, green, blue] = [red, green, blue].map(f32::from);
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    [
        luma,
        128.0 + (blue - luma) / 1.772,
        128.0 + (red - luma) / 1.402,
    ]
    .map(|value| value.round() as u8)
}

/// Appends a segment.
pub(crate) fn segment(jpeg: &mut Vec<u8>, marker: u8, content: &[u8]) {
    jpeg.extend([0xFF, marker]);
    jpeg.extend((content.len() as u16 + 2).to_be_bytes());
    jpeg.extend(content);
}

/// Where the markers of a kind are. Data have none of them.
pub(crate) fn places(jpeg: &[u8], marker: u8) -> Vec<usize> {
    let places = (0..jpeg.len() - 1).filter(|&at| jpeg[at..at + 2] == [0xFF, marker]);
    places.collect()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// Bits that make no byte yet, and how many.
    open: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, bits: u32, length: u32) {
        self.open = (self.open << length) | bits;
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.open >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xFF {
                self.bytes.push(0);
            }
            self.open &= (1 << self.count) - 1;
        }
    }

    /// A difference of means: its length, then its bits.
    fn mean(&mut self, difference: i32) {
        let length = 32 - difference.unsigned_abs().leading_zeros();
        self.push(length, 4);
        let bits = if difference < 0 {
            difference + (1 << length) - 1
        } else {
            difference
        };
        self.push(bits as u32, length);
    }

    fn fill(&mut self) {
        while self.count > 0 {
            self.push(1, 1);
        }
    }

    fn restart(&mut self, index: usize) {
        self.fill();
        self.bytes.extend([0xFF, 0xD0 + index as u8]);
    }

    fn bytes(mut self) -> Vec<u8> {
        self.fill();
        self.bytes
    }
}
