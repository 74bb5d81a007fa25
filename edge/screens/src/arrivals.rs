//! Describes the arrivals beside the one that a scene shows, and the part of a picture that an
//! animal is in.

use image::RgbImage;

use recognise::metadata::Species;
use recognise::{BreedId, Region};

/// A picture, and where in it the animal is.
///
/// ```
/// use image::{Rgb, RgbImage};
/// use recognise::{Language, Region};
/// use screens::{Canvas, Depth, Guest, Locale, Scene, Seen, View, draw};
///
/// // A brown dog in the left half of the picture.
/// const BROWN: Rgb<u8> = Rgb([120, 80, 50]);
/// let picture = RgbImage::from_fn(640, 480, |x, _| if x < 320 { BROWN } else { Rgb([255; 3]) });
/// let seen = Seen {
///     picture: &picture,
///     region: Region::new(0.1, 0.3, 0.4, 0.7).unwrap_or(Region::WHOLE),
/// };
/// let view = View {
///     scene: Scene::Somebody,
///     picture: Some(seen),
/// #     guest: Guest::Unknown,
/// #     several: None,
/// #     breeds: &[],
/// #     notice: None,
/// #     tag: None,
/// #     address: None,
/// #     night: false,
/// #     locale: Locale::of(Language::English),
///     // ...
/// };
/// let mut canvas = Canvas::new(480, 320, Depth::Colour);
/// draw(&view, &mut canvas);
/// assert!(canvas.pixels().pixels().any(|pixel| *pixel == BROWN));
/// ```
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The picture.
    pub picture: &'a RgbImage,
    /// The animal. What is shown is the part of the picture around it.
    pub region: Region,
}

impl<'a> Seen<'a> {
    /// A picture that is shown as it is: it has the animal alone, or nobody knows where it is.
    #[must_use]
    pub fn whole(picture: &'a RgbImage) -> Self {
        let region = Region::WHOLE;
        Self { picture, region }
    }
}

/// Several arrivals at once: the number of the one that the scene shows, and the others.
///
/// ```
/// use recognise::{BreedId, Language};
/// use screens::{
///     Canvas, Depth, Guest, Locale, Other, OtherState, Scene, Several, Short, View, draw,
/// };
///
/// let beagle = BreedId::from("beagle");
/// let other = Other {
///     number: 2,
///     picture: None,
///     state: OtherState::Answered(Short::Breed(&beagle)),
/// };
/// let shown = |several: Option<Several<'_>>| {
///     let view = View {
///         scene: Scene::Somebody,
///         several,
/// #         guest: Guest::Unknown,
/// #         breeds: &[],
/// #         picture: None,
/// #         notice: None,
/// #         tag: None,
/// #         address: None,
/// #         night: false,
/// #         locale: Locale::of(Language::English),
///         // ...
///     };
///     let mut canvas = Canvas::new(480, 320, Depth::Colour);
///     draw(&view, &mut canvas);
///     canvas.pixels().clone()
/// };
/// let two = Several { number: 1, others: &[other], animals: &[] };
/// assert!(shown(Some(two)) != shown(None), "the second arrival is beside the first");
/// ```
#[derive(Clone, Copy)]
pub struct Several<'a> {
    /// The number of the arrival that the scene shows, from 1. An arrival keeps its number as long as
    /// it is there: staff and buttons name it.
    pub number: u8,
    /// The others, in the order of their numbers. Those for which there is no room are counted.
    pub others: &'a [Other<'a>],
    /// The animals in the view's picture. Where there are two or more, and room for the whole
    /// picture, they are framed in it.
    pub animals: &'a [Framed],
}

impl Several<'_> {
    /// The highest number: `3` of `1/3`.
    pub(crate) fn highest(&self) -> u8 {
        let others = self.others.iter().map(|other| other.number);
        others.fold(self.number, u8::max)
    }
}

/// An animal in a picture with several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framed {
    /// The number of its arrival.
    pub number: u8,
    /// Where it is in the picture.
    pub region: Region,
}

/// An arrival that the scene does not show.
#[derive(Clone, Copy)]
pub struct Other<'a> {
    /// Its number, from 1.
    pub number: u8,
    /// Its picture, shown where there is room for it.
    pub picture: Option<Seen<'a>>,
    /// How far it has got.
    pub state: OtherState<'a>,
}

/// How far an arrival has got that the scene does not show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OtherState<'a> {
    /// There is no answer yet.
    Predicting,
    /// There is an answer, and staff have not confirmed it.
    Answered(Short<'a>),
    /// Staff confirmed or corrected the answer.
    Confirmed(Short<'a>),
}

/// An answer in one or two words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Short<'a> {
    /// The animal's name.
    Name(&'a str),
    /// Its breed.
    Breed(&'a BreedId),
    /// No more than its species.
    Species(Species),
    /// Not even that.
    Unsure,
}
