//! Runs from beginning to end.

use serde_json::json;

use crate::drive::fake::{Scene, Trouble};
use crate::drive::{WaitsFor, Why, exit_code};
use crate::run::event::{End, Event};

#[test]
fn the_gravest_row_from_start_to_closed() {
    let mut scene = Scene::new();
    let stopped = scene.go();
    assert!(matches!(stopped.why, Why::Done(End::Closed)), "{stopped:?}\n{:#?}\n{:?}", scene.events(), scene.shown.lines);
    assert_eq!(exit_code(&stopped).0, 0);
}
