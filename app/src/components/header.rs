//! The header: name, pages, proof, theme.

use leptos::prelude::*;
use leptos_router::components::A;

use super::icon::{Icon, IconKind};
use crate::browser::theme;

/// The header of every page.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header>
            <A href="/" attr:class="logo">
                <svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
                    <circle class="logo-usual" cx="4" cy="13" r="2.4" />
                    <circle class="logo-usual" cx="10" cy="13" r="2.4" />
                    <circle class="logo-usual" cx="22" cy="13" r="2.4" />
                    <circle class="logo-odd" cx="16" cy="7" r="3.6" />
                </svg>
                "Oddflow"
            </A>
            <nav aria-label="Pages">
                <A href="/" exact=true>"Score"</A>
                <A href="/models">"Models"</A>
                <A href="/about">"About"</A>
            </nav>
            <ThemeButton />
        </header>
    }
    .into_any()
}

/// Switches between light and dark.
#[component]
fn ThemeButton() -> impl IntoView {
    let switch = move |_| {
        theme::choose(!theme::is_dark());
        // Charts are painted and have to be painted again.
        drop(window().dispatch_event(&web_sys::Event::new("themechange").unwrap_or_else(|error| error.into())));
    };
    view! {
        <button class="ghost theme" type="button" aria-label="Switch between light and dark" title="Light or dark" on:click=switch>
            <Icon kind=IconKind::Theme />
        </button>
    }
    .into_any()
}
