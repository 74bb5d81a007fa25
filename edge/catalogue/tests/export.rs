//! Exports for other programs.

use std::fs::File;
use std::io::Write;

use catalogue::{AnimalFields, Catalogue, CatalogueError};

use super::{all_of, backed_up, pug};

#[test]
fn exports_hold_all_records_and_no_formulas() {
    let daycare = backed_up();
    let formula = AnimalFields {
        contact: "+41 22 123".to_owned(),
        tag: Some("756098100123456".to_owned()),
        notes: "likes \"cheese\",\nand more".to_owned(),
        ..pug("=HYPERLINK(\"http://example.org\")")
    };
    daycare.adds(&formula);
    let table = |export: fn(&Catalogue, &mut dyn Write) -> Result<(), CatalogueError>| {
        let mut bytes = Vec::new();
        export(&daycare.catalogue, &mut bytes).unwrap();
        let mut reader = csv::Reader::from_reader(&*bytes);
        let header = reader.headers().unwrap().clone();
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        move |row: usize, column: &str| {
            let column = header.iter().position(|name| name == column).unwrap();
            rows[row][column].to_owned()
        }
    };
    let animals = table(Catalogue::export_animals_csv);
    assert_eq!(animals(0, "name"), "Rex");
    assert_eq!(animals(0, "visits"), "1");
    assert_eq!(animals(0, "tag"), "");
    assert_eq!(animals(1, "tag"), "756098100123456");
    assert_eq!(animals(1, "notes"), formula.notes);
    assert_eq!(animals(1, "contact"), "'+41 22 123");
    assert!(animals(1, "name").starts_with("'="));
    let visits = table(Catalogue::export_visits_csv);
    assert_eq!(visits(0, "at"), "2026-05-01T08:00:00.123Z");
    assert_eq!(visits(0, "recognised"), "boxer");
    assert_eq!(visits(0, "breed"), "pug");
    assert_eq!(visits(0, "animal_name"), "Rex");
    assert_eq!(visits(1, "breed"), "beagle");
    assert_eq!(visits(1, "said"), "");

    let json: serde_json::Value = serde_json::from_str(&all_of(&daycare.catalogue)).unwrap();
    assert_eq!(json["animals"][0]["name"], "Rex");
    assert_eq!(json["animals"][1]["tag"], "756098100123456");
    assert_eq!(json["visits"].as_array().unwrap().len(), 2);
    assert_eq!(json["visits"][0]["animal"][1], "Rex");
    assert_eq!(json["expected"][0]["day"], "2026-05-01");
    assert_eq!(json["changes"][0]["field"], "name");
    assert_eq!(json["settings"]["language"], "en");

    let mut full = File::options().write(true).open("/dev/full").unwrap();
    let error = daycare.catalogue.export_json(&mut full).unwrap_err();
    assert!(matches!(error, CatalogueError::Export(_)), "{error}");
}
