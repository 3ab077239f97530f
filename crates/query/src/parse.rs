//! Reads the text of a query.
//!
//! In: text from an input box, an address, a command line or a file, and the fields there are. Out: a tree, or the first
//! mistake and where it is. The grammar is in the documentation of the crate; each rule is a function here.

mod values;

use std::iter::Peekable;

use crate::error::{QueryError, quoted};
use crate::fields::{FieldKind, Fields};
use crate::lexer::{Lexer, Token, TokenKind};
use crate::limits::{MAX_BYTES, MAX_CLAUSES, MAX_DEPTH};
use crate::pattern::TextPattern;
use crate::query::{Clause, Query};
use crate::text_test::WordTest;

/// The name before the fields and corners of an area. A field of this name is written in quotes.
pub(crate) const AREA: &str = "area";

impl Query {
    /// Reads a query over these fields.
    ///
    /// # Errors
    /// The first mistake from the left: a sign that cannot stand where it does, a field that there is not, a value that
    /// is not of the field's kind, or more than one of the caps of [`crate::limits`].
    pub fn parse(text: &str, fields: &Fields) -> Result<Self, QueryError> {
        if text.len() > MAX_BYTES {
            let span = text.floor_char_boundary(MAX_BYTES)..text.len();
            return Err(QueryError::new(text, span, at_most(MAX_BYTES, "bytes")));
        }
        let mut parser = Parser {
            text,
            fields,
            tokens: Lexer::new(text).peekable(),
            previous: None,
            depth: 0,
            n_clauses: 0,
        };
        if parser.tokens.peek().is_none() {
            return Ok(Self::Everything);
        }
        let query = parser.any()?;
        match parser.tokens.next() {
            Some(token) => Err(parser.error(token, "expected \"(\" before this \")\"")),
            None => Ok(query),
        }
    }
}

/// What is being read.
struct Parser<'a> {
    text: &'a str,
    fields: &'a Fields,
    tokens: Peekable<Lexer<'a>>,
    /// The last token that was taken.
    previous: Option<Token>,
    /// Parentheses and negations around the next token.
    depth: usize,
    n_clauses: usize,
}

impl Parser<'_> {
    /// any = all { "OR" all }
    fn any(&mut self) -> Result<Query, QueryError> {
        let mut members = vec![self.all()?];
        while self.take(TokenKind::Or).is_some() {
            members.push(self.all()?);
        }
        Ok(Query::any_of(members))
    }

    /// all = term { \[ "AND" \] term }
    fn all(&mut self) -> Result<Query, QueryError> {
        let mut members = vec![self.term()?];
        while let Some(token) = self.tokens.peek().copied() {
            match token.kind {
                TokenKind::Or | TokenKind::Close => break,
                TokenKind::And => self.previous = self.tokens.next(),
                // Their own message is clearer.
                TokenKind::Comma | TokenKind::Colon => {}
                _ => self.check_apart(token)?,
            }
            members.push(self.term()?);
        }
        Ok(Query::all_of(members))
    }

    /// term = ( "-" | "NOT" ) term | "(" any ")" | field | area | word
    fn term(&mut self) -> Result<Query, QueryError> {
        let before = self.previous;
        let Some(token) = self.tokens.next() else {
            return Err(self.missing(before, None));
        };
        self.previous = Some(token);
        match token.kind {
            TokenKind::And | TokenKind::Or | TokenKind::Close => Err(self.missing(before, Some(token))),
            TokenKind::Comma => Err(self.error(
                token,
                "expected a condition, found \",\", which stands between values of a field; other texts with \",\" need quotes",
            )),
            TokenKind::Colon => Err(self.error(token, "expected the name of a field right before \":\"")),
            TokenKind::Minus | TokenKind::Not => {
                self.enter(token)?;
                let is_apart = |next: &Token| next.start > token.end;
                if token.kind == TokenKind::Minus && self.tokens.peek().is_some_and(is_apart) {
                    return Err(self.missing(Some(token), None));
                }
                let member = self.term()?;
                self.depth -= 1;
                Ok(Query::Not(Box::new(member)))
            }
            TokenKind::Open => {
                self.enter(token)?;
                let member = self.any()?;
                if self.take(TokenKind::Close).is_none() {
                    return Err(self.error(token, "expected \")\" after this \"(\""));
                }
                self.depth -= 1;
                Ok(member)
            }
            TokenKind::Bare | TokenKind::Quoted | TokenKind::Unclosed => {
                self.count_clause(token)?;
                let is_colon = |next: &Token| next.kind == TokenKind::Colon && next.start == token.end;
                match self.tokens.next_if(is_colon) {
                    Some(colon) => self.condition(token, colon),
                    None => self.word(token),
                }
            }
        }
    }

    /// field = name ":" values, area = "area:" x "," y "," corners
    fn condition(&mut self, name: Token, colon: Token) -> Result<Query, QueryError> {
        self.previous = Some(colon);
        let is_area =
            name.kind == TokenKind::Bare && name.slice(self.text).eq_ignore_ascii_case(AREA);
        let clause = if is_area {
            Clause::Area(self.area(name, colon)?)
        } else {
            let field = self.field(name)?;
            let test = self.test(field, colon)?;
            Clause::Field { field, test }
        };
        Ok(Query::Clause(clause))
    }

    fn word(&mut self, token: Token) -> Result<Query, QueryError> {
        let letters = token.slice(self.text);
        if token.kind == TokenKind::Bare && letters.contains(['<', '>', '=']) {
            let message = [
                "expected a word, found ",
                &quoted(letters),
                "; a condition is written as in risk:>75, and a word with <, > or = in quotes",
            ];
            return Err(self.error(token, &message.concat()));
        }
        let pattern = self.pattern(token)?;
        if pattern.is_wildcard() {
            return Ok(Query::Everything);
        }
        match WordTest::new(pattern) {
            Some(word) => Ok(Query::Clause(Clause::Word(word))),
            None => Err(self.error(token, "expected a word between the quotes, found nothing")),
        }
    }

    /// The number of a field by its name.
    fn field(&self, token: Token) -> Result<usize, QueryError> {
        let name = self.name(token)?;
        if let Some(field) = self.fields.find(&name) {
            return Ok(field);
        }
        let mut message = ["unknown field ", &quoted(&name)].concat();
        if let Some(nearest) = self.fields.nearest(&name) {
            message.push_str(", did you mean ");
            message.push_str(&quoted(nearest));
            message.push('?');
        } else if token.kind == TokenKind::Bare {
            message.push_str("; texts with \":\" need quotes");
        }
        Err(self.error(token, &message))
    }

    fn name(&self, token: Token) -> Result<String, QueryError> {
        match token.kind {
            TokenKind::Bare => Ok(token.slice(self.text).to_owned()),
            // There are no wildcards in names.
            _ => Ok(self.pattern(token)?.pieces().join("*")),
        }
    }

    /// The text that a token stands for, without its quotes.
    fn pattern(&self, token: Token) -> Result<TextPattern, QueryError> {
        let letters = token.slice(self.text);
        if token.kind == TokenKind::Unclosed {
            return Err(self.error(token, "expected a second quote after this text"));
        }
        let Some(letters) = letters.strip_prefix('"') else {
            return Ok(TextPattern::from_bare(letters));
        };
        TextPattern::from_quoted(letters.strip_suffix('"').unwrap_or(letters)).map_err(|position| {
            let start = token.start + 1 + position;
            let message = "expected \\\", \\\\ or \\* for a letter with a backslash";
            QueryError::new(self.text, start..start + 1, message.to_owned())
        })
    }

    /// Takes the next token if it is of this kind.
    fn take(&mut self, kind: TokenKind) -> Option<Token> {
        let token = self.tokens.next_if(|token| token.kind == kind)?;
        self.previous = Some(token);
        Some(token)
    }

    /// Refuses a term that touches the one before, such as `a"b"`: it is one text without its quotes, not two terms.
    fn check_apart(&self, token: Token) -> Result<(), QueryError> {
        if self
            .previous
            .is_none_or(|previous| previous.end < token.start)
        {
            return Ok(());
        }
        Err(self.error(
            token,
            "expected a blank before this; texts with signs need quotes around them all",
        ))
    }

    fn missing(&self, before: Option<Token>, found: Option<Token>) -> QueryError {
        use TokenKind::{And, Close, Minus, Not, Open, Or};
        let quote = |token: Token| quoted(token.slice(self.text));
        match (before, found) {
            (Some(before), _) if before.kind == Minus => {
                self.error(before, "expected a condition right after \"-\"")
            }
            (Some(before), _) if matches!(before.kind, And | Or | Not | Open) => self.error(
                before,
                &["expected a condition after ", &quote(before)].concat(),
            ),
            (_, Some(found)) if found.kind == Close => {
                self.error(found, "expected \"(\" before this \")\"")
            }
            (_, Some(found)) => self.error(
                found,
                &["expected a condition before ", &quote(found)].concat(),
            ),
            (_, None) => {
                let end = self.text.len();
                QueryError::new(self.text, end..end, "expected a condition".to_owned())
            }
        }
    }

    fn enter(&mut self, token: Token) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let what = "parentheses and negations around a condition";
            return Err(self.error(token, &at_most(MAX_DEPTH, what)));
        }
        Ok(())
    }

    fn count_clause(&mut self, token: Token) -> Result<(), QueryError> {
        self.n_clauses += 1;
        if self.n_clauses > MAX_CLAUSES {
            return Err(self.error(token, &at_most(MAX_CLAUSES, "conditions")));
        }
        Ok(())
    }

    fn error(&self, token: Token, message: &str) -> QueryError {
        QueryError::new(self.text, token.span(), message.to_owned())
    }

    fn kind_of(&self, field: usize) -> FieldKind {
        self.fields
            .get(field)
            .map_or(FieldKind::Text, |field| field.kind)
    }
}

/// The message of a cap.
fn at_most(max: usize, what: &str) -> String {
    ["expected at most ", &max.to_string(), " ", what].concat()
}
