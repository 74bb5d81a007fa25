//! Imports of bookings: tables and calendars of other programs, well-formed and absurd.

use catalogue::{
    AnimalFields, AnimalId, CatalogueError, FieldError, IMPORT_ROWS, ImportError, ImportPlan,
    OwnerChoice, OwnerFields, RowError,
};
use jiff::civil::date;

use super::{Daycare, all_of, pug};

/// A daycare with a tagged Rex, two Lunas of different owners, and Zoé.
fn daycare() -> (Daycare, [AnimalId; 4]) {
    let daycare = Daycare::new();
    let rex = daycare.adds(&AnimalFields {
        tag: Some("CH-1".to_owned()),
        ..pug("Rex")
    });
    let first = daycare.adds(&AnimalFields {
        contact: "Dupont, 022 111".to_owned(),
        ..pug("Luna")
    });
    let owner = OwnerChoice::New(OwnerFields {
        name: "Anna Müller".to_owned(),
        ..OwnerFields::default()
    });
    let second = (daycare.catalogue).add_owned_animal(&pug("Luna"), &[owner], "ana");
    let zoe = daycare.adds(&pug("Zoé"));
    let animals = [rex, first, second.unwrap(), zoe];
    (daycare, animals)
}

fn plan(daycare: &Daycare, content: &str) -> ImportPlan {
    daycare.catalogue.plan_import(content.as_bytes()).unwrap()
}

fn planned(plan: &ImportPlan) -> Vec<(usize, AnimalId, String)> {
    let planned = plan.planned.iter();
    planned
        .map(|row| (row.line, row.animal, row.days.to_string()))
        .collect()
}

fn reasons(plan: &ImportPlan) -> Vec<(usize, &RowError)> {
    let refused = plan.refused.iter();
    refused.map(|row| (row.line, &row.reason)).collect()
}

/// A calendar of these events.
fn calendar(events: &str) -> String {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Zurich\r\nBEGIN:STANDARD\r\n\
        DTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n\
        END:STANDARD\r\nEND:VTIMEZONE\r\n";
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}{events}END:VCALENDAR\r\n")
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\r\nUID:1\r\n{lines}\r\nEND:VEVENT\r\n")
}

#[test]
fn rows_of_a_table_match_by_tag_then_by_name_and_owner() {
    let (daycare, [rex, first, second, zoe]) = daycare();
    let table = "tag,name,owner,day\n\
        ch-1,,,2026-05-04\n\
        ,ZOE,,04.05.2026\n\
        ,Luna,,2026-05-04\n\
        ,Luna,müller,2026-05-04\n\
        ,Luna,DUPONT,2026-05-05\n\
        ,Luna,Leroy,2026-05-05\n\
        CH-1,Luna,,2026-05-04\n\
        CH-9,Zoé,,2026-05-06\n\
        CH-9,Rex,,2026-05-06\n\
        ,,,2026-05-06\n\
        ,CH-1,,2026-05-07\n";
    let plan = plan(&daycare, table);
    let day = |text: &str| text.to_owned();
    assert_eq!(
        planned(&plan),
        [
            (2, rex, day("2026-05-04")),
            (3, zoe, day("2026-05-04")),
            (5, second, day("2026-05-04")),
            (6, first, day("2026-05-05")),
            (9, zoe, day("2026-05-06")),
            (12, rex, day("2026-05-07")),
        ]
    );
    let refused = [
        (4, &RowError::SeveralAnimals(vec![first, second])),
        (7, &RowError::NoSuchAnimal),
        (8, &RowError::OtherName("Rex".to_owned())),
        (10, &RowError::NoSuchAnimal),
        (11, &RowError::Nobody),
    ];
    assert_eq!(reasons(&plan), refused);
}

#[test]
fn nothing_is_written_before_somebody_has_seen_the_plan_and_nothing_twice() {
    let (daycare, [_, _, _, zoe]) = daycare();
    let before = all_of(&daycare.catalogue);
    let table = "\u{feff}nom;du;au;jours;sauf\r\n\
        Zoé;2026-05-04;2026-06-30;lundi mercredi;2026-05-06\r\n\
        Zoé;01.07.2026;;;\r\n";
    let first = plan(&daycare, table);
    assert_eq!(all_of(&daycare.catalogue), before);
    let days: Vec<_> = planned(&first)
        .into_iter()
        .map(|(_, _, days)| days)
        .collect();
    assert_eq!(
        days,
        ["2026-05-04/2026-06-30 1W MO,WE -2026-05-06", "2026-07-01"]
    );

    let rows = |plan: &ImportPlan| -> Vec<_> {
        let planned = plan.planned.iter();
        planned.map(|row| (row.animal, row.days.clone())).collect()
    };
    assert_eq!(daycare.catalogue.import(&rows(&first), "bo").unwrap(), 2);
    let on = |day| daycare.catalogue.expected_on(day).unwrap().len();
    assert_eq!(
        [
            on(date(2026, 5, 4)),
            on(date(2026, 5, 6)),
            on(date(2026, 7, 1))
        ],
        [1, 0, 1]
    );

    let again = plan(&daycare, table);
    assert!(again.planned.iter().all(|row| row.is_known));
    assert_eq!(daycare.catalogue.import(&rows(&again), "bo").unwrap(), 0);
    assert_eq!(daycare.catalogue.bookings_of(zoe).unwrap().len(), 1);

    // All or nothing.
    let mut with_nobody = vec![(zoe, "2026-08-03".parse().unwrap())];
    with_nobody.push((AnimalId(99), "2026-08-03".parse().unwrap()));
    let refused = daycare.catalogue.import(&with_nobody, "bo");
    assert!(matches!(refused, Err(CatalogueError::NoSuchAnimal(_))));
    assert_eq!(on(date(2026, 8, 3)), 0);
}

#[test]
fn a_table_of_another_program_says_what_it_lacks() {
    let (daycare, _) = daycare();
    let refusal = |content: &[u8]| match daycare.catalogue.plan_import(content) {
        Err(CatalogueError::Import(error)) => error,
        other => panic!("{other:?}"),
    };
    let error = refusal(b"Invoice;Amount\n1;20\n");
    let found = vec!["Invoice".to_owned(), "Amount".to_owned()];
    let missing = vec!["name / tag", "day / from"];
    assert_eq!(error, ImportError::MissingColumns { missing, found });
    let message = error.to_string();
    assert!(
        message.contains("Invoice") && message.contains("name / tag"),
        "{message}"
    );
    let half = refusal(b"name,price\nRex,20\n");
    assert!(
        matches!(half, ImportError::MissingColumns { missing, .. } if missing == ["day / from"])
    );
    assert_eq!(refusal(b""), ImportError::Empty);
    assert_eq!(refusal(b" \r\n "), ImportError::Empty);
    assert_eq!(
        refusal(b"nom;jour\nZo\xe9;2026-05-04\n"),
        ImportError::NotText
    );
    assert_eq!(
        refusal(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Rex\n"),
        ImportError::CutShort
    );
    let many = format!("name,day\n{}", "Rex,2026-05-04\n".repeat(IMPORT_ROWS + 1));
    assert_eq!(refusal(many.as_bytes()), ImportError::TooManyRows);
    let most = format!("name,day\n{}", "Rex,2026-05-04\n".repeat(IMPORT_ROWS));
    assert_eq!(plan(&daycare, &most).planned.len(), IMPORT_ROWS);
}

#[test]
fn a_quotation_mark_that_is_left_open_hides_no_rows() {
    let (daycare, [rex, ..]) = daycare();
    let rows = "name,day,notes\r\nRex,2026-05-04,\r\nRex,2026-05-05,";
    let next = "\r\nRex,2026-05-06,\r\n";
    let open = format!("{rows}\"bites{next}");
    match daycare.catalogue.plan_import(open.as_bytes()) {
        Err(CatalogueError::Import(error)) => {
            assert_eq!(error, ImportError::BrokenTable { line: 3 });
        }
        other => panic!("{other:?}"),
    }
    // Long notes are none of ours.
    let notes = "bites\r\n".repeat(100);
    let closed = plan(&daycare, &format!("{rows}\"{notes}\"{next}"));
    let day = |day: u32| format!("2026-05-0{day}");
    let expect = [(2, rex, day(4)), (3, rex, day(5)), (104, rex, day(6))];
    assert_eq!(planned(&closed), expect);
}

#[test]
fn an_absurd_row_is_refused_alone() {
    let (daycare, [rex, ..]) = daycare();
    let check = |row: &str, expect: RowError| {
        let table = format!("name,day,from,until,weekdays\n{row}\nRex,2026-05-04,,,\n");
        let plan = plan(&daycare, &table);
        assert_eq!(reasons(&plan), [(2, &expect)], "{row:.60}");
        assert!(plan.refused[0].text.chars().count() <= 120);
        assert_eq!(planned(&plan)[0].1, rex);
    };
    let not_a_day = |text: &str| RowError::NotADay(text.to_owned());
    check("Rex,04/05/2026,,,", not_a_day("04/05/2026"));
    check("Rex,2026-02-30,,,", not_a_day("2026-02-30"));
    check("Rex,31.02.2026,,,", not_a_day("31.02.2026"));
    check("Rex,soon,,,", not_a_day("soon"));
    check("Rex,,,,", RowError::NoDay);
    check(
        "Rex,,2026-05-04,,someday",
        RowError::NotWeekdays("someday".to_owned()),
    );
    for range in ["Mon-Fri", "Mon – Fri"] {
        let refused = RowError::NotWeekdays(range.to_owned());
        check(&format!("Rex,,2026-05-04,,{range}"), refused);
    }
    check(
        "Rex,,2026-05-04,2026-05-05,Sunday",
        RowError::Days(FieldError::Never),
    );
    let (day, first, last) = (date(9999, 12, 31), 2000, 2100);
    let absurd = RowError::Days(FieldError::OutOfYears { day, first, last });
    check("Rex,9999-12-31,,,", absurd);
    let (first, last) = (date(2026, 5, 4), date(2026, 5, 3));
    let reversed = RowError::Days(FieldError::EndsBefore { first, last });
    check("Rex,,2026-05-04,2026-05-03,Monday", reversed);
    let huge = format!("{},2026-05-04,,,", "x".repeat(1_000_000));
    check(&huge, RowError::TooLong(1_000_000));
}

#[test]
fn events_of_a_calendar_are_days_and_bookings() {
    let (daycare, [rex, first, second, zoe]) = daycare();
    let check = |lines: &str, animal: AnimalId, expect: &str| {
        let plan = plan(&daycare, &calendar(&event(lines)));
        assert_eq!(reasons(&plan), [], "{lines}");
        let days: Vec<_> = planned(&plan)
            .into_iter()
            .map(|(_, id, days)| (id, days))
            .collect();
        assert_eq!(days, [(animal, expect.to_owned())], "{lines}");
    };
    check(
        "SUMMARY:Rex\r\nDTSTART;VALUE=DATE:20260504",
        rex,
        "2026-05-04",
    );
    check(
        "SUMMARY:ch-1\r\nDTSTART:20260504T080000\r\nDTEND:20260504T170000",
        rex,
        "2026-05-04",
    );
    check(
        "SUMMARY:Zoé\r\nDTSTART;TZID=Europe/Zurich:20260504T080000\r\nDURATION:PT9H",
        zoe,
        "2026-05-04",
    );
    check(
        "SUMMARY:Luna (Dupont)\r\nDTSTART;VALUE=DATE:20260504",
        first,
        "2026-05-04",
    );
    check(
        "SUMMARY:Luna (Anna\\, Müller)\r\nDTSTART;VALUE=DATE:20260504",
        second,
        "2026-05-04",
    );
    check(
        "SUMMARY:Zo\r\n é\r\nDTSTART;VALUE=DATE:20260504",
        zoe,
        "2026-05-04",
    );
    // A day without a time, and midnight, are not part of the event.
    check(
        "SUMMARY:Rex\r\nDTSTART;VALUE=DATE:20260504\r\nDTEND;VALUE=DATE:20260507",
        rex,
        "2026-05-04/2026-05-06 1D MO,TU,WE,TH,FR,SA,SU",
    );
    check(
        "SUMMARY:Rex\r\nDTSTART:20260504T080000\r\nDTEND:20260505T000000",
        rex,
        "2026-05-04",
    );
    let weekly = |rule: &str| format!("SUMMARY:Rex\r\nDTSTART:20260504T080000\r\nRRULE:{rule}");
    check(&weekly("FREQ=WEEKLY"), rex, "2026-05-04/ 1W MO");
    check(
        &weekly("FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20260630T215959"),
        rex,
        "2026-05-04/2026-06-30 1W MO,WE",
    );
    // The event of the last day would begin after the end.
    check(
        &weekly("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260630T000000"),
        rex,
        "2026-05-04/2026-06-29 1W TU",
    );
    check(
        &weekly("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=3;WKST=MO"),
        rex,
        "2026-05-04/2026-06-02 2W TU",
    );
    check(
        &weekly("FREQ=DAILY;BYDAY=SA,SU;COUNT=4"),
        rex,
        "2026-05-04/2026-05-17 1D SA,SU",
    );
    check(
        &format!(
            "{}\r\nEXDATE:20260511T080000,20260525T080000",
            weekly("FREQ=WEEKLY;COUNT=5")
        ),
        rex,
        "2026-05-04/2026-06-01 1W MO -2026-05-11 -2026-05-25",
    );
    // Ten thousand of them are one booking.
    check(
        &weekly("FREQ=DAILY;COUNT=10000"),
        rex,
        "2026-05-04/2053-09-18 1D MO,TU,WE,TH,FR,SA,SU",
    );
    // What is within an alarm is not the event's.
    let alarm = "BEGIN:VALARM\r\nSUMMARY:Luna\r\nDTSTART:20200101\r\nEND:VALARM";
    check(
        &format!("{alarm}\r\nSUMMARY:Rex\r\nDTSTART;VALUE=DATE:20260504"),
        rex,
        "2026-05-04",
    );
}

#[test]
fn a_line_may_be_continued_within_a_letter() {
    let (daycare, [.., zoe]) = daycare();
    let text = calendar(&event("SUMMARY:Zoé\r\nDTSTART;VALUE=DATE:20260504"));
    let (before, after) = text.as_bytes().split_at(text.find('é').unwrap() + 1);
    let cut = [before, "\r\n ".as_bytes(), after].concat();
    let plan = daycare.catalogue.plan_import(&cut).unwrap();
    assert_eq!(planned(&plan)[0].1, zoe);
}

#[test]
fn what_a_calendar_says_that_is_not_read_is_said() {
    let (daycare, _) = daycare();
    let check = |lines: &str, expect: &str| {
        let plan = plan(&daycare, &calendar(&event(lines)));
        assert!(plan.planned.is_empty(), "{lines:.80}");
        let reason = plan.refused[0].reason.to_string();
        assert!(reason.contains(expect), "{lines:.80}: {reason}");
    };
    let rule = |rule: &str| format!("SUMMARY:Rex\r\nDTSTART:20260504T080000\r\nRRULE:{rule}");
    check(&rule("FREQ=MONTHLY"), "FREQ=MONTHLY");
    check(&rule("FREQ=WEEKLY;BYDAY=1MO"), "BYDAY=1MO");
    check(&rule("FREQ=WEEKLY;BYMONTH=5"), "BYMONTH=5");
    check(&rule("FREQ=WEEKLY;INTERVAL=2;WKST=SU"), "WKST");
    check(&rule("FREQ=WEEKLY;COUNT=2;UNTIL=20260630"), "COUNT");
    check(&rule("FREQ=WEEKLY;COUNT=0"), "COUNT=0");
    check(&rule("FREQ=WEEKLY;COUNT=10000"), "COUNT=10000");
    check(
        &rule("FREQ=WEEKLY;COUNT=99999999999999999999999"),
        "COUNT=9999",
    );
    check(&rule("FREQ=WEEKLY;INTERVAL=0"), "not 1 to 366");
    check(&rule("FREQ=WEEKLY;UNTIL=20250101"), "2025-01-01 is before");
    check(&rule("weekly"), "weekly");
    check("SUMMARY:Rex", "no day");
    check("SUMMARY:Rex\r\nDTSTART:tomorrow", "tomorrow");
    check("SUMMARY:Rex\r\nDTSTART:99991231", "9999-12-31");
    check(
        "SUMMARY:Rex\r\nDTSTART:20260504\r\nDURATION:P3D",
        "DURATION:P3D",
    );
    check(
        "SUMMARY:Rex\r\nDTSTART:20260504\r\nDURATION:PT4320M",
        "DURATION:PT4320M",
    );
    check("SUMMARY:Rex\r\nDTSTART:20260504\r\nRDATE:20260505", "RDATE");
    check(
        "SUMMARY:Rex\r\nDTSTART:20260504\r\nSTATUS:CANCELLED",
        "cancelled",
    );
    check(
        "SUMMARY:Rex\r\nDTSTART:20260504\r\nDTEND:20260506\r\nRRULE:FREQ=WEEKLY",
        "DTEND",
    );
    check("SUMMARY:Nobody\r\nDTSTART:20260504", "no animal matches");
    check(
        &format!("SUMMARY:{}\r\nDTSTART:20260504", "x".repeat(1_000_000)),
        "1000000 characters",
    );
    let days: Vec<String> = (0..400)
        .map(|n| format!("2027{:02}{:02}", n / 28 % 12 + 1, n % 28 + 1))
        .collect();
    let years: Vec<String> = days.iter().map(|day| day.replace("2027", "2028")).collect();
    let many = format!(
        "{}\r\nEXDATE:{},{}",
        rule("FREQ=DAILY"),
        days.join(","),
        years.join(",")
    );
    check(&many, "more than 366");
}
