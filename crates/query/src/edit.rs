//! Changes one condition of a query and leaves the others: a chart that is brushed sets that of its field.
//!
//! In: a query that a person may have typed, and the condition that a chart stands for. Out: the query with it. Charts
//! see the conditions that every record has to meet, not those within `OR` or after `-`.

use crate::area::Area;
use crate::query::{Clause, Query, Test};

impl Query {
    /// The query with `test` as its one condition on a field: in place of the first that every record has to meet, or at
    /// the end. Further ones on that field go; with `None` all go.
    #[must_use]
    pub fn with_clause(self, field: usize, test: Option<Test>) -> Self {
        let clause = test.map(|test| Clause::Field { field, test });
        self.with_only(
            clause,
            |clause| matches!(clause, Clause::Field { field: found, .. } if *found == field),
        )
    }

    /// The query with `area` as its one area, whatever its fields; with `None` without any.
    #[must_use]
    pub fn with_area(self, area: Option<Area>) -> Self {
        self.with_only(area.map(Clause::Area), |clause| {
            matches!(clause, Clause::Area(_))
        })
    }

    /// The first condition on a field that every record has to meet.
    pub fn clause_on(&self, field: usize) -> Option<&Test> {
        self.top_clauses().find_map(|clause| match clause {
            Clause::Field { field: found, test } if *found == field => Some(test),
            _ => None,
        })
    }

    /// The first area over two fields that every record has to be in.
    pub fn area_on(&self, x: usize, y: usize) -> Option<&Area> {
        self.top_clauses().find_map(|clause| match clause {
            Clause::Area(area) if (area.x(), area.y()) == (x, y) => Some(area),
            _ => None,
        })
    }

    /// Conditions that every record has to meet.
    fn top_clauses(&self) -> impl Iterator<Item = &Clause> {
        let members = match self {
            Self::And(members) => members.as_slice(),
            _ => std::slice::from_ref(self),
        };
        members.iter().filter_map(|member| match member {
            Self::Clause(clause) => Some(clause),
            _ => None,
        })
    }

    fn with_only(self, mut clause: Option<Clause>, is_replaced: impl Fn(&Clause) -> bool) -> Self {
        let members = match self {
            Self::And(members) => members,
            _ => vec![self],
        };
        let mut kept = Vec::with_capacity(members.len() + 1);
        for member in members {
            match &member {
                Self::Clause(found) if is_replaced(found) => {
                    kept.extend(clause.take().map(Self::Clause))
                }
                _ => kept.push(member),
            }
        }
        kept.extend(clause.map(Self::Clause));
        Self::all_of(kept)
    }
}
