//! Reads the section `[panel]` of `kiosk.toml`: checks it, and fills in defaults.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use mipidsi::options::Rotation;
use screens::Depth;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::PanelError;
use super::panel::{Board, Bus, Driver, Panel};

/// The GPIO lines on the header of a Raspberry Pi.
const PINS: RangeInclusive<i64> = 0..=27;

/// The possible speeds of SPI on a Raspberry Pi, in bits a second.
const SPEEDS: RangeInclusive<i64> = 100_000..=125_000_000;

/// The addresses that are not reserved (I2C-bus specification, UM10204, 3.1.12).
const ADDRESSES: RangeInclusive<i64> = 0x08..=0x77;

/// The shortest side that screens are drawn for, in pixels.
const SHORTEST: u16 = 32;

/// The keys of `[panel]`, which [`Panel`] documents.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PanelToml {
    driver: Driver,
    bus: Option<PathBuf>,
    #[serde(default, deserialize_with = "speed")]
    speed: Option<u32>,
    #[serde(default, deserialize_with = "address")]
    address: Option<u8>,
    width: Option<u16>,
    height: Option<u16>,
    offset: Option<[u16; 2]>,
    #[serde(default = "upright", deserialize_with = "rotation")]
    rotation: Rotation,
    mirrored: Option<bool>,
    inverted: Option<bool>,
    bgr: Option<bool>,
    gpio: Option<PathBuf>,
    #[serde(default, deserialize_with = "pin")]
    data_command: Option<u8>,
    reset: Option<Pin>,
    backlight: Option<Pin>,
}

/// A pin, or `"none"`.
#[derive(Clone, Copy)]
struct Pin(Option<u8>);

impl TryFrom<PanelToml> for Panel {
    type Error = PanelError;

    fn try_from(toml: PanelToml) -> Result<Self, PanelError> {
        let board = toml.driver.board();
        let is_colour = board.depth == Depth::Colour;
        let bus = toml.bus(&board)?;
        let [width, height] = toml.size(&board)?;
        let (reset, backlight) = (toml.reset, toml.backlight);
        let panel = Self {
            driver: toml.driver,
            width,
            height,
            offset: toml.offset(&board, [width, height])?,
            rotation: toml.rotation,
            mirrored: toml.mirrored.unwrap_or(board.mirrored),
            inverted: toml.inverted.unwrap_or(board.inverted),
            bgr: toml.bgr.unwrap_or(board.bgr),
            gpio: toml.gpio.unwrap_or_else(|| "/dev/gpiochip0".into()),
            reset: match reset {
                Some(Pin(pin)) => pin,
                None => matches!(bus, Bus::Spi { .. }).then_some(27),
            },
            backlight: match backlight {
                Some(Pin(Some(_))) if !is_colour => return Err(PanelError::NoLight),
                Some(Pin(pin)) => pin,
                None => is_colour.then_some(24),
            },
            bus,
        };
        match panel.pin_of_two() {
            Some(pin) => Err(PanelError::SamePin(pin)),
            None => Ok(panel),
        }
    }
}

impl PanelToml {
    fn bus(&self, board: &Board) -> Result<Bus, PanelError> {
        let usual = match board.depth {
            Depth::Colour => "/dev/spidev0.0",
            Depth::OneBit => "/dev/i2c-1",
        };
        let device = self.bus.clone().unwrap_or_else(|| usual.into());
        let name = device.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("spidev") {
            return match self.address {
                Some(_) => Err(PanelError::ForI2c("address")),
                None => Ok(Bus::Spi {
                    speed: self.speed.unwrap_or(board.speed),
                    data_command: self.data_command.unwrap_or(25),
                    device,
                }),
            };
        }
        if !name.starts_with("i2c-") {
            return Err(PanelError::NoBus(device));
        }
        match (self.speed, self.data_command, board.depth) {
            (Some(_), ..) => Err(PanelError::ForSpi("speed")),
            (_, Some(_), _) => Err(PanelError::ForSpi("data_command")),
            (.., Depth::Colour) => Err(PanelError::NotByI2c(self.driver)),
            (.., Depth::OneBit) => Ok(Bus::I2c {
                address: self.address.unwrap_or(0x3c),
                device,
            }),
        }
    }

    fn size(&self, board: &Board) -> Result<[u16; 2], PanelError> {
        let side = |key, side: u16, longest| {
            if (SHORTEST..=longest).contains(&side) {
                return Ok(side);
            }
            Err(PanelError::Side {
                key,
                side,
                driver: self.driver,
                longest,
            })
        };
        let (columns, rows) = board.size;
        let width = side("width", self.width.unwrap_or(columns), board.memory.0)?;
        let height = side("height", self.height.unwrap_or(rows), board.memory.1)?;
        // A byte of an OLED's memory is eight pixels, one below the other.
        if board.depth == Depth::OneBit && !height.is_multiple_of(8) {
            return Err(PanelError::Pages(height));
        }
        Ok([width, height])
    }

    fn offset(&self, board: &Board, [width, height]: [u16; 2]) -> Result<[u16; 2], PanelError> {
        let columns = board.memory.0 - width;
        let (rows, usual) = match board.depth {
            Depth::Colour => (board.memory.1 - height, [0, 0]),
            // An OLED with fewer rows than the memory is connected to the first of them.
            Depth::OneBit => (0, [columns / 2, 0]),
        };
        let offset = self.offset.unwrap_or(usual);
        if offset[0] <= columns && offset[1] <= rows {
            return Ok(offset);
        }
        Err(PanelError::Offset {
            offset,
            driver: self.driver,
            most: [columns, rows],
        })
    }
}

impl Panel {
    /// A pin that two settings name.
    fn pin_of_two(&self) -> Option<u8> {
        let data_command = match self.bus {
            Bus::Spi { data_command, .. } => Some(data_command),
            Bus::I2c { .. } => None,
        };
        let pins = [data_command, self.reset, self.backlight];
        let mut pins: Vec<u8> = pins.into_iter().flatten().collect();
        pins.sort_unstable();
        let same = pins.windows(2).find(|pair| pair[0] == pair[1]);
        same.map(|pair| pair[0])
    }
}

fn upright() -> Rotation {
    Rotation::Deg0
}

fn rotation<'de, D: Deserializer<'de>>(value: D) -> Result<Rotation, D::Error> {
    match i64::deserialize(value)? {
        0 => Ok(Rotation::Deg0),
        90 => Ok(Rotation::Deg90),
        180 => Ok(Rotation::Deg180),
        270 => Ok(Rotation::Deg270),
        other => Err(D::Error::custom(PanelError::Rotation(other))),
    }
}

fn speed<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    within(SPEEDS, value, PanelError::Speed)
}

fn address<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u8>, D::Error> {
    within(ADDRESSES, value, PanelError::Address)
}

fn pin<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u8>, D::Error> {
    within(PINS, value, PanelError::Pin)
}

fn within<'de, D: Deserializer<'de>, T: TryFrom<i64>>(
    allowed: RangeInclusive<i64>,
    value: D,
    wrong: fn(i64) -> PanelError,
) -> Result<Option<T>, D::Error> {
    let number = i64::deserialize(value)?;
    match T::try_from(number) {
        Ok(fitting) if allowed.contains(&number) => Ok(Some(fitting)),
        _ => Err(D::Error::custom(wrong(number))),
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(PinVisitor)
    }
}

struct PinVisitor;

impl Visitor<'_> for PinVisitor {
    type Value = Pin;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pin, 0 to 27, or \"none\"")
    }

    fn visit_i64<E: Error>(self, pin: i64) -> Result<Pin, E> {
        match u8::try_from(pin) {
            Ok(line) if PINS.contains(&pin) => Ok(Pin(Some(line))),
            _ => Err(E::custom(PanelError::OptionalPin(pin))),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Pin, E> {
        match text {
            "none" => Ok(Pin(None)),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}
