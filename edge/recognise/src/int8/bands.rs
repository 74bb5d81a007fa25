//! Runs three convolutions in a row (expansion, depthwise, projection: an inverted residual of
//! MobileNetV2) by bands of rows. The activations between them are the widest of the network. By
//! bands they stay in the processor's cache, and are never stored as a whole. (Alwani et al.,
//! "Fused-Layer CNN Accelerators", MICRO 2016, do the same in hardware.)

use kernels::int8::{self, Depthwise, Map, Pointwise, Rows, View};

use super::activation::Activation;

/// What the activations of a band take at most, in bytes. The weights of the layers have to fit beside
/// them into 512 KB, the second-level cache of a core of a Raspberry Pi 5.
const CACHE: usize = 192 << 10;

/// The rows that a depthwise convolution reads for a row.
const WINDOW: usize = 3;

#[derive(Debug)]
pub(super) struct Bands {
    expansion: Pointwise,
    depthwise: Depthwise,
    projection: Pointwise,
    /// What the expansion makes, with the border that the depthwise convolution reads.
    wide: Map,
    /// The zero point there.
    zero: u8,
    /// What the depthwise convolution makes.
    narrow: Map,
    /// Rows of the output in a band.
    rows: usize,
}

/// Memory for a band.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    wide: Vec<u8>,
    narrow: Vec<u8>,
}

/// How many rows of the output a band has, if the `wide` and the `narrow` activations between three
/// convolutions do not fit the cache as a whole.
pub(super) fn rows(wide: Map, narrow: Map, stride: usize) -> Option<usize> {
    if wide.bytes() + narrow.bytes() <= CACHE {
        return None;
    }
    let left = CACHE.saturating_sub(WINDOW * wide.row());
    Some((left / (stride * wide.row() + narrow.row())).clamp(1, narrow.height))
}

impl Bands {
    /// The layers that make the activations `wide` and `narrow` and what follows, in bands of `rows`.
    pub(super) fn new(
        (expansion, depthwise, projection): (Pointwise, Depthwise, Pointwise),
        wide: Activation,
        narrow: Activation,
        rows: usize,
    ) -> Self {
        Self {
            expansion,
            depthwise,
            projection,
            wide: Map {
                border: 1,
                ..wide.map
            },
            zero: wide.zero as u8,
            narrow: Map {
                border: 0,
                ..narrow.map
            },
            rows,
        }
    }

    pub(super) fn run(&self, buffers: &mut Buffers, from: View<'_>, to: &mut Rows<'_>) {
        let (stride, row) = (self.depthwise.stride(), self.wide.row());
        let Buffers { wide, narrow } = buffers;
        let tallest = self.windows(self.rows);
        wide.resize(wide.len().max(tallest.buffer()), 0);
        narrow.resize(narrow.len().max(self.narrow(self.rows).buffer()), 0);
        tallest.fill_border(wide, self.zero);

        // The first rows of a band are the last ones of the band before.
        let mut kept = 0;
        for (first, mut band) in bands(to, self.rows) {
            let windows = self.windows(band.rows.len());
            let needed = windows.height + 2;
            let fresh = &mut wide[kept * row..needed * row];
            self.expand(from, first * stride + kept, fresh);
            let view = View {
                bytes: wide,
                map: windows,
            };
            let map = self.narrow(band.rows.len());
            int8::depthwise(&self.depthwise, view, &mut Rows::all(narrow, map));
            let view = View { bytes: narrow, map };
            int8::pointwise(&self.projection, view, &mut band);
            kept = WINDOW - stride;
            wide.copy_within((needed - kept) * row..needed * row, 0);
        }
    }

    /// Writes rows of the wide activations to `to`, from the row `first` on; rows are counted from the
    /// border above the map, and those of the border are zero points.
    fn expand(&self, from: View<'_>, first: usize, to: &mut [u8]) {
        let row = self.wide.row();
        let end = first + to.len() / row;
        let inside = |it: usize| it.clamp(1, self.wide.height + 1);
        let (top, rest) = to.split_at_mut((inside(first) - first) * row);
        let height = inside(end) - inside(first);
        let (rows, bottom) = rest.split_at_mut(height * row);
        top.fill(self.zero);
        bottom.fill(self.zero);
        let view = View {
            bytes: &from.bytes[(inside(first) - 1) * from.map.row()..],
            map: Map { height, ..from.map },
        };
        let mut rows = Rows {
            bytes: rows,
            map: Map {
                height,
                ..self.wide
            },
            rows: 0..height,
        };
        int8::pointwise(&self.expansion, view, &mut rows);
    }

    /// The wide activations that so many rows of the output need.
    fn windows(&self, rows: usize) -> Map {
        Map {
            height: (rows - 1) * self.depthwise.stride() + 1,
            ..self.wide
        }
    }

    fn narrow(&self, rows: usize) -> Map {
        Map {
            height: rows,
            ..self.narrow
        }
    }
}

/// Bands of at most `rows` rows, each as a map of its own, and the first row of each in all of the map.
fn bands<'a>(
    to: &'a mut Rows<'_>,
    rows: usize,
) -> impl Iterator<Item = (usize, Rows<'a>)> + use<'a> {
    let (map, start) = (to.map, to.rows.start);
    let bands = to.bytes.chunks_mut(rows * map.row()).enumerate();
    bands.map(move |(index, bytes)| {
        let height = bytes.len() / map.row();
        let band = Rows {
            bytes,
            map: Map { height, ..map },
            rows: 0..height,
        };
        (start + index * rows, band)
    })
}

#[cfg(test)]
mod tests {
    use kernels::Isa;
    use kernels::int8::Requantise;
    use rand_xoshiro::SplitMix64;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};

    use super::*;

    const CHANNELS: [usize; 3] = [5, 19, 7];
    const ZERO: u8 = 131;

    fn weights(count: usize, random: &mut impl Rng) -> Vec<i8> {
        let weight = |random: &mut _| (Rng::next_u32(random) % 255) as i32 - 127;
        (0..count).map(|_| weight(random) as i8).collect()
    }

    fn layers(isa: Isa, stride: usize, random: &mut impl Rng) -> (Pointwise, Depthwise, Pointwise) {
        let [inputs, wide, outputs] = CHANNELS;
        let requantise = |channels: usize, scale: f32| {
            let start: Vec<i32> = (0..channels as i32).map(|it| it * 37 - 300).collect();
            Requantise::new(isa, &start, &vec![scale; channels], ZERO)
        };
        (
            Pointwise::new(
                inputs,
                &weights(wide * inputs, random),
                requantise(wide, 3e-3),
            ),
            Depthwise::new(stride, &weights(wide * 9, random), requantise(wide, 2e-3)),
            Pointwise::new(
                wide,
                &weights(outputs * wide, random),
                requantise(outputs, 1e-3),
            ),
        )
    }

    fn activation(
        isa: Isa,
        [height, width]: [usize; 2],
        channels: usize,
        border: usize,
    ) -> Activation {
        Activation {
            map: Map {
                height,
                width,
                channels,
                border,
            },
            zero: isa.zero(ZERO),
            slot: 0,
        }
    }

    /// The output, with its border, of one layer after the other.
    fn whole(
        (expansion, depthwise, projection): &(Pointwise, Depthwise, Pointwise),
        from: View<'_>,
        [wide, narrow, to]: [Activation; 3],
    ) -> Vec<u8> {
        let buffers = [wide, narrow, to].map(|it| {
            let mut bytes = vec![0; it.map.buffer()];
            it.map.fill_border(&mut bytes, it.zero as u8);
            bytes
        });
        let [mut of_wide, mut of_narrow, mut of_to] = buffers;
        int8::pointwise(expansion, from, &mut Rows::all(&mut of_wide, wide.map));
        let (bytes, map) = (&of_wide[..], wide.map);
        int8::depthwise(
            depthwise,
            View { bytes, map },
            &mut Rows::all(&mut of_narrow, narrow.map),
        );
        let (bytes, map) = (&of_narrow[..], narrow.map);
        int8::pointwise(
            projection,
            View { bytes, map },
            &mut Rows::all(&mut of_to, to.map),
        );
        of_to
    }

    #[test]
    fn bands_of_any_height_give_what_one_layer_after_the_other_gives() {
        let mut random = SplitMix64::seed_from_u64(7);
        for isa in [Isa::Portable, Isa::detect()] {
            for (stride, size) in [
                (1, [1, 1]),
                (1, [2, 9]),
                (1, [7, 5]),
                (2, [1, 3]),
                (2, [8, 6]),
                (2, [9, 4]),
            ] {
                let layers = layers(isa, stride, &mut random);
                let to = size.map(|side: usize| side.div_ceil(stride));
                let from = activation(isa, size, CHANNELS[0], 2).map;
                let wide = activation(isa, size, CHANNELS[1], 1);
                let narrow = activation(isa, to, CHANNELS[1], 0);
                let output = activation(isa, to, CHANNELS[2], 1);
                let mut bytes = vec![0; from.buffer()];
                random.fill_bytes(&mut bytes);
                let view = View {
                    bytes: &bytes,
                    map: from,
                };
                let expected = whole(&layers, view, [wide, narrow, output]);
                let mut buffers = Buffers::default();
                for rows in 1..=to[0] + 1 {
                    let bands = Bands::new(layers.clone(), wide, narrow, rows);
                    let mut found = vec![0; output.map.buffer()];
                    output.map.fill_border(&mut found, output.zero as u8);
                    // As two threads share the rows.
                    let (mut upper, mut lower) = Rows::all(&mut found, output.map).split(1, 2);
                    bands.run(&mut buffers, view, &mut upper);
                    bands.run(&mut buffers, view, &mut lower);
                    assert_eq!(
                        found, expected,
                        "{isa:?} {stride} {size:?}, bands of {rows}"
                    );
                }
            }
        }
    }

    #[test]
    fn only_activations_that_exceed_the_cache_are_divided() {
        let map = |height, channels| Map {
            height,
            width: 100,
            channels,
            border: 0,
        };
        assert_eq!(rows(map(9, 96), map(9, 96), 1), None);
        let (wide, narrow) = (map(100, 96), map(100, 96));
        let band = rows(wide, narrow, 1).expect("they take 1.9 MB");
        let bytes = |band: usize| (band + 2) * wide.row() + band * narrow.row();
        assert!(
            bytes(band) <= CACHE && bytes(band + 1) > CACHE - wide.row(),
            "{band}"
        );
        // However wide they are, a band has a row.
        assert_eq!(rows(map(4, 9000), map(2, 9000), 2), Some(1));
    }
}
