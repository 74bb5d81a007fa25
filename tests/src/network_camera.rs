//! A camera on the network: a crowd of cats is before it, or nobody, or it sends garbage.

use std::io::{self, BufRead, BufReader, Cursor, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage, imageops};

use crate::fuzz;
use crate::workspace;

/// The animals of a crowd, in columns and rows.
const COLUMNS: u32 = 3;
const ROWS: u32 = 2;

/// How many animals a crowd has.
pub(crate) const CROWD: u32 = COLUMNS * ROWS;

/// The size of the camera's picture, and of an animal in it. Animals with less room between them are not
/// all found.
const PICTURE: [u32; 2] = [640, 480];
const ANIMAL: u32 = 150;

/// The cat's face on its photograph: the left upper corner, and the side of the square.
const FACE: [u32; 3] = [75, 0, 300];

/// What is behind the animals.
const WALL: [u8; 3] = [210, 205, 195];

/// A tail, and where it is in every other picture of the crowd. A crowd that stood as still as a wall would
/// be taken for one after a minute.
const TAIL: [u8; 3] = [120, 110, 100];
const TAIL_AT: [u32; 2] = [40, 440];
const TAIL_SIZE: [u32; 2] = [120, 40];

/// One in this many damaged pictures has damage in what stands around it, too: the stream ends there.
const HEADS: usize = 50;

/// What the camera sends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shown {
    Nobody,
    Crowd,
    /// Damaged pictures of both, which depend on this number.
    Garbage(u64),
}

/// A camera. Its threads end with the program.
pub(crate) struct NetworkCamera {
    pub(crate) address: String,
    scene: Arc<Mutex<Scene>>,
}

struct Scene {
    shown: Shown,
    /// The picture of nobody, and two of the crowd.
    pictures: [Vec<u8>; 3],
    /// How many pictures were sent.
    sent: usize,
    /// How many of them were damaged.
    damaged: usize,
}

impl NetworkCamera {
    /// A camera that shows nobody, with a picture in each interval.
    pub(crate) fn start(interval: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("the port's address");
        let scene = Arc::new(Mutex::new(Scene {
            shown: Shown::Nobody,
            pictures: pictures().map(|picture| jpeg(&picture)),
            sent: 0,
            damaged: 0,
        }));
        let shared = Arc::clone(&scene);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let scene = Arc::clone(&shared);
                // It ends when the kiosk does.
                thread::spawn(move || stream_to(stream, interval, &scene));
            }
        });
        Self {
            address: format!("http://{address}/video"),
            scene,
        }
    }

    pub(crate) fn show(&self, shown: Shown) {
        lock(&self.scene).shown = shown;
    }

    /// How many damaged pictures it has sent.
    pub(crate) fn damaged(&self) -> usize {
        lock(&self.scene).damaged
    }
}

impl Scene {
    /// The next part of the stream.
    fn part(&mut self) -> Vec<u8> {
        self.sent += 1;
        let [nobody, crowd @ ..] = &self.pictures;
        let seed = match self.shown {
            Shown::Nobody => return part(nobody),
            Shown::Crowd => return part(&crowd[self.sent % crowd.len()]),
            Shown::Garbage(seed) => seed,
        };
        self.damaged += 1;
        let part = part(&fuzz::mutant(&self.pictures, seed, self.damaged));
        if self.damaged.is_multiple_of(HEADS) {
            return fuzz::mutant(&[part], seed, self.damaged);
        }
        part
    }
}

fn lock(scene: &Mutex<Scene>) -> MutexGuard<'_, Scene> {
    scene.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A picture with what stands around it.
fn part(picture: &[u8]) -> Vec<u8> {
    let length = picture.len();
    let head = format!("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), picture, b"\r\n"].concat()
}

/// Answers a request with what is shown, again and again.
fn stream_to(mut stream: TcpStream, interval: Duration, scene: &Mutex<Scene>) -> io::Result<()> {
    let mut request = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while request.read_line(&mut line)? > 2 {
        line.clear();
    }
    let kind = "multipart/x-mixed-replace; boundary=frame";
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n")?;
    loop {
        let part = lock(scene).part();
        stream.write_all(&part)?;
        thread::sleep(interval);
    }
}

/// The entrance without anybody, with a crowd, and with a crowd of which somebody shows its tail.
fn pictures() -> [RgbImage; 3] {
    let [width, height] = PICTURE;
    let nobody = RgbImage::from_pixel(width, height, Rgb(WALL));
    let mut crowd = nobody.clone();
    let animal = animal();
    let [column, row] = [width / COLUMNS, height / ROWS];
    for place in 0..CROWD {
        let x = place % COLUMNS * column + (column - ANIMAL) / 2;
        let y = place / COLUMNS * row + (row - ANIMAL) / 2;
        imageops::replace(&mut crowd, &animal, x.into(), y.into());
    }
    let mut wagging = crowd.clone();
    let ([width, height], [x, y]) = (TAIL_SIZE, TAIL_AT);
    let tail = RgbImage::from_pixel(width, height, Rgb(TAIL));
    imageops::replace(&mut wagging, &tail, x.into(), y.into());
    [nobody, crowd, wagging]
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let written = picture.write_to(&mut file, ImageFormat::Jpeg);
    written.expect("a picture");
    file.into_inner()
}

/// A cat's face in grey. In grey, the network names a breed after three pictures; in colour it is not sure,
/// and takes eight.
fn animal() -> RgbImage {
    let file = workspace().join("edge/examples/chelsea.png");
    let photograph = image::open(file).expect("a photograph");
    let [x, y, side] = FACE;
    let face = photograph.crop_imm(x, y, side, side);
    face.thumbnail_exact(ANIMAL, ANIMAL).grayscale().to_rgb8()
}
