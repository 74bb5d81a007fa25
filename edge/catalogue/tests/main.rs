//! Tests of the catalogue through its public API.

mod animals;
mod backup;
mod damage;
mod daycare;
mod events;
mod export;
mod finding;
mod lost;
mod merge;
mod older;
mod retention;
mod tags;
mod undo;
mod verify;
mod visits;
mod wrong_backup;

use daycare::*;
