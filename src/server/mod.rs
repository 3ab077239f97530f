//! Placeholder.
use std::net::SocketAddr;
use std::path::PathBuf;
pub struct ServerConfig {
    pub addr: SocketAddr,
    pub site: Option<PathBuf>,
}
pub fn run(_config: ServerConfig) -> anyhow::Result<()> {
    Ok(())
}
