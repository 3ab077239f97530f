//! Which rows a query lets through, column by column: a condition is asked once per distinct value where a column has few.
//!
//! The names that queries can use are the same on the page and on the command line ([`ConnectionFields`]).

use models::evaluation::AttackFamily;
use models::schema::{FeatureKind, View};
use query::{Area, Clause, Field, Fields, Query, Test};

use crate::column::{Codes, Column, with_codes};
use crate::row_set::RowSet;
use crate::table::ScoredTable;

/// What a name in a query stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionField {
    /// A feature, by its position in the view.
    Feature(usize),
    /// The risk of the chosen model.
    Risk,
    /// The risk of one model: 0 is the ensemble, then the model's other columns.
    RiskOf(usize),
    /// The label.
    Label,
    /// The family of attacks that the label belongs to: normal, dos, probe, r2l, u2r, other.
    Family,
    /// Line of the file.
    Line,
    /// Place on the map along one component, 0 or 1.
    Component(usize),
    /// Rows of the file with the same features; known only once the whole file is read.
    Copies,
}

/// The names that queries about scored connections can use.
#[derive(Clone, Debug)]
pub struct ConnectionFields {
    /// For the parser.
    pub fields: Fields,
    meaning: Vec<ConnectionField>,
}

impl ConnectionFields {
    /// For a view and the names of a model's columns (`ensemble` first).
    ///
    /// `words` are values that are suggested for text fields: of each category of the view, and last of the label.
    pub fn new(view: View, models: &[&str], words: &[Vec<String>]) -> Self {
        let mut words = words.iter();
        let mut text = |name: &'static str| {
            let mut field = Field::text(name);
            let known = words.next().map_or(&[][..], Vec::as_slice);
            field.values = known.iter().cloned().map(Into::into).collect();
            field
        };
        let mut named: Vec<(Field, ConnectionField)> = Vec::new();
        for (index, feature) in view.features().enumerate() {
            let field = match feature.kind {
                FeatureKind::Category => text(feature.name),
                _ => Field::number(feature.name),
            };
            named.push((field, ConnectionField::Feature(index)));
        }
        named.push((Field::number("risk"), ConnectionField::Risk));
        for (index, name) in models.iter().enumerate() {
            let field = Field::number((*name).to_owned());
            named.push((field, ConnectionField::RiskOf(index)));
        }
        named.push((text("label"), ConnectionField::Label));
        let mut family = Field::text("family");
        family.values = ["normal", "dos", "probe", "r2l", "u2r", "other"]
            .map(Into::into)
            .into();
        named.push((family, ConnectionField::Family));
        named.push((Field::number("line"), ConnectionField::Line));
        for component in 0..2 {
            let name = ["component_1", "component_2"][component];
            named.push((Field::number(name), ConnectionField::Component(component)));
        }
        Self::of(named)
    }

    /// The same with `copies`, for a file that is read to its end.
    pub fn with_copies(self) -> Self {
        let mut named: Vec<_> = self.fields.iter().cloned().zip(self.meaning).collect();
        named.push((Field::number("copies"), ConnectionField::Copies));
        Self::of(named)
    }

    fn of(named: Vec<(Field, ConnectionField)>) -> Self {
        let (fields, meaning) = named.into_iter().unzip();
        Self {
            fields: Fields::new(fields),
            meaning,
        }
    }

    /// What a field of a parsed query stands for.
    pub fn meaning(&self, field: usize) -> Option<ConnectionField> {
        self.meaning.get(field).copied()
    }

    /// The number that a name has in parsed queries.
    pub fn number_of(&self, wanted: ConnectionField) -> Option<usize> {
        self.meaning.iter().position(|&meaning| meaning == wanted)
    }
}

/// The family that a label belongs to, in a word.
pub fn family(label: &str) -> &'static str {
    if models::evaluation::is_normal_label(label) {
        "normal"
    } else {
        AttackFamily::of(label).name()
    }
}

/// The rows of a table that a query lets through; `model` is whose risk `risk` means.
pub fn filter(
    table: &ScoredTable,
    query: &Query,
    fields: &ConnectionFields,
    model: usize,
) -> RowSet {
    let n_rows = table.n_rows();
    let of = |member: &Query| filter(table, member, fields, model);
    match query {
        Query::Everything => RowSet::all(n_rows),
        Query::And(members) => {
            let all = RowSet::all(n_rows);
            members
                .iter()
                .fold(all, |rows, member| rows.and(&of(member)))
        }
        Query::Or(members) => {
            let none = RowSet::none(n_rows);
            members
                .iter()
                .fold(none, |rows, member| rows.or(&of(member)))
        }
        Query::Not(member) => of(member).complement(),
        Query::Clause(clause) => Asked {
            table,
            fields,
            model,
        }
        .clause(clause),
    }
}

/// Where conditions are looked up.
struct Asked<'a> {
    table: &'a ScoredTable,
    fields: &'a ConnectionFields,
    model: usize,
}

impl Asked<'_> {
    fn clause(&self, clause: &Clause) -> RowSet {
        match clause {
            Clause::Field {
                field,
                test: Test::Number(test),
            } => self.numbers(*field, |number| test.matches(number)),
            Clause::Field {
                field,
                test: Test::Text(test),
            } => self.texts(*field, |text| test.matches(text)),
            Clause::Area(area) => self.area(area),
            Clause::Word(word) => {
                let none = RowSet::none(self.table.n_rows());
                self.fields
                    .fields
                    .texts()
                    .map(|field| self.texts(field, |text| word.matches(text)))
                    .fold(none, |rows, found| rows.or(&found))
            }
        }
    }

    fn numbers(&self, field: usize, matches: impl Fn(f32) -> bool) -> RowSet {
        let n_rows = self.table.n_rows();
        let of_slice = |values: &[f32]| {
            let has = |row: usize| values.get(row).is_some_and(|&value| matches(value));
            RowSet::of(n_rows, has)
        };
        let risk_of = |model: usize| self.table.models.get(model).map(|model| &model.risk[..]);
        match self.fields.meaning(field) {
            Some(ConnectionField::Feature(index)) => match self.table.features.get(index) {
                Some(Column::Numbers(coded)) => {
                    let wanted: Vec<bool> = coded.values.iter().map(|&v| matches(v)).collect();
                    with_wanted_codes(&coded.codes, &wanted)
                }
                Some(Column::Floats(values)) => of_slice(values),
                Some(Column::Texts(_)) | None => RowSet::none(n_rows),
            },
            Some(ConnectionField::Risk) => of_slice(risk_of(self.model).unwrap_or_default()),
            Some(ConnectionField::RiskOf(model)) => of_slice(risk_of(model).unwrap_or_default()),
            Some(ConnectionField::Component(component)) => {
                let position = self.table.position.get(component);
                of_slice(position.map_or(&[], Vec::as_slice))
            }
            Some(ConnectionField::Line) => {
                RowSet::of(n_rows, |row| matches(self.table.lines[row] as f32))
            }
            Some(ConnectionField::Copies) => {
                let mut n_copies = vec![0u32; self.table.n_groups()];
                for &group in &self.table.groups {
                    n_copies[group as usize] += 1;
                }
                let wanted: Vec<bool> = n_copies.iter().map(|&n| matches(n as f32)).collect();
                RowSet::of(n_rows, |row| wanted[self.table.groups[row] as usize])
            }
            Some(ConnectionField::Label | ConnectionField::Family) | None => RowSet::none(n_rows),
        }
    }

    fn texts(&self, field: usize, matches: impl Fn(&str) -> bool) -> RowSet {
        let of_column = |column: Option<&Column>, matches: &dyn Fn(&str) -> bool| match column {
            Some(Column::Texts(coded)) => {
                let wanted: Vec<bool> = coded.values.iter().map(|text| matches(text)).collect();
                with_wanted_codes(&coded.codes, &wanted)
            }
            // What is not there is empty.
            _ if matches("") => RowSet::all(self.table.n_rows()),
            _ => RowSet::none(self.table.n_rows()),
        };
        let labels = self.table.labels.as_ref();
        match self.fields.meaning(field) {
            Some(ConnectionField::Feature(index)) => {
                of_column(self.table.features.get(index), &matches)
            }
            Some(ConnectionField::Label) => of_column(labels, &matches),
            Some(ConnectionField::Family) => of_column(labels, &|label: &str| {
                matches(if label.is_empty() { "" } else { family(label) })
            }),
            _ => RowSet::none(self.table.n_rows()),
        }
    }

    fn area(&self, area: &Area) -> RowSet {
        let [x, y] = [area.x(), area.y()].map(|field| self.number_reader(field));
        RowSet::of(self.table.n_rows(), |row| area.contains(x(row), y(row)))
    }

    fn number_reader(&self, field: usize) -> Box<dyn Fn(usize) -> f32 + '_> {
        let table = self.table;
        let risk_of = |model: usize| table.models.get(model).map(|model| &model.risk);
        match self.fields.meaning(field) {
            Some(ConnectionField::Feature(index)) => match table.features.get(index) {
                Some(column) => Box::new(move |row| column.number(row)),
                None => reader_of(None),
            },
            Some(ConnectionField::Risk) => reader_of(risk_of(self.model)),
            Some(ConnectionField::RiskOf(model)) => reader_of(risk_of(model)),
            Some(ConnectionField::Component(component)) => reader_of(table.position.get(component)),
            Some(ConnectionField::Line) => Box::new(|row| table.lines[row] as f32),
            _ => reader_of(None),
        }
    }
}

fn with_wanted_codes(codes: &Codes, wanted: &[bool]) -> RowSet {
    with_codes!(codes, codes => RowSet::of(codes.len(), |row| wanted[usize::from(codes[row])]))
}

fn reader_of(values: Option<&Vec<f32>>) -> Box<dyn Fn(usize) -> f32 + '_> {
    match values {
        Some(values) => Box::new(move |row| values.get(row).copied().unwrap_or(f32::NAN)),
        None => Box::new(|_| f32::NAN),
    }
}
