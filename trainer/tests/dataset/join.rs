//! Several data sets are joined into one: which breeds are one, which photographs are on which side, and what is refused.

use recognise::metadata::Species;
use tempfile::TempDir;
use trainer::dataset::{Dataset, DatasetError, Photo, Source};

use super::{breeds, folder, names, notes, oxford};

/// A folder with these photographs: a space stands between two names, and `+` for a space in one.
fn photographs(names: &str) -> TempDir {
    let names: Vec<String> = (names.split_whitespace())
        .map(|name| name.replace('+', " "))
        .collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    folder(&files)
}

/// Photographs `1.jpg` to `40.jpg` of a breed.
fn forty(breed: &str) -> String {
    let names: Vec<String> = (1..=40)
        .map(|number| format!("{breed}/{number}.jpg"))
        .collect();
    names.join(" ")
}

fn joined(folders: &[&TempDir]) -> Result<Dataset, DatasetError> {
    let source = Source {
        data: folders.iter().map(|it| it.path().to_owned()).collect(),
        validation: None,
        test: None,
    };
    source.open()
}

/// The breeds of a data set, each with the number of its photographs.
fn counted(dataset: &Dataset) -> Vec<String> {
    let of_breed = |index: usize| {
        let photos = dataset.trainval.iter().chain(&dataset.test);
        photos.filter(|photo| photo.breed == index).count()
    };
    let breeds = dataset.breeds.iter().enumerate();
    breeds
        .map(|(index, breed)| format!("{} {}", breed.id, of_breed(index)))
        .collect()
}

#[test]
fn breeds_that_the_kiosk_knows_as_one_are_one() {
    let cases: [(&str, &str, &[&str]); 8] = [
        (
            "english_springer/1.jpg",
            "English+Springer+Spaniel/1.jpg",
            &["english_springer_spaniel 2"],
        ),
        (
            "pug/1.jpg",
            "boxer/1.jpg boxer/2.jpg",
            &["boxer 2", "pug 1"],
        ),
        // In any language, and the name of the vocabulary also for those that one data set only has.
        (
            "Labrador/1.jpg Berger+allemand/1.jpg",
            "pug/1.jpg german_shepherd/2.jpg",
            &["german_shepherd 2", "labrador_retriever 1", "pug 1"],
        ),
        // ImageNet's numbers are no part of a name.
        (
            "Images/n02085620-Chihuahua/1.jpg Images/n02088238-basset/1.jpg",
            "chihuahua/2.jpg",
            &["basset_hound 1", "chihuahua 2"],
        ),
        (
            "n02085620-Chihuahua/1.jpg",
            "train/chihuahua/2.jpg",
            &["chihuahua 2"],
        ),
        // Two names of one breed may be in one data set, too.
        (
            "labrador/1.jpg labrador_retriever/2.jpg",
            "pug/1.jpg",
            &["labrador_retriever 2", "pug 1"],
        ),
        // Breeds that the kiosk has no name for.
        (
            "cat/My+zorgon/1.jpg",
            "cat/my-zorgon/2.jpg dog/yeti/3.jpg",
            &["my zorgon 2", "yeti 1"],
        ),
        (
            "cat/zorgon/1.jpg",
            "cat/zorgo/1.jpg",
            &["zorgo 1", "zorgon 1"],
        ),
    ];
    for (first, second, expected) in cases {
        let [one, other] = [first, second].map(photographs);
        let dataset = joined(&[&one, &other]);
        let dataset = dataset.unwrap_or_else(|error| panic!("{first}: {error}"));
        assert_eq!(counted(&dataset), expected, "{first}");
        assert_eq!(dataset.roots().count(), 2);
    }
}

#[test]
fn a_single_data_set_keeps_its_names() {
    let dataset = joined(&[&photographs("Labrador/1.jpg pug/1.jpg")]).unwrap();
    assert_eq!(counted(&dataset), ["labrador 1", "pug 1"]);
}

#[test]
fn the_order_of_the_data_sets_does_not_matter() {
    let sets = ["pug", "n02110958-pug", "carlin"].map(|breed| photographs(&forty(breed)));
    let [one, two, three] = &sets;
    let orders = [[one, two, three], [three, one, two]].map(|order| {
        let dataset = joined(&order).unwrap();
        let (train, validation) = dataset.carve(&dataset.trainval, 0.1, 1);
        (breeds_of(&dataset), train, validation, dataset.test)
    });
    assert_eq!(orders[0], orders[1]);
    assert_eq!(orders[0].0, ["pug"]);
    assert!(orders[0].3.len() > 10, "{:?}", orders[0].3);
}

fn breeds_of(dataset: &Dataset) -> Vec<String> {
    let breeds = breeds(dataset).into_iter();
    breeds.map(|(id, _)| id.to_owned()).collect()
}

#[test]
fn what_a_data_set_says_of_its_splits_holds_for_its_own_photographs() {
    let list = |names: [&str; 2]| names.map(|name| format!("{name} 1 2 1\n")).concat();
    let (trainval, test) = (list(["pug_1", "pug_2"]), list(["pug_3", "pug_4"]));
    let images = ["pug_1.jpg", "pug_2.jpg", "pug_3.jpg", "pug_4.jpg"];
    let pets = oxford(&trainval, &test, &images);
    let own = photographs("train/pug/5.jpg val/pug/6.jpg test/pug/7.jpg");
    let dogs = photographs(&forty("n02110958-pug"));
    let dataset = joined(&[&pets, &own, &dogs]).unwrap();
    assert_eq!(breeds(&dataset), [("pug", Species::Dog)]);
    assert!(dataset.chooses_test());

    let (train, validation) = dataset.carve(&dataset.trainval, 0.2, 1);
    let of = |root: &TempDir| {
        [&train, &validation, &dataset.test].map(|photos| {
            let photos = photos.iter().filter(|it| it.path.starts_with(root.path()));
            names(&photos.cloned().collect::<Vec<_>>())
        })
    };
    assert_eq!(of(&own), [["5.jpg"], ["6.jpg"], ["7.jpg"]]);
    let [train, validation, test] = of(&pets);
    assert_eq!(test, ["pug_3.jpg", "pug_4.jpg"]);
    assert_eq!(train.len() + validation.len(), 2);
    let counts = of(&dogs).map(|names| names.len());
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 40);
}

#[test]
fn joining_moves_no_photograph_to_another_split() {
    let sets = ["labrador", "pug"].map(|breed| photographs(&forty(breed)));
    let dataset = joined(&sets.each_ref()).unwrap();
    assert_eq!(breeds_of(&dataset), ["labrador_retriever", "pug"]);
    for set in &sets {
        let alone = Dataset::open(set.path()).unwrap();
        let tested = dataset.test.iter();
        let tested = tested.filter(|photo| photo.path.starts_with(set.path()));
        let tested: Vec<Photo> = tested.cloned().collect();
        assert_eq!(names(&tested), names(&alone.test));
        assert!(!tested.is_empty());
    }
}

#[test]
fn messages_about_joined_data_sets_name_all_of_them() {
    let [one, other] = ["train/pug/1.jpg", "train/boxer/1.jpg"].map(photographs);
    let dataset = joined(&[&one, &other]).unwrap();
    let both = format!("{} + {}", one.path().display(), other.path().display());
    let expected = format!("{both}: no photograph to test on; name a folder of some with --test");
    assert_eq!(notes(&dataset.notes), [expected]);
    let refused = dataset.folds(3, 1).unwrap_err().to_string();
    assert!(refused.starts_with(&both), "{refused}");
}

#[test]
fn folders_of_further_photographs_may_use_any_name_of_a_joined_breed() {
    let (one, other) = (
        photographs("labrador/1.jpg labrador/2.jpg"),
        photographs("cat/My+zorgon/1.jpg"),
    );
    let dataset = joined(&[&one, &other]).unwrap();
    let more = photographs("n02099712-Labrador_retriever/8.jpg my-zorgon/9.jpg");
    let extra = dataset.extra(more.path()).unwrap();
    assert_eq!(names(&extra.photos), ["8.jpg", "9.jpg"]);
    assert!(extra.notes.is_empty(), "{:?}", extra.notes);
    let source = Source {
        data: [&one, &other].map(|it| it.path().to_owned()).to_vec(),
        validation: Some(more.path().to_owned()),
        test: None,
    };
    let dataset = source.open().unwrap();
    let (_, validation) = dataset.carve(&dataset.trainval, 0.5, 1);
    assert_eq!(names(&validation), ["8.jpg", "9.jpg"]);
}

#[test]
fn what_cannot_be_joined_is_refused_in_one_line() {
    let cases = [
        (
            "cat/zorgon/1.jpg",
            "dog/Zorgon/1.jpg",
            "zorgon is a cat by ",
        ),
        (
            "pug/1.jpg",
            "zorgon/1.jpg",
            "nothing says whether these are cats or dogs: zorgon",
        ),
        (
            "pug/1.jpg",
            "notes.txt",
            "no folder in it holds photographs",
        ),
    ];
    for (first, second, expected) in cases {
        let [one, other] = [first, second].map(photographs);
        let message = joined(&[&one, &other]).unwrap_err().to_string();
        assert!(message.contains(expected), "{first}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }

    let twice = photographs("pug/1.jpg");
    let message = joined(&[&twice, &twice]).unwrap_err().to_string();
    let folder = twice.path().display();
    let expected =
        format!("1.jpg is in two of the data sets, {folder} and {folder}: leave out one");
    assert!(message.contains(&expected), "{message}");

    let [split, other] = ["test/pug/1.jpg train/pug/2.jpg", "boxer/1.jpg"].map(photographs);
    let source = Source {
        data: [&split, &other].map(|it| it.path().to_owned()).to_vec(),
        validation: None,
        test: Some(twice.path().to_owned()),
    };
    let message = source.open().unwrap_err().to_string();
    let expected = "says itself which photographs are to test on: leave out --test";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn other_names_and_breeds_without_a_name_are_noted() {
    let (one, other) = (
        photographs("labrador/1.jpg labrador/2.jpg dog/yeti/1.jpg"),
        photographs("pug/1.jpg labrador_retriever/2.jpg"),
    );
    let dataset = joined(&[&one, &other]).unwrap();
    let expected = [
        format!(
            "{}: the joined data have other names for these breeds: labrador is labrador_retriever",
            one.path().display()
        ),
        "only one data set has these breeds, and the kiosk does not know their names: yeti; if another one has the same \
         breed, give it the same name there"
            .to_owned(),
    ];
    assert_eq!(notes(&dataset.notes)[..2], expected);
}
