//! Packs the model that the kiosk brings along.

use std::path::Path;
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::ZlibEncoder;

const MODEL: &str = "models/breeds.onnx";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={MODEL}");
    let folder = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let packed = fs::File::create(Path::new(&folder).join("breeds.onnx.zlib"))?;
    let mut encoder = ZlibEncoder::new(packed, Compression::best());
    io::copy(&mut fs::File::open(MODEL)?, &mut encoder)?;
    encoder.finish()?;
    Ok(())
}
