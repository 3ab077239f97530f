//! A text with wildcards, such as `http*`.
//!
//! In: letters as a query writes them. Out: whether a text is like that, ASCII case aside, in time bounded by the product
//! of the two lengths: the pieces between the wildcards are found from left to right, and nothing is tried twice.

/// Texts between wildcards; `*` stands for any run of characters, also for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPattern {
    /// What stands between the wildcards: at least one, those between the first and the last not empty.
    pieces: Vec<String>,
}

impl TextPattern {
    /// This text alone, in which `*` is a letter like others.
    pub fn literal(text: impl Into<String>) -> Self {
        Self {
            pieces: vec![text.into()],
        }
    }

    /// The text, if there is no wildcard.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [text] => Some(text),
            _ => None,
        }
    }

    /// Reads letters without quotes, in which a backslash is a letter like others.
    pub(crate) fn from_bare(letters: &str) -> Self {
        let mut pattern = Self::literal("");
        for letter in letters.chars() {
            match letter {
                '*' => pattern.push_wildcard(),
                _ => pattern.push(letter),
            }
        }
        pattern
    }

    /// Reads what stands between quotes, in which a backslash makes a letter of `"`, `\` or `*`.
    ///
    /// # Errors
    /// The position of a backslash before anything else.
    pub(crate) fn from_quoted(letters: &str) -> Result<Self, usize> {
        let mut pattern = Self::literal("");
        let mut rest = letters.char_indices();
        while let Some((position, letter)) = rest.next() {
            match letter {
                '*' => pattern.push_wildcard(),
                '\\' => match rest.next() {
                    Some((_, escaped @ ('"' | '\\' | '*'))) => pattern.push(escaped),
                    _ => return Err(position),
                },
                _ => pattern.push(letter),
            }
        }
        Ok(pattern)
    }

    fn push(&mut self, letter: char) {
        if let Some(last) = self.pieces.last_mut() {
            last.push(letter);
        }
    }

    fn push_wildcard(&mut self) {
        let follows_wildcard =
            self.pieces.len() > 1 && self.pieces.last().is_some_and(String::is_empty);
        if !follows_wildcard {
            self.pieces.push(String::new());
        }
    }

    /// What stands between the wildcards.
    pub(crate) fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// Whether every text is like that: `*` alone.
    pub(crate) fn is_wildcard(&self) -> bool {
        self.pieces.len() > 1 && self.pieces.iter().all(String::is_empty)
    }

    /// Whether the whole text is like that.
    pub fn matches(&self, text: &str) -> bool {
        let text = text.as_bytes();
        let (first, middle, last) = match self.pieces.as_slice() {
            [] => return false,
            [only] => return text.eq_ignore_ascii_case(only.as_bytes()),
            [first, middle @ .., last] => (first.as_bytes(), middle, last.as_bytes()),
        };
        let (Some(start), Some(rest)) = (text.get(..first.len()), text.get(first.len()..)) else {
            return false;
        };
        let Some((rest, end)) = rest
            .len()
            .checked_sub(last.len())
            .and_then(|position| rest.split_at_checked(position))
        else {
            return false;
        };
        start.eq_ignore_ascii_case(first)
            && end.eq_ignore_ascii_case(last)
            && contains_in_order(rest, middle)
    }

    /// Whether a part of the text is like that.
    pub fn is_in(&self, text: &str) -> bool {
        contains_in_order(text.as_bytes(), &self.pieces)
    }
}

/// Whether the pieces are in the text one behind the other.
fn contains_in_order(text: &[u8], pieces: &[String]) -> bool {
    let mut rest = text;
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        let found = rest
            .windows(piece.len())
            .position(|window| window.eq_ignore_ascii_case(piece.as_bytes()));
        match found.and_then(|position| rest.get(position + piece.len()..)) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::TextPattern;
    use proptest::prelude::{prop_assert_eq, proptest};

    #[test]
    fn case_matters_for_letters_beyond_ascii_only() {
        assert!(TextPattern::from_bare("hTTp").matches("HttP"));
        assert!(!TextPattern::from_bare("é").matches("É"));
        assert!(!TextPattern::from_bare("http").matches("http_443"));
    }

    #[test]
    fn ends_of_a_pattern_do_not_overlap() {
        assert!(!TextPattern::from_bare("ab*ba").matches("aba"));
        assert!(TextPattern::from_bare("ab*ba").matches("abba"));
        assert!(TextPattern::from_bare("a*b*c").matches("a_b_b_c"));
        assert!(!TextPattern::from_bare("a*b*c").matches("a_c"));
    }

    #[test]
    fn runs_of_wildcards_are_one() {
        assert_eq!(TextPattern::from_bare("***"), TextPattern::from_bare("*"));
        assert_eq!(
            TextPattern::from_bare("a**b"),
            TextPattern::from_bare("a*b")
        );
        assert!(TextPattern::from_bare("**").is_wildcard());
        assert!(!TextPattern::from_bare("").is_wildcard());
        assert!(!TextPattern::from_bare("*a*").is_wildcard());
    }

    #[test]
    fn escaped_wildcards_are_letters() {
        let pattern = TextPattern::from_quoted(r#"a\*\\\"*"#).unwrap();
        assert!(pattern.matches(r#"a*\"b"#));
        assert!(!pattern.matches(r#"ab\""#));
        assert_eq!(TextPattern::from_quoted(r"é\n"), Err(2));
        assert_eq!(TextPattern::from_quoted(r"\"), Err(0));
    }

    #[test]
    fn empty_pattern_is_the_empty_text() {
        assert!(TextPattern::from_bare("").matches(""));
        assert!(!TextPattern::from_bare("").matches("a"));
        assert!(TextPattern::from_bare("*").matches(""));
    }

    /// All ways to match, tried one after the other: the definition.
    fn matches_slowly(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], _) => text.is_empty(),
            ([b'*', after @ ..], _) => {
                (0..=text.len()).any(|start| matches_slowly(after, &text[start..]))
            }
            ([a, after @ ..], [b, rest @ ..]) => a == b && matches_slowly(after, rest),
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn matches_what_the_definition_matches(pattern in "[ab*]{0,7}", text in "[ab]{0,9}") {
            let expected = matches_slowly(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(TextPattern::from_bare(&pattern).matches(&text), expected);
        }

        #[test]
        fn is_in_what_it_matches_between_wildcards(pattern in "[ab*]{0,7}", text in "[ab]{0,9}") {
            let within = TextPattern::from_bare(&["*", &pattern, "*"].concat());
            prop_assert_eq!(TextPattern::from_bare(&pattern).is_in(&text), within.matches(&text));
        }
    }
}
