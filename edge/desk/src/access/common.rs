//! Passwords that are guessed first: an estimate of how many attempts a password takes, by zxcvbn (Wheeler, USENIX
//! Security 2016), whose lists of passwords, names and words are English.

use recognise::text::plain;
use zxcvbn::zxcvbn;

/// The fewest attempts that a password has to take. It is more than two common words, or a common word, a year and a
/// mark, take in the estimate (10⁸).
const LEAST: u64 = 200_000_000;

/// The least number of bytes of letters and digits with which a password is judged without its marks, too.
const WORD: usize = 8;

/// As many characters as the estimate looks at: its time grows faster than the length.
const LENGTH: usize = 32;

/// What the trade brings to mind, and words that French passwords are made of, without accents.
const WORDS: &str = "\
    administrateur amour animal animaux aout automne avril azerty azertyuiop bienvenue bonjour breed caramel changez \
    chat chaton chats chien chiens chocolat chouchou coucou daycare decembre desk dimanche doudou epicerie ete famille \
    fevrier front garderie hiver invite janvier jetaime jeudi juillet juin kiosk kiosque labrador loulou lundi maman \
    mardi mars marseille mercredi moi montagne mot motdepasse novembre octobre owner papa paris passe pension pi \
    printemps raspberry raspberrypi responsable samedi secret septembre soleil staff utilisateur vacances vendredi \
    viewer";

/// Whether the password of an account is guessed in fewer than [`LEAST`] attempts. The account's name is a word, too.
pub(super) fn is_common(password: &str, account: &str) -> bool {
    let account = plain(account);
    let words: Vec<&str> = (WORDS.split_whitespace())
        .chain(account.split(|letter: char| !letter.is_alphanumeric()))
        .collect();
    let is_guessed = |password: &str| {
        let beginning: String = password.chars().take(LENGTH).collect();
        zxcvbn(&beginning, &words).guesses() < LEAST
    };
    let mut password = plain(password);
    password.retain(|letter| !letter.is_whitespace());
    let without_marks = password.replace(|letter: char| !letter.is_alphanumeric(), "");
    is_guessed(&password) || without_marks.len() >= WORD && is_guessed(&without_marks)
}

#[cfg(test)]
mod tests {
    use super::is_common;

    #[test]
    fn what_is_guessed_first_is_refused() {
        for password in [
            "1qaz2wsx3edc",
            "q1w2e3r4t5",
            "manchester",
            "butterfly1",
            "christopher",
            "basketball",
            "abcdefghij",
            "tinkerbell",
            "strawberry",
            "hello12345",
            "trustno123",
            "superman123",
            "pokemon123",
            "spiderman1",
            "metallica1",
            "q1w2e3r4t5y6",
            "asdfasdfasdf",
            "zxcvbnm123",
            "1234qwerasdf",
            "qweasdzxc123",
            "iloveyou12",
            "iloveyou!!",
            "lovelove12",
            "princess123",
            "qwerty12345",
            "volkswagen",
            "playstation",
            "liverpool1",
            "football123",
            "barcelona1",
            "realmadrid1",
            "juventus11",
            "welcome123",
            "chevrolet1",
            "ferrari123",
            "wonderwoman",
            "cheesecake",
            "babygirl123",
            "sweetheart",
            "basketball1",
            "california1",
            "elizabeth1",
            "stephanie1",
            "valentine1",
            "1a2b3c4d5e",
            "p@ssword123",
            "passw0rd123",
            "changeme123",
            "letmein123",
            "qwe123qwe123",
            "asd123asd123",
            "a123456789",
            "q123456789",
            "987654321a",
            "qwerasdfzxcv",
            "snickers12",
            "bubblegum1",
            "spongebob1",
            "undertaker",
            "motherlode",
            "greatescape",
            "thunderbird",
            "fuckyou123",
            "asshole123",
            "azertyuiop1",
            "doudou1234",
            "chouchou12",
            "marseille13",
            "loulou1234",
            "chocolat12",
            "marieclaire",
            "bonjour1234",
            "jetaime1234",
            "montagne12",
            "passion123",
            "qwertyuiop123",
            "google1234",
            "facebook123",
            "1q2w3e4r5t",
            "samsung123",
            "blahblah123",
            "whatever123",
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
            "Password2026!",
            "motdepasse1",
            "azertyuiop",
            "breedkiosk1",
            "kiosque2026",
            "garderie2026!",
            "labrador2026",
            "été 2026 été",
            "Zoé Marie 2026",
            "Bienvenue2026!",
            "chiens et chats",
            "labrador-2026",
            "a b c d e f",
            "zoe-password-1",
        ] {
            assert!(is_common(password, "Zoé-Marie"), "{password}");
        }
    }

    #[test]
    fn a_few_words_are_accepted() {
        for password in [
            "a password to remember",
            "an emulated daycare",
            "correct horse battery",
            "five words that nobody says",
            "le chat dort au soleil",
            "Rex mange les rideaux",
            "what only the owner knows",
            "tq8-Vf2.xR7k",
            "(+)/[=]{-}<*>",
            "日本語のとても長い合言葉",
        ] {
            assert!(!is_common(password, "Zoé Marie"), "{password}");
        }
    }
}
