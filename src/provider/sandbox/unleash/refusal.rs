//! How Unleash refuses: the shapes of its errors and what it says in them.

use serde_json::{Map, Value, json};

use super::TYPE;
use crate::provider::sandbox::exchange::{Asked, Reply};

/// A refusal: status and body.
pub(super) type Refusal = Reply;

pub(super) fn body(asked: &Asked) -> Result<Value, Refusal> {
    if !asked.is_of_type("application/json") {
        let given = asked.header("content-type").unwrap_or("no content-type");
        let says = format!(
            "We do not accept the content-type you provided ({given}). Try using one of the content-types we do accept \
             instead (application/json) and make sure the body is in the corresponding format."
        );
        return Err(with_id(&refusal(415, "ContentTypeError", &says)));
    }
    asked.json().ok_or_else(|| {
        let text = String::from_utf8_lossy(&asked.body);
        let first = text.chars().next().map(String::from).unwrap_or_default();
        Reply::json(
            400,
            TYPE,
            &json!({
            "message": format!("Unexpected token '{first}', \"{text}\" is not valid JSON") }),
        )
    })
}

pub(super) fn object(asked: &Asked) -> Result<Map<String, Value>, Refusal> {
    match body(asked)? {
        Value::Object(map) => Ok(map),
        other => Err(wrong_type("/body", "object", &other)),
    }
}

pub(super) fn refusal(status: u16, name: &str, message: &str) -> Reply {
    Reply::json(status, TYPE, &json!({ "name": name, "message": message, "details": [{ "message": message }] }))
}

/// Refusals of the outer layers also carry an id of the occurrence; here it is always the same.
fn with_id(reply: &Reply) -> Reply {
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    body["id"] = json!("00000000-0000-4000-8000-000000000000");
    Reply::json(reply.status, TYPE, &body)
}

pub(super) fn not_found(message: &str) -> Reply {
    refusal(404, "NotFoundError", message)
}

pub(super) fn no_such_path(asked: &Asked) -> Reply {
    let path = asked.path.strip_prefix("/unleash").unwrap_or(&asked.path);
    with_id(&not_found(&format!("The path you were looking for ({path}) is not available.")))
}

pub(super) fn not_logged_in(name: &str, message: &str) -> Reply {
    with_id(&refusal(401, name, message))
}

pub(super) fn bad_data(message: &str) -> Reply {
    let whole = format!("Request validation failed: your request body or params contain invalid data: {message}");
    Reply::json(
        400,
        TYPE,
        &json!({
        "name": "BadDataError", "message": whole, "details": [{ "message": message }] }),
    )
}

fn invalid(path: &str, message: &str) -> Reply {
    with_id(&Reply::json(
        400,
        TYPE,
        &json!({
        "name": "BadDataError",
        "message": "Request validation failed: your request body or params contain invalid data. Refer to the \
                    `details` list for more information.",
        "details": [{ "message": message, "path": path }] }),
    ))
}

pub(super) fn missing(path: &str) -> Reply {
    invalid(path, &format!("The `{path}` property is required. It was not present on the data you sent."))
}

pub(super) fn wrong_type(path: &str, wanted: &str, given: &Value) -> Reply {
    invalid(path, &format!("The `{path}` property must be {wanted}. You sent {given}."))
}

pub(super) fn no_pattern(parameter: &str, pattern: &str, given: &str) -> Reply {
    let path = format!("/query/{parameter}");
    invalid(&path, &format!("The `{path}` property must match pattern \"{pattern}\". You sent \"{given}\"."))
}
