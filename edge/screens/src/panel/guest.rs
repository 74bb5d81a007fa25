//! Draws the answer where it is an animal that was here before.

use fluent_bundle::FluentValue;

use recognise::BreedId;

use super::{LINE, Panel};
use crate::area::Area;
use crate::brush::Style;
use crate::guest::MOST;
use crate::icons::Mark;
use crate::{Named, greeting, label, listed, selected, short_name};

impl Panel<'_, '_> {
    /// Greets an animal by its name, with its breed below.
    pub(super) fn greeting(
        &mut self,
        name: &str,
        probability: f32,
        breed: Option<&BreedId>,
        known_at: Option<&str>,
    ) {
        let plan = self.plan(1.8 * 3.0 + 0.8, 3.0 * LINE, false, label::NAMES);
        let species = breed.and_then(|breed| self.view.species(breed));
        self.aside(plan.aside, species);

        let below = if breed.is_some() { 2.2 } else { 0.0 };
        let (above, line) = plan.body.cut_bottom(self.brush.px(below), 0);
        self.headline(&greeting(self.brush.locale, name, known_at), above);
        if let Some(breed) = breed {
            let style = Style {
                align: self.align(),
                colour: self.brush.theme.quiet,
                ..self.line(2.0)
            };
            let text = self.brush.locale.breed(breed);
            self.brush.text(&text, line, style);
        }
        let mut rows = plan.title.rows(3, self.brush.px(0.2));
        self.reliance(probability, &mut rows);
    }

    /// Lists the animals that it may be, with their pictures.
    pub(super) fn one_of(&mut self, guests: &[Named<'_>], index: usize) {
        let Some((index, _)) = selected(guests, index) else {
            return;
        };
        let plan = self.plan(5.2, 3.4, true, label::NAMES);
        self.aside(plan.aside, None);
        let title = self.numbered(plan.title);
        self.heading(&self.who(guests, title), title);

        let pictures = self.brush.has_pictures() && guests.iter().any(|g| g.picture.is_some());
        // One animal has as much room as each of two.
        let count = if guests.len() < MOST { 2 } else { 3 };
        for (i, row) in self.list_rows(plan.body, count, index) {
            if let Some(guest) = guests.get(i) {
                self.guest_row(guest, row, i == index, pictures);
            }
        }
    }

    /// Asks which of a few animals it is, by their names where these fit.
    fn who(&self, guests: &[Named<'_>], area: Area) -> String {
        let locale = self.brush.locale;
        let name = |guest: &Named<'_>| FluentValue::from(short_name(guest.name));
        let text = match guests {
            [one] => self.with_name("screen-or-one", one.name),
            [first, second] => locale.with(
                "screen-or-two",
                &[("first", name(first)), ("second", name(second))],
            ),
            [first, second, third, ..] => locale.with(
                "screen-or-three",
                &[
                    ("first", name(first)),
                    ("second", name(second)),
                    ("third", name(third)),
                ],
            ),
            [] => self.text("screen-who"),
        };
        if self
            .brush
            .block(&text, area, self.heading_style())
            .is_whole()
        {
            text
        } else {
            self.text("screen-who")
        }
    }

    fn guest_row(&mut self, guest: &Named<'_>, row: Area, is_selected: bool, picture: bool) {
        let tones = self.tones(is_selected);
        self.brush.card(row, tones.ground);
        let mut words = row;
        if picture {
            let (place, rest) = row.cut_left(row.height.min(row.width / 3), 0);
            match guest.picture {
                Some(seen) => self.brush.picture(seen, place),
                None => {
                    let paw = place.inset(place.width / 4, place.height / 4);
                    Mark::Paw.draw(self.brush.canvas, paw, tones.quiet);
                }
            }
            words = rest;
        }
        let words = self.row_inner(words);
        let name = listed(self.brush.locale, guest);
        self.row_words(&name, guest.probability, words, tones);
    }
}
