//! Cameras: what their frames cost on the way from the camera's bytes to the verdict, without the networks.
//!
//! Before each camera an animal stands still. The detections and predictions were made before, and come whenever the
//! kiosk would run the networks.

use std::time::{Duration, Instant};

use checkin::{Entrance, Event, Pace, Presence, Turn};
use devices::camera::clip::{HEIGHT, INTERVAL, PER_SECOND, WIDTH};
use devices::camera::pixels::Decoder;
use image::{Rgb, RgbImage};
use recognise::Prediction;
use tests::figures::Times;
use tests::process;

use crate::networks::{Networks, Recognised};
use crate::{frame, ms, print_law};

/// The most cameras.
const MOST: u32 = 8;

/// How many seconds of frames each camera gives.
const SECONDS: u32 = 10;

/// The first frames of each camera, which show nobody.
const EMPTY: u32 = 10;

/// A camera and what the kiosk knows of its frames.
struct Camera {
    decoder: Decoder,
    presence: Presence,
    entrance: Entrance,
}

pub(crate) fn measure() {
    println!("\n### Cameras with {PER_SECOND} frames a second, 640 x 480, without the networks\n");
    println!("| cameras | frames a second | share of a core | a frame, median | p99 |");
    println!("| --- | --- | --- | --- | --- |");
    let bytes = frame::bytes();
    let mut networks = Networks::on_threads(1);
    let recognised = networks.recognise(&frame::picture());
    let [mut shares, mut medians] = [const { Vec::new() }; 2];
    for count in 1..=MOST {
        let mut cameras: Vec<Camera> = (0..count).map(|_| Camera::new(&networks)).collect();
        let used = process::seconds_of_thread();
        let times = play(&mut cameras, &bytes, &mut networks, &recognised);
        let used = process::seconds_of_thread() - used;
        let share = used / f64::from(SECONDS) * 100.0;
        println!(
            "| {count} | {} | {share:.1} % | {:.2} ms | {:.2} ms |",
            count * PER_SECOND,
            ms(times.median()),
            ms(times.p99()),
        );
        shares.push((f64::from(count), share));
        medians.push((f64::from(count), ms(times.median())));
    }
    println!();
    print_law("share of a core", &shares, "%", "a camera");
    print_law("a frame", &medians, "ms", "a camera");
}

/// Plays [`SECONDS`] of frames, each camera's in turn, one after the other. Time passes as if they came at their pace.
fn play(
    cameras: &mut [Camera],
    bytes: &[u8],
    networks: &mut Networks,
    recognised: &Recognised,
) -> Times {
    let mut times = Times::default();
    for index in EMPTY..EMPTY + SECONDS * PER_SECOND {
        for camera in &mut *cameras {
            let start = Instant::now();
            camera.take(INTERVAL * index, bytes, networks, recognised);
            times.push(start.elapsed());
        }
    }
    for camera in cameras {
        assert!(!camera.entrance.is_idle(), "an animal has arrived");
    }
    times
}

impl Camera {
    /// A camera that has shown nobody so far.
    fn new(networks: &Networks) -> Self {
        let nobody = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([210, 205, 195]));
        let mut presence = Presence::default();
        for index in 0..EMPTY {
            presence.see(INTERVAL * index, &nobody);
        }
        Self {
            decoder: frame::decoder(),
            presence,
            entrance: Entrance::new(networks.metadata.clone(), Pace::default(), true),
        }
    }

    /// Takes in a frame.
    fn take(
        &mut self,
        now: Duration,
        bytes: &[u8],
        networks: &mut Networks,
        recognised: &Recognised,
    ) {
        let picture = frame::decode(&mut self.decoder, bytes);
        let sight = self.presence.see(now, &picture);
        self.entrance.on(now, Event::Seen(sight));
        loop {
            let took = Duration::ZERO;
            let event = match self.entrance.turn(now) {
                Turn::Skip | Turn::Rest => break,
                Turn::Locate => Event::Located {
                    detections: recognised.detections.clone(),
                    took,
                },
                Turn::Recognise(arrival, region) => {
                    networks.prepare(&picture, region);
                    let output = &recognised.output;
                    Event::Predicted {
                        arrival: self.entrance.identify(now, arrival, &output.embedding),
                        prediction: Prediction::of(output, &networks.metadata),
                        embedding: output.embedding.clone(),
                        took,
                    }
                }
            };
            self.entrance.on(now, event);
        }
    }
}
