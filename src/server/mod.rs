//! `oddflow serve`: pages and API over HTTP.
//!
//! In: an address and the folder that `make build` assembled. Out: a server that runs until Ctrl-C or SIGTERM. Everything that comes from
//! outside has a cap: connections, bodies, records, table jobs, and the time that each may take.
//!
//! # Layout
//! - [`router`]: every route on one page; [`state`]: what they share.
//! - [`score`]: `POST /api/v1/score`; [`records`] with JSON, read by [`record_json`]; [`table`] with a table.
//! - [`model_list`]: `GET /api/v1/models`; [`pages`]: what people see, [`evaluation`]: the figures on them; [`site`]: static files.
//! - [`policy`]: headers of every answer; [`reply`]: errors as JSON.
//! - [`request_body`], [`response_body`], [`jobs`], [`connections`]: the caps.

mod connections;
mod evaluation;
mod jobs;
mod model_list;
mod pages;
mod policy;
mod record_json;
mod records;
mod reply;
mod request_body;
mod response_body;
mod router;
mod score;
mod scorers;
mod site;
mod state;
mod table;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::shipped::ModelSet;
use connections::CappedListener;
use site::Site;
use state::AppState;

/// How long requests in flight have after the signal to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// Threads for reading files and for scoring tables; how many tables are scored at once is capped in [`jobs`].
const MAX_BLOCKING_THREADS: usize = 64;

/// Where to listen and what to serve.
#[derive(Clone, Debug)]
pub(crate) struct ServerConfig {
    /// Address and port.
    pub(crate) addr: SocketAddr,
    /// Folder that `make build` assembled; looked for beside the binary where there is none.
    pub(crate) site: Option<PathBuf>,
}

/// Serves until interrupted.
///
/// # Errors
/// Where the site folder is missing, the address cannot be listened on, or a shipped model does not decode.
pub(crate) fn run(config: ServerConfig) -> anyhow::Result<()> {
    start_logging();
    let site = Site::find(config.site.as_deref())?;
    let state = AppState::new(ModelSet::shipped()?, site, config.addr)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .build()
        .context("the server's threads cannot be started")?;
    let result = runtime.block_on(serve(config.addr, state));
    // What is left are jobs whose clients had their grace; the process ends with them.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

async fn serve(addr: SocketAddr, state: AppState) -> anyhow::Result<()> {
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|error| listen_error(addr, error))?;
    let addr = listener
        .local_addr()
        .context("the address listened on is unknown")?;
    // A router rather than a service: `axum::serve` clones it per connection.
    let router = router::build(state);
    eprintln!("Oddflow is at http://{addr}");
    let (stop, mut stopped) = watch::channel(false);
    let serving =
        axum::serve(CappedListener::new(listener), router).with_graceful_shutdown(async move {
            stop_signal().await;
            tracing::info!("stopping");
            stop.send_replace(true);
        });
    let grace = async move {
        // An error would mean that the server has ended, which the other branch sees.
        if stopped.wait_for(|is_stopped| *is_stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(SHUTDOWN_GRACE).await;
    };
    tokio::select! {
        result = serving.into_future() => result.context("the server failed"),
        () = grace => {
            tracing::warn!("requests were still running {} s after the signal to stop", SHUTDOWN_GRACE.as_secs());
            Ok(())
        }
    }
}

fn listen_error(addr: SocketAddr, error: std::io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!(
            "{addr} is in use by another program: stop it, or choose another address with --addr"
        ),
        ErrorKind::PermissionDenied => anyhow::anyhow!(
            "{addr}: no permission to listen there; ports below 1024 need rights, choose another one with --addr"
        ),
        ErrorKind::AddrNotAvailable => anyhow::anyhow!(
            "{addr} is not an address of this machine: choose another one with --addr"
        ),
        _ => anyhow::Error::new(error).context(format!("{addr} cannot be listened on")),
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

/// Errors and notices to standard error; `ODDFLOW_LOG=debug` adds a line per request.
fn start_logging() {
    let filter = EnvFilter::try_from_env("ODDFLOW_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .finish();
    // Already set where a test or another command has done so.
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("logging had been started before");
    }
}
