//! A desk at work, and readers of its pages.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use catalogue::{AnimalFields, AnimalId, Catalogue, Guess, NewVisit, Visit, VisitId};
use checkin::Stage;
use desk::access::{Access, Role};
use desk::kiosk::{Arrival, Command, Inbox, Kiosk, Links, Live, Notice, Part};
use desk::setup::{NoCameras, Setup};
use desk::{Desk, Options};
use image::{Rgb, RgbImage};
use jiff::{Timestamp, ToSpan};
use recognise::metadata::{EmbeddingSpec, Guests, Species};
use recognise::{Candidate, Metadata, Source, VerdictKind};
use screens::locale::Message;
use tempfile::TempDir;
use tokio::sync::watch;
use ureq::Agent;

use crate::{METADATA, play};

pub(crate) const OWNER: &str = "what only the owner knows";
pub(crate) const STAFF: &str = "what all of the staff know";
/// The version of the network that recognised the visits.
pub(crate) const MODEL: &str = "<b>2026";

pub(crate) const SCRIPT: &str = "<script>alert(1)</script>";

/// A desk at work.
pub(crate) struct House {
    _folder: TempDir,
    address: String,
    pub(crate) catalogue: Arc<Catalogue>,
    live: watch::Sender<Arc<Live>>,
    pub(crate) commands: Receiver<Command>,
}

impl House {
    pub(crate) fn open() -> Self {
        Self::with(METADATA.clone())
    }

    /// A desk whose network knows guests again, by embeddings.
    pub(crate) fn that_knows_guests() -> Self {
        let mut metadata = Metadata::clone(&METADATA);
        metadata.embedding = Some(EmbeddingSpec {
            prototypes: Vec::new(),
            guests: Some(Guests {
                scale: 20.0,
                new: 0.6,
            }),
        });
        metadata.trained.when = MODEL.to_owned();
        Self::with(metadata.into())
    }

    fn with(metadata: Arc<Metadata>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Arc::new(Catalogue::open(folder.path()).unwrap());
        let (live, watched) = watch::channel(Arc::default());
        let inbox = Arc::new(Inbox::default());
        let commands = play(&inbox, watched.clone());
        let kiosk = Kiosk::new(Arc::clone(&catalogue), metadata, watched, inbox);
        let access = Access::open(folder.path()).unwrap();
        access.set_password(Role::Owner, OWNER).unwrap();
        access.set_password(Role::Staff, STAFF).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let options = Options {
            address,
            folder: folder.path().to_owned(),
            names: Vec::new(),
            photographs: Default::default(),
            tls: None,
            setup: Setup::default(),
            cameras: Arc::new(NoCameras),
        };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime
                .block_on(Desk::new(kiosk, access, options).serve(listener, std::future::pending()))
        });
        Self {
            _folder: folder,
            address: format!("http://{address}"),
            catalogue,
            live,
            commands,
        }
    }

    pub(crate) fn animal(&self, name: &str, contact: &str, warnings: &str) -> AnimalId {
        let fields = AnimalFields {
            notes: SCRIPT.to_owned(),
            contact: contact.to_owned(),
            warnings: warnings.to_owned(),
            vaccinated_until: Some("2020-02-29".parse().unwrap()),
            ..AnimalFields::new(name, Species::Dog, "beagle")
        };
        self.catalogue.add_animal(&fields, "staff").unwrap()
    }

    pub(crate) fn visit(&self, verdict: VerdictKind, breeds: &[&str]) -> VisitId {
        let visit = self.new_visit(verdict, breeds);
        self.catalogue.record(&visit).unwrap().visit
    }

    /// A visit, so many days ago, of an animal that looks like those of the same `looks`, 0 to 15.
    pub(crate) fn visit_of(&self, looks: usize, days: i64) -> VisitId {
        let mut embedding = vec![0.0; 16];
        embedding[looks] = 1.0;
        let visit = NewVisit {
            at: Timestamp::now() - (24 * days).hours(),
            photograph: Some(RgbImage::from_pixel(64, 48, Rgb([180, 120, 60]))),
            embedding,
            ..self.new_visit(VerdictKind::Breed, &["beagle", "pug"])
        };
        self.catalogue.record(&visit).unwrap().visit
    }

    /// A visit of this moment, not yet on record.
    pub(crate) fn new_visit(&self, verdict: VerdictKind, breeds: &[&str]) -> NewVisit {
        let candidates: Vec<Candidate> = (breeds.iter())
            .map(|breed| Candidate {
                breed: (*breed).into(),
                probability: 0.9 / breeds.len() as f32,
            })
            .collect();
        NewVisit {
            at: Timestamp::now(),
            photograph: None,
            verdict,
            confidence: candidates.first().map_or(0.0, |best| best.probability),
            candidates,
            embedding: Vec::new(),
            model: MODEL.to_owned(),
            source: Source::Camera,
        }
    }

    pub(crate) fn show(&self, stage: Stage, visit: Option<VisitId>) {
        self.live.send_replace(Arc::new(Live {
            arrival: Arrival {
                id: 1,
                number: 1,
                stage,
                visit,
                verdict: visit.map(|_| VerdictKind::Breed),
                ..Arrival::default()
            },
            notices: vec![Notice {
                part: Part::Tag,
                message: Message::new("notice-tag-unknown").with("tag", SCRIPT),
            }],
            ..Live::default()
        }));
    }

    /// The visit's answer is on the screen, with one of its candidates selected.
    pub(crate) fn select(&self, visit: VisitId, selected: usize) {
        let visit = self.catalogue.visit(visit).unwrap();
        self.live.send_replace(Arc::new(Live {
            arrival: Arrival {
                selected,
                ..answered(1, visit)
            },
            ..Live::default()
        }));
    }

    /// The answers to these visits are on the screen, numbered from 1; the first one is in focus.
    pub(crate) fn show_together(&self, visits: &[VisitId]) {
        let visits = visits.iter().map(|id| self.catalogue.visit(*id).unwrap());
        let mut arrivals = (1..).zip(visits).map(|(n, visit)| answered(n, visit));
        self.live.send_replace(Arc::new(Live {
            arrival: arrivals.next().unwrap(),
            others: arrivals.collect(),
            ..Live::default()
        }));
    }

    /// The same; those beside the first one may be one of these animals, one of which is selected.
    pub(crate) fn show_guess(&self, visits: &[VisitId], guess: &Guess, selected: Option<usize>) {
        self.show_together(visits);
        self.live.send_modify(|live| {
            for other in &mut Arc::make_mut(live).others {
                other.guess = Some(Arc::new(guess.clone()));
                other.selected_guest = selected;
            }
        });
    }

    /// A tag was read a moment ago, which an animal has.
    pub(crate) fn scan(&self, tag: &str, name: &str) {
        let message = Message::new("screen-tag").with("tag", tag);
        self.live.send_replace(Arc::new(Live {
            tag: Some(message.with("name", name)),
            ..Live::default()
        }));
    }

    /// The links to the rest of the daycare and of the chain are like this.
    pub(crate) fn link(&self, links: Links) {
        self.live.send_replace(Arc::new(Live {
            links,
            ..Live::default()
        }));
    }

    /// Somebody who is logged in and reads `language`.
    pub(crate) fn enter(&self, password: &str, language: &str) -> Reader<'_> {
        let reader = self.stranger(language);
        let entered = reader.post("/login", &[("password", password), ("next", "/")]);
        assert_eq!(entered.status, 303, "{}", entered.html);
        reader
    }

    /// Somebody who is not logged in and reads `language`.
    pub(crate) fn stranger(&self, language: &str) -> Reader<'_> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .into();
        let reader = Reader { house: self, agent };
        let chosen = reader.post("/language", &[("language", language), ("next", "/")]);
        assert_eq!(chosen.status, 303, "{}", chosen.html);
        reader
    }
}

/// An arrival with an answer.
fn answered(number: u8, visit: Visit) -> Arrival {
    Arrival {
        id: number.into(),
        number,
        stage: Stage::Answered,
        visit: Some(visit.id),
        revision: visit.revision,
        verdict: Some(visit.verdict),
        candidates: visit.candidates,
        ..Arrival::default()
    }
}

pub(crate) struct Reader<'a> {
    house: &'a House,
    agent: Agent,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) to: String,
    pub(crate) html: String,
}

impl Reader<'_> {
    pub(crate) fn get(&self, path: &str) -> Answer {
        answer(
            self.agent
                .get(format!("{}{path}", self.house.address))
                .call()
                .unwrap(),
        )
    }

    /// Sends a form, as a browser does from a page of the desk.
    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.house.address);
        let request = self.agent.post(url).header("Origin", &self.house.address);
        answer(request.send_form(form.to_vec()).unwrap())
    }

    /// Sends a file of a form, as a browser does from a page of the desk.
    pub(crate) fn send(&self, path: &str, name: &str, content: &str) -> Answer {
        let body = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"file\"\r\n\r\n\
             {content}\r\n--edge--\r\n"
        );
        let url = format!("{}{path}", self.house.address);
        let request = (self.agent.post(url))
            .header("Origin", &self.house.address)
            .header("Content-Type", "multipart/form-data; boundary=edge");
        answer(request.send(body.as_bytes()).unwrap())
    }

    /// Opens a page with forms, then sends a form.
    pub(crate) fn fill(&self, page: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let html = self.get(page).html;
        assert!(html.contains("<form method=\"post\""), "{page}");
        self.post(path, form)
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let to = response
        .headers()
        .get("location")
        .map(|to| to.to_str().unwrap().to_owned());
    Answer {
        status: response.status().as_u16(),
        to: to.unwrap_or_default(),
        html: response.body_mut().read_to_string().unwrap(),
    }
}
