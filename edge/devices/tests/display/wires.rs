//! A bus and pins that record everything.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex};

use devices::display::panel::Bus;
use devices::display::wiring::{self, Pins};
use devices::display::{Display, DisplayError, Panel};
use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_hal::{digital, i2c, spi};

/// An event on the wires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Bytes of one transfer: commands, with their arguments at I2C.
    Command(Vec<u8>),
    /// Bytes of one transfer: data.
    Data(Vec<u8>),
    /// The reset pin, high or low.
    Reset(bool),
    /// The backlight's pin, high or low.
    Light(bool),
}

/// The wires of a panel, and their log.
#[derive(Clone, Default)]
pub(crate) struct Wires(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    events: Vec<Event>,
    is_data: bool,
    /// Transfers until the bus fails.
    left: Option<usize>,
}

impl Wires {
    /// A panel on such wires.
    pub(crate) fn of(panel: &Panel) -> (Self, Box<dyn Display>) {
        let wires = Self::default();
        let display = wires.open(panel).unwrap();
        (wires, display)
    }

    /// Sets a panel up on these wires.
    pub(crate) fn open(&self, panel: &Panel) -> Result<Box<dyn Display>, DisplayError> {
        let pin = |role| Wire(self.clone(), role);
        let reset = panel.reset.map(|_| pin(Role::Reset));
        match &panel.bus {
            Bus::Spi { .. } => {
                let pins = Pins {
                    data_command: pin(Role::DataCommand),
                    reset,
                    backlight: panel.backlight.map(|_| pin(Role::Light)),
                };
                wiring::by_spi(panel, self.clone(), pins, &mut NoDelay)
            }
            Bus::I2c { address, .. } => {
                wiring::by_i2c(panel, self.clone(), *address, reset, &mut NoDelay)
            }
        }
    }

    /// The events since the last call.
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap().events)
    }

    /// Makes the bus fail after this many more transfers, or never again.
    pub(crate) fn fail_after(&self, transfers: Option<usize>) {
        self.0.lock().unwrap().left = transfers;
    }

    fn note(&self, event: impl FnOnce(bool) -> Event) -> Result<(), Cut> {
        let mut log = self.0.lock().unwrap();
        if log.left == Some(0) {
            return Err(Cut);
        }
        log.left = log.left.map(|left| left - 1);
        let event = event(log.is_data);
        log.events.push(event);
        Ok(())
    }
}

/// How many bytes were on the wires.
pub(crate) fn bytes(events: &[Event]) -> usize {
    transfers(events).map(<[u8]>::len).sum()
}

/// The bytes of each transfer.
pub(crate) fn transfers(events: &[Event]) -> impl Iterator<Item = &[u8]> {
    events.iter().filter_map(|event| match event {
        Event::Command(bytes) | Event::Data(bytes) => Some(bytes.as_slice()),
        Event::Reset(_) | Event::Light(_) => None,
    })
}

/// A wire was cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a wire is cut")
    }
}

impl spi::Error for Cut {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

impl i2c::Error for Cut {
    fn kind(&self) -> i2c::ErrorKind {
        i2c::ErrorKind::Other
    }
}

impl spi::ErrorType for Wires {
    type Error = Cut;
}

impl spi::SpiDevice for Wires {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Cut> {
        for operation in operations {
            let spi::Operation::Write(bytes) = operation else {
                panic!("a panel is only written to: {operation:?}");
            };
            self.note(|is_data| {
                if is_data {
                    Event::Data(bytes.to_vec())
                } else {
                    Event::Command(bytes.to_vec())
                }
            })?;
        }
        Ok(())
    }
}

impl i2c::ErrorType for Wires {
    type Error = Cut;
}

impl i2c::I2c for Wires {
    fn transaction(
        &mut self,
        address: u8,
        operations: &mut [i2c::Operation<'_>],
    ) -> Result<(), Cut> {
        assert_eq!(address, 0x3d);
        for operation in operations {
            let i2c::Operation::Write(bytes) = operation else {
                panic!("a panel is only written to: {operation:?}");
            };
            // The control byte of both data sheets: Co 0, then D/C.
            self.note(|_| match bytes.split_first() {
                Some((0x00, commands)) => Event::Command(commands.to_vec()),
                Some((0x40, data)) => Event::Data(data.to_vec()),
                other => panic!("no control byte: {other:?}"),
            })?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Role {
    DataCommand,
    Reset,
    Light,
}

struct Wire(Wires, Role);

impl Wire {
    fn set(&self, is_high: bool) {
        let mut log = self.0.0.lock().unwrap();
        match self.1 {
            Role::DataCommand => log.is_data = is_high,
            Role::Reset => log.events.push(Event::Reset(is_high)),
            Role::Light => log.events.push(Event::Light(is_high)),
        }
    }
}

impl digital::ErrorType for Wire {
    type Error = Infallible;
}

impl OutputPin for Wire {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

struct NoDelay;

impl DelayNs for NoDelay {
    fn delay_ns(&mut self, _: u32) {}
}
