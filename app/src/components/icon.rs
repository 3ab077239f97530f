//! Icons as inline SVG, one style: 24 units, two-unit strokes, the text's colour.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconKind {
    /// A clock.
    Duration,
    /// An arrow up.
    Sent,
    /// An arrow down.
    Received,
    /// A number sign.
    Count,
    /// Two servers.
    Service,
    /// A closed lock.
    Lock,
    /// A half-filled circle.
    Theme,
    /// Four corners.
    FullScreen,
    /// A magnifying glass with a plus.
    ZoomIn,
    /// A magnifying glass with a minus.
    ZoomOut,
    /// A loop of rope.
    Lasso,
    /// A cross.
    Close,
    /// An arrow back around.
    Reset,
}

impl IconKind {
    /// The icon of a form field by position.
    pub fn of_field(field: usize) -> Self {
        [
            Self::Duration,
            Self::Sent,
            Self::Received,
            Self::Count,
            Self::Service,
        ]
        .get(field)
        .copied()
        .unwrap_or(Self::Count)
    }

    fn path(self) -> &'static str {
        match self {
            Self::Duration => "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0",
            Self::Sent => "M12 19V5M6 11l6-6 6 6",
            Self::Received => "M12 5v14M6 13l6 6 6-6",
            Self::Count => "M5 9h14M5 15h14M10 4L8 20M16 4l-2 16",
            Self::Service => "M4 5h16v5H4zM4 14h16v5H4zM8 7.5h.01M8 16.5h.01",
            Self::Lock => "M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4",
            Self::Theme => "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 3v18M12 7h4M12 12h8.5M12 17h5",
            Self::FullScreen => "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
            Self::ZoomIn => {
                "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0M15.5 15.5L21 21M10.5 8v5M8 10.5h5"
            }
            Self::ZoomOut => {
                "M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0M15.5 15.5L21 21M8 10.5h5"
            }
            Self::Lasso => "M12 4c5 0 9 2.6 9 6s-4 6-9 6-9-2.6-9-6 4-6 9-6M7 15c-1 2 0 4 2 5",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Reset => "M4 4v5h5M4.6 9A8 8 0 1 1 4 13",
        }
    }
}

/// An icon; it says nothing that text beside it does not.
#[component]
pub fn Icon(kind: IconKind) -> impl IntoView {
    view! {
        <svg class="icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true">
            <path d=kind.path() fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
    }
    .into_any()
}
