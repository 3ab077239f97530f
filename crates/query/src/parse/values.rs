//! Reads what stands after `field:` and `area:`.
//!
//! In: tokens after the colon. Out: the test of the field, or the area.

use std::ops::Range;

use super::{Parser, at_most};
use crate::area::Area;
use crate::error::{QueryError, quoted};
use crate::fields::FieldKind;
use crate::lexer::{Token, TokenKind};
use crate::limits::{MAX_CORNERS, MAX_VALUES};
use crate::number::read_number;
use crate::number_test::{NumberRange, NumberTest};
use crate::pattern::TextPattern;
use crate::query::Test;
use crate::text_test::TextTest;

/// How messages name a value of a kind.
fn expected(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Number => "expected a number",
        FieldKind::Text => "expected a text",
    }
}

impl Parser<'_> {
    /// values = value { "," value }
    pub(super) fn test(&mut self, field: usize, colon: Token) -> Result<Test, QueryError> {
        let kind = self.kind_of(field);
        self.field_test(kind, colon)
            .map_err(|error| match self.fields.get(field) {
                Some(field) => error.in_field(&field.name),
                None => error,
            })
    }

    fn field_test(&mut self, kind: FieldKind, colon: Token) -> Result<Test, QueryError> {
        let values = self.values(colon, expected(kind), MAX_VALUES)?;
        let test = match kind {
            FieldKind::Number => {
                let ranges: Result<_, _> = values.iter().map(|value| self.range(*value)).collect();
                NumberTest::new(ranges?).map(Test::Number)
            }
            FieldKind::Text => {
                let patterns: Result<_, _> = values
                    .iter()
                    .map(|value| self.value_pattern(*value))
                    .collect();
                TextTest::new(patterns?).map(Test::Text)
            }
        };
        test.ok_or_else(|| self.error(colon, expected(kind)))
    }

    /// The values after a colon, which touch it and the commas between them.
    fn values(
        &mut self,
        colon: Token,
        expected: &str,
        max: usize,
    ) -> Result<Vec<Token>, QueryError> {
        let mut values = Vec::new();
        let mut before = colon;
        loop {
            let is_value = |next: &Token| {
                next.start == before.end
                    && matches!(
                        next.kind,
                        TokenKind::Bare | TokenKind::Quoted | TokenKind::Unclosed
                    )
            };
            let Some(value) = self.tokens.next_if(is_value) else {
                let sign = quoted(before.slice(self.text));
                return Err(self.error(before, &[expected, " right after ", &sign].concat()));
            };
            if values.len() == max {
                return Err(self.error(value, &at_most(max, "values")));
            }
            values.push(value);
            self.previous = Some(value);
            let is_comma = |next: &Token| next.start == value.end && next.kind == TokenKind::Comma;
            match self.tokens.next_if(is_comma) {
                Some(comma) => before = comma,
                None => return Ok(values),
            }
        }
    }

    fn value_pattern(&self, value: Token) -> Result<TextPattern, QueryError> {
        if value.kind == TokenKind::Bare && value.slice(self.text).starts_with(['<', '>']) {
            let message =
                "expected a text, found a comparison of numbers; texts with < or > need quotes";
            return Err(self.error(value, message));
        }
        self.pattern(value)
    }

    fn range(&self, value: Token) -> Result<NumberRange, QueryError> {
        let text = value.slice(self.text);
        for (sign, range) in [
            (">=", NumberRange::AtLeast as fn(f32) -> NumberRange),
            ("<=", NumberRange::AtMost),
            (">", NumberRange::Above),
            ("<", NumberRange::Below),
        ] {
            if let Some(number) = text.strip_prefix(sign) {
                if number.is_empty() {
                    return Err(self.error(
                        value,
                        &["expected a number right after ", &quoted(sign)].concat(),
                    ));
                }
                return self.number(number, value.start + sign.len()).map(range);
            }
        }
        let Some((low, high)) = text.split_once("..") else {
            return self.number(text, value.start).map(NumberRange::Equal);
        };
        let high_start = value.end - high.len();
        match (low.is_empty(), high.is_empty()) {
            (true, true) => Ok(NumberRange::Any),
            (false, true) => self.number(low, value.start).map(NumberRange::AtLeast),
            (true, false) => self.number(high, high_start).map(NumberRange::AtMost),
            (false, false) => {
                let low = self.number(low, value.start)?;
                let high = self.number(high, high_start)?;
                if low > high {
                    let message = ["expected the smaller number first, found ", &quoted(text)];
                    return Err(self.error(value, &message.concat()));
                }
                Ok(NumberRange::Between(low, high))
            }
        }
    }

    fn number(&self, text: &str, start: usize) -> Result<f32, QueryError> {
        let message = match read_number(text) {
            Some(number) if number.is_finite() => return Ok(number),
            Some(_) => "expected a number up to 3.4e38, found ",
            None => "expected a number, found ",
        };
        let span: Range<usize> = start..start + text.len();
        Err(QueryError::new(
            self.text,
            span,
            [message, &quoted(text)].concat(),
        ))
    }

    /// area = "area:" x "," y "," x1 "," y1 { "," x "," y }
    pub(super) fn area(&mut self, name: Token, colon: Token) -> Result<Area, QueryError> {
        let values = self.values(
            colon,
            "expected two fields and the corners of an area",
            2 + 2 * MAX_CORNERS,
        )?;
        let (fields, coordinates) = values.split_at_checked(2).unwrap_or((&values, &[]));
        let [x, y] = fields else {
            return Err(self.error(
                name,
                "expected two fields and the corners of an area, found one field",
            ));
        };
        let (x, y) = (self.number_field(*x)?, self.number_field(*y)?);
        let mut corners = Vec::with_capacity(coordinates.len() / 2);
        for pair in coordinates.chunks(2) {
            let [corner_x, corner_y] = pair else {
                let message = [
                    "expected pairs of numbers for corners, found ",
                    &coordinates.len().to_string(),
                    " numbers",
                ];
                return Err(self.error(name, &message.concat()));
            };
            corners.push([self.coordinate(*corner_x)?, self.coordinate(*corner_y)?]);
        }
        let n_corners = corners.len();
        Area::new(x, y, corners).ok_or_else(|| {
            let message = [
                "expected 3 to 256 corners of an area, found ",
                &n_corners.to_string(),
            ];
            self.error(name, &message.concat())
        })
    }

    fn number_field(&self, token: Token) -> Result<usize, QueryError> {
        let field = self.field(token)?;
        match self.kind_of(field) {
            FieldKind::Number => Ok(field),
            FieldKind::Text => {
                Err(self.error(token, "expected a field of numbers, found one of texts"))
            }
        }
    }

    fn coordinate(&self, token: Token) -> Result<f32, QueryError> {
        self.number(token.slice(self.text), token.start)
    }
}
