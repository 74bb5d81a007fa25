//! What stands on the screen, for whoever wants to see it elsewhere.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use screens::Canvas;

/// The pixels of the screen. They become a PNG when somebody first asks for it: most of the time
/// nobody does.
#[derive(Debug)]
pub struct Picture {
    canvas: Arc<Canvas>,
    png: OnceLock<Vec<u8>>,
    id: OnceLock<String>,
}

impl Picture {
    /// A picture of what was drawn.
    #[must_use]
    pub fn new(canvas: Canvas) -> Self {
        Self {
            canvas: Arc::new(canvas),
            png: OnceLock::new(),
            id: OnceLock::new(),
        }
    }

    /// What was drawn.
    #[must_use]
    pub fn canvas(&self) -> &Arc<Canvas> {
        &self.canvas
    }

    /// As a PNG file, without loss.
    #[must_use]
    pub fn png(&self) -> &[u8] {
        self.png.get_or_init(|| self.canvas.to_png())
    }

    /// The same for the same pixels.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.get_or_init(|| {
            let mut hasher = DefaultHasher::new();
            self.canvas.pixels().hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        })
    }
}
