//! Tasks that wait for an answer, and the answers that people give.

mod answer_form;
mod answer_token;

pub(crate) use answer_form::AnswerDraft;
