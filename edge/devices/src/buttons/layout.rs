//! Translates keys to the characters that a keyboard layout types.
//!
//! A scanner sends positions of keys, not characters: it presses the keys that type its code on the
//! layout that it is set to. The tables are those of the X keyboard extension (xkeyboard-config),
//! without the letters that AltGr adds: no tag has them. A dead key stands for its accent alone.

use evdev::KeyCode;
use serde::Deserialize;

/// The layout that a scanner or keyboard is set to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// The United States, to which most scanners are set when they are bought.
    #[default]
    Us,
    /// The United Kingdom and Ireland.
    Uk,
    /// France.
    Fr,
    /// Belgium.
    Be,
    /// Germany and Austria.
    De,
    /// Switzerland. German and French differ in letters with accents only.
    Ch,
    /// Spain.
    Es,
    /// Italy.
    It,
}

/// What is held while a key is pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// A Shift key.
    pub shift: bool,
    /// AltGr, the Alt key on the right.
    pub alt_gr: bool,
}

/// The first keys of the rows of a table. Those that follow have successive codes. (Linux,
/// `input-event-codes.h`.)
const ROWS: [KeyCode; 5] = [
    KeyCode::KEY_1,
    KeyCode::KEY_Q,
    // Ends with the key to the left of the 1.
    KeyCode::KEY_A,
    // Begins with the key beside Enter.
    KeyCode::KEY_BACKSLASH,
    // Between Shift and Z; keyboards of the United States lack it.
    KeyCode::KEY_102ND,
];

/// The characters of [`ROWS`]: those of the keys alone, with Shift, and with AltGr. A `□` stands for
/// none.
type Table = [&'static str; 3];

const US: Table = [
    r"1234567890-= qwertyuiop[] asdfghjkl;'` \zxcvbnm,./ <",
    r#"!@#$%^&*()_+ QWERTYUIOP{} ASDFGHJKL:"~ |ZXCVBNM<>? >"#,
    "",
];

const UK: Table = [
    r"1234567890-= qwertyuiop[] asdfghjkl;'` #zxcvbnm,./ \",
    r#"!"£$%^&*()_+ QWERTYUIOP{} ASDFGHJKL:@¬ ~ZXCVBNM<>? |"#,
    r"□□□€□□{[]}\ @□□□□□□□□□□~ □□□□□□□□□□^| ` |",
];

const FR: Table = [
    r#"&é"'(-è_çà)= azertyuiop^$ qsdfghjklmù² *wxcvbn,;:! <"#,
    "1234567890°+ AZERTYUIOP¨£ QSDFGHJKLM%~ µWXCVBN?./§ >",
    r"□~#{[|`\^@]} □□€ @□□□□□□□□□^ ` |",
];

const BE: Table = [
    r#"&é"'(§è!çà)- azertyuiop^$ qsdfghjklmù² µwxcvbn,;:= <"#,
    "1234567890°_ AZERTYUIOP¨* QSDFGHJKLM%³ £WXCVBN?./+ >",
    r"|@#□□^{[{}\ @□€□□□□□□□[] □ `□□□□□□□□□~ \",
];

const DE: Table = [
    "1234567890ß´ qwertzuiopü+ asdfghjklöä^ #yxcvbnm,.- <",
    r#"!"§$%&/()=?` QWERTZUIOPÜ* ASDFGHJKLÖÄ° 'YXCVBNM;:_ >"#,
    r"□□□□□□{[]}\ @□€□□□□□□□□~ □□□□□□□□□□^ □ |",
];

const CH: Table = [
    "1234567890'^ qwertzuiopü¨ asdfghjklöä§ $yxcvbnm,.- <",
    r#"+"*ç%&/()=?` QWERTZUIOPè! ASDFGHJKLéà° £YXCVBNM;:_ >"#,
    r"|@#□□□|□]}□~ @□€□□□□□□□[] □□□□□□□□□□{ } \",
];

const ES: Table = [
    "1234567890'¡ qwertyuiop`+ asdfghjklñ´º çzxcvbnm,.- <",
    r#"!"·$%&/()=?¿ QWERTYUIOP^* ASDFGHJKLÑ¨ª ÇZXCVBNM;:_ >"#,
    r"|@#~□□{[]}\ @□€□□□□□□□[] □□□□□□□□□~{\ } |",
];

const IT: Table = [
    r"1234567890'ì qwertyuiopè+ asdfghjklòà\ ùzxcvbnm,.- <",
    r#"!"£$%&/()=?^ QWERTYUIOPé* ASDFGHJKLç°| §ZXCVBNM;:_ >"#,
    "□□□□□□{[]}`~ @□€□□□□□□□[] □□□□□□□□□@# ` □",
];

impl Layout {
    /// The character that a key types; `None` for a key that types none. Keys of a keypad type the
    /// same on every layout, and are none of these.
    ///
    /// ```
    /// use devices::buttons::layout::{Held, Layout};
    /// use evdev::KeyCode;
    ///
    /// let shift = Held { shift: true, alt_gr: false };
    /// assert_eq!(Layout::Us.character(KeyCode::KEY_Q, Held::default()), Some('q'));
    /// assert_eq!(Layout::Fr.character(KeyCode::KEY_Q, Held::default()), Some('a'));
    /// assert_eq!(Layout::Fr.character(KeyCode::KEY_1, shift), Some('1'));
    /// ```
    #[must_use]
    pub fn character(self, key: KeyCode, held: Held) -> Option<char> {
        if key == KeyCode::KEY_SPACE {
            return Some(' ');
        }
        let [alone, shifted, third] = self.table();
        let rows = match (held.shift, held.alt_gr) {
            (false, false) => alone,
            (true, false) => shifted,
            (false, true) => third,
            (true, true) => return None,
        };
        let typed = ROWS.iter().zip(rows.split(' ')).find_map(|(first, row)| {
            let place = key.code().checked_sub(first.code())?;
            row.chars().nth(usize::from(place))
        });
        typed.filter(|&character| character != '□')
    }

    fn table(self) -> Table {
        match self {
            Self::Us => US,
            Self::Uk => UK,
            Self::Fr => FR,
            Self::Be => BE,
            Self::De => DE,
            Self::Ch => CH,
            Self::Es => ES,
            Self::It => IT,
        }
    }
}
