//! Draws a text as a bar code that scanners read: Code 128, code set B (ISO/IEC 15417).

use std::fmt::Write;

/// The widths of the bars and spaces of each value, 0 to 104.
const WIDTHS: [&str; 105] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214",
];

/// The value that starts code set B.
const START: usize = 104;

/// The stop pattern.
const STOP: &str = "2331112";

/// The quiet zone on either side, in widths of the narrowest bar.
const QUIET: usize = 10;

/// The height of the bars, in widths of the narrowest one.
const HEIGHT: usize = 40;

/// The bar code of a text as SVG; `None` if it is empty or has characters other than printable ASCII.
pub(super) fn svg(text: &str) -> Option<String> {
    let widths = widths(text)?;
    let total: usize = widths.iter().sum::<usize>() + 2 * QUIET;
    let mut svg = format!(
        "<svg class=\"barcode\" viewBox=\"0 0 {total} {HEIGHT}\" aria-hidden=\"true\" \
         focusable=\"false\">"
    );
    let mut x = QUIET;
    for (place, width) in widths.into_iter().enumerate() {
        // Bars and spaces take turns.
        if place.is_multiple_of(2) {
            // Writing to a string cannot fail.
            let _ = write!(
                svg,
                "<rect x=\"{x}\" y=\"0\" width=\"{width}\" height=\"{HEIGHT}\"></rect>"
            );
        }
        x += width;
    }
    svg.push_str("</svg>");
    Some(svg)
}

/// The widths of bars and spaces, a bar first.
fn widths(text: &str) -> Option<Vec<usize>> {
    let value = |c: char| match c {
        ' '..='~' => Some(c as usize - ' ' as usize),
        _ => None,
    };
    let values: Vec<usize> = text.chars().map(value).collect::<Option<_>>()?;
    if values.is_empty() {
        return None;
    }
    let weighted = values
        .iter()
        .enumerate()
        .map(|(place, value)| (place + 1) * value);
    let check = (START + weighted.sum::<usize>()) % 103;
    let symbols = [START].into_iter().chain(values).chain([check]);
    let patterns = symbols.map(|value| WIDTHS[value]).chain([STOP]);
    let digits = patterns.flat_map(str::bytes);
    Some(digits.map(|digit| usize::from(digit - b'0')).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_value_has_a_pattern_of_its_own_of_eleven_widths() {
        let distinct: BTreeSet<&str> = WIDTHS.into_iter().collect();
        assert_eq!(distinct.len(), WIDTHS.len());
        for pattern in WIDTHS {
            let widths: Vec<u8> = pattern.bytes().map(|digit| digit - b'0').collect();
            assert_eq!(widths.iter().sum::<u8>(), 11, "{pattern}");
            let bars: u8 = widths.iter().step_by(2).sum();
            assert_eq!(bars % 2, 0, "the bars of {pattern}");
        }
    }

    #[test]
    fn a_text_can_be_read_back() {
        for text in ["CH-756-0042", "756098100123456", "A"] {
            let widths: Vec<usize> = widths(text).unwrap();
            let patterns: Vec<String> = widths
                .chunks(6)
                .map(|chunk| chunk.iter().map(ToString::to_string).collect())
                .collect();
            let values: Vec<usize> = patterns[..text.len() + 2]
                .iter()
                .map(|pattern| WIDTHS.iter().position(|known| known == pattern).unwrap())
                .collect();
            assert_eq!(values[0], START);
            let read: String = values[1..=text.len()]
                .iter()
                .map(|value| char::from(b' ' + *value as u8))
                .collect();
            assert_eq!(read, text);
            let weighted = values[1..=text.len()].iter().zip(1..);
            let sum: usize = weighted.map(|(value, place)| value * place).sum();
            assert_eq!(values[text.len() + 1], (START + sum) % 103, "the check");
            assert_eq!(patterns[text.len() + 2..].concat(), STOP);
        }
    }

    #[test]
    fn what_has_no_bars_has_no_code() {
        assert_eq!(svg(""), None);
        assert_eq!(svg("é"), None);
        assert!(svg("A-1").is_some_and(|svg| svg.matches("<rect").count() == 3 * 5 + 4));
    }
}
