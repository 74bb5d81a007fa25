//! The kiosk put together, and the real program as its user starts it.

#[path = "../recognise/tests/common/mod.rs"]
mod common;
#[allow(dead_code, reason = "shared with the tests of the catalogue")]
#[path = "../catalogue/tests/daycare.rs"]
mod daycare;

mod arrivals;
mod backups;
mod cameras;
mod catalogue;
mod classify;
mod commands;
mod config;
mod damage;
mod defects;
mod degraded;
mod doctor;
mod guests;
mod kiosk;
mod links;
mod model;
mod password;
mod recovery;
mod run;
mod update;
