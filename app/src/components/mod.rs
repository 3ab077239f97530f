//! The parts that pages are made of, one component a file.

pub mod confusion;
pub mod drop_zone;
pub mod figure;
pub mod form_card;
pub mod gauge;
pub mod header;
pub mod icon;
pub mod job_panel;
pub mod proof;
pub mod result_card;
