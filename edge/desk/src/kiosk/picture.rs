//! A picture of the screen, for the page.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock, OnceLock};

use screens::Canvas;

/// The pixels of the screen. They are drawn, and encoded as a PNG, when somebody asks for it.
///
/// ```
/// use desk::kiosk::Picture;
/// use screens::{Canvas, Depth};
///
/// let blank = |side| Picture::new(move || Canvas::new(side, side, Depth::Colour));
/// let picture = blank(64);
/// assert!(picture.png().starts_with(b"\x89PNG"));
/// assert_eq!(picture.id(), blank(64).id());
/// assert_ne!(picture.id(), blank(32).id());
/// ```
#[derive(Debug)]
pub struct Picture {
    canvas: LazyLock<Arc<Canvas>, Box<dyn FnOnce() -> Arc<Canvas> + Send>>,
    png: OnceLock<Vec<u8>>,
    id: OnceLock<String>,
}

impl Picture {
    /// A picture of the canvas that `draw` draws.
    #[must_use]
    pub fn new(draw: impl FnOnce() -> Canvas + Send + 'static) -> Self {
        Self {
            canvas: LazyLock::new(Box::new(|| Arc::new(draw()))),
            png: OnceLock::new(),
            id: OnceLock::new(),
        }
    }

    /// The canvas.
    #[must_use]
    pub fn canvas(&self) -> &Arc<Canvas> {
        &self.canvas
    }

    /// The picture as a PNG file.
    #[must_use]
    pub fn png(&self) -> &[u8] {
        self.png.get_or_init(|| self.canvas.to_png())
    }

    /// An id that is the same for the same pixels.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.get_or_init(|| {
            let mut hasher = DefaultHasher::new();
            self.canvas.pixels().hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        })
    }
}
