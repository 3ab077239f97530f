//! What of the statistics is shown: over which rows, and what is told apart in colour. It stands in the address, so that links choose.

use analysis::statistics::{FeatureStatistics, RowStatistics, TableStatistics};

/// Which rows count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// All of them.
    #[default]
    All,
    /// Each distinct one once.
    Distinct,
}

impl Rows {
    /// Both.
    pub const ALL: [Rows; 2] = [Rows::All, Rows::Distinct];

    /// Its value in the address.
    pub fn name(self) -> &'static str {
        match self {
            Rows::All => "all",
            Rows::Distinct => "distinct",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Rows::All => "All connections",
            Rows::Distinct => "Distinct connections",
        }
    }

    /// What is told of these rows.
    pub fn of(self, table: &TableStatistics) -> &RowStatistics {
        match self {
            Rows::All => &table.all,
            Rows::Distinct => &table.distinct,
        }
    }
}

/// What is told apart in colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// Normal connections and attacks, as the file labels them.
    #[default]
    Label,
    /// What the ensemble calls usual and anomalies.
    Verdict,
}

impl Split {
    /// Both.
    pub const ALL: [Split; 2] = [Split::Label, Split::Verdict];

    /// Its value in the address.
    pub fn name(self) -> &'static str {
        match self {
            Split::Label => "label",
            Split::Verdict => "verdict",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Split::Label => "By label",
            Split::Verdict => "By verdict",
        }
    }

    /// What its parts are called.
    pub fn parts(self) -> [&'static str; 2] {
        match self {
            Split::Label => ["normal", "attacks"],
            Split::Verdict => ["usual", "anomalies"],
        }
    }

    /// Rows of both parts.
    pub fn totals(self, rows: &RowStatistics) -> [u64; 2] {
        match self {
            Split::Label => rows.by_label,
            Split::Verdict => rows.by_verdict,
        }
    }

    /// Rows of both parts per bin of a feature.
    pub fn counts(self, feature: &FeatureStatistics) -> &[Vec<u64>; 2] {
        match self {
            Split::Label => &feature.by_label,
            Split::Verdict => &feature.by_verdict,
        }
    }

    /// How far a feature by itself tells both parts apart.
    pub fn separation(self, feature: &FeatureStatistics) -> Option<f64> {
        match self {
            Split::Label => feature.label_separation,
            Split::Verdict => feature.verdict_separation,
        }
    }
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataChoice {
    /// Which rows count.
    pub rows: Rows,
    /// What is told apart.
    pub split: Split,
}

impl DataChoice {
    /// What the pairs of an address ask for; of several with one name the first. Other names are left alone.
    ///
    /// # Errors
    /// The value that names no choice.
    pub fn of(pairs: &[(String, String)]) -> Result<Self, String> {
        let value = |name: &str| {
            pairs
                .iter()
                .find(|(of, _)| of == name)
                .map(|(_, value)| value)
        };
        let mut choice = Self::default();
        if let Some(asked) = value("rows") {
            let known = Rows::ALL.into_iter().find(|rows| rows.name() == asked);
            choice.rows = known.ok_or_else(|| asked.clone())?;
        }
        if let Some(asked) = value("split") {
            let known = Split::ALL.into_iter().find(|split| split.name() == asked);
            choice.split = known.ok_or_else(|| asked.clone())?;
        }
        Ok(choice)
    }

    /// Its address; what is usual is left out.
    pub fn address(self) -> String {
        let mut address = "/data".to_owned();
        let usual = Self::default();
        let pairs = [
            (self.split != usual.split).then_some(("split", self.split.name())),
            (self.rows != usual.rows).then_some(("rows", self.rows.name())),
        ];
        for ((name, value), mark) in pairs.into_iter().flatten().zip(['?', '&']) {
            address.push(mark);
            address.push_str(&[name, value].join("="));
        }
        address
    }

    /// What both parts are called among the rows that count.
    pub fn part_names(self) -> [String; 2] {
        self.split.parts().map(|part| match self.rows {
            Rows::All => part.to_owned(),
            Rows::Distinct => format!("distinct {part}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<DataChoice, String> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        DataChoice::of(&pairs.collect::<Vec<_>>())
    }

    #[test]
    fn every_choice_has_an_address_that_chooses_it() {
        let mut addresses = Vec::new();
        for (rows, split) in Rows::ALL
            .into_iter()
            .flat_map(|rows| Split::ALL.map(|split| (rows, split)))
        {
            let choice = DataChoice { rows, split };
            let address = choice.address();
            let query = address.split_once('?').map_or("", |(_, query)| query);
            assert_eq!(asked(query), Ok(choice));
            addresses.push(address);
        }
        assert_eq!(
            addresses,
            [
                "/data",
                "/data?split=verdict",
                "/data?rows=distinct",
                "/data?split=verdict&rows=distinct"
            ]
        );
    }

    #[test]
    fn unknown_values_are_told_and_unknown_names_left_alone() {
        assert_eq!(asked("split=<b>"), Err("<b>".into()));
        assert_eq!(asked("rows=few&split=verdict"), Err("few".into()));
        assert_eq!(asked("colour=red"), Ok(DataChoice::default()));
    }
}
