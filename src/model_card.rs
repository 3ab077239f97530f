//! A model card as Markdown: what a model was trained on, how, how good it is, and what it must not be used for.

use models::digest::sha256_hex;
use models::trained_model::TrainedModel;

/// Writes the card of a model, given the bytes of its file.
pub(crate) fn model_card(model: &TrainedModel, bytes: &[u8]) -> String {
    let (card, data) = (&model.card, &model.card.data);
    let mut text = String::new();
    let mut line = |content: String| {
        text += &content;
        text.push('\n');
    };
    line(format!("# Model card: {}\n", model.view().name()));
    line("Written by `oddflow train`; do not edit.\n".into());
    line(format!(
        "- file: `{}.oddflow`, {} bytes, SHA-256 `{}`",
        model.view().name(),
        bytes.len(),
        sha256_hex(bytes)
    ));
    line(format!(
        "- data: {}, {} rows, {} distinct, SHA-256 of the unpacked bytes `{}`",
        data.name, data.n_rows, data.n_distinct, data.sha256
    ));
    line(format!(
        "- fitted on {} normal rows ({} distinct in all features of the file) and, the supervised detector, on {} distinct attacks; stopped by {} and calibrated on {} distinct normal rows; {} rows held out for the figures below",
        data.n_fit,
        data.n_fit_distinct,
        data.n_attacks,
        data.n_validation,
        data.n_calibration,
        data.n_test
    ));
    line(format!("- seed: {}", card.seed));
    for (name, value) in &card.parameters {
        line(format!("- {name}: {value}"));
    }
    line("\n## Figures on the held-out rows\n".into());
    line("P0 counts every row, P1 every row distinct in all features of the file once. The threshold is risk 50, one false alarm in a hundred normal records by calibration.\n".into());
    line("| protocol | model | AUROC | average precision | recall | false alarms | precision | F1 | recall at 0.1 % |".into());
    line("| --- | --- | --- | --- | --- | --- | --- | --- | --- |".into());
    for entry in &card.figures {
        let f = &entry.figures;
        let strict = f.at_calibrated_rates.last().map_or(0.0, |rate| rate.recall);
        line(format!(
            "| {} | {} | {:.4} | {:.4} | {:.4} | {:.4} | {:.4} | {:.4} | {:.4} |",
            entry.protocol,
            f.model,
            f.roc_auc,
            f.average_precision,
            f.recall,
            f.false_alarm_rate,
            f.precision,
            f.f1,
            strict
        ));
    }
    line("\n## Limits\n".into());
    for limit in &card.limits {
        line(format!("- {limit}"));
    }
    text
}
