//! What the user sees: pages, charts and what the server must know to render them.
//!
//! # Layout
//! - [`form`]: the five fields, checked and scored the same way in browser and server.
//! - [`explorer`]: answers questions about a scored file.
//! - [`job`]: scoring a file in the browser: messages and results.
//! - [`pages`], [`components`]: what is on the screen; [`plots`]: charts as pure functions.
//! - [`page_state`]: the state of the page.
//! - [`browser`]: the few files that touch the browser's own interfaces.
//! - [`context`]: what the server puts in before it renders.

// The types of views nest as deep as the page does.
#![recursion_limit = "512"]

pub mod browser;
pub mod components;
pub mod context;
pub mod explorer;
pub mod form;
pub mod job;
pub mod page_state;
pub mod pages;
pub mod plots;

use leptos::prelude::*;

use components::header::Header;
use pages::score::ScorePage;
#[cfg(feature = "ssr")]
use pages::{about::AboutPage, data::DataPage, models::ModelsPage, not_found::NotFound};

/// The pages. Each is a document of its own: only the score page is alive, the others need no bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Type one connection or drop a file.
    Score,
    /// What the models are and how good.
    Models,
    /// What the models were trained on.
    Data,
    /// Version, privacy, licences.
    About,
    /// Any other address.
    NotFound,
}

impl Page {
    /// The pages that have an address.
    pub const ALL: [Page; 4] = [Page::Score, Page::Models, Page::Data, Page::About];

    /// Its address.
    pub fn path(self) -> &'static str {
        match self {
            Page::Score | Page::NotFound => "/",
            Page::Models => "/models",
            Page::Data => "/data",
            Page::About => "/about",
        }
    }

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Page::Score => "Score",
            Page::Models => "Models",
            Page::Data => "Data",
            Page::About => "About",
            Page::NotFound => "Not found",
        }
    }
}

/// The document around a page; the server renders it, the browser never does.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions, page: Page) -> impl IntoView {
    let bundle = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    // The page comes alive first; what shows a scored file follows.
    let workbench = format!("/{}/workbench", options.site_pkg_dir);
    let start = format!(
        "import init,{{hydrate}} from '{bundle}.js';await init({{module_or_path:'{bundle}_bg.wasm'}});hydrate();\
         const w=await import('{workbench}.js');await w.default({{module_or_path:'{workbench}_bg.wasm'}});w.start();"
    );
    // Resources of the page are handed over by scripts that carry the same nonce.
    let live = (page == Page::Score).then(|| {
        view! {
            <link rel="modulepreload" href=format!("{bundle}.js") />
            <script type="module" nonce=leptos::nonce::use_nonce() data-bundle=bundle.clone()>
                {start}
            </script>
        }
    });
    // Values under the pointer, on a page without a bundle.
    let charts = matches!(page, Page::Models | Page::Data).then(|| {
        view! { <script nonce=leptos::nonce::use_nonce() src="/charts.js" defer></script> }
    });
    let body = match page {
        Page::Score => view! { <App /> }.into_any(),
        Page::Models => view! { <Frame page><ModelsPage /></Frame> }.into_any(),
        Page::Data => view! { <Frame page><DataPage /></Frame> }.into_any(),
        Page::About => view! { <Frame page><AboutPage /></Frame> }.into_any(),
        Page::NotFound => view! { <Frame page><NotFound /></Frame> }.into_any(),
    };
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="Finds the odd connections in network traffic and says why they are odd. Nothing is uploaded." />
                <title>{format!("{} · Oddflow", page.title())}</title>
                <link rel="icon" href=icon() type="image/svg+xml" />
                <link rel="stylesheet" href=format!("{bundle}.css") />
                <script nonce=leptos::nonce::use_nonce() src="/theme.js"></script>
                {live}
                {charts}
            </head>
            <body>{body}</body>
        </html>
    }
    .into_any()
}

/// The icon within the page: browsers fetch one with an address of its own again whenever the page's address changes, and the page says
/// that it makes no request.
#[cfg(feature = "ssr")]
fn icon() -> String {
    let svg = include_str!("../../public/icon.svg").trim();
    let mut address = String::from("data:image/svg+xml,");
    for c in svg.chars() {
        match c {
            '%' => address.push_str("%25"),
            '#' => address.push_str("%23"),
            '<' => address.push_str("%3C"),
            '>' => address.push_str("%3E"),
            '"' => address.push('\''),
            '\n' => address.push(' '),
            c => address.push(c),
        }
    }
    address
}

/// The live page: what the server renders and the browser hydrates.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <SkipLink />
        <Header page=Page::Score />
        <main id="main" tabindex="-1">
            <ScorePage />
        </main>
    }
    .into_any()
}

/// What stands around a page without a bundle.
#[cfg(feature = "ssr")]
#[component]
fn Frame(page: Page, children: Children) -> impl IntoView {
    view! {
        <SkipLink />
        <Header page />
        <main id="main" tabindex="-1">{children()}</main>
    }
    .into_any()
}

#[component]
fn SkipLink() -> impl IntoView {
    view! { <a class="skip" href="#main">"Skip to the content"</a> }
}
