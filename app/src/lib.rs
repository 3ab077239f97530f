//! What the user sees: pages, charts and what the server must know to render them.
//!
//! # Layout
//! - [`form`]: the five fields, checked and scored the same way in browser and server.
//! - [`job`]: scoring a file in the browser: messages and results.
//! - [`pages`], [`components`]: what is on the screen; [`plots`]: charts as pure functions.
//! - [`workbench`]: the state of the page.
//! - [`browser`]: the few files that touch the browser's own interfaces.
//! - [`context`]: what the server puts in before it renders.

pub mod browser;
pub mod components;
pub mod context;
pub mod form;
pub mod job;
pub mod pages;
pub mod plots;
pub mod workbench;

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::StaticSegment;
use leptos_router::components::{Route, Router, Routes};

use components::header::Header;
use pages::{about::AboutPage, models::ModelsPage, not_found::NotFound, score::ScorePage};

/// The document around the app; the server renders it, the browser never does.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let bundle = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    let nonce = leptos::nonce::use_nonce();
    let start = format!("import init,{{hydrate}} from '{bundle}.js';await init({{module_or_path:'{bundle}_bg.wasm'}});hydrate();");
    // Set before the first paint, so that a chosen theme does not flash.
    let theme = "try{const t=localStorage.getItem('theme');if(t)document.documentElement.dataset.theme=t}catch{}";
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="Finds the odd connections in network traffic and says why they are odd. Nothing is uploaded." />
                <link rel="icon" href="/icon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=format!("{bundle}.css") />
                <link rel="modulepreload" href=format!("{bundle}.js") />
                <script nonce=nonce.clone()>{theme}</script>
                <script type="module" nonce=nonce data-bundle=bundle.clone()>
                    {start}
                </script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The app: header, and the page that the address names.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Oddflow".to_owned() } else { format!("{title} · Oddflow") } text="" />
        <Router>
            <a class="skip" href="#main">"Skip to the content"</a>
            <Header />
            <main id="main">
                <Routes fallback=NotFound>
                    <Route path=StaticSegment("") view=ScorePage />
                    <Route path=StaticSegment("models") view=ModelsPage />
                    <Route path=StaticSegment("about") view=AboutPage />
                </Routes>
            </main>
        </Router>
    }
}
