//! The pages, one a file.

pub mod about;
pub mod data;
pub mod models;
pub mod not_found;
pub mod score;
