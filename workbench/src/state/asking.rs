//! Questions about the scored file: asked of the workers, one of a kind at a time, and what the answers change on the page.
//!
//! Whoever drags a slider asks faster than anybody can answer. While one question is under way the newest of its kind waits, and those in
//! between are dropped: the page is never behind by more than one answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::distribution::Distribution;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{MapPicture, ScatterPicture, Workbench};
use app::browser::engine::bytes_of;
use app::job::message::Request;
use app::job::question::{Answer, Question, QuestionKind, Selected, ViewQuestion};

/// One kind of question.
#[derive(Debug, Default)]
pub(super) struct Asked {
    is_under_way: bool,
    waiting: Option<Question>,
    number: u32,
}

/// All kinds.
pub(super) type AskedKinds = BTreeMap<QuestionKind, Asked>;

impl Workbench {
    /// A number for the next question of a kind, higher than all before.
    pub fn next_number(self, kind: QuestionKind) -> u32 {
        let mut number = 0;
        self.asked.update_value(|asked| {
            let asked = asked.entry(kind).or_default();
            asked.number += 1;
            number = asked.number;
        });
        number
    }

    /// Asks something, now or as soon as the answer to the last question of its kind is there.
    pub fn ask(self, question: Question) {
        let mut now = None;
        self.asked.update_value(|asked| {
            let asked = asked.entry(question.kind()).or_default();
            if asked.is_under_way {
                asked.waiting = Some(question);
            } else {
                asked.is_under_way = true;
                now = Some(question);
            }
        });
        if let Some(question) = now {
            self.engine.ask(&Request::Ask(question), &[]);
        }
    }

    /// Lets the next question of a kind go.
    fn settle(self, kind: QuestionKind) {
        let mut next = None;
        self.asked.update_value(|asked| {
            let asked = asked.entry(kind).or_default();
            next = asked.waiting.take();
            asked.is_under_way = next.is_some();
        });
        if let Some(question) = next {
            self.engine.ask(&Request::Ask(question), &[]);
        }
    }

    /// Takes an answer in.
    pub(super) fn hear_answer(self, answer: Answer, attachments: &[JsValue]) {
        self.settle(answer.kind());
        let bytes = || attachments.first().map(bytes_of).unwrap_or_default();
        match answer {
            Answer::View { result, .. } => match result {
                Ok(selected) => {
                    self.query_problem.set(None);
                    self.show_selected(Arc::from(selected), &bytes());
                }
                Err(problem) => self.query_problem.set(Some(problem)),
            },
            Answer::Rows(rows) => self.rows.set(Arc::new(rows)),
            Answer::Map(drawn) => self.map.set(Some(Arc::new(MapPicture {
                drawn: *drawn,
                pixels: bytes(),
            }))),
            Answer::Scatter(question) => {
                let pixels = bytes();
                self.scatter
                    .set(Some(Arc::new(ScatterPicture { question, pixels })));
            }
            Answer::Pick { picked, .. } => self.picked.set(picked.map(Arc::from)),
            Answer::Explain(explanation) => {
                self.what_if.set(None);
                self.explanation.set(Some(Arc::from(explanation)));
            }
            Answer::WhatIf(verdict) => self.what_if.set(Some(Arc::from(verdict))),
            Answer::Compare(comparison) => self.comparison.set(Some(Arc::from(comparison))),
            Answer::None(_) => {}
        }
    }

    /// Shows the rows of a filter; `bytes` are the distributions of its features, one after the other.
    fn show_selected(self, selected: Arc<Selected>, bytes: &[u8]) {
        let mut rest = bytes;
        let mut distributions = BTreeMap::new();
        if let Some(result) = &*self.result.read_untracked() {
            for &feature in &selected.features {
                let n_bins = result
                    .features
                    .get(feature)
                    .map_or(0, |facts| facts.cut.n_bins());
                if let Some(distribution) = Distribution::read(&mut rest, n_bins) {
                    distributions.insert(feature, distribution);
                }
            }
        }
        self.distributions.set(Arc::new(distributions));
        self.selected.set(Some(selected));
    }

    /// From now on asks anew whenever filter, model or what is looked at change.
    pub(super) fn follow_view(self) {
        Effect::new(move || {
            let (query, model, wants) = (self.query.get(), self.model.get(), self.wants.get());
            if self.result.read().is_none() {
                return;
            }
            self.ask(Question::View(ViewQuestion {
                number: self.next_number(QuestionKind::View),
                query,
                model,
                wants,
            }));
        });
    }
}
