//! Exports for other programs.

use std::fs::File;
use std::io::Write;

use catalogue::{
    AnimalFields, Catalogue, CatalogueError, OwnerChoice, OwnerFields, Settings, StayNotes, VisitId,
};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use recognise::Language;

use super::{all_of, backed_up, pug};

type Export = fn(&Catalogue, &mut dyn Write) -> Result<(), CatalogueError>;

fn exported(catalogue: &Catalogue, export: Export) -> Vec<u8> {
    let mut bytes = Vec::new();
    export(catalogue, &mut bytes).unwrap();
    bytes
}

#[test]
fn exports_hold_all_records_and_no_formulas() {
    let daycare = backed_up();
    let formula = AnimalFields {
        contact: "+41 22 123".to_owned(),
        tag: Some("756098100123456".to_owned()),
        notes: "likes \"cheese\",\nand more".to_owned(),
        feeding: "twice".to_owned(),
        vaccinated_until: Some(date(2027, 1, 31)),
        ..pug("=HYPERLINK(\"http://example.org\")")
    };
    let owner = OwnerFields {
        name: "+Dupont".to_owned(),
        phones: vec!["+41 79 1".to_owned(), "022 2".to_owned()],
        ..OwnerFields::default()
    };
    let catalogue = &daycare.catalogue;
    let added = catalogue.add_owned_animal(&formula, &[OwnerChoice::New(owner)], "ana");
    let every_friday = "2026-05-01/ 1W FR -2026-05-08".parse().unwrap();
    catalogue
        .book(added.unwrap(), &every_friday, "ana")
        .unwrap();
    let notes = StayNotes {
        belongings: "=blanket".to_owned(),
        run: "Box 3".to_owned(),
    };
    catalogue
        .set_stay_notes(VisitId(1), &notes, None, "ana")
        .unwrap();
    let table = |export: Export| {
        let bytes = exported(catalogue, export);
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
    assert_eq!(animals(1, "contact"), "+41 22 123");
    assert!(animals(1, "name").starts_with("'="));
    let visits = table(Catalogue::export_visits_csv);
    assert_eq!(visits(0, "at"), "2026-05-01T08:00:00.123Z");
    assert_eq!(visits(0, "recognised"), "boxer");
    assert_eq!(visits(0, "breed"), "pug");
    assert_eq!(visits(0, "animal_name"), "Rex");
    assert_eq!(visits(1, "breed"), "beagle");
    assert_eq!(visits(1, "said"), "");
    assert_eq!(visits(0, "run"), "Box 3");
    assert_eq!(visits(0, "belongings"), "'=blanket");
    assert_eq!(animals(1, "feeding"), "twice");
    assert_eq!(animals(1, "vaccinations"), "until 2027-01-31");
    assert_eq!(animals(1, "owners"), "'+Dupont (1)");
    let owners = table(Catalogue::export_owners_csv);
    assert_eq!(owners(0, "phones"), "+41 79 1, 022 2");
    assert_eq!(owners(0, "animals"), "1");
    let at: Timestamp = visits(0, "at").parse().unwrap();
    let local = at.to_zoned(TimeZone::system());
    let local = local.strftime("%Y-%m-%d %H:%M:%S").to_string();
    assert_eq!(visits(0, "at_local"), local);
    assert_eq!(visits(1, "settled_at_local"), "", "nobody decided");
    assert_eq!(visits(0, "left_at_local"), "", "it is in the house");

    let json: serde_json::Value = serde_json::from_str(&all_of(&daycare.catalogue)).unwrap();
    assert_eq!(json["animals"][0]["name"], "Rex");
    assert_eq!(json["animals"][1]["tag"], "756098100123456");
    assert_eq!(json["visits"].as_array().unwrap().len(), 2);
    assert_eq!(json["visits"][0]["animal"][1], "Rex");
    assert_eq!(json["expected"][0]["day"], "2026-05-01");
    assert_eq!(json["visits"][0]["stay"]["run"], "Box 3");
    assert_eq!(json["visits"][0]["stay"]["is_open"], true);
    assert_eq!(
        json["animals"][1]["vaccinations"][0]["valid_until"],
        "2027-01-31"
    );
    assert_eq!(json["animals"][1]["owners"][0]["name"], "+Dupont");
    assert_eq!(json["owners"][0]["phones"][1], "022 2");
    let booking = &json["bookings"][0];
    assert_eq!(booking["weekdays"][0], "FR");
    assert_eq!(booking["exceptions"][0], "2026-05-08");
    assert_eq!(json["changes"][0]["field"], "name");
    assert_eq!(json["settings"]["language"], "en");

    let mut full = File::options().write(true).open("/dev/full").unwrap();
    let error = daycare.catalogue.export_json(&mut full).unwrap_err();
    assert!(matches!(error, CatalogueError::Export(_)), "{error}");
}

#[test]
fn a_spreadsheet_opens_a_table_as_it_is_in_the_daycares_language() {
    let daycare = backed_up();
    daycare.adds(&pug("Zoé"));
    for (language, separator) in [(Language::English, ','), (Language::French, ';')] {
        let settings = Settings {
            language,
            ..daycare.catalogue.settings().unwrap()
        };
        daycare.catalogue.set_settings(&settings, "owner").unwrap();
        for export in [
            Catalogue::export_animals_csv as Export,
            Catalogue::export_visits_csv,
            Catalogue::export_owners_csv,
        ] {
            let table = exported(&daycare.catalogue, export);
            let table = String::from_utf8(table).unwrap();
            let begins = format!("\u{feff}id{separator}");
            assert!(table.starts_with(&begins), "{table}");
        }
        let animals = exported(&daycare.catalogue, Catalogue::export_animals_csv);
        assert!(String::from_utf8(animals).unwrap().contains("Zoé"));
    }
}

#[test]
fn nothing_in_a_table_runs_and_telephone_numbers_can_be_read() {
    let daycare = backed_up();
    let cells = [
        ("+33 6 12 34 56 78", "+33 6 12 34 56 78"),
        ("+33612345678", "+33612345678"),
        ("+1 (555) 010-9999", "+1 (555) 010-9999"),
        ("+1-555-010-9999", "'+1-555-010-9999"),
        ("+33\u{a0}6.12.34\u{202f}56", "+33\u{a0}6.12.34\u{202f}56"),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("+33 6 12, Zoé", "'+33 6 12, Zoé"),
        ("+33 6 12, +41 22 3, (044) 5", "+33 6 12, +41 22 3, (044) 5"),
        ("+33 6 12, 06-12", "'+33 6 12, 06-12"),
        ("+33612,0612", "'+33612,0612"),
        ("+33 6 12, =1+1", "'+33 6 12, =1+1"),
        ("+33 6 12, -5", "'+33 6 12, -5"),
        ("+", "'+"),
        ("+-", "'+-"),
        ("-5 kg à perdre", "'-5 kg à perdre"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
    ];
    for (contact, _) in cells {
        daycare.adds(&AnimalFields {
            contact: contact.to_owned(),
            ..pug("Rex")
        });
    }
    let table = exported(&daycare.catalogue, Catalogue::export_animals_csv);
    let mut reader = csv::Reader::from_reader(&*table);
    let column = (reader.headers().unwrap().iter())
        .position(|name| name == "contact")
        .unwrap();
    let contacts = reader.records().map(|row| row.unwrap()[column].to_owned());
    let contacts: Vec<String> = contacts.collect();
    for (_, shown) in cells {
        assert!(
            contacts.iter().any(|cell| cell == shown),
            "{shown}: {contacts:?}"
        );
    }
}
