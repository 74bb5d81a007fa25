//! Changes the language of the daycare while a page is open.

use serde_json::json;
use tests::browser::browse;

use super::open_desk;

#[tokio::test]
async fn an_open_page_is_in_the_new_language_at_once_and_where_it_was() {
    browse(|browser| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        let kiosk = open_desk(&browser, data.path()).await;
        for (page, field) in [("/animals?q=nobody", "q"), ("/", "photograph")] {
            browser.open(&format!("{}{page}", kiosk.page)).await;
            let focus = format!("document.querySelector('#{field}').focus()");
            browser.script(&focus, vec![]).await;
            for language in ["fr", "en"] {
                // As the owner does at another machine.
                let change = "const [language] = arguments;
                    fetch('/api/v1/settings', {
                        method: 'PUT',
                        headers: { 'content-type': 'application/json' },
                        body: JSON.stringify({ language }),
                    });";
                browser.script(change, vec![json!(language)]).await;
                browser
                    .until(&format!("document.documentElement.lang === '{language}'"))
                    .await;
                browser
                    .until(&format!("document.activeElement.id === '{field}'"))
                    .await;
                assert_eq!(browser.address().await, page);
            }
        }
        assert_eq!(browser.console_errors().await, [""; 0]);
    })
    .await;
}
