//! Which transforms a view's features get, for trees and for networks.
//!
//! Chosen on validation rows inside the training split; ARCHITECTURE.md, "Encodings", says why. What
//! decided: `count` = 511 is only loud as a magnitude, a logarithm makes it ordinary, so the wide view keeps both; with five features alone
//! the logarithms and the zero flags carry more.

use crate::schema::{Feature, FeatureKind, View};

/// A transform before it is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Magnitude,
    Log,
    IsZero,
    TailSurprise,
    CategorySurprise,
    OneHot,
    /// With the feature of that name.
    LogRatio(&'static str),
    /// To the feature of that name.
    Equals(&'static str),
}

use Wanted::{CategorySurprise, Equals, IsZero, Log, LogRatio, Magnitude, OneHot, TailSurprise};

/// Transforms of one feature for trees.
pub(super) fn for_trees(view: View, feature: &Feature) -> &'static [Wanted] {
    match (view, feature.name, feature.kind) {
        (_, _, FeatureKind::Category) => &[CategorySurprise],
        (View::Kdd5, _, FeatureKind::Bytes) => &[Log, IsZero],
        (View::Kdd5, ..) => &[Log],
        (View::Kdd41 | View::Kdd28, "count" | "srv_count", _) => &[TailSurprise, Magnitude],
        (View::Kdd41 | View::Kdd28, _, FeatureKind::Bytes) => &[TailSurprise, Log],
        (View::Kdd41 | View::Kdd28, ..) => &[TailSurprise],
    }
}

/// Transforms of one feature for networks.
pub(super) fn for_networks(view: View, feature: &Feature) -> &'static [Wanted] {
    match (view, feature.name, feature.kind) {
        (_, _, FeatureKind::Category) => &[OneHot],
        // A network of few inputs does not find by itself what two of them say together.
        (View::Kdd5, "src_bytes", _) => &[Log, IsZero, LogRatio("dst_bytes")],
        (View::Kdd5, "count", _) => &[Log, LogRatio("srv_count"), Equals("srv_count")],
        (_, _, FeatureKind::Bytes) => &[Log, IsZero],
        (
            View::Kdd41 | View::Kdd28,
            "count" | "srv_count" | "dst_host_count" | "dst_host_srv_count",
            _,
        ) => &[Log, Magnitude],
        (_, "su_attempted", _) => &[Log],
        (_, _, kind) if kind.is_heavy_tailed() => &[Log],
        _ => &[Magnitude],
    }
}
