//! Lists in messages.

/// The first `most` of these names, and how many there are besides.
pub(crate) fn some(names: impl IntoIterator<Item: AsRef<str>>, most: usize) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let named: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    let named = named.join(", ");
    match names.len().saturating_sub(most) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
