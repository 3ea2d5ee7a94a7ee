//! A flag's state in one environment, and what an order wants it to be.
//!
//! Owns the meaning of switch, percentage and level on a flag. Must not send anything.

use serde_json::{Map, Value, json};

use crate::plan::Setting;
use crate::port::Fault;
use crate::provider::answer::fault;
use crate::text::safe;

/// The members of a strategy that are its meaning, with what Unleash takes when they are left out.
const MEANING: [(&str, &str); 7] = [
    ("name", "null"),
    ("title", "null"),
    ("disabled", "false"),
    ("parameters", "{}"),
    ("constraints", "[]"),
    ("segments", "[]"),
    ("variants", "[]"),
];

/// One flag in one environment.
#[derive(Clone)]
pub(super) struct State {
    pub(super) enabled: bool,
    /// Id, unless it is not known yet, and meaning.
    pub(super) strategies: Vec<(Option<String>, Value)>,
}

impl State {
    /// Without ids, which change when a strategy is made anew.
    pub(super) fn value(&self) -> Value {
        json!({ "enabled": self.enabled, "strategies": self.strategies.iter().map(|(_, s)| s).collect::<Vec<_>>() })
    }

    pub(super) fn parse(value: &Value) -> Option<Self> {
        let strategies = value.get("strategies")?.as_array()?.iter().map(|s| (None, s.clone())).collect();
        Some(Self { enabled: value.get("enabled")?.as_bool()?, strategies })
    }
}

pub(super) fn meaning(strategy: &Value) -> Value {
    let mut out = Map::new();
    for (key, default) in MEANING {
        let value = strategy.get(key).cloned();
        let default = || serde_json::from_slice(default.as_bytes()).unwrap_or(Value::Null);
        out.insert(key.to_owned(), value.filter(|v| !v.is_null()).unwrap_or_else(default));
    }
    Value::Object(out)
}

/// What an order wants a flag to be.
pub(super) enum Wanted {
    On,
    Off,
    Percent(u8),
    Level(String),
}

impl Wanted {
    /// `safest` is the first of the control's levels: the flag is off.
    pub(super) fn of(to: &Setting, safest: Option<&str>) -> Result<Self, Fault> {
        Ok(match to {
            Setting::On(true) => Self::On,
            Setting::On(false) => Self::Off,
            Setting::Percent(p) if *p == 0.0 => Self::Off,
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 1 to 100")]
            Setting::Percent(p) if p.fract() == 0.0 && (1.0..=100.0).contains(p) => Self::Percent(*p as u8),
            Setting::Percent(p) => {
                return Err(fault(format!("a rollout of {p} % can't be set"), Some("use a whole number, 0 to 100")));
            }
            Setting::Level(level) => {
                let off = safest.map_or(level == "off", |s| s == level);
                if off { Self::Off } else { Self::Level(level.clone()) }
            }
        })
    }

    /// The state that this leaves behind.
    pub(super) fn applied(&self, now: &State, flag: &str) -> Result<State, Fault> {
        let mut then = now.clone();
        then.enabled = !matches!(self, Self::Off);
        if then.enabled && !then.strategies.iter().any(|(_, s)| s["disabled"] == false) {
            then.strategies.push((None, rollout(flag)));
        }
        match self {
            Self::On | Self::Off => {}
            Self::Percent(percent) => {
                let [(_, strategy)] = then.strategies.as_mut_slice() else {
                    return Err(one_strategy(flag, "has several strategies"));
                };
                if strategy["name"] != "flexibleRollout" {
                    return Err(one_strategy(flag, "has another strategy than a gradual rollout"));
                }
                strategy["parameters"]["rollout"] = Value::String(percent.to_string());
                if strategy["constraints"] != json!([]) || strategy["segments"] != json!([]) {
                    return Err(one_strategy(flag, "is limited by constraints or segments"));
                }
            }
            Self::Level(level) => {
                for (_, strategy) in &mut then.strategies {
                    if !only(&strategy["variants"], level) {
                        strategy["variants"] = variant(level);
                    }
                }
            }
        }
        Ok(then)
    }

    /// Whether what is read is what is wanted.
    pub(super) fn holds(&self, enabled: bool, strategies: &Value) -> bool {
        let active: Vec<&Value> =
            strategies.as_array().into_iter().flatten().filter(|s| s["disabled"] != true).collect();
        match self {
            Self::Off => !enabled,
            Self::On => enabled,
            Self::Percent(percent) => {
                enabled
                    && active.len() == 1
                    && active.iter().all(|s| {
                        s["name"] == "flexibleRollout" && s["parameters"]["rollout"] == percent.to_string().as_str()
                    })
            }
            Self::Level(level) => enabled && !active.is_empty() && active.iter().all(|s| only(&s["variants"], level)),
        }
    }
}

pub(super) fn rollout(flag: &str) -> Value {
    meaning(&json!({
        "name": "flexibleRollout",
        "parameters": { "rollout": "100", "stickiness": "default", "groupId": flag },
    }))
}

fn variant(level: &str) -> Value {
    json!([{ "name": level, "weight": 1000, "weightType": "variable", "stickiness": "default" }])
}

/// Whether variants are exactly one of this name at full weight.
fn only(variants: &Value, level: &str) -> bool {
    variants.as_array().is_some_and(|list| {
        list.len() == 1 && list.iter().all(|v| v["name"] == level && v["weight"].as_f64() == Some(1000.0))
    })
}

fn one_strategy(flag: &str, why: &str) -> Fault {
    fault(
        format!("flag {} {why}, so a percentage has no single meaning", safe::line(flag)),
        Some("keep one gradual rollout on this flag, or set it to 0, which switches it off"),
    )
}

/// What consumers see, in words.
pub(super) fn shown(enabled: bool, strategies: &Value) -> String {
    if !enabled {
        return "off".to_owned();
    }
    let mut words = vec!["on".to_owned()];
    for strategy in strategies.as_array().into_iter().flatten().take(3) {
        if let Some(rollout) = strategy["parameters"]["rollout"].as_str() {
            words.push(format!("{} %", safe::excerpt(rollout, 8)));
        }
        for variant in strategy["variants"].as_array().into_iter().flatten().take(3) {
            words.push(safe::excerpt(variant["name"].as_str().unwrap_or("?"), 40));
        }
    }
    words.join(", ")
}
