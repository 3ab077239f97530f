//! `oddflow serve`: the pages and the API.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use crate::server::{self, ServerConfig};

/// Serves the pages and the API over HTTP until interrupted.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:3000", env = "ODDFLOW_ADDR")]
    addr: SocketAddr,
    /// Folder that `make build` assembled; `site` beside the binary's folder, else target/site, unless said otherwise.
    #[arg(long, env = "ODDFLOW_SITE")]
    site: Option<PathBuf>,
}

impl Serve {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        server::run(ServerConfig {
            addr: self.addr,
            site: self.site,
        })?;
        Ok(Outcome::Done)
    }
}
