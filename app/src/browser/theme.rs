//! Light or dark, as `public/theme.js` and the system have it.

use leptos::prelude::{document, window};

use crate::plots::Palette;

/// Tells whether the page is dark now.
pub fn is_dark() -> bool {
    let chosen = document()
        .document_element()
        .and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    }
}

/// The colours of the theme, for what cannot read the style sheet.
pub fn palette() -> Palette {
    if is_dark() {
        Palette::dark()
    } else {
        Palette::light()
    }
}
