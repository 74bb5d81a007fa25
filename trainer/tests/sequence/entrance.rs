//! Films of the entrance, and the figures of the visits in them.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use indicatif::ProgressBar;
use recognise::{Bundle, Recogniser, Region};
use trainer::dataset::Photo;
use trainer::evaluate::animals::{Person, Truths};
use trainer::evaluate::sequence::entrance::{
    Crossing, CrossingFigures, EntranceFigures, EntranceFilm, Part, PersonAloneFigures,
    PersonFigures, Visit, entrance_films,
};

use crate::bundle::Draft;

const RED: Rgb<u8> = Rgb([255, 0, 0]);
const BLUE: Rgb<u8> = Rgb([0, 0, 255]);
const GREEN: Rgb<u8> = Rgb([0, 255, 0]);

/// A photograph of one colour that is all an animal or a person.
fn photo(colour: Rgb<u8>, [width, height]: [u32; 2]) -> RgbImage {
    RgbImage::from_pixel(width, height, colour)
}

fn part(picture: &RgbImage) -> Part<'_> {
    Part {
        picture,
        region: Region::WHOLE,
    }
}

/// Films of a red and a blue animal that cross.
fn crossings() -> Vec<EntranceFilm> {
    let [red, blue] = [(RED, [300, 240]), (BLUE, [200, 250])].map(|(it, size)| photo(it, size));
    let film = |seed| EntranceFilm::crossing([part(&red), part(&blue)], seed);
    (0..6).map(film).collect()
}

/// Films of a red animal that a green person walks past.
fn passings() -> Vec<EntranceFilm> {
    let [red, green] = [(RED, [300, 240]), (GREEN, [160, 400])].map(|(it, size)| photo(it, size));
    let film = |seed| EntranceFilm::passing(part(&red), part(&green), seed);
    (0..6).map(film).collect()
}

/// The horizontal centre of an animal in each frame; `None` outside of the picture.
fn centres(film: &EntranceFilm, animal: usize) -> Vec<Option<f32>> {
    let centre = |index| Some(film.place(animal, index)?.centre()[0]);
    (0..film.frames()).map(centre).collect()
}

/// For how many frames others hide more than this share of an animal.
fn frames_hidden(film: &EntranceFilm, animal: usize, share: f32) -> usize {
    let frames = 0..film.frames();
    let hidden = frames.filter(|&index| film.hidden(animal, index) > share);
    hidden.count()
}

/// The colour in the middle of a region of a frame.
fn middle(frame: &RgbImage, region: Region) -> Rgb<u8> {
    let [x, y] = region.centre();
    *frame.get_pixel((x * 640.0) as u32, (y * 480.0) as u32)
}

fn is(colour: Rgb<u8>, expected: Rgb<u8>) -> bool {
    let pairs = colour.0.into_iter().zip(expected.0);
    pairs.into_iter().all(|(a, b)| a.abs_diff(b) < 30)
}

#[test]
fn animals_that_cross_come_from_both_sides_and_stand_still_at_the_other_one() {
    for film in crossings() {
        let places = [0, 1].map(|animal| centres(&film, animal));
        assert!(
            places.iter().all(|it| it[..6].iter().all(Option::is_none)),
            "the room is empty at first"
        );
        let firsts = places.each_ref().map(|it| it.iter().flatten().next());
        let lasts = places.each_ref().map(|it| it.last().copied().flatten());
        let [first, other_first] = firsts.map(|it| *it.expect("it comes in"));
        let [last, other_last] = lasts.map(|it| it.expect("it stands there"));
        assert!((first < 0.3) != (other_first < 0.3), "{firsts:?}");
        assert!((first < 0.5) == (last > 0.5), "{first} to {last}");
        assert!((other_first < 0.5) == (other_last > 0.5));
        for places in places {
            let [.., before, last] = places[..] else {
                panic!("a film has frames");
            };
            assert_eq!(before, last, "it stands still at the end");
        }
    }
}

#[test]
fn of_two_animals_that_cross_one_hides_most_of_the_other_for_some_frames() {
    for film in crossings() {
        let hidden = [0, 1].map(|animal| frames_hidden(&film, animal, 0.6));
        assert_eq!(hidden[0], 0, "the wider one is in front");
        assert!((1..=10).contains(&hidden[1]), "{hidden:?}");
        let last = film.frames() - 1;
        assert_eq!([0, 1].map(|animal| film.hidden(animal, last)), [0.0; 2]);
        let most = (0..film.frames()).max_by(|&a, &b| {
            let [a, b] = [a, b].map(|index| film.hidden(1, index));
            a.total_cmp(&b)
        });
        let most = most.expect("frames");
        let place = film.place(1, most).expect("a place");
        assert!(is(middle(&film.frame(most), place), RED), "what is seen");
    }
}

#[test]
fn an_animal_is_where_its_place_says() {
    for film in crossings() {
        let frame = film.frame(film.frames() - 1);
        assert_eq!(frame.dimensions(), (640, 480));
        for (animal, colour) in [RED, BLUE].into_iter().enumerate() {
            let place = film.place(animal, film.frames() - 1).expect("a place");
            assert!((0.38..=0.51).contains(&place.height()), "{place:?}");
            assert!(is(middle(&frame, place), colour), "{place:?}");
        }
    }
}

#[test]
fn a_person_hides_a_standing_animal_for_up_to_a_second_and_goes() {
    for film in passings() {
        let hidden = frames_hidden(&film, 0, 0.5);
        assert!((2..=11).contains(&hidden), "{hidden} frames");
        let places = centres(&film, 0);
        let begin = (0..film.frames()).find(|&index| film.hidden(0, index) > 0.0);
        let begin = begin.expect("the person comes");
        assert_eq!(places[begin - 10], places[film.frames() - 1], "it stands");
        let last = film.frames() - 1;
        assert_eq!(film.hidden(0, last), 0.0);
        let place = film.place(0, last).expect("a place");
        assert!(is(middle(&film.frame(last), place), RED));
    }
}

#[test]
fn a_person_alone_walks_through_the_room() {
    let green = photo(GREEN, [160, 400]);
    let film = EntranceFilm::person(part(&green), 3);
    let greens = |index: usize| {
        let frame = film.frame(index);
        frame.pixels().filter(|pixel| is(**pixel, GREEN)).count()
    };
    let counts: Vec<usize> = (0..film.frames()).map(greens).collect();
    assert!(counts.iter().any(|&count| count > 50_000), "{counts:?}");
    let [first, .., last] = counts[..] else {
        panic!("a film has frames");
    };
    assert!(first < 1_000 && last < 1_000, "{first} and {last}");
    assert_eq!(film.place(0, 10), None, "there is no animal");
}

#[test]
fn a_seed_always_gives_the_same_film_of_the_entrance() {
    let (films, again) = (crossings(), crossings());
    for index in [0, 20, 40] {
        assert_eq!(films[0].frame(index), again[0].frame(index));
        assert_ne!(films[0].frame(index), films[1].frame(index));
        assert_ne!(films[0].frame(index), films[0].frame(index + 1), "noise");
    }
}

#[test]
fn cut_outs_of_any_size_make_a_film() {
    for size in [[1, 1], [3, 2000], [2000, 3]] {
        let [red, blue] = [RED, BLUE].map(|colour| photo(colour, size));
        let film = EntranceFilm::crossing([part(&red), part(&blue)], 5);
        assert_eq!(film.frame(30).dimensions(), (640, 480));
        let film = EntranceFilm::passing(part(&red), part(&blue), 5);
        assert_eq!(film.frame(30).dimensions(), (640, 480));
    }
}

/// A visit that begins and ends with these animals and names this breed.
fn visit(begins: usize, ends: Option<usize>, named: Option<usize>) -> Visit {
    Visit {
        begins_with: Some(begins),
        ends_with: ends,
        named,
    }
}

#[test]
fn two_animals_are_kept_apart_if_each_has_one_visit_that_follows_it_to_the_end() {
    let lost = Visit {
        begins_with: None,
        ..visit(0, Some(0), None)
    };
    for (what, visits, two, apart) in [
        (
            "as it should be",
            vec![visit(0, Some(0), None), visit(1, Some(1), None)],
            1.0,
            1.0,
        ),
        (
            "in another order",
            vec![visit(1, Some(1), None), visit(0, Some(0), None)],
            1.0,
            1.0,
        ),
        (
            "exchanged",
            vec![visit(0, Some(1), None), visit(1, Some(0), None)],
            1.0,
            0.0,
        ),
        (
            "one is lost",
            vec![visit(0, Some(0), None), visit(1, None, None)],
            1.0,
            0.0,
        ),
        (
            "two of one",
            vec![visit(0, Some(0), None), visit(0, Some(0), None)],
            1.0,
            0.0,
        ),
        ("of nothing", vec![lost, visit(1, Some(1), None)], 1.0, 0.0),
        ("one visit", vec![visit(0, Some(0), None)], 0.0, 0.0),
        ("three visits", vec![visit(0, Some(0), None); 3], 0.0, 0.0),
        ("no visit", vec![], 0.0, 0.0),
    ] {
        let breeds = [4, 7];
        let found = CrossingFigures::of(&[Crossing { breeds, visits }]).expect("a film");
        assert_eq!((found.two_visits, found.kept_apart), (two, apart), "{what}");
    }
}

#[test]
fn breeds_are_right_by_the_animal_that_a_visit_began_with() {
    let film = |named: [Option<usize>; 2]| Crossing {
        breeds: [4, 7],
        visits: vec![visit(0, Some(0), named[0]), visit(1, Some(1), named[1])],
    };
    let films = [
        film([Some(4), Some(7)]),
        film([Some(7), Some(7)]),
        film([None, Some(9)]),
    ];
    let found = CrossingFigures::of(&films).expect("films");
    assert_eq!(found.films, 3);
    assert_eq!(found.breeds_named, 5.0 / 6.0);
    assert_eq!(found.right_breeds, 3.0 / 5.0);
    assert_eq!(found.others_breeds, 1.0 / 5.0);
    assert_eq!(CrossingFigures::of(&[]), None);
}

#[test]
fn films_with_persons_are_right_by_the_number_of_visits() {
    let one = vec![visit(0, Some(0), None)];
    let films = [one.clone(), one.repeat(2), vec![], one];
    let found = PersonFigures::of(&films).expect("films");
    assert_eq!((found.films, found.one_visit), (4, 0.5));
    let found = PersonAloneFigures::of(&films).expect("films");
    assert_eq!((found.films, found.no_visit), (4, 0.25));
    assert_eq!(PersonFigures::of(&[]), None);
    assert_eq!(PersonAloneFigures::of(&[]), None);
}

/// Grey photographs of two breeds, in which the drawn detector finds both animals, and at last one that cannot be read.
fn photos(folder: &Path) -> Vec<Photo> {
    let grey = photo(Rgb([128; 3]), [60, 40]);
    let mut photos = Vec::new();
    for number in 0..6 {
        let path = folder.join(format!("{number}.png"));
        grey.save(&path).expect("a temporary file");
        let breed = number % 2;
        photos.push(Photo { path, breed });
    }
    let path = folder.join("none.png");
    fs::write(&path, "no picture").expect("a temporary file");
    photos.push(Photo { path, breed: 2 });
    photos
}

fn figures(draft: &Draft, photos: &[Photo], persons: Vec<Person>) -> EntranceFigures {
    let bundle = Bundle::from_bytes(&draft.bytes(), "drawn").expect("a bundle");
    let recogniser = Recogniser::new(bundle).expect("a bundle that runs");
    let truths = Truths {
        photos: vec![],
        truths: vec![],
        persons,
        notes: vec![],
    };
    let progress = ProgressBar::hidden();
    entrance_films(&recogniser, photos, Some(&truths), 1, 1, &progress).expect("figures")
}

#[test]
fn films_of_the_entrance_are_made_of_what_there_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let all = photos(folder.path());
    let (unreadable, photos) = all.split_last().expect("photographs");
    let unreadable = std::slice::from_ref(unreadable);
    let person = Person {
        path: photos[0].path.clone(),
        region: Region::new(0.3, 0.0, 0.6, 1.0).expect("a part of the picture"),
    };
    let draft = Draft::with_detector();

    let of_all = || figures(&draft, photos, vec![person.clone()]);
    let found = of_all();
    let crossings = found.crossings.expect("two breeds");
    assert_eq!(crossings.films, 1);
    assert_eq!(found.persons.map(|it| it.films), Some(1));
    assert_eq!(found.persons_alone.map(|it| it.films), Some(1));
    assert_eq!(format!("{:?}", of_all()), format!("{found:?}"), "again");

    let found = figures(&draft, photos, vec![]);
    assert!(found.crossings.is_some());
    assert_eq!((found.persons, found.persons_alone), (None, None));

    let found = figures(&draft, &photos[..1], vec![person.clone()]);
    assert_eq!(found.crossings, None, "all are of one breed");
    assert!(found.persons.is_some());

    let found = figures(&draft, unreadable, vec![person.clone()]);
    assert_eq!((found.crossings, found.persons), (None, None));
    assert!(found.persons_alone.is_some());

    let found = figures(&Draft::default(), photos, vec![person]);
    assert_eq!(found, EntranceFigures::default(), "there is no detector");
}
