//! What all routes share: models, scorers, the site, and how much may be done at once.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;

use super::jobs::Jobs;
use super::scorers::Scorers;
use super::site::Site;
use super::{model_list, pages};
use crate::shipped::ModelSet;

/// Shared by all requests; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct AppState(Arc<Shared>);

/// See [`AppState`].
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) models: ModelSet,
    pub(crate) scorers: Scorers,
    pub(crate) jobs: Jobs,
    pub(crate) site: Site,
    /// The answer to `GET /api/v1/models`.
    pub(crate) model_list: Bytes,
    leptos: LeptosOptions,
}

impl AppState {
    /// # Errors
    /// Where the models cannot be described.
    pub(crate) fn new(models: ModelSet, site: Site, addr: SocketAddr) -> anyhow::Result<Self> {
        let model_list = model_list::describe(&models)?.into();
        let leptos = pages::options(&site, addr);
        Ok(Self(Arc::new(Shared {
            models,
            scorers: Scorers::default(),
            jobs: Jobs::default(),
            site,
            model_list,
            leptos,
        })))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
