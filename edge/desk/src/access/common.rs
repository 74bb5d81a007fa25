//! Passwords that are guessed first: those of the lists that every attacker has, and how people make
//! them longer.

/// Words of which common passwords are made, in the languages of the kiosk, and what this program and
/// its trade bring to mind. In lower case, without accents.
const WORDS: &str = "\
    abc abcd abcde access account admin administrateur administrator alexandre amour andrea angel \
    animal animals animaux anthony arsenal ashley august aout automne autumn avril april azerty \
    azertyui azertyuiop baseball basketball batman beagle bienvenue bonjour boston breed breedkiosk \
    buster cat cats caramel changeme changezmoi charlie chat chaton chats cheese chelsea chien chiens \
    chocolat chocolate coffee computer cookie coucou daniel daycare debian december decembre default \
    demo dog dogs dogsitter dolphin doudou dragon elephant epicerie ete family fevrier february \
    flower football france freedom friday frontdesk garderie george ginger guest hannah harley hello \
    hiver hockey hunter iloveyou internet invite janvier january jasmine je jennifer jessica jesus \
    jetaime jordan joshua juillet juin july june justin killer kiosk kiosque kitten labrador letmein \
    linux liverpool login london loulou love lovely loveyou mai maman march marine mars marseille \
    master matthew maxime may melissa merlin michael michelle minou monday monkey mot motdepasse \
    mustang naruto nicolas nicole november novembre ninja october octobre oliver olivia orange owner \
    pa papa paris pass passe passwd password passwort patrick peanut pension pepper pi pikachu pokemon \
    princess princesse printemps puppy purple qazwsx qwer qwert qwerty qwertyui qwertyuiop qwertz \
    qwertzuiop rainbow raspberry raspberrypi raspbian responsable robert root salut samsung sarah \
    secret september septembre service shadow simple soccer soleil sophie spring staff star starwars \
    summer sunday sunshine super superman team temp temporary test teste tester thomas tigger toor \
    toto trustno user utilisateur vacances viewer welcome whatever william winter yankees zxcvbn \
    zxcvbnm";

/// Zigzags over a keyboard.
const ZIGZAGS: [&str; 8] = [
    "1q2w3e4r",
    "q1w2e3r4",
    "1a2z3e4r",
    "a1z2e3r4",
    "1qaz2wsx",
    "1qazxsw2",
    "zaq12wsx",
    "qazwsxedc",
];

/// Neighbours: of the alphabet, and of the rows of the keyboards in use.
const ROWS: [&str; 8] = [
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
];

/// Whether a password of an account is guessed first: one that is a short piece repeated, a run over
/// the keyboard, a number, or made of nothing but [`WORDS`] and the account's name, with letters
/// replaced by digits that look like them and with digits and marks at both ends.
pub(super) fn is_common(password: &str, account: &str) -> bool {
    let plain: Vec<char> = (password.to_lowercase().chars())
        .filter(|letter| !letter.is_whitespace())
        .collect();
    is_repeated(&plain) || is_run(&plain) || is_number(&plain) || is_of_words(&plain, account)
}

/// Whether it is a piece of at most five characters again and again.
fn is_repeated(plain: &[char]) -> bool {
    (1..=5).any(|length| {
        let (first, second) = (plain.iter(), plain.iter().skip(length));
        plain.len() > length && first.zip(second).all(|(one, other)| one == other)
    })
}

/// Whether at least three of four characters follow their neighbour in a row, or repeat it.
fn is_run(plain: &[char]) -> bool {
    let follows = |pair: &&[char]| {
        pair[0] == pair[1]
            || ROWS.iter().any(|row| {
                let places = [pair[0], pair[1]].map(|letter| row.find(letter));
                matches!(places, [Some(one), Some(other)] if one.abs_diff(other) == 1)
            })
    };
    let pairs = plain.windows(2).len();
    let following = plain.windows(2).filter(follows).count();
    following * 4 >= pairs * 3
}

/// Whether it is a date, a telephone number or any other number.
fn is_number(plain: &[char]) -> bool {
    let separators = ['-', '.', '/', ':', '+', '_'];
    let mut characters = plain.iter();
    characters.all(|letter| letter.is_ascii_digit() || separators.contains(letter))
}

/// Whether it is made of [`WORDS`] and the account's name alone.
fn is_of_words(plain: &[char], account: &str) -> bool {
    let whole: String = plain.iter().collect();
    if ZIGZAGS.iter().any(|zigzag| whole.starts_with(zigzag)) {
        return true;
    }
    let account = account.to_lowercase();
    let own = account.split_whitespace();
    let words: Vec<Vec<char>> = (WORDS.split_whitespace().chain(own))
        .map(|word| word.chars().map(letter_of).collect())
        .collect();
    let is_mark = |letter: char| !letter.is_alphabetic();
    let mut rest: Vec<char> = whole.trim_matches(is_mark).chars().collect();
    // The longest word first: "password" is not "pass" and a rest.
    while let Some(length) = (words.iter())
        .filter(|word| begins_with(&rest, word))
        .map(Vec::len)
        .max()
    {
        let following = rest.into_iter().skip(length);
        rest = following.skip_while(|letter| is_mark(*letter)).collect();
    }
    rest.is_empty()
}

/// Whether characters stand for those of a word and others.
fn begins_with(characters: &[char], word: &[char]) -> bool {
    let letters = characters.iter().map(|character| letter_of(*character));
    characters.len() >= word.len() && letters.zip(word).all(|(one, other)| one == *other)
}

/// The letter that a character stands for.
fn letter_of(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | 'é' | 'è' | 'ê' | 'ë' => 'e',
        '4' | '@' | 'à' | 'â' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        'ç' => 'c',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::is_common;

    #[test]
    fn what_is_guessed_first_is_refused() {
        for password in [
            "1234567890",
            "0123456789a",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "hellohello",
            "qwertyuiop",
            "azertyuiop123",
            "1q2w3e4r5t6y",
            "Password123!",
            "P@ssw0rd2024",
            "passwordpassword",
            "MotDePasse1",
            "mot de passe 2026",
            "bienvenue2026",
            "Été2026été2026",
            "admin-admin-1",
            "kioskowner1",
            "raspberrypi",
            "2026-05-04 2026",
            "+33612345678",
            "zoemarie2026",
        ] {
            assert!(is_common(password, "Zoé Marie"), "{password}");
        }
    }

    #[test]
    fn a_few_words_are_accepted() {
        for password in [
            "the owner's password",
            "another password",
            "a password to remember",
            "correct horse battery",
            "an emulated daycare",
            "a new word",
            "le chat dort au soleil",
            "tq8-Vf2.xR7k",
            "日本語のとても長い合言葉",
        ] {
            assert!(!is_common(password, "Zoé Marie"), "{password}");
        }
    }
}
