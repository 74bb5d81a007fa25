//! The pages for what came too late, was wrong, or was there twice.

use catalogue::{AnimalId, VisitId};
use checkin::Stage;
use recognise::VerdictKind;

use super::decision;
use super::house::{Answer, House, OWNER, Reader, STAFF};
use super::html::check_page;

const BOTH: [&str; 2] = ["en", "fr"];

/// A visit of which somebody else has confirmed that it is a pug.
fn decided(house: &House) -> VisitId {
    let visit = house.visit(VerdictKind::Unsure, &["pug", "beagle"]);
    let pug = decision("pug", None);
    house.catalogue.confirm(visit, &pug).unwrap();
    visit
}

fn breed(house: &House, visit: VisitId) -> Option<String> {
    let visit = house.catalogue.visit(visit).unwrap();
    visit.confirmed_breed.map(String::from)
}

#[test]
fn a_decision_that_comes_too_late_keeps_what_was_typed_and_shows_what_is_there() {
    let house = House::open();
    for language in BOTH {
        let reader = house.enter(STAFF, language);
        let visit = decided(&house);
        let page = format!("/visits/{visit}");
        let check = |answer: Answer, kept: &[&str]| {
            assert_eq!(answer.status, 409, "{}", answer.html);
            check_page(&page, language, &answer.html);
            let says = ["has changed in the meantime", "a changé entre-temps"];
            assert!(says.iter().any(|says| answer.html.contains(says)));
            let now = "name=\"revision\" value=\"1\"";
            assert!(answer.html.contains(now), "{}", answer.html);
            for kept in kept {
                assert!(answer.html.contains(kept), "{kept}: {}", answer.html);
            }
            assert_eq!(breed(&house, visit).as_deref(), Some("pug"));
        };
        let late = ("revision", "0");
        let settle = format!("{page}/settle");
        check(
            reader.fill(&page, &settle, &[late, ("breed", "beagle")]),
            &[],
        );
        let typed = [late, ("typed", "Beagle")];
        check(reader.fill(&page, &settle, &typed), &["value=\"Beagle\""]);
        let newcomer = [
            late,
            ("name", "Luna"),
            ("breed", "beagle"),
            ("contact", "kept 079"),
        ];
        let kept = ["value=\"Luna\"", "value=\"kept 079\""];
        check(
            reader.fill(&page, &format!("{page}/newcomer"), &newcomer),
            &kept,
        );
        check(reader.fill(&page, &format!("{page}/undo"), &[late]), &[]);
        for deletion in ["delete", "no-animal"] {
            let path = format!("{page}/{deletion}");
            check(reader.fill(&page, &path, &[late, ("sure", "yes")]), &[]);
        }
        assert_eq!(house.catalogue.totals().unwrap().animals, 0);

        let ticked = format!("{visit}@0");
        let form = [("visit", &*ticked), ("typed", "Boxer")];
        let late = reader.fill("/today", "/visits/settle", &form);
        assert_eq!(late.status, 409);
        check_page("/today", language, &late.html);
        assert_eq!(late.html.matches(" checked").count(), 1);
        assert!(late.html.contains("value=\"Boxer\""));
        assert_eq!(breed(&house, visit).as_deref(), Some("pug"));

        let now = ("revision", "1");
        let again = reader.fill(&page, &settle, &[now, ("typed", "Beagle")]);
        assert_eq!(again.status, 303);
        assert_eq!(breed(&house, visit).as_deref(), Some("beagle"));
    }
}

#[test]
fn the_last_decision_is_undone_and_an_animal_is_taken_off() {
    let house = House::open();
    let bella = house.animal("Bella", "", "");
    let reader = house.enter(STAFF, "en");
    let visit = house.visit(VerdictKind::Unsure, &["pug"]);
    let page = format!("/visits/{visit}");
    assert!(!reader.get(&page).html.contains("Undo the last decision"));
    let never = reader.fill(&page, &format!("{page}/undo"), &[]);
    assert_eq!(never.status, 422);
    assert!(never.html.contains("no decision that can be undone"));

    house
        .catalogue
        .confirm(visit, &decision("beagle", Some(bella)))
        .unwrap();
    let html = reader.get(&page).html;
    assert!(html.contains("Undo the last decision") && html.contains("It is not Bella"));
    let taken = reader.fill(&page, &format!("{page}/guest/remove"), &[("revision", "1")]);
    let html = reader.get(&taken.to).html;
    assert!(html.contains("has been taken off"), "{html}");
    check_page(&page, "en", &html);
    let undo = format!("{page}/undo");
    let undone = reader.fill(&page, &undo, &[("revision", "2")]);
    assert!(reader.get(&undone.to).html.contains("has been undone"));
    let now = house.catalogue.visit(visit).unwrap();
    assert_eq!(now.animal.unwrap().0, bella);
    assert!(
        reader.get(&page).html.contains("Last decision"),
        "the history says so"
    );

    // From the live page, it goes on there.
    house.show(Stage::Answered, Some(visit));
    let live = format!("/?visit={visit}");
    assert!(reader.get(&live).html.contains("Undo the last decision"));
    let undone = reader.fill(&live, &undo, &[("revision", "3"), ("next", &live)]);
    assert_eq!(undone.to, live);
    assert_eq!(breed(&house, visit), None);
}

#[test]
fn deleting_a_visit_asks_once_and_says_what_goes() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    for (name, page) in [
        ("delete", "visit"),
        ("no-animal", "visit"),
        ("no-animal", "queue"),
    ] {
        let visit = house.visit(VerdictKind::NotOurs, &["pug"]);
        let own = format!("/visits/{visit}");
        let page: &str = if page == "queue" { "/queue" } else { &own };
        let action = format!("{own}/{name}");
        let html = reader.get(page).html;
        assert!(html.contains(&format!("action=\"{action}\"")), "{page}");
        assert!(html.contains("its photograph are deleted for good"));
        let unsure = reader.fill(page, &action, &[("revision", "0")]);
        assert_eq!(unsure.to, own, "nothing happens without the tick");
        assert!(house.catalogue.visit(visit).is_ok());
        let sure = [
            ("revision", "0"),
            ("sure", "yes"),
            ("next", "/today?deleted=yes"),
        ];
        let deleted = reader.fill(page, &action, &sure);
        assert!(reader.get(&deleted.to).html.contains("has been deleted"));
        assert_eq!(reader.get(&own).status, 404);
    }
}

#[test]
fn who_adds_an_animal_learns_that_it_may_be_there_already() {
    let house = House::open();
    let bella = house.animal("Bella", "079 111 22 33", "");
    let reader = house.enter(STAFF, "en");
    let count = || house.catalogue.totals().unwrap().animals;

    let form = [("name", "BELLA"), ("breed", "Pug"), ("contact", "kept")];
    let asked = reader.fill("/animals/new", "/animals/new", &form);
    assert_eq!((asked.status, count()), (422, 1));
    check_page("/animals/new", "en", &asked.html);
    assert!(asked.html.contains(&format!("href=\"/animals/{bella}\"")));
    assert!(asked.html.contains("kept") && asked.html.contains("name=\"anyway\""));
    let mut anyway = form.to_vec();
    anyway.push(("anyway", "yes"));
    assert_eq!(
        reader.fill("/animals/new", "/animals/new", &anyway).status,
        303
    );
    assert_eq!(count(), 2);

    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    let newcomer = format!("/visits/{visit}/newcomer");
    let form = [
        ("name", "Bello"),
        ("breed", "Beagle"),
        ("contact", "+41 79 111 22 33"),
    ];
    let asked = reader.fill("/", &newcomer, &form);
    assert_eq!((asked.status, count()), (422, 2));
    check_page(&newcomer, "en", &asked.html);
    assert!(asked.html.contains("value=\"Bello\""));
    assert!(
        asked
            .html
            .contains(&format!("name=\"animal\" value=\"{bella}\""))
    );
    let mut anyway = form.to_vec();
    anyway.push(("anyway", "yes"));
    assert_eq!(reader.fill("/", &newcomer, &anyway).status, 303);
    assert_eq!(
        house.catalogue.visit(visit).unwrap().animal.unwrap().1,
        "Bello"
    );
}

fn merge(reader: &Reader<'_>, survivor: AnimalId, other: AnimalId, sure: &str) -> Answer {
    let page = format!("/animals/{survivor}/merge");
    let other = other.to_string();
    reader.fill(&page, &page, &[("other", &other), ("sure", sure)])
}

#[test]
fn two_animals_are_merged_after_a_question_and_split_again() {
    let house = House::open();
    let bella = house.animal("Bella", "Dupont", "");
    let belle = house.animal("Belle", "079 555 66 77", "bites");
    let visit = house.visit(VerdictKind::Breed, &["beagle"]);
    house
        .catalogue
        .confirm(visit, &decision("beagle", Some(belle)))
        .unwrap();
    let page = format!("/animals/{bella}");
    for language in BOTH {
        let reader = house.enter(OWNER, language);
        for address in [
            format!("{page}/merge"),
            format!("{page}/merge?q=bel"),
            format!("{page}/merge?other={belle}"),
            format!("{page}/merge?other={bella}"),
            format!("{page}/merge?other=999"),
        ] {
            let answer = reader.get(&address);
            assert_eq!(answer.status, 200, "{address}");
            check_page(&address, language, &answer.html);
        }
        let question = reader.get(&format!("{page}/merge?other={belle}")).html;
        assert!(question.contains("079 555 66 77"), "what is not taken over");

        let unsure = merge(&reader, bella, belle, "");
        assert_eq!(unsure.to, format!("{page}/merge"));
        for other in [bella, AnimalId(999)] {
            let refused = merge(&reader, bella, other, "yes");
            assert_eq!(refused.status, 422);
            check_page("/animals/merge", language, &refused.html);
            assert!(refused.html.contains("role=\"alert\""));
        }
        assert_eq!(house.catalogue.totals().unwrap().animals, 2);

        let merged = merge(&reader, bella, belle, "yes");
        let html = reader.get(&merged.to).html;
        check_page(&page, language, &html);
        assert!(html.contains(&format!("/visits/{visit}\"")) && html.contains("bites"));
        let former = reader.get(&format!("/animals/{belle}"));
        assert_eq!(former.to, page, "its former page leads to the survivor's");

        let split = format!("{page}/split");
        let number = belle.to_string();
        let back = reader.fill(&page, &split, &[("merged", &number)]);
        assert_eq!(back.to, format!("/animals/{belle}?split=yes"));
        check_page(&back.to, language, &reader.get(&back.to).html);
        let twice = reader.fill(&page, &split, &[("merged", &number)]);
        assert_eq!(twice.status, 422);
        check_page(&page, language, &twice.html);
    }
    assert_eq!(house.catalogue.animal(belle).unwrap().visits, 1);
}

#[test]
fn arrivals_that_nobody_confirmed_are_told_apart() {
    let house = House::open();
    let reader = house.enter(STAFF, "en");
    house.visit(VerdictKind::Breed, &["beagle"]);
    decided(&house);
    let html = reader.get("/today").html;
    assert!(html.contains("1 not confirmed by anybody"), "{html}");
    assert_eq!(html.matches(">Not confirmed<").count(), 1);
    assert!(reader.get("/").html.contains(">Not confirmed<"));
}
