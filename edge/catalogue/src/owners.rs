//! Records the owners of animals: the people of a household, and how to reach them.

use jiff::Timestamp;
use recognise::text::fold;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::animals::{self, Animal};
use crate::connections::Fault;
use crate::history::{Author, Subject};
use crate::ids::{AnimalId, OwnerId};
use crate::outbox::{self, Changed};
use crate::query::Query;
use crate::search::Searchable;
use crate::values::{At, NAME_CHARACTERS, TEXT_CHARACTERS, check_line, check_text};
use crate::{Catalogue, CatalogueError, FieldError, Mark};

/// The longest line about an owner, in characters.
const LINE_CHARACTERS: usize = 200;

/// The longest telephone number, with what is written beside it, in characters.
const PHONE_CHARACTERS: usize = 100;

/// The most telephone numbers of an owner.
const PHONES: usize = 10;

/// What staff enter about an owner of animals.
///
/// ```
/// use catalogue::{Catalogue, OwnerFields};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let catalogue = Catalogue::open(folder.path())?;
/// let ana = OwnerFields {
///     name: "Ana Lima".to_owned(),
///     phones: vec!["079 555 01 23".to_owned()],
///     ..OwnerFields::default()
/// };
/// let ana = catalogue.add_owner(&ana, "ben")?;
///
/// // Accents, the grouping of digits and a typing error do not matter.
/// let found = catalogue.owners("0795550123", 10, 0)?;
/// assert_eq!(found[0].id, ana.id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerFields {
    /// The owner's name, 1 to 200 characters.
    pub name: String,
    /// Telephone numbers, at most 10 of at most 100 characters; the one to try first comes first.
    #[serde(default)]
    pub phones: Vec<String>,
    /// The e-mail address, at most 200 characters.
    #[serde(default)]
    pub email: String,
    /// The postal address in one line of at most 200 characters.
    #[serde(default)]
    pub address: String,
    /// Notes, at most 4000 characters.
    #[serde(default)]
    pub notes: String,
}

/// An owner of animals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The owner's number. Several owners may have the same name.
    pub id: OwnerId,
    /// What staff entered.
    #[serde(flatten)]
    pub fields: OwnerFields,
    /// When the owner was added.
    pub created: Timestamp,
    /// How many animals the owner has.
    pub animals: u32,
}

impl Catalogue {
    /// Adds an owner. Two owners may have the same name.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], or when the catalogue cannot be written.
    pub fn add_owner(&self, fields: &OwnerFields, by: &str) -> Result<Owner, CatalogueError> {
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let id = add(transaction, fields, Author::now(by))?;
            one(transaction, id)
        })
    }

    /// Changes what staff entered about an owner. The history keeps the former values. `seen` is the mark
    /// of the owner as staff saw him or her; without it, that is not checked.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`], [`CatalogueError::NoSuchOwner`], [`CatalogueError::Outdated`], or when
    /// the catalogue cannot be written.
    pub fn change_owner(
        &self,
        id: OwnerId,
        fields: &OwnerFields,
        seen: Option<&Mark>,
        by: &str,
    ) -> Result<Owner, CatalogueError> {
        let fields = fields.checked()?;
        check_line("by", by, NAME_CHARACTERS)?;
        self.connections.write(|transaction| {
            let before = one(transaction, id)?;
            transaction
                .prepare_cached(
                    "UPDATE owner SET name = ?2, phones = ?3, email = ?4, address = ?5, notes = ?6
                     WHERE id = ?1",
                )?
                .execute((
                    id,
                    &fields.name,
                    fields.phones.join("\n"),
                    &fields.email,
                    &fields.address,
                    &fields.notes,
                ))?;
            let after = one(transaction, id)?;
            Mark::check(seen, &before.mark(), &after.mark())?;
            let (author, subject) = (Author::now(by), Subject::Owner(id));
            author.note_all(transaction, subject, &before.fields, &fields)?;
            if before.fields.name != fields.name {
                tell_of_animals(transaction, id, author)?;
            }
            Ok(after)
        })
    }

    /// One owner.
    ///
    /// # Errors
    /// [`CatalogueError::NoSuchOwner`], or when the catalogue cannot be read.
    pub fn owner(&self, id: OwnerId) -> Result<Owner, CatalogueError> {
        self.connections.read(|connection| one(connection, id))
    }

    /// The owners that match each word of `query` with the beginning of a word in their name, e-mail
    /// address, postal address or notes, or with a telephone number, by name. An empty query finds
    /// all but those who are only known elsewhere. Returns at most `limit`, after the first `offset`.
    ///
    /// # Errors
    /// When the catalogue cannot be read. Any query is valid.
    pub fn owners(
        &self,
        query: &str,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<Owner>, CatalogueError> {
        let wanted = Query::of(query);
        let is_all = query.trim().is_empty();
        let mut found = Vec::new();
        self.connections.read(|connection| {
            let rest = if is_all { ours() } else { String::new() };
            each(connection, &rest, |owner| {
                if is_all || wanted.rank(&Searchable::of_owner(&owner.fields)).is_some() {
                    found.push(owner);
                }
                Ok(())
            })
        })?;
        sort(&mut found);
        Ok(found.into_iter().skip(offset).take(limit).collect())
    }

    /// The animals of an owner, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn animals_of_owner(&self, owner: OwnerId) -> Result<Vec<Animal>, CatalogueError> {
        let mut found = Vec::new();
        self.connections.read(|connection| {
            let theirs = "WHERE a.id IN (SELECT animal FROM animal_owner WHERE owner = ?1)";
            animals::each(connection, theirs, [owner], |animal| {
                found.push(animal);
                Ok(())
            })
        })?;
        found.sort_by_cached_key(|animal| (fold(&animal.fields.name), animal.id));
        Ok(found)
    }

    /// The owners who have no other animal than this one, by name.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub fn owners_of_only(&self, animal: AnimalId) -> Result<Vec<Owner>, CatalogueError> {
        self.connections.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{OWNER} WHERE animals = 1 AND id IN (
                     SELECT owner FROM animal_owner WHERE animal = ?1)"
            ))?;
            let owners = statement.query_map([animal], owner)?;
            let mut owners = owners.collect::<rusqlite::Result<Vec<_>>>()?;
            sort(&mut owners);
            Ok(owners)
        })
    }
}

impl OwnerFields {
    /// The fields as they are stored: without spaces around them and empty numbers.
    fn checked(&self) -> Result<Self, CatalogueError> {
        let line = |text: &str| text.trim().to_owned();
        let phones = self.phones.iter().map(|phone| line(phone));
        let fields = Self {
            name: line(&self.name),
            phones: phones.filter(|phone| !phone.is_empty()).collect(),
            email: line(&self.email),
            address: line(&self.address),
            notes: self.notes.clone(),
        };
        if fields.name.is_empty() {
            return Err(CatalogueError::invalid("name", FieldError::Empty));
        }
        if fields.phones.len() > PHONES {
            let reason = FieldError::TooMany { most: PHONES };
            return Err(CatalogueError::invalid("phones", reason));
        }
        check_line("name", &fields.name, LINE_CHARACTERS)?;
        for phone in &fields.phones {
            check_line("phones", phone, PHONE_CHARACTERS)?;
        }
        check_line("email", &fields.email, LINE_CHARACTERS)?;
        check_line("address", &fields.address, LINE_CHARACTERS)?;
        check_text("notes", &fields.notes, TEXT_CHARACTERS)?;
        Ok(fields)
    }
}

/// Adds an owner, and notes that in the history.
pub(crate) fn add(
    connection: &Connection,
    fields: &OwnerFields,
    author: Author<'_>,
) -> Result<OwnerId, Fault> {
    let fields = fields.checked()?;
    connection
        .prepare_cached(
            "INSERT INTO owner (name, phones, email, address, notes, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            &fields.name,
            fields.phones.join("\n"),
            &fields.email,
            &fields.address,
            &fields.notes,
            At(author.at),
        ))?;
    let id = OwnerId(connection.last_insert_rowid());
    let name = Some(&*fields.name);
    author.note(connection, Subject::Owner(id), "name", None, name)?;
    Ok(id)
}

/// Tells who the owners of an owner's animals are now.
fn tell_of_animals(
    connection: &Connection,
    owner: OwnerId,
    author: Author<'_>,
) -> Result<(), Fault> {
    let animals: Vec<AnimalId> = connection
        .prepare_cached("SELECT animal FROM animal_owner WHERE owner = ?1 ORDER BY animal")?
        .query_map([owner], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for animal in animals {
        outbox::animal(connection, animal, Changed::Owners, author)?;
    }
    Ok(())
}

/// Selects all columns of an owner for [`owner`].
const OWNER: &str = "SELECT id, name, phones, email, address, notes, created, animals FROM (
    SELECT *, (SELECT count(*) FROM animal_owner WHERE owner = owner.id) AS animals FROM owner)";

/// One owner.
pub(crate) fn one(connection: &Connection, id: OwnerId) -> Result<Owner, Fault> {
    let found = connection
        .prepare_cached(&format!("{OWNER} WHERE id = ?1"))?
        .query_row([id], owner)
        .optional()?;
    Ok(found.ok_or(CatalogueError::NoSuchOwner(id))?)
}

/// Selects the owners who are only known elsewhere: all of their animals are.
pub(crate) const ELSEWHERE: &str =
    "SELECT l.owner FROM animal_owner l JOIN animal a ON a.id = l.animal
     GROUP BY l.owner HAVING max(a.known_at IS NULL) = 0";

/// The rest of the SQL statement for the owners of this daycare, without those known elsewhere.
pub(crate) fn ours() -> String {
    format!("WHERE id NOT IN ({ELSEWHERE})")
}

/// Sorts owners by name: capitals and accents do not matter.
fn sort(owners: &mut [Owner]) {
    owners.sort_by_cached_key(|owner| (fold(&owner.fields.name), owner.id));
}

/// Calls `work` with one owner after the other, by number. `rest` is the rest of the SQL statement.
pub(crate) fn each(
    connection: &Connection,
    rest: &str,
    mut work: impl FnMut(Owner) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(&format!("{OWNER} {rest} ORDER BY id"))?;
    for found in statement.query_map([], owner)? {
        work(found?)?;
    }
    Ok(())
}

fn owner(row: &Row<'_>) -> rusqlite::Result<Owner> {
    let phones: String = row.get(2)?;
    Ok(Owner {
        id: row.get(0)?,
        fields: OwnerFields {
            name: row.get(1)?,
            phones: phones.lines().map(str::to_owned).collect(),
            email: row.get(3)?,
            address: row.get(4)?,
            notes: row.get(5)?,
        },
        created: row.get::<_, At>(6)?.0,
        animals: row.get(7)?,
    })
}
