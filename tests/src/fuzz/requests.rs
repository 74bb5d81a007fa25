//! The requests that [`super::forms`] and [`super::api`] send, each with a body that is accepted, in an
//! order in which all of them are. Left out is what ends the owner's session or sets a password; the
//! webhook, which would call whatever address the bytes name; and files that [`super::photograph`] and
//! [`super::backup`] try.

/// A request that changes something, or shows what it would change.
pub(super) struct Request {
    pub(super) method: &'static str,
    /// With `{id}` for the number of a record.
    pub(super) path: &'static str,
    /// The type of its body.
    pub(super) kind: &'static str,
    /// The number of the record that it is sent for.
    id: u8,
    /// A body that is accepted.
    body: &'static str,
}

/// The boundary between the parts of a multipart form.
const MULTIPART: &str = "multipart/form-data; boundary=edge";

/// The forms of the pages.
pub(super) static FORMS: [Request; 28] = [
    form(1, "/language", "language=fr&next=%2Ftoday"),
    form(1, "/press/next", "visit=&revision=0&selected_guest="),
    form(
        1,
        "/animals/new",
        "name=Rex&breed=Pug&notes=old&contact=079&warnings=bites&feeding=twice&medication=none\
         &vaccination_name=Rabies&vaccination_given=2026-01-02&vaccinated_until=2027-01-31\
         &tag=ch+0042&owner=Anna&owner_phone=079&anyway=yes",
    ),
    form(
        1,
        "/animals/{id}/edit",
        "name=Ada&breed=Beagle&owner_shown=1&owner_id=1&owner_shown=2",
    ),
    form(
        1,
        "/animals/{id}/bookings",
        "weekday=1&weekday=3&from=2026-05-04&until=2026-12-31&every=2",
    ),
    form(1, "/bookings/{id}/cancel", ""),
    form(2, "/animals/{id}/merge", "other=3&sure=yes"),
    form(2, "/animals/{id}/split", "merged=3"),
    form(7, "/animals/{id}/forget", "sure=yes&owner=7"),
    form(
        1,
        "/owners/new",
        "name=Zo%C3%A9&phones=079%0A078&email=zoe%40example.org&address=Rue+1&notes=late",
    ),
    form(1, "/owners/{id}/edit", "name=Anna&phones=079"),
    form(8, "/owners/{id}/erase", "sure=yes"),
    form(
        1,
        "/visits/{id}/settle",
        "breed=beagle&animal=1&revision=0&next=%2Fqueue",
    ),
    form(
        1,
        "/visits/{id}/stay",
        "belongings=lead%0Abowl&run=3&next=%2F",
    ),
    form(1, "/animals/{id}/check-out", "visit=1&next=%2Fin-house%23a"),
    form(1, "/animals/{id}/check-in", "visit=1&next=%2Fin-house"),
    form(1, "/visits/{id}/guest/remove", "next=%2F"),
    form(
        2,
        "/visits/{id}/newcomer",
        "name=Nero&breed=Pug&contact=079&warnings=&vaccinated_until=2030-01-31&tag=ch+7&anyway=yes\
         &revision=0",
    ),
    form(2, "/visits/{id}/undo", "next=%2F"),
    form(
        1,
        "/visits/settle",
        "visit=3&visit=4%400&typed=Pug&day=2026-05-04",
    ),
    form(5, "/visits/{id}/no-animal", "keep=yes&sure=yes"),
    form(6, "/visits/{id}/delete", "sure=yes&revision=0"),
    form(1, "/expected", "animal=1&day=2026-05-04&next=%2F"),
    form(1, "/expected/remove", "animal=1&day=2026-05-04"),
    Request {
        kind: MULTIPART,
        ..form(
            1,
            "/expected/import",
            "--edge\r\nContent-Disposition: form-data; name=\"next\"\r\n\r\n/expected\r\n\
             --edge\r\nContent-Disposition: form-data; name=\"bookings\"; filename=\"a.csv\"\r\n\
             Content-Type: text/csv\r\n\r\nname,day\r\nAda,2026-05-04\r\n\r\n--edge--\r\n",
        )
    },
    form(
        1,
        "/expected/import/write",
        "plan=1+2026-05-04%0A2+2026-05-04%2F2026-12-31+2W+MO%2CWE+-2026-05-18",
    ),
    form(
        1,
        "/settings",
        "name=Paws&language=fr&keep_photographs=yes&whole_frames=yes&keep_days=30&quota_mb=500\
         &contact_months=24&night_from=22%3A00&night_to=06%3A30&vaccination_days=14\
         &time_zone=",
    ),
    // Its answer leads to the login page, and logs nobody out.
    form(1, "/language", "language=en&next=%2Flogin"),
];

/// The requests of the API with a body.
pub(super) static API: [Request; 16] = [
    json(
        "POST",
        1,
        "/api/v1/animals",
        r#"{"name": "Rex", "species": "dog", "breed": "other", "breed_name": "Lurcher", "notes": "old",
            "vaccinations": [{"name": "Rabies", "given": "2026-01-02", "valid_until": "2027-01-31"}],
            "owner_ids": [1, 2], "tag": "CH-1"}"#,
    ),
    json(
        "PUT",
        1,
        "/api/v1/animals/{id}",
        r#"{"name": "Ada", "species": "dog", "breed": "pug", "vaccinated_until": "2027-01-31"}"#,
    ),
    json("POST", 2, "/api/v1/animals/{id}/merge", r#"{"animal": 3}"#),
    json("POST", 2, "/api/v1/animals/{id}/split", r#"{"animal": 3}"#),
    json(
        "POST",
        1,
        "/api/v1/animals/{id}/bookings",
        r#"{"weekdays": ["MO", "WE"], "from": "2026-05-04", "until": "2026-12-31", "every": 2,
            "unit": "week", "exceptions": ["2026-05-18"]}"#,
    ),
    json(
        "POST",
        1,
        "/api/v1/owners",
        r#"{"name": "Zoé", "phones": ["079", "078"], "email": "zoe@example.org", "notes": "late"}"#,
    ),
    json("PUT", 1, "/api/v1/owners/{id}", r#"{"name": "Anna"}"#),
    json(
        "POST",
        1,
        "/api/v1/visits/{id}/settle",
        r#"{"breed": "beagle", "animal": 1, "revision": 0}"#,
    ),
    json(
        "PUT",
        1,
        "/api/v1/visits/{id}/stay",
        r#"{"belongings": "lead\nbowl", "run": "3"}"#,
    ),
    json(
        "POST",
        1,
        "/api/v1/animals/{id}/check-out",
        r#"{"visit": 1, "left_at": null}"#,
    ),
    json(
        "POST",
        1,
        "/api/v1/visits/settle",
        r#"{"visits": [3, {"id": 4, "revision": 0}], "breed": "other", "breed_name": "Lurcher"}"#,
    ),
    json(
        "POST",
        1,
        "/api/v1/press/next",
        r#"{"visit": null, "selected_guest": null, "selected": 0}"#,
    ),
    Request {
        kind: "text/csv",
        ..json(
            "POST",
            1,
            "/api/v1/expected/import",
            "name,day\nAda,2026-05-04\n",
        )
    },
    json(
        "PUT",
        1,
        "/api/v1/settings",
        r#"{"name": "Paws", "language": "fr", "keep_photographs": true, "keep_days": 30,
            "quota_mb": 500, "night_from": "22:00", "night_to": "06:30", "contact_months": 24}"#,
    ),
    json(
        "POST",
        1,
        "/api/v1/tokens",
        r#"{"name": "door", "scope": "read"}"#,
    ),
    json("POST", 1, "/api/v1/invitations", r#"{"role": "staff"}"#),
];

const fn form(id: u8, path: &'static str, body: &'static str) -> Request {
    Request {
        method: "POST",
        path,
        kind: "application/x-www-form-urlencoded",
        id,
        body,
    }
}

const fn json(method: &'static str, id: u8, path: &'static str, body: &'static str) -> Request {
    Request {
        method,
        path,
        kind: "application/json",
        id,
        body,
    }
}

pub(super) fn forms() -> Vec<Vec<u8>> {
    seeds(&FORMS)
}

pub(super) fn api() -> Vec<Vec<u8>> {
    seeds(&API)
}

/// Each request as input: its number, that of its record, and its body.
fn seeds(requests: &[Request]) -> Vec<Vec<u8>> {
    let numbered = (0..).zip(requests);
    let seed = |(number, request): (u8, &Request)| {
        [&[number, request.id - 1][..], request.body.as_bytes()].concat()
    };
    numbered.map(seed).collect()
}
