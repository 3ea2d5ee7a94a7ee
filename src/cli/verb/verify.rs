//! `aigov verify [RUN]`.

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Kind};
use crate::journal::{Finding, Weight};
use crate::text::safe;
use crate::ui::Tone;

/// Checks the record of one run, or of all. Exit 8 when something is broken or missing.
pub(super) fn call(cx: &Context, run: Option<&str>) -> Result<u8, CliError> {
    let store = cx.journal();
    let run = match run {
        Some(run) => Some(store.find(run)?),
        None => None,
    };
    let reports = match store.verify(run.as_deref()) {
        // Nothing was ever recorded, which is not damage.
        Err(_) if run.is_none() && !cx.journal_path().exists() && store.runs().is_ok_and(|r| r.is_empty()) => {
            Vec::new()
        }
        reports => reports?,
    };
    let mut first_broken = None;
    for report in &reports {
        if cx.json {
            cx.screen.raw(
                &json!({
                    "run": report.run, "records": report.records, "head": report.head, "digest": report.digest,
                    "whole": report.whole(),
                    "findings": report.findings.iter().map(|f| json!({
                        "weight": weight(f.weight), "seq": f.seq, "commit": f.commit, "says": f.says,
                    })).collect::<Vec<_>>(),
                })
                .to_string(),
            );
        } else {
            let word = if report.whole() { "whole" } else { "NOT WHOLE" };
            cx.screen.text(&format!(
                "{}: {word}, {} records, last {}",
                safe::line(&report.run),
                report.records,
                safe::line(&report.digest)
            ));
            for finding in &report.findings {
                cx.screen.text(&format!("  {}", line(finding)));
            }
        }
        if first_broken.is_none() && !report.whole() {
            let link = report.first_broken().or_else(|| report.findings.first()).map(line).unwrap_or_default();
            first_broken = Some((report.run.clone(), link));
        }
    }
    if reports.is_empty() && !cx.json {
        cx.screen.say(Tone::Plain, "There are no runs here yet.");
    }
    match first_broken {
        None => Ok(0),
        Some((run, link)) => Err(CliError::new(
            Kind::Journal,
            format!("the record of run {} is not whole; first: {link}", safe::line(&run)),
        )
        .next(cx.command(&format!("log {}", safe::line(&run))))),
    }
}

fn line(finding: &Finding) -> String {
    let at = finding.seq.map(|s| format!("record {s}: ")).unwrap_or_default();
    format!("{}: {at}{}", weight(finding.weight), safe::line(&finding.says))
}

const fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Broken => "broken",
        Weight::Missing => "missing",
        Weight::Fork => "fork",
        Weight::Redacted => "redacted",
        Weight::Unsigned => "unsigned",
        Weight::Unread => "not read",
        Weight::Note => "note",
    }
}
