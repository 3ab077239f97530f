//! The test of a text field, `http,ftp*`, and that of a bare word, which looks into all of them.
//!
//! In: patterns. Out: whether a text is like any of them, or has the word in it.

use crate::limits::MAX_VALUES;
use crate::pattern::TextPattern;

/// Whether a text is like any of some patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTest {
    patterns: Vec<TextPattern>,
}

impl TextTest {
    /// A text like any of these. `None` for no pattern or more than [`MAX_VALUES`].
    pub fn new(patterns: Vec<TextPattern>) -> Option<Self> {
        (1..=MAX_VALUES)
            .contains(&patterns.len())
            .then_some(Self { patterns })
    }

    /// Any of these texts as they are: what a click on bars of a chart selects. `None` for none or more than
    /// [`MAX_VALUES`].
    pub fn any_of(texts: &[&str]) -> Option<Self> {
        Self::new(
            texts
                .iter()
                .map(|text| TextPattern::literal(*text))
                .collect(),
        )
    }

    /// The patterns, at least one.
    pub fn patterns(&self) -> &[TextPattern] {
        &self.patterns
    }

    /// Whether the text is like any of the patterns.
    pub fn matches(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(text))
    }
}

/// Whether a word is in a text. A record passes if the word is in any of its text fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordTest {
    pattern: TextPattern,
}

impl WordTest {
    /// Looks for this pattern. `None` for one that is in every text: empty or nothing but wildcards.
    pub fn new(pattern: TextPattern) -> Option<Self> {
        let is_everywhere = pattern.pieces().iter().all(String::is_empty);
        (!is_everywhere).then_some(Self { pattern })
    }

    /// The word.
    pub fn pattern(&self) -> &TextPattern {
        &self.pattern
    }

    /// Whether the word is in the text.
    pub fn matches(&self, text: &str) -> bool {
        self.pattern.is_in(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{TextPattern, TextTest, WordTest};

    #[test]
    fn any_of_takes_wildcards_as_letters() {
        let test = TextTest::any_of(&["a*", "b"]).unwrap();
        assert!(test.matches("A*") && test.matches("b"));
        assert!(!test.matches("ab"));
        assert_eq!(TextTest::any_of(&[]), None);
        assert_eq!(TextTest::any_of(&["a"; 257]), None);
    }

    #[test]
    fn word_is_looked_for_anywhere() {
        let test = WordTest::new(TextPattern::from_bare("tp*44")).unwrap();
        assert!(test.matches("HTTP_443"));
        assert!(!test.matches("44_http"));
        assert_eq!(WordTest::new(TextPattern::literal("")), None);
        assert_eq!(WordTest::new(TextPattern::from_bare("*")), None);
    }
}
