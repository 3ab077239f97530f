//! Cuts the text of a query into tokens.
//!
//! In: any text. Out: tokens with their bytes, never an error: what is wrong with a token or with their order is for the
//! parser to say, and the completion of half a query needs tokens all the same.
//!
//! After `field:` and up to the next blank or parenthesis stand values, in which `-` and `:` are letters like others.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Letters as they are.
    Bare,
    /// Letters in quotes, the quotes included.
    Quoted,
    /// A quote that opens and does not close, up to the end of the text.
    Unclosed,
    Colon,
    Comma,
    Open,
    Close,
    Minus,
    And,
    Or,
    Not,
}

/// A token and the bytes it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The bytes of the token.
    pub(crate) fn slice<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.span()).unwrap_or_default()
    }
}

/// Yields the tokens of a text.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    position: usize,
    is_in_values: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            is_in_values: false,
        }
    }

    fn bare(&self, rest: &str) -> (TokenKind, usize) {
        let n_bytes = rest
            .find(|letter: char| ends_bare(letter) || (letter == ':' && !self.is_in_values))
            .unwrap_or(rest.len());
        let is_name = rest.as_bytes().get(n_bytes) == Some(&b':');
        let kind = match rest.get(..n_bytes) {
            _ if self.is_in_values || is_name => TokenKind::Bare,
            Some("AND") => TokenKind::And,
            Some("OR") => TokenKind::Or,
            Some("NOT") => TokenKind::Not,
            _ => TokenKind::Bare,
        };
        (kind, n_bytes)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let rest = self.text.get(self.position..)?;
        let trimmed = rest.trim_start();
        let start = self.text.len() - trimmed.len();
        if start > self.position {
            self.is_in_values = false;
        }
        let (kind, n_bytes) = match trimmed.chars().next()? {
            '(' => (TokenKind::Open, 1),
            ')' => (TokenKind::Close, 1),
            ',' => (TokenKind::Comma, 1),
            '"' => quoted(trimmed),
            ':' if !self.is_in_values => (TokenKind::Colon, 1),
            '-' if !self.is_in_values => (TokenKind::Minus, 1),
            _ => self.bare(trimmed),
        };
        match kind {
            TokenKind::Colon => self.is_in_values = true,
            TokenKind::Open | TokenKind::Close => self.is_in_values = false,
            _ => {}
        }
        self.position = start + n_bytes;
        Some(Token {
            kind,
            start,
            end: self.position,
        })
    }
}

/// Whether bare letters end before this one, wherever they stand.
pub(crate) fn ends_bare(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')' | '"' | ',')
}

/// The quotes that `rest` starts with. A backslash keeps the letter after it from closing them.
fn quoted(rest: &str) -> (TokenKind, usize) {
    let mut is_escaped = false;
    for (position, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return (TokenKind::Quoted, position + 1),
            _ => {}
        }
    }
    (TokenKind::Unclosed, rest.len())
}

#[cfg(test)]
mod tests {
    use super::{Lexer, TokenKind};

    fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
        Lexer::new(text)
            .map(|token| (token.kind, token.slice(text)))
            .collect()
    }

    #[test]
    fn colons_and_minus_are_letters_of_values_only() {
        use TokenKind::{Bare, Close, Colon, Comma, Minus, Open};
        assert_eq!(
            tokens("-(a:-b:c,-d) -e:f"),
            [
                (Minus, "-"),
                (Open, "("),
                (Bare, "a"),
                (Colon, ":"),
                (Bare, "-b:c"),
                (Comma, ","),
                (Bare, "-d"),
                (Close, ")"),
                (Minus, "-"),
                (Bare, "e"),
                (Colon, ":"),
                (Bare, "f"),
            ]
        );
    }

    #[test]
    fn keywords_are_upper_case_and_neither_names_nor_values() {
        use TokenKind::{And, Bare, Colon, Not, Or, Quoted};
        assert_eq!(
            tokens("AND OR NOT or \"OR\""),
            [
                (And, "AND"),
                (Or, "OR"),
                (Not, "NOT"),
                (Bare, "or"),
                (Quoted, "\"OR\"")
            ]
        );
        assert_eq!(
            tokens("OR:AND"),
            [(Bare, "OR"), (Colon, ":"), (Bare, "AND")]
        );
    }

    #[test]
    fn backslash_keeps_a_quote_open() {
        assert_eq!(
            tokens(r#""a\"b\\"c"#),
            [(TokenKind::Quoted, r#""a\"b\\""#), (TokenKind::Bare, "c")]
        );
        assert_eq!(tokens(r#""a\"#), [(TokenKind::Unclosed, r#""a\"#)]);
    }
}
