//! Tests of the catalogue through its public API.

mod animals;
mod backup;
mod bookings;
mod chain;
mod damage;
mod daycare;
mod encryption;
mod events;
mod export;
mod finding;
mod guests;
mod import;
mod log;
mod lost;
mod marks;
mod merge;
mod older;
mod outbox;
mod owners;
mod privacy;
mod read_only;
mod ready;
mod report;
mod rescue;
mod restore;
mod retention;
mod rotation;
mod stays;
mod tags;
mod undo;
mod vaccinations;
mod verify;
mod visits;
mod wrong_backup;

use daycare::*;
