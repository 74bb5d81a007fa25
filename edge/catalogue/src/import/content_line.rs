//! Splits a calendar into its content lines (RFC 5545, 3.1): a name, parameters and a value.

use super::ImportError;

/// A content line.
#[derive(Debug)]
pub(super) struct ContentLine {
    /// The line of the file on which it begins.
    pub(super) line: usize,
    /// The name in capitals: `DTSTART`.
    pub(super) name: String,
    /// The value, as it is written.
    pub(super) value: String,
}

/// The content lines of a calendar. A line that begins with a space or a tab continues the one before.
/// Lines without a value are left out.
pub(super) fn split(content: &[u8]) -> impl Iterator<Item = Result<ContentLine, ImportError>> {
    let lines = content.split(|byte| *byte == b'\n').map(without_return);
    let mut lines = lines.enumerate().peekable();
    std::iter::from_fn(move || {
        loop {
            let (index, first) = lines.next()?;
            // Some programs continue a line within a letter: it is text only when it is whole.
            let mut whole = first.to_vec();
            while let Some((_, [_, rest @ ..])) =
                lines.next_if(|(_, line)| matches!(line, [b' ' | b'\t', ..]))
            {
                whole.extend_from_slice(rest);
            }
            let text = String::from_utf8(whole).map_err(|_| ImportError::NotText);
            let parsed = text.map(|text| parse(index + 1, &text)).transpose();
            if parsed.is_some() {
                return parsed;
            }
        }
    })
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn parse(line: usize, text: &str) -> Option<ContentLine> {
    let mut is_quoted = false;
    let colon = text.find(|c: char| {
        is_quoted ^= c == '"';
        c == ':' && !is_quoted
    })?;
    let name = text[..colon].split(';').next().unwrap_or_default();
    Some(ContentLine {
        line,
        name: name.trim().to_ascii_uppercase(),
        value: text[colon + 1..].trim_end().to_owned(),
    })
}

/// A text without its escapes (RFC 5545, 3.3.11).
pub(super) fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match characters.next() {
            Some('n' | 'N') => text.push('\n'),
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}
