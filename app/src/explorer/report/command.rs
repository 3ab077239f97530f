//! The command that repeats what the page found.
//!
//! In: a file's name, filter, model and threshold. Out: a line for a POSIX shell. `risk` means the ensemble's on the command line, so a
//! filter by another model's risk names that model; `copies` are not known there, so a filter by them is left out, and that is said.

use analysis::filter::{ConnectionField, ConnectionFields};
use query::{Area, Clause, Query};

use crate::plots::number;

/// A command and the filter in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// For a POSIX shell.
    pub(super) line: String,
    /// The filter as the command line needs it; `None` without one, and where it cannot be asked there.
    pub(super) filter: Option<String>,
}

impl Command {
    /// The command for a file; `query` is the parsed filter and `model` whose risk it means.
    pub(super) fn new(
        file: &str,
        query: &Query,
        fields: &ConnectionFields,
        model: usize,
        threshold: f32,
    ) -> Self {
        let asks_copies = query
            .fields_used(&fields.fields)
            .into_iter()
            .any(|field| fields.meaning(field) == Some(ConnectionField::Copies));
        let query = by_name(query.clone(), fields, model);
        let text = query.to_text(&fields.fields);
        let filter = (!text.is_empty() && !asks_copies).then_some(text);
        // A name such as `-x.csv` must not be taken for an option.
        let file = match file.strip_prefix('-') {
            Some(rest) => format!("./-{rest}"),
            None => file.to_owned(),
        };
        let mut line = format!("oddflow score {}", quoted(&file));
        if let Some(filter) = &filter {
            line.push_str(" --filter ");
            line.push_str(&quoted(filter));
        }
        line.push_str(" --threshold ");
        line.push_str(&number::risk(threshold));
        line.push_str(" --format json");
        Self { line, filter }
    }
}

/// The same query with the name of the model where it says `risk`.
fn by_name(query: Query, fields: &ConnectionFields, model: usize) -> Query {
    let named = match model {
        0 => None,
        _ => fields.number_of(ConnectionField::RiskOf(model)),
    };
    let (Some(risk), Some(named)) = (fields.number_of(ConnectionField::Risk), named) else {
        return query;
    };
    let renamed = |field: usize| if field == risk { named } else { field };
    renumbered(query, &renamed)
}

fn renumbered(query: Query, number: &dyn Fn(usize) -> usize) -> Query {
    let all = |members: Vec<Query>| {
        let members = members.into_iter();
        members.map(|member| renumbered(member, number)).collect()
    };
    match query {
        Query::Everything => Query::Everything,
        Query::And(members) => Query::And(all(members)),
        Query::Or(members) => Query::Or(all(members)),
        Query::Not(member) => Query::Not(Box::new(renumbered(*member, number))),
        Query::Clause(Clause::Field { field, test }) => Query::Clause(Clause::Field {
            field: number(field),
            test,
        }),
        Query::Clause(Clause::Area(area)) => {
            let (x, y) = (number(area.x()), number(area.y()));
            // The corners were valid before.
            let moved = Area::new(x, y, area.corners().to_vec()).unwrap_or(area);
            Query::Clause(Clause::Area(moved))
        }
        Query::Clause(word @ Clause::Word(_)) => Query::Clause(word),
    }
}

/// A word for a POSIX shell, in single quotes where it has more than letters, digits and a few safe signs.
fn quoted(word: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "._-/:,=+".contains(c);
    if !word.is_empty() && word.chars().all(is_safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::schema::View;

    fn command(file: &str, filter: &str, model: usize) -> Command {
        let fields =
            ConnectionFields::new(View::Kdd41, &["ensemble", "density"], &[]).with_copies();
        let query = Query::parse(filter, &fields.fields).unwrap();
        Command::new(file, &query, &fields, model, 33.3)
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        let plain = command("day.csv.gz", "", 0);
        assert_eq!(
            plain.line,
            "oddflow score day.csv.gz --threshold 33.3 --format json"
        );
        assert_eq!(plain.filter, None);
        let hostile = command("-it's $(rm).csv", "service:\"a'b\" risk:>75", 0);
        assert_eq!(
            hostile.line,
            r#"oddflow score './-it'\''s $(rm).csv' --filter 'service:a'\''b risk:>75' --threshold 33.3 --format json"#
        );
    }

    #[test]
    fn another_models_risk_is_asked_by_its_name() {
        let filter = "risk:>75 (http OR -risk:..20) ensemble:5 area:risk,line,0,0,1,0,1,1";
        assert_eq!(
            command("x", filter, 1).filter.as_deref(),
            Some("density:>75 (http OR -density:..20) ensemble:5 area:density,line,0,0,1,0,1,1")
        );
        assert_eq!(command("x", filter, 0).filter.as_deref(), Some(filter));
    }

    #[test]
    fn what_the_command_line_does_not_know_is_left_out() {
        let command = command("x", "risk:>75 -copies:1", 0);
        assert_eq!(command.filter, None);
        assert!(!command.line.contains("--filter"));
    }
}
