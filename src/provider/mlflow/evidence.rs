//! Evidence out of MLflow: tags, aliases and every version of a model or prompt.

use serde_json::{Value, json};

use super::Mlflow;
use crate::port::{Fault, Order, Sight};
use crate::provider::answer::Answer;
use crate::provider::evidence::Captured;
use crate::provider::transport::Deadline;
use crate::run::event::Outcome;

/// Most pages of versions that are captured.
const PAGES: usize = 20;

impl Mlflow {
    pub(super) async fn capture(&self, order: &Order<'_>, until: Deadline) -> Result<Sight<Outcome>, Fault> {
        let label = &order.target.label;
        let answer = self.link.read(&self.whole(order.target)?, until).await;
        let mut requests = answer.requests;
        let whole = match answer.document() {
            Ok(whole) => whole,
            Err(says) => return Ok(Captured::failed(&answer, label, &says)),
        };
        let mut versions: Vec<Value> = Vec::new();
        let mut page: Option<String> = None;
        for _ in 0..PAGES {
            let answer = self.link.read(&self.versions(order.target, page.as_deref())?, until).await;
            requests += answer.requests;
            let document = match answer.document() {
                Ok(document) => document,
                Err(says) => return Ok(Captured::failed(&Answer { requests, ..answer }, label, &says)),
            };
            // A model without versions answers `{}`.
            versions.extend(document["model_versions"].as_array().into_iter().flatten().cloned());
            page = document["next_page_token"].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
            if page.is_none() {
                break;
            }
        }
        let what = format!("{} versions", versions.len());
        let document = json!({ "registered_model": whole["registered_model"], "model_versions": versions });
        Ok(self.captured.keep(order, &document, &what, requests))
    }
}
