//! `trainer sign`: says who made a bundle.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use minisign::{PublicKey, SecretKey, SecretKeyBox};
use recognise::{Bundle, printable};

use crate::replace::replace;

/// Sign a model bundle, so that kiosks install it.
///
/// Writes BUNDLE.minisig beside it, in the format of minisign, and prints the public key, which goes into kiosk.toml as
/// model_key. `minisign -G -p kiosk.pub -s kiosk.key` makes a pair of keys.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The secret key, as minisign writes it; if it has a password, that is asked for
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Signs the bundle and prints the signature's file and the public key.
///
/// # Errors
/// When the bundle is not sound, the key cannot be used, or the signature cannot be written.
pub fn run(args: &Args) -> Result<()> {
    // What no kiosk would run is not signed.
    let bundle = Bundle::read(&args.bundle)?;
    let key = secret_key(&args.key).with_context(|| printable(&args.key))?;
    let public = PublicKey::from_secret_key(&key)?;
    let name = args.bundle.file_name().map(Path::new).map(printable);
    let comment = format!(
        "timestamp:{}\tfile:{}\ttrained:{}",
        Timestamp::now().as_second(),
        name.unwrap_or_default(),
        bundle.metadata.trained.when.replace(char::is_control, "?")
    );
    let file = File::open(&args.bundle).with_context(|| printable(&args.bundle))?;
    let about = "signature of a model bundle";
    let signature = minisign::sign(Some(&public), &key, file, Some(&comment), Some(about))?;
    let mut path = OsString::from(&args.bundle);
    path.push(".minisig");
    let path = PathBuf::from(path);
    replace(&path, |part| Ok(fs::write(part, signature.to_string())?))
        .map_err(|error| anyhow!("{}: {error}", printable(&path)))?;
    println!("{}", printable(&path));
    println!("model_key = \"{}\"", public.to_base64());
    Ok(())
}

/// The key in a file of minisign's.
fn secret_key(path: &Path) -> Result<SecretKey> {
    let text = fs::read_to_string(path)?;
    let boxed = SecretKeyBox::from_string(&text)?;
    match boxed.clone().into_unencrypted_secret_key() {
        Ok(key) => Ok(key),
        // It has a password, which is asked for at the terminal.
        Err(_) => Ok(boxed.into_secret_key(None)?),
    }
}
