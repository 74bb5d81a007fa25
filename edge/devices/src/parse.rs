//! Reads a value of a configuration file by the same `FromStr` as the command line does.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Deserialises a text and parses it.
pub(crate) fn deserialize<'de, D, T>(value: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(value)?;
    text.parse().map_err(D::Error::custom)
}
