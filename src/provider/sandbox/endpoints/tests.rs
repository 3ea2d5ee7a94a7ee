use super::*;
use crate::provider::http::operation::{Fields, Operation};

fn thing(table: &Value, holds: Holds) -> Thing {
    let table = Operation::parse("control", table).ok().unwrap();
    let known: Fields = [("name".to_owned(), json!("a"))].into();
    let look =
        |l: &crate::provider::http::operation::Look| Look { path: Pattern::of(&l.path, &known), at: l.at.clone() };
    Thing {
        act: Shape::of(&table.act, &known),
        undo: table.undo.as_ref().map(|u| Shape::of(u, &known)),
        read: table.read.as_ref().map(look),
        good: table.good.as_ref().map(look),
        holds,
    }
}

fn value(first: Value, fixed: Option<Value>) -> Holds {
    Holds::Value { now: first.clone(), first, fixed, yes: None, good: json!("good") }
}

fn ask(all: &mut Endpoints, request: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
    let (method, target) = request.split_once(' ').unwrap();
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let asked = Asked::new(method, &format!("/http{target}"), headers, body.to_string().into_bytes());
    let reply = answer(all, &asked, &Tokens::new("all".into(), "client".into()), false);
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

#[test]
fn what_is_read_at_one_address_is_one_document() {
    let at = |act: &str, at: &str| {
        json!({ "act": { "method": "PUT", "path": act, "body": { "v": "{value}" } },
        "read": { "path": "/x/{name}", "at": at } })
    };
    let mut layer = at("/x/{name}/version", "/spec/version");
    layer["good"] = json!({ "path": "/x/{name}", "at": "/good" });
    let mut all = Endpoints {
        credential: None,
        things: vec![
            thing(&at("/x/{name}/n", "/spec/n~1m"), value(json!(100), None)),
            thing(&layer, value(json!("suspect"), None)),
        ],
    };
    let whole = |n: Value, version: &str| json!({ "spec": { "n/m": n, "version": version }, "good": "good" });
    assert_eq!(ask(&mut all, "GET /x/a", &[], &json!(null)), (200, whole(json!(100), "suspect")));
    assert_eq!(ask(&mut all, "PUT /x/a/n", &[], &json!({ "v": "0" })).0, 200);
    assert_eq!(ask(&mut all, "PUT /x/a/version", &[], &json!({ "v": "7" })).0, 200);
    assert_eq!(ask(&mut all, "GET /x/a", &[], &json!(null)), (200, whole(json!(0), "7")), "each in its own type");
    assert_eq!(ask(&mut all, "GET /x/b", &[], &json!(null)).0, 404);
    assert_eq!(ask(&mut all, "PUT /x/a/n", &[], &json!({ "w": 0 })).0, 404, "another body is another request");
}

#[test]
fn an_act_without_a_value_leads_where_it_always_leads_and_its_undo_back() {
    let table = json!({ "act": { "path": "/stop/{name}", "expect": [202] }, "undo": { "path": "/go/{name}" },
        "read": { "path": "/is/{name}" } });
    let mut all = Endpoints { credential: None, things: vec![thing(&table, value(json!(true), Some(json!(false))))] };
    assert_eq!(ask(&mut all, "GET /is/a", &[], &json!(null)).1, json!(true));
    assert_eq!(ask(&mut all, "POST /stop/a", &[], &json!(null)).0, 202);
    assert_eq!(ask(&mut all, "GET /is/a", &[], &json!(null)).1, json!(false));
    assert_eq!(ask(&mut all, "POST /go/a", &[], &json!(null)).0, 200);
    assert_eq!(ask(&mut all, "GET /is/a", &[], &json!(null)).1, json!(true));
}

#[test]
fn what_was_sent_is_found_by_what_it_said_and_once_under_one_key() {
    let table = json!({ "act": { "path": "/letters", "body": { "t": "{text}" }, "key-header": "K" },
        "read": { "path": "/letters/{key}", "at": "/state", "equals": "sent" } });
    let holds = Holds::Effects { done: Vec::new(), shows: json!("sent") };
    let mut all = Endpoints { credential: Some("x-key".to_owned()), things: vec![thing(&table, holds)] };
    let with = |key| [("x-key", "all"), ("k", key)];
    let body = json!({ "t": "We were wrong." });
    assert_eq!(ask(&mut all, "POST /letters", &[("k", "1")], &body).0, 401);
    assert_eq!(ask(&mut all, "POST /letters", &[("x-key", "client"), ("k", "1")], &body).0, 401);
    assert_eq!(ask(&mut all, "GET /letters/1", &with("1"), &body).0, 404, "nothing was sent");
    for _ in 0..2 {
        assert_eq!(ask(&mut all, "POST /letters", &with("1"), &body).0, 200);
    }
    assert_eq!(ask(&mut all, "GET /letters/1", &with("1"), &body), (200, json!({ "state": "sent" })));
    assert_eq!(ask(&mut all, "GET /letters/2", &with("1"), &body).0, 404);
    let Holds::Effects { done, .. } = &all.things[0].holds else { panic!("effects") };
    assert_eq!(done.len(), 1);
}

#[test]
fn what_is_done_otherwise_is_not_what_was_asked_for_and_nobody_is_told() {
    let table = json!({ "act": { "method": "PUT", "path": "/x", "body": { "on": "{value}" } },
        "read": { "path": "/x", "at": "/on" } });
    let mut all = Endpoints { credential: None, things: vec![thing(&table, value(json!(true), None))] };
    let asked = Asked::new("PUT", "/http/x", Vec::new(), json!({ "on": false }).to_string().into_bytes());
    let tokens = Tokens::new("all".into(), "client".into());
    let reply = answer(&mut all, &asked, &tokens, true);
    assert_eq!((reply.status, ask(&mut all, "GET /x", &[], &json!(null)).1), (200, json!({ "on": "another version" })));
}
