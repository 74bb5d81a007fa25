//! Describes which known animal a guest may be.

use recognise::BreedId;

use crate::{Scene, Seen, View};

/// Which known animal a guest may be.
///
/// ```
/// use recognise::Language;
/// use screens::{Canvas, Depth, Guest, Locale, Scene, View, draw};
///
/// let shown = |guest: Guest<'_>| {
///     let view = View {
///         scene: Scene::NotOurs,
///         guest,
/// #         several: None,
/// #         breeds: &[],
/// #         picture: None,
/// #         notice: None,
/// #         tag: None,
/// #         address: None,
/// #         night: false,
/// #         locale: Locale::of(Language::English),
///         // ...
///     };
///     let mut canvas = Canvas::new(240, 240, Depth::Colour);
///     draw(&view, &mut canvas);
///     canvas.pixels().clone()
/// };
/// let bella = Guest::Sure { name: "Bella", probability: 0.97, breed: None, known_at: None };
/// assert!(shown(bella) != shown(Guest::Unknown), "Bella is greeted by name");
/// ```
#[derive(Clone, Copy, Default)]
pub enum Guest<'a> {
    /// There is nothing to say about it.
    #[default]
    Unknown,
    /// None of the animals that were here before.
    NewHere,
    /// Perhaps the one of this name; the breed is the answer nevertheless.
    Perhaps(&'a str),
    /// Surely this one: it is greeted by name, in place of the breed that was recognised.
    Sure {
        /// Its name.
        name: &'a str,
        /// How probable it is, 0 to 1.
        probability: f32,
        /// Its breed, as the daycare knows it.
        breed: Option<&'a BreedId>,
        /// The site where it is known, if it was never here.
        known_at: Option<&'a str>,
    },
    /// One of these: staff choose among them, in place of the breeds.
    OneOf {
        /// The animals, likeliest first. No more than three are shown.
        guests: &'a [Named<'a>],
        /// The one that the confirm button confirms.
        selected: usize,
    },
}

/// A known animal.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// Its name.
    pub name: &'a str,
    /// How probable it is that the guest is this one, 0 to 1.
    pub probability: f32,
    /// A picture of it.
    pub picture: Option<Seen<'a>>,
    /// The site where it is known, if it was never here.
    pub known_at: Option<&'a str>,
}

/// The most animals that staff choose among.
pub(crate) const MOST: usize = 3;

impl<'a> View<'a> {
    /// Who the guest may be, where the scene is an answer.
    pub(crate) fn guest(&self) -> Guest<'a> {
        let is_answer = matches!(
            self.scene,
            Scene::Breed { .. } | Scene::Species { .. } | Scene::Unsure { .. } | Scene::NotOurs
        );
        match self.guest {
            _ if !is_answer => Guest::Unknown,
            Guest::OneOf { guests: [], .. } => Guest::Unknown,
            Guest::OneOf { guests, selected } => Guest::OneOf {
                guests: &guests[..guests.len().min(MOST)],
                selected,
            },
            guest => guest,
        }
    }

    /// Whether the animal was never here before.
    pub(crate) fn is_new_here(&self) -> bool {
        matches!(self.guest(), Guest::NewHere)
    }
}
