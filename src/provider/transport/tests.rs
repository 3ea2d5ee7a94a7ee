//! The transport against servers that do everything wrong.

use serde_json::json;

use super::*;
use crate::provider::redact::tests::encodings;
use crate::provider::request::Method;
use crate::provider::secret::Reference;
use crate::provider::stub::{Got, Reply, Stub};
use crate::run::event::Outcome;

fn transport() -> Transport {
    Transport::new(Vault::new(std::env::temp_dir()), None)
}

async fn ask(url: &str, method: Method, again: Again, limit: u64) -> Answer {
    let request = Request::new(method, format!("{url}/x"), "test");
    transport().send(&request, Deadline::after(Millis(limit)), again).await
}

/// Answers in order, the last one for ever.
fn script(replies: Vec<Reply>) -> impl FnMut(&Got) -> Reply + Send {
    let mut replies = replies.into_iter();
    let mut next = move || replies.next();
    move |_| next().unwrap_or(Reply::Json(200, json!({ "end": true })))
}

fn ok() -> Reply {
    Reply::Json(200, json!({ "ok": true }))
}

fn limited(header: &'static str, value: &str) -> Reply {
    Reply::Text(429, vec![(header, value.to_owned())], "{}".to_owned())
}

#[tokio::test(flavor = "current_thread")]
async fn an_act_that_must_not_be_repeated_is_sent_once() {
    let cases = [
        (Reply::Json(500, json!({})), Outcome::Unknown),
        (Reply::Json(503, json!({})), Outcome::Unknown),
        (Reply::Drop, Outcome::Unknown),
        (Reply::Cut(200, "{\"a\":".into()), Outcome::Unknown),
        (Reply::Hang, Outcome::Unknown),
        (Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), Outcome::Unknown),
        (Reply::Json(400, json!({ "message": "no" })), Outcome::Refused),
        (Reply::Text(302, vec![("Location", "https://login.example/".into())], String::new()), Outcome::Refused),
        (Reply::Text(307, vec![("Location", "/y".into())], String::new()), Outcome::Refused),
        (ok(), Outcome::Done),
        (Reply::Text(204, vec![], String::new()), Outcome::Done),
    ];
    for (i, (reply, wanted)) in cases.into_iter().enumerate() {
        let stub = Stub::start(script(vec![reply])).await;
        let answer = ask(&stub.url, Method::Post, Again::Never, 300).await;
        assert_eq!(answer.outcome(&[]), wanted, "case {i}: {}", answer.says);
        assert_eq!(stub.got().len(), 1, "case {i}");
        assert_eq!(answer.requests, 1, "case {i}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_harmless_is_tried_again() {
    for reply in [Reply::Json(502, json!({})), Reply::Drop, Reply::Cut(200, "{".into())] {
        let stub = Stub::start(script(vec![reply, ok()])).await;
        let answer = ask(&stub.url, Method::Put, Again::Harmless, 5_000).await;
        assert_eq!(answer.outcome(&[]), Outcome::Done, "{}", answer.says);
        assert_eq!((stub.got().len(), answer.requests), (2, 2));
    }
    let stub = Stub::start(|_| Reply::Json(500, json!({}))).await;
    let answer = ask(&stub.url, Method::Put, Again::Harmless, 5_000).await;
    assert_eq!((answer.outcome(&[]), answer.requests), (Outcome::Unknown, TRIES));
    // The first try may have acted, so a later refusal is not the end of the story.
    let stub = Stub::start(script(vec![Reply::Drop, Reply::Json(404, json!({}))])).await;
    assert_eq!(ask(&stub.url, Method::Put, Again::Harmless, 5_000).await.outcome(&[]), Outcome::Unknown);
}

#[tokio::test(flavor = "current_thread")]
async fn a_rate_limit_is_obeyed_within_the_time_given() {
    let dated = Reply::Text(
        429,
        vec![("Date", "Sun, 06 Nov 1994 08:49:37 GMT".into()), ("Retry-After", "Sun, 06 Nov 1994 08:49:36 GMT".into())],
        String::new(),
    );
    // Even an act that must not be repeated: 429 is said before anything is processed.
    for reply in [limited("Retry-After", "0"), limited("Retry-After", "0.05"), limited("ratelimit-reset", "0"), dated] {
        let stub = Stub::start(script(vec![reply, ok()])).await;
        let answer = ask(&stub.url, Method::Post, Again::Never, 5_000).await;
        assert_eq!((answer.outcome(&[]), stub.got().len()), (Outcome::Done, 2), "{}", answer.says);
    }
    let stub = Stub::start(|_| limited("Retry-After", "60")).await;
    let answer = ask(&stub.url, Method::Post, Again::Harmless, 2_000).await;
    assert_eq!((answer.outcome(&[]), stub.got().len()), (Outcome::Refused, 1));
    assert!(answer.says.contains("asked to wait 60 s"), "{}", answer.says);
    let stub = Stub::start(|_| limited("Retry-After", "0")).await;
    let answer = ask(&stub.url, Method::Post, Again::Never, 5_000).await;
    assert_eq!((answer.outcome(&[]), answer.requests), (Outcome::Refused, WAITS + 1));
}

#[tokio::test(flavor = "current_thread")]
async fn what_was_never_sent_is_said_to_be() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let answer = ask(&url, Method::Post, Again::Never, 3_000).await;
    assert_eq!(answer.outcome(&[]), Outcome::NotSent);
    assert!(answer.says.contains("no connection") && answer.says.contains("127.0.0.1"), "{}", answer.says);
    let missing = Request::get(format!("{url}/x"), "test").secret(
        "Authorization",
        "Bearer ",
        Some(&Reference::Env("AIGOV_TEST_NOT_THERE".into())),
    );
    let answer = transport().send(&missing, Deadline::after(Millis(500)), Again::Harmless).await;
    assert_eq!((answer.outcome(&[]), answer.requests), (Outcome::NotSent, 0));
    assert!(answer.says.contains("AIGOV_TEST_NOT_THERE"), "{}", answer.says);
}

#[tokio::test(flavor = "current_thread")]
async fn a_certificate_that_nobody_vouches_for_is_refused_before_sending() {
    let (stub, pem) = Stub::start_tls(|_| ok()).await;
    let answer = ask(&stub.url, Method::Post, Again::Never, 5_000).await;
    assert_eq!(answer.outcome(&[]), Outcome::NotSent, "{}", answer.says);
    assert!(answer.says.contains("certificate"), "{}", answer.says);
    assert!(stub.got().is_empty());
    // The same server, its certificate in the bundle.
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    std::fs::write(&bundle, pem).unwrap();
    let trusting = Transport::new(Vault::new(folder.path().to_owned()), Some(bundle));
    let request = Request::get(format!("{}/x", stub.url), "test");
    let answer = trusting.send(&request, Deadline::after(Millis(5_000)), Again::Harmless).await;
    assert_eq!(answer.outcome(&[]), Outcome::Done, "{}", answer.says);
}

#[tokio::test(flavor = "current_thread")]
async fn a_read_that_is_not_understood_is_no_document() {
    let cases = [
        Reply::Text(200, vec![], "<html>please log in</html>".into()),
        Reply::Text(200, vec![], String::new()),
        Reply::Cut(200, "{\"enabled\":false}".into()),
        Reply::Text(200, vec![("Content-Encoding", "gzip".into())], "{}".into()),
        Reply::Text(302, vec![("Location", "/login".into())], "{}".into()),
        Reply::Json(404, json!({ "message": "no such flag" })),
        Reply::Hang,
        Reply::Raw(vec![0, 1, 2, 3]),
    ];
    for (i, reply) in cases.into_iter().enumerate() {
        let mut reply = Some(reply);
        let stub = Stub::start(move |_| reply.take().unwrap_or(Reply::Hang)).await;
        let answer = ask(&stub.url, Method::Get, Again::Harmless, 600).await;
        let why = answer.document().unwrap_err();
        assert!(!why.is_empty() && why.chars().all(safe::is_plain), "case {i}: {why:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_body_without_end_is_cut() {
    let mut endless = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n".to_vec();
    endless.resize(MOST + 100_000, b' ');
    let stub = Stub::start(move |_| Reply::Raw(endless.clone())).await;
    let answer = ask(&stub.url, Method::Get, Again::Never, 20_000).await;
    assert!(answer.says.contains("longer than"), "{}", answer.says);
    assert_eq!((answer.document().is_err(), answer.body.len()), (true, MOST));
}

#[tokio::test(flavor = "current_thread")]
async fn requests_say_who_we_are_and_carry_the_secret_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "t0p-secret\n").unwrap();
    let stub = Stub::start(|_| ok()).await;
    let transport = Transport::new(Vault::new(folder.path().to_owned()), None);
    let secret = Reference::File("token".into());
    let mut request = Request::new(Method::Post, format!("{}/x", stub.url), "test")
        .secret("Authorization", "Bearer ", Some(&secret))
        .json(json!({ "a": 1 }));
    request.sealed.push(("key".into(), secret));
    assert!(transport.send(&request, Deadline::after(Millis(5_000)), Again::Never).await.succeeded());
    let got = stub.got().remove(0);
    assert_eq!(got.headers["user-agent"], concat!("aigov/", env!("CARGO_PKG_VERSION")));
    assert_eq!(got.headers["authorization"], "Bearer t0p-secret");
    assert_eq!(got.headers["content-type"], "application/json");
    assert_eq!(got.json(), json!({ "a": 1, "key": "t0p-secret" }));
    assert!(!format!("{request:?}{:?}", request.view()).contains("t0p-secret"));
    // A credential may change or end while an approval is waited for: each request fetches its own, and none is sent with
    // one that is not there any more.
    std::fs::write(folder.path().join("token"), "n3w-secret\n").unwrap();
    assert!(transport.send(&request, Deadline::after(Millis(5_000)), Again::Never).await.succeeded());
    assert_eq!(stub.got().last().unwrap().headers["authorization"], "Bearer n3w-secret");
    std::fs::remove_file(folder.path().join("token")).unwrap();
    let sent = stub.got().len();
    let answer = transport.send(&request, Deadline::after(Millis(5_000)), Again::Never).await;
    assert_eq!((answer.outcome(&[]), answer.requests, stub.got().len()), (Outcome::NotSent, 0, sent));
    assert!(answer.says.contains("token"), "{}", answer.says);
}

/// A hostile server gives the secret back in every encoding: in a body, a message, a redirect, a header.
#[tokio::test(flavor = "current_thread")]
async fn no_answer_brings_a_secret_in() {
    const SECRET: &str = "*:*.pr0d/\"k3y\"+&\\<x>%41 z";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), SECRET).unwrap();
    let encoded = encodings(SECRET);
    let all = encoded.clone();
    let stub = Stub::start(move |got| {
        let number: usize = got.target.trim_start_matches("/").split('/').next().unwrap().parse().unwrap();
        let text = &all[number / 4];
        let header = text.replace(['\r', '\n'], "");
        match number % 4 {
            0 => Reply::Json(403, json!({ "message": format!("bad token {text}") })),
            1 => Reply::Text(200, vec![], format!("{{\"a\":\"{text}\"}}")),
            2 => Reply::Text(302, vec![("Location", format!("https://evil.example/?t={header}"))], String::new()),
            _ => Reply::Cut(500, format!("<html>{text}")),
        }
    })
    .await;
    let transport = Transport::new(Vault::new(folder.path().to_owned()), None);
    let secret = Reference::File("token".into());
    for number in 0..encoded.len() * 4 {
        let request = Request::get(format!("{}/{number}", stub.url), "test").secret("Authorization", "", Some(&secret));
        let answer = transport.send(&request, Deadline::after(Millis(5_000)), Again::Never).await;
        assert!(answer.status().is_some(), "{}", answer.says);
        let everything = format!("{answer:?}{}{}", answer.line(), String::from_utf8_lossy(&answer.body));
        let text = &encoded[number / 4];
        assert!(!everything.contains(text.as_str()), "{text} came through: {everything}");
        assert!(!transport.vault().redactor().finds(everything.as_bytes()), "{text} came through: {everything}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_slow_answer_counts_as_long_as_there_is_time() {
    let late = || Reply::Late(Duration::from_millis(120), Box::new(ok()));
    let stub = Stub::start(script(vec![late(), late()])).await;
    assert_eq!(ask(&stub.url, Method::Post, Again::Never, 10_000).await.outcome(&[]), Outcome::Done);
    let answer = ask(&stub.url, Method::Post, Again::Never, 20).await;
    assert_eq!(answer.outcome(&[]), Outcome::Unknown);
    assert!(answer.says.contains("in time"), "{}", answer.says);
}

#[tokio::test(flavor = "current_thread")]
async fn a_drill_opens_no_socket_outside_loopback_whatever_it_is_told() {
    let here = transport().within(Reach::Loopback);
    let ask = async |url: String| {
        let request = Request::new(Method::Post, url, "test");
        here.send(&request, Deadline::after(Millis(2_000)), Again::Never).await
    };
    for url in [
        "http://flags.example.com/x",
        "https://flags.example.com/x",
        "http://localhost.example.com/x",
        "http://localhost@flags.example.com/x",
        "http://127.0.0.1.nip.io/x",
        "http://198.51.100.7/x",
        "http://10.0.0.7/x",
        "http://169.254.169.254/latest",
        "http://0.0.0.0/x",
        "http://[2001:db8::7]/x",
        "http://[::ffff:198.51.100.7]/x",
    ] {
        let answer = ask(url.to_owned()).await;
        assert_eq!(answer.fate, Fate::NotSent, "{url}: {}", answer.says);
        assert!(answer.says.contains("outside what this drill may reach"), "{url}: {}", answer.says);
    }
    // A redirect to the outside is told and not followed; what is here is reached.
    let away = Reply::Text(307, vec![("Location", "http://198.51.100.7/x".into())], String::new());
    let stub = Stub::start(script(vec![away, ok()])).await;
    let answer = ask(format!("{}/x", stub.url)).await;
    assert!(answer.says.contains("which is not followed"), "{}", answer.says);
    assert_eq!(ask(format!("{}/x", stub.url)).await.outcome(&[]), Outcome::Done);
    assert_eq!(stub.got().len(), 2);
}

#[tokio::test(flavor = "current_thread")]
async fn even_past_every_question_the_sockets_of_a_drill_lead_nowhere_else() {
    use reqwest::dns::Resolve as _;
    let here = transport().within(Reach::Loopback);
    for (tls, url) in
        [(false, "http://198.51.100.7:9/"), (false, "http://flags.example.com/"), (true, "https://198.51.100.7:9/")]
    {
        let client = here.make(tls, false).unwrap();
        let tried = client.get(url).timeout(Duration::from_secs(2)).send().await;
        let error = tried.unwrap_err();
        assert!(error.is_connect(), "{url}: the system itself lets nothing out: {error:?}");
        assert!(!error.is_timeout(), "{url}: nobody was waited for: {error:?}");
    }
    let name = |text: &str| text.parse::<reqwest::dns::Name>().unwrap();
    assert!(OnlyHere.resolve(name("flags.example.com")).await.is_err());
    let found: Vec<_> = OnlyHere.resolve(name("localhost")).await.unwrap().collect();
    assert!(found.iter().all(|a| a.ip().is_loopback()));
}

#[tokio::test(flavor = "current_thread")]
async fn a_drill_in_staging_reaches_exactly_what_staging_declares() {
    let (declared, other) = (Stub::start(|_| ok()).await, Stub::start(|_| ok()).await);
    let there = transport().within(Reach::Only(vec![declared.url.clone()]));
    for (url, reached) in [(&declared.url, true), (&other.url, false)] {
        let request = Request::new(Method::Get, format!("{url}/x"), "test");
        let answer = there.send(&request, Deadline::after(Millis(2_000)), Again::Never).await;
        assert_eq!(answer.succeeded(), reached, "{}", answer.says);
    }
    assert_eq!((declared.got().len(), other.got().len()), (1, 0), "another port is another host");
}
