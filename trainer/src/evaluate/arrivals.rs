//! The headline figures of what happens at an entrance: animals are found, known again or learnt, and stand in a room.

use super::Figures;
use super::headline::{Better, Headline, number, share};
use super::scenes::SIZES;
use super::sequence::entrance::{CrossingFigures, EntranceFigures};
use crate::metrics::percent;

/// The headlines for these figures; none for what was not measured.
pub(super) fn headlines(figures: &Figures) -> Vec<Headline> {
    let parts = [
        animals(figures),
        individuals(figures),
        enrolled(figures),
        scenes(figures),
        films(figures),
    ];
    parts.into_iter().flatten().collect()
}

fn animals(figures: &Figures) -> Vec<Headline> {
    let Some(animals) = &figures.animals else {
        return Vec::new();
    };
    let mut headlines = vec![
        share("animals found", animals.recall50, None)
            .about("Boxed animals that are found with certainty, with an intersection over union of at least 0.5."),
        share("found rightly", animals.precision50, None)
            .about("Share of boxed animals among what is found with certainty."),
        share("AP50", animals.ap50, None)
            .about("Average precision of all that is found, with certainty or not, at an intersection over union of 0.5."),
    ];
    headlines.extend(animals.heads_inside.map(|inside| {
        share("heads found", inside, None)
            .about("Heads marked by people that lie inside an animal that is found with certainty.")
    }));
    headlines
}

fn individuals(figures: &Figures) -> Vec<Headline> {
    let Some(individuals) = &figures.individuals else {
        return Vec::new();
    };
    let mut headlines = Vec::new();
    for (visits, at) in &individuals.visits {
        let name = format!("same animal, {visits} {}", visits_of(visits));
        headlines.push(share(&name, at.top1, None).about(
            "Photographs that are more similar to the same animal on so many earlier visits than to any other animal.",
        ));
    }
    if let Some(known) = &individuals.known {
        headlines.push(larger(number("AUROC known animal", known.auroc, None)).about(
            "Probability that a photograph of a known animal is more similar to the gallery than one of a new animal.",
        ));
        headlines.push(smaller(share("EER known animal", known.eer, None)).about(
            "Equal error rate: as many known animals are taken for new ones as new ones for known ones.",
        ));
    }
    if let Some(greetings) = &individuals.greetings {
        headlines.push(share("greeted by name", greetings.greeted, None).about(
            "Photographs of animals that came three times before of which the kiosk is sure enough to greet one by name.",
        ));
        headlines.push(
            smaller(share("wrong greetings", greetings.wrong, None))
                .about("Of these greetings, those that name another animal."),
        );
        headlines.push(smaller(share("new ones greeted", greetings.new, None)).about(
            "Photographs of animals that never came before that are greeted by the name of another one.",
        ));
    }
    headlines.push(
        smaller(share("animals not ours", individuals.not_ours, None))
            .about("Photographs of the animals that the kiosk says are none that it knows."),
    );
    headlines
}

fn enrolled(figures: &Figures) -> Vec<Headline> {
    let shots = figures.enrolled.iter().flat_map(|it| &it.shots);
    shots
        .flat_map(|(shots, at)| {
            let learnt = share(&format!("new breeds, from {shots}"), at.new_top1, None).about(
                "Photographs of breeds learnt from so many photographs each, eight at a time, that are recognised.",
            );
            let name = format!("mean per class, from {shots}");
            let kept = share(&name, at.mean_per_class, None).about(
                "Mean per class of the bundle's own breeds while eight learnt ones are in the list.",
            );
            [learnt, kept]
        })
        .collect()
}

fn scenes(figures: &Figures) -> Vec<Headline> {
    let Some(scenes) = &figures.scenes else {
        return Vec::new();
    };
    let sizes = SIZES.iter().filter_map(|(name, _)| {
        let at = scenes.sizes.get(name)?;
        let top1 = share(&format!("top-1 at {name} %"), at.top1, None);
        Some(top1.about(
            "Top-1 with the photograph placed in a room, at this share of the frame's height.",
        ))
    });
    let mut headlines: Vec<Headline> = sizes.collect();
    let in_rooms = number("false animals a room", scenes.none.false_per_image, None);
    headlines.push(in_rooms.about("Animals found with certainty in a room without any."));
    headlines
}

/// Once films were played, these rows are always there, with dashes if need be: tables show two bundles row by row.
fn films(figures: &Figures) -> Vec<Headline> {
    let Some(sequences) = &figures.sequences else {
        return Vec::new();
    };
    let films = &sequences.entrance;
    let of_crossing = |name: &str, figure: fn(&CrossingFigures) -> f64| {
        share(name, films.crossings.as_ref().map(figure), None)
    };
    let one_visit = films.persons.map(|persons| persons.one_visit);
    let no_visit = films.persons_alone.map(|persons| persons.no_visit);
    vec![
        of_crossing("crossing: two visits", |it| it.two_visits).about(
            "Films of two animals that cross, one in front of the other, with exactly two visits.",
        ),
        of_crossing("crossing: kept apart", |it| it.kept_apart).about(
            "Those in which each visit also follows one animal from its beginning to the end.",
        ),
        of_crossing("crossing: breed right", |it| it.right_breeds)
            .about("Share of right ones among the breeds that these visits name."),
        share("person in front: one visit", one_visit, None)
            .about("Films of an animal that a person walks past, with exactly one visit."),
        share("person alone: no visit", no_visit, None)
            .about("Films of a person without an animal, with no visit."),
    ]
}

/// What the figures were measured on, in a sentence for each kind.
pub(super) fn measured_on(figures: &Figures) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(animals) = &figures.animals {
        let heads = animals.heads.map(|heads| format!(" and {heads} heads"));
        lines.push(format!(
            "Animals found: on {} photographs with boxes{}.",
            animals.images,
            heads.unwrap_or_default()
        ));
    }
    if let Some(individuals) = &figures.individuals {
        let at = individuals.visits.iter();
        let at: Vec<String> = at
            .map(|(visits, at)| format!("{} with more than {visits}", at.animals))
            .collect();
        lines.push(format!(
            "Same animal: {} photographs of {} animals, {} visits. An animal is found with certainty in {} of them.",
            individuals.photographs,
            individuals.animals,
            at.join(", "),
            percent(individuals.found)
        ));
    }
    if let Some(enrolled) = &figures.enrolled {
        let at = enrolled.shots.iter();
        let at: Vec<String> = at
            .map(|(shots, at)| format!("{} can be learnt from {shots}", at.breeds))
            .collect();
        lines.push(format!(
            "New breeds: {}, of which {} photographs.",
            enrolled.breeds,
            at.join(", ")
        ));
    }
    if let Some(scenes) = &figures.scenes {
        let found = SIZES.iter().filter_map(|(name, _)| {
            let at = scenes.sizes.get(name)?;
            Some(format!("{} at {name} %", percent(at.found)))
        });
        let found: Vec<String> = found.collect();
        lines.push(format!("Animals found in a room: {}.", found.join(", ")));
    }
    if let Some(sequences) = &figures.sequences {
        let EntranceFigures {
            crossings,
            persons,
            persons_alone,
        } = sequences.entrance;
        lines.push(format!(
            "Films: {} of an animal that moves, {} of two that cross, {} with a person, {} of a person alone.",
            sequences.films,
            crossings.map_or(0, |it| it.films),
            persons.map_or(0, |it| it.films),
            persons_alone.map_or(0, |it| it.films)
        ));
    }
    lines
}

/// `visit` or `visits`.
fn visits_of(number: &str) -> &'static str {
    if number == "1" { "visit" } else { "visits" }
}

fn larger(headline: Headline) -> Headline {
    Headline {
        better: Some(Better::Larger),
        ..headline
    }
}

fn smaller(headline: Headline) -> Headline {
    Headline {
        better: Some(Better::Smaller),
        ..headline
    }
}
