//! The header: name, pages, theme. It works without the bundle: the theme button is `public/theme.js`'s.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use crate::Page;

/// The header of every page.
#[component]
pub fn Header(
    /// The page it stands on.
    page: Page,
) -> impl IntoView {
    let link = move |to: Page| {
        let current = (to == page).then_some("page");
        view! { <a href=to.path() aria-current=current>{to.title()}</a> }
    };
    view! {
        <header>
            <a class="logo" href="/" aria-label="Oddflow">
                <svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
                    <circle class="logo-usual" cx="4" cy="13" r="2.4" />
                    <circle class="logo-usual" cx="10" cy="13" r="2.4" />
                    <circle class="logo-usual" cx="22" cy="13" r="2.4" />
                    <circle class="logo-odd" cx="16" cy="7" r="3.6" />
                </svg>
                <span>"Oddflow"</span>
            </a>
            <nav aria-label="Pages">{Page::ALL.map(link).collect_view()}</nav>
            <button class="ghost theme" type="button" data-theme-button="" aria-label="Switch between light and dark" title="Light or dark">
                <Icon kind=IconKind::Theme />
            </button>
        </header>
    }
    .into_any()
}
