//! Draws QR codes.

use embedded_graphics::prelude::DrawTarget;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::area::Area;
use crate::brush::Brush;

/// The margin that readers need around a code, in modules. (ISO/IEC 18004, "quiet zone".)
const QUIET: i32 = 4;

/// The smallest side of a module that a phone reads, in pixels.
const LEAST: i32 = 2;

/// The QR code of a text.
pub(crate) struct Code(QrCode);

impl Code {
    /// The smallest code of a text; `None` if the text is too long for any.
    pub(crate) fn of(text: &str) -> Option<Self> {
        // Of the smallest code, it takes the highest level of error correction that fits.
        QrCode::encode_text(text, QrCodeEcc::Low).ok().map(Self)
    }

    /// Whether there is room for it in `area`.
    pub(crate) fn fits(&self, area: Area) -> bool {
        self.module(area) >= LEAST
    }

    /// Draws it as large as fits, in the middle of `area`: dark on light, whatever the theme.
    pub(crate) fn draw(&self, brush: &mut Brush<'_>, area: Area) {
        let module = self.module(area);
        let side = self.modules() * module;
        let (left, top) = (
            area.x + (area.width - side) / 2,
            area.y + (area.height - side) / 2,
        );
        let light = Area::new(left, top, side, side);
        let Ok(()) = (brush.canvas).fill_solid(&light.into(), brush.theme.code_light);
        let at = |place: i32| (QUIET + place) * module;
        for y in 0..self.0.size() {
            for x in (0..self.0.size()).filter(|&x| self.0.get_module(x, y)) {
                let dark = Area::new(left + at(x), top + at(y), module, module);
                let Ok(()) = (brush.canvas).fill_solid(&dark.into(), brush.theme.code_dark);
            }
        }
    }

    /// The modules of a side, with the margin.
    fn modules(&self) -> i32 {
        self.0.size() + 2 * QUIET
    }

    /// The side of a module where the code is as large as fits, in pixels.
    fn module(&self, area: Area) -> i32 {
        area.width.min(area.height) / self.modules()
    }
}
