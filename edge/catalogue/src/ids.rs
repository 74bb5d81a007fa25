//! The numbers of records, and the breed id for breeds that are in no list.

use std::fmt;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

/// The breed id of an animal whose breed neither the network nor the vocabulary
/// ([`recognise::vocabulary`]) has. Its photographs are never training examples.
pub const OTHER_BREED: &str = "other";

/// A number that identifies a record.
macro_rules! id {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }
    };
}

id! {
    /// A visit's number. It is never used twice.
    VisitId
}

id! {
    /// An animal's number. It is never used twice.
    AnimalId
}

id! {
    /// The number of an animal's owner. It is never used twice.
    OwnerId
}

id! {
    /// A booking's number. It is never used twice.
    BookingId
}
