//! Tests of the catalogue through its public API.

mod animals;
mod backup;
mod damage;
mod daycare;
mod export;
mod finding;
mod older;
mod retention;
mod tags;
mod visits;
mod wrong_backup;

use daycare::*;
