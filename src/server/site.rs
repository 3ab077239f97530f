//! The folder that `make build` assembled: where it is, what it holds, and its files over HTTP.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use tower_http::services::ServeDir;

/// Hexadecimal digits in the name of a model file.
const N_HASH_DIGITS: usize = 8;

/// A site folder.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The folder.
    pub(crate) root: PathBuf,
    /// What it says of itself.
    pub(crate) index: SiteIndex,
}

/// `site.json`, written by `cargo xtask site`; paths without a leading slash.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteIndex {
    /// Folder of script, wasm and styles, with a hash of their content: `pkg/<hash>`.
    pub(crate) pkg: String,
    /// Model file of each view: `models/kdd41.<hash>.oddflow`.
    pub(crate) models: BTreeMap<String, String>,
}

impl Site {
    /// Finds the folder: the one given, else `site` beside the binary's folder, else `target/site`.
    ///
    /// # Errors
    /// Where it is not there or has no readable `site.json`.
    pub(crate) fn find(given: Option<&Path>) -> anyhow::Result<Self> {
        let root = match given {
            Some(folder) => folder.to_owned(),
            None => {
                let beside = std::env::current_exe()
                    .ok()
                    .and_then(|binary| Some(binary.parent()?.parent()?.join("site")));
                let candidates = beside.into_iter().chain([PathBuf::from("target/site")]);
                candidates.clone().find(|folder| folder.join("site.json").is_file()).with_context(|| {
                    let places = candidates.map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(" and ");
                    format!("no site folder at {places}: run `make build`, or name the folder with --site")
                })?
            }
        };
        let path = root.join("site.json");
        let text = std::fs::read(&path).with_context(|| {
            format!(
                "{} cannot be read: run `make build`, or name the folder with --site",
                path.display()
            )
        })?;
        let index = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not as `make build` writes it", path.display()))?;
        Ok(Self { root, index })
    }

    /// Whether the folder is still there.
    pub(crate) fn is_present(&self) -> bool {
        self.root.join("site.json").is_file()
    }

    /// Answers with a file of the folder, packed where the client takes that; 404 where there is none.
    pub(crate) async fn serve(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let mut files = ServeDir::new(&self.root)
            .precompressed_br()
            .precompressed_gzip()
            .append_index_html_on_directories(false);
        let mut response = match files.try_call(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) if is_no_file(error.kind()) => {
                plain(StatusCode::NOT_FOUND, "there is no such file")
            }
            Err(error) => {
                tracing::error!(%error, path, "a file of the site cannot be read");
                plain(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the server failed; its log says why",
                )
            }
        };
        if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
            let caching = if self.is_immutable(&path) {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        }
        response
    }

    /// Whether the path holds a hash of the content, so that what it names never changes.
    fn is_immutable(&self, path: &str) -> bool {
        let path = path.trim_start_matches('/');
        let in_pkg = path
            .strip_prefix(&self.index.pkg)
            .is_some_and(|rest| rest.starts_with('/'));
        let hash = path.strip_prefix("models/").and_then(|name| {
            name.strip_suffix(".oddflow")?
                .rsplit_once('.')
                .map(|(_, hash)| hash)
        });
        in_pkg
            || hash.is_some_and(|hash| {
                hash.len() == N_HASH_DIGITS && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
            })
    }
}

/// Whether an error means that the path names no file, however odd the path.
fn is_no_file(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidFilename
    )
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
