//! The columns that models know: the 41 features of KDD Cup 99 and the views made of them.
//!
//! In: nothing. Out: one table of features with kind, unit and meaning, and [`View`], a named subset of it.
//! Readers of traffic, detectors, forms and charts all take names and order from here.

use serde::{Deserialize, Serialize};

/// What a feature measures; decides how it is checked, scaled and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// A time span in seconds, ≥ 0.
    Seconds,
    /// A number of bytes, ≥ 0.
    Bytes,
    /// A number of things, ≥ 0.
    Count,
    /// A share of connections, 0 to 1.
    Rate,
    /// 0 or 1 (`su_attempted` also 2).
    Flag,
    /// One of a set of words.
    Category,
}

impl FeatureKind {
    /// Tells whether values spread over orders of magnitude, so that log(1 + x) is the natural scale.
    pub fn is_heavy_tailed(self) -> bool {
        matches!(self, Self::Seconds | Self::Bytes | Self::Count)
    }
}

/// One column of a connection record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Name in files, API and page, as in `kddcup.names`.
    pub name: &'static str,
    /// What it measures.
    pub kind: FeatureKind,
    /// What it means, for people, without a full stop.
    pub meaning: &'static str,
}

impl Feature {
    /// The largest value that its definition allows, where there is one.
    pub fn max(&self) -> Option<f32> {
        match self.name {
            "count" | "srv_count" => Some(MAX_WINDOW_COUNT),
            _ if self.kind == FeatureKind::Rate => Some(1.0),
            _ => None,
        }
    }
}

const fn feature(name: &'static str, kind: FeatureKind, meaning: &'static str) -> Feature {
    Feature {
        name,
        kind,
        meaning,
    }
}

use FeatureKind::{Bytes, Category, Count, Flag, Rate, Seconds};

/// The 41 features of KDD Cup 99 in file order (Stolfo et al., 2000; `kddcup.names`).
pub const FEATURES: [Feature; 41] = [
    feature("duration", Seconds, "length of the connection"),
    feature("protocol_type", Category, "transport protocol"),
    feature("service", Category, "service at the destination"),
    feature("flag", Category, "how the connection ended (Zeek state)"),
    feature("src_bytes", Bytes, "bytes from source to destination"),
    feature("dst_bytes", Bytes, "bytes from destination to source"),
    feature(
        "land",
        Flag,
        "source and destination are the same host and port",
    ),
    feature("wrong_fragment", Count, "wrong fragments"),
    feature("urgent", Count, "urgent packets"),
    feature(
        "hot",
        Count,
        "accesses to sensitive directories or programs",
    ),
    feature("num_failed_logins", Count, "failed logins"),
    feature("logged_in", Flag, "login succeeded"),
    feature("num_compromised", Count, "compromised conditions"),
    feature("root_shell", Flag, "root shell obtained"),
    feature("su_attempted", Flag, "su to root attempted"),
    feature("num_root", Count, "accesses as root"),
    feature("num_file_creations", Count, "files created"),
    feature("num_shells", Count, "shell prompts"),
    feature(
        "num_access_files",
        Count,
        "accesses to access-control files",
    ),
    feature(
        "num_outbound_cmds",
        Count,
        "outbound commands in an FTP session",
    ),
    feature("is_host_login", Flag, "login of a host account"),
    feature("is_guest_login", Flag, "login of a guest account"),
    feature(
        "count",
        Count,
        "connections to the same host in two seconds",
    ),
    feature(
        "srv_count",
        Count,
        "connections to the same service in two seconds",
    ),
    feature(
        "serror_rate",
        Rate,
        "share of them with SYN errors (same host)",
    ),
    feature(
        "srv_serror_rate",
        Rate,
        "share of them with SYN errors (same service)",
    ),
    feature("rerror_rate", Rate, "share of them refused (same host)"),
    feature(
        "srv_rerror_rate",
        Rate,
        "share of them refused (same service)",
    ),
    feature("same_srv_rate", Rate, "share of them to the same service"),
    feature("diff_srv_rate", Rate, "share of them to different services"),
    feature(
        "srv_diff_host_rate",
        Rate,
        "share of them to different hosts",
    ),
    feature(
        "dst_host_count",
        Count,
        "last 100 connections: to the same host",
    ),
    feature(
        "dst_host_srv_count",
        Count,
        "last 100 connections: to the same service",
    ),
    feature(
        "dst_host_same_srv_rate",
        Rate,
        "last 100 connections: share to the same service",
    ),
    feature(
        "dst_host_diff_srv_rate",
        Rate,
        "last 100 connections: share to different services",
    ),
    feature(
        "dst_host_same_src_port_rate",
        Rate,
        "last 100 connections: share from the same port",
    ),
    feature(
        "dst_host_srv_diff_host_rate",
        Rate,
        "last 100 connections: share to different hosts",
    ),
    feature(
        "dst_host_serror_rate",
        Rate,
        "last 100 connections: share with SYN errors (host)",
    ),
    feature(
        "dst_host_srv_serror_rate",
        Rate,
        "last 100 connections: share with SYN errors (service)",
    ),
    feature(
        "dst_host_rerror_rate",
        Rate,
        "last 100 connections: share refused (host)",
    ),
    feature(
        "dst_host_srv_rerror_rate",
        Rate,
        "last 100 connections: share refused (service)",
    ),
];

/// The largest value that `count` and `srv_count` can take: their window holds 511 connections.
pub const MAX_WINDOW_COUNT: f32 = 511.0;

/// A named set of features with models of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// All 41 features.
    Kdd41,
    /// The 28 features that packet headers give: all but the 13 that look into the payload (`hot` to `is_guest_login`).
    Kdd28,
    /// The five features of the form: duration, src_bytes, dst_bytes, count, srv_count.
    Kdd5,
}

const ALL_FEATURES: [usize; 41] = {
    let mut indices = [0; 41];
    let mut i = 0;
    while i < 41 {
        indices[i] = i;
        i += 1;
    }
    indices
};
const HEADER_FEATURES: [usize; 28] = {
    let mut indices = [0; 28];
    let mut i = 0;
    while i < 28 {
        indices[i] = if i < FIRST_CONTENT_FEATURE {
            i
        } else {
            i + N_CONTENT_FEATURES
        };
        i += 1;
    }
    indices
};
/// Features that need the payload, which is encrypted today: `hot` and the twelve after it.
const FIRST_CONTENT_FEATURE: usize = 9;
const N_CONTENT_FEATURES: usize = 13;
const FORM_FEATURES: [usize; 5] = [0, 4, 5, 22, 23];

impl View {
    /// Every view, widest first: the order in which a table is matched against them.
    pub const ALL: [View; 3] = [View::Kdd41, View::Kdd28, View::Kdd5];

    /// Name in files, command line and API: `kdd41`, `kdd28`, `kdd5`.
    pub fn name(self) -> &'static str {
        match self {
            View::Kdd41 => "kdd41",
            View::Kdd28 => "kdd28",
            View::Kdd5 => "kdd5",
        }
    }

    /// Finds the view of that name.
    pub fn from_name(name: &str) -> Option<View> {
        View::ALL.into_iter().find(|view| view.name() == name)
    }

    /// Indices into [`FEATURES`], in the view's column order.
    pub fn feature_indices(self) -> &'static [usize] {
        match self {
            View::Kdd41 => &ALL_FEATURES,
            View::Kdd28 => &HEADER_FEATURES,
            View::Kdd5 => &FORM_FEATURES,
        }
    }

    /// Number of features.
    pub fn n_features(self) -> usize {
        self.feature_indices().len()
    }

    /// The view's features in column order.
    pub fn features(self) -> impl ExactSizeIterator<Item = &'static Feature> + Clone {
        self.feature_indices().iter().map(|&index| &FEATURES[index])
    }
}

/// Finds a feature by its name: its index in [`FEATURES`].
pub fn feature_index(name: &str) -> Option<usize> {
    FEATURES.iter().position(|feature| feature.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_view_names_the_five_fields() {
        let names: Vec<_> = View::Kdd5.features().map(|feature| feature.name).collect();
        assert_eq!(
            names,
            ["duration", "src_bytes", "dst_bytes", "count", "srv_count"]
        );
    }

    #[test]
    fn header_view_lacks_the_content_features() {
        let names: Vec<_> = View::Kdd28.features().map(|feature| feature.name).collect();
        assert_eq!(names[..3], ["duration", "protocol_type", "service"]);
        assert_eq!(names[8..10], ["urgent", "count"]);
        assert!(!names.contains(&"hot") && !names.contains(&"is_guest_login"));
    }

    #[test]
    fn views_are_found_by_name() {
        for view in View::ALL {
            assert_eq!(View::from_name(view.name()), Some(view));
        }
        assert_eq!(View::from_name("kdd99"), None);
    }
}
