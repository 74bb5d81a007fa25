//! The daycare that is attacked: its kiosk's catalogue is large to send.

use std::fs;
use std::path::Path;

use ::catalogue::{Catalogue, NewVisit};
use image::RgbImage;
use jiff::Timestamp;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use recognise::{Candidate, Source, VerdictKind};

use crate::network_camera::NetworkCamera;
use crate::program::{self, Program};

/// The owner's password.
pub(super) const PASSWORD: &str = "a password to remember";

/// The visits of today.
const VISITS: usize = 64;

/// The size of their photographs, which are noise: 10 MB or so together, more than a connection holds on its way.
const PHOTOGRAPH: [u32; 2] = [400, 300];

/// Opens a daycare with its catalogue in `data`. The kiosk serves its page over TLS and, on this machine, without it
/// too.
///
/// # Panics
/// If the kiosk does not start.
pub(super) fn open(data: &Path, camera: &NetworkCamera) -> Program {
    record_visits(data);
    program::set_password(data, "owner", PASSWORD);
    let settings = data.join("kiosk.toml");
    fs::write(&settings, "tls = \"auto\"\n").expect("the settings are written");
    let settings = settings.to_str().expect("a path in UTF-8");
    let mut kiosk = Program::start(data, &["--camera", &camera.address, "--config", settings]);
    kiosk.page = kiosk.page.replacen("https:", "http:", 1);
    kiosk
}

fn record_visits(data: &Path) {
    let catalogue = Catalogue::open(data).expect("a new catalogue");
    let mut random = SplitMix64::seed_from_u64(1);
    for _ in 0..VISITS {
        let recorded = catalogue.record(&NewVisit {
            at: Timestamp::now(),
            photograph: Some(noise(&mut random)),
            verdict: VerdictKind::Unsure,
            candidates: vec![Candidate {
                breed: "pug".into(),
                probability: 0.4,
            }],
            confidence: 0.4,
            embedding: Vec::new(),
            model: "attacks".to_owned(),
            source: Source::Camera,
        });
        recorded.expect("a visit on record");
    }
}

fn noise(random: &mut SplitMix64) -> RgbImage {
    let [width, height] = PHOTOGRAPH;
    let mut picture = RgbImage::new(width, height);
    random.fill_bytes(&mut picture);
    picture
}
