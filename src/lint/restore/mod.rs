//! Autonomy returns step by step, each watched long enough.

use crate::model::automation::Control;
use crate::model::scalar::Scalar;

super::rule::rules! {
    stage_falls, stage_at_top, soak_short, restore_at_once, impossible_check, check_while_triggered,
}

/// How much autonomy a value of a control is, as a number that rises with it; none for a value that it does not take.
fn height(control: &Control, value: &Scalar) -> Option<f64> {
    match control.value(value).ok()? {
        Scalar::Bool(on) => Some(f64::from(u8::from(on))),
        Scalar::Number(n) => Some(n),
        Scalar::Text(level) => {
            let place = control.levels.iter().position(|l| l.value == level)?;
            u32::try_from(place).ok().map(f64::from)
        }
    }
}
