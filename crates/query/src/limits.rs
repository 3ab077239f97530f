//! How much a query may hold. Queries come from addresses and files, so everything about them has a cap.

/// Bytes of a query's text.
pub const MAX_BYTES: usize = 8 * 1024;

/// Parentheses and negations around a condition. Evaluation recurses as deep.
pub const MAX_DEPTH: usize = 32;

/// Conditions of a query.
pub const MAX_CLAUSES: usize = 256;

/// Values of one condition.
pub const MAX_VALUES: usize = 256;

/// Corners of an area, at least 3.
pub const MAX_CORNERS: usize = 256;
