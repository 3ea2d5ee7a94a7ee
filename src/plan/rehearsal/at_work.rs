//! What stands where while an automation is at work and nobody has done anything yet: how every drill on this machine begins,
//! whether its systems are in memory or servers.
//!
//! Owns that picture. Must not know how a system holds it.

use serde_json::{Value, json};

use crate::plan::{Act, Direction, Setting, Step, Target};

/// What stands at a target of a step: not yet what the step is to bring about, or a step that does nothing would look as if it
/// had. Null for what leaves no state.
#[must_use]
pub fn at_work(step: &Step, target: &Target) -> Value {
    let lowers = step.direction == Direction::Lowers;
    match &step.act {
        // A switch may be safe when it is on, such as one that holds every answer for a person.
        Act::SetControl { to: Setting::On(on), .. } if lowers => json!(!on),
        Act::SetControl { to: Setting::On(on), .. } => json!(*on || step.direction != Direction::Raises),
        Act::SetControl { to: Setting::Percent(most), .. } if lowers && *most > 50.0 => json!(0.0),
        Act::SetControl { to: Setting::Percent(_), .. } => json!(100.0),
        Act::SetControl { to: Setting::Level(level), .. } => {
            // Safest first, so that the last one is at work.
            let levels = target.binding.get("levels").and_then(Value::as_array);
            levels.and_then(|l| l.last()).cloned().unwrap_or_else(|| json!(level))
        }
        Act::RollbackLayer { .. } => json!("suspect"),
        Act::Freeze => json!("syncing"),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{StepRole, fixture};

    #[test]
    fn what_is_at_work_is_never_what_a_lowering_step_wants() {
        let (on, percent) = (Setting::On, Setting::Percent);
        let level = |l: &str| Setting::Level(l.to_owned());
        for (to, direction, stands) in [
            (on(false), Direction::Lowers, json!(true)),
            (on(true), Direction::Lowers, json!(false)),
            (on(true), Direction::Raises, json!(true)),
            (on(false), Direction::Raises, json!(false)),
            (on(false), Direction::Neutral, json!(true)),
            (percent(0.0), Direction::Lowers, json!(100.0)),
            (percent(100.0), Direction::Lowers, json!(0.0)),
            (percent(5.0), Direction::Raises, json!(100.0)),
            (level("off"), Direction::Lowers, json!("auto")),
        ] {
            let mut target = fixture::target("flags", "c");
            target.binding.insert("levels".to_owned(), json!(["off", "advisory", "auto"]));
            let act = Act::SetControl { control: "c".to_owned(), to: to.clone(), safe: false };
            let step = fixture::step("c", StepRole::Immediate, act, vec![target.clone()], direction);
            assert_eq!(at_work(&step, &target), stands, "{to} {direction:?}");
        }
    }
}
