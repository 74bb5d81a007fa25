//! Drops several photographs on the page at once.

use std::fs;

use tests::browser::browse;

use super::{chelsea, open_desk};

#[tokio::test]
async fn photographs_that_are_dropped_together_are_taken_in_turn_and_those_refused_are_named() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        let _kiosk = open_desk(&browser, data.path()).await;

        let photographs = tempfile::tempdir().expect("a folder for photographs");
        let whole = fs::read(chelsea()).expect("a photograph");
        let write = |name: &str, content: &[u8]| {
            let path = photographs.path().join(name);
            fs::write(&path, content).expect("a photograph is written");
            path.display().to_string()
        };
        let avif = b"\0\0\0\x18ftypavif\0\0\0\0mif1avif";
        let paths = [
            write("one.png", &whole),
            write("cat.avif", avif),
            write("half.png", &whole[..whole.len() / 2]),
            write("two.png", &whole),
        ];
        browser.drop_files(&paths.each_ref().map(String::as_str)).await;

        browser
            .until("document.querySelector('.drop progress').hidden && !document.querySelector('.drop [role=status]').hidden")
            .await;
        let done = browser.text(".drop [role=status]").await;
        assert_eq!(done, "The kiosk has the photographs, and takes them in turn.");
        let refused = browser.text(".drop [role=alert]").await;
        // Between paragraphs there are empty lines.
        let lines = refused.lines().filter(|line| !line.trim().is_empty());
        let refused: Vec<&str> = lines.collect();
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(refused[0].starts_with("cat.avif Pictures of the format "), "{refused:?}");
        assert!(refused[1].starts_with("half.png The photograph is cut short."), "{refused:?}");
        // Both cats come, one after the other.
        browser
            .until("document.querySelector('#today .quiet').textContent.trim() === '2'")
            .await;
    })
    .await;
}
