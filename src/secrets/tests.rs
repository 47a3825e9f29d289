//! Fetching over sockets, from an AWS that answers as it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use super::*;

const CANARY: &str = "CANARY-4d1b";

enum Reply {
    Answer(u16, String),
    Silence,
}

/// Answers one request after the other with these, and gives back what it was sent.
fn aws(answers: Vec<Reply>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let answer = |reply: Reply| {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                let mut bytes = [0; 4096];
                let length = connection.read(&mut bytes).unwrap();
                request.extend_from_slice(&bytes[..length]);
            }
            match reply {
                Reply::Answer(status, body) => {
                    let length = body.len();
                    let head = format!(
                        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
                    );
                    connection.write_all((head + &body).as_bytes()).unwrap();
                }
                // Ends when the other side gives up.
                Reply::Silence => assert_eq!(connection.read(&mut [0]).unwrap_or(0), 0),
            }
            String::from_utf8(request).unwrap()
        };
        answers.into_iter().map(answer).collect()
    });
    (address, thread)
}

fn secrets(endpoint: &str, missing: &str) -> Secrets {
    let client = Client::new().unwrap();
    Secrets::from_environment(&client, |name| {
        if name == missing {
            return None;
        }
        match name {
            "AWS_REGION" => Some("eu-west-1"),
            "AWS_ENDPOINT_URL" => Some(endpoint),
            "AWS_ACCESS_KEY_ID" => Some("ID-EXAMPLE"),
            "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => Some(CANARY),
            _ => None,
        }
        .map(str::to_owned)
    })
}

fn parameter() -> Location {
    Location::of(&WebhookReference::Ssm("/slack/deploys".to_owned())).unwrap()
}

async fn fetch(answers: Vec<Reply>, timeout: Duration) -> (Result<String, String>, Vec<String>) {
    let (address, thread) = aws(answers);
    let secrets = secrets(&format!("http://{address}"), "");
    let result = secrets.fetch(&parameter(), timeout).await;
    if let Err(error) = &result {
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
    }
    assert!(!format!("{secrets:?}").contains(CANARY), "{secrets:?}");
    let result = result.map_err(|error| error.to_string());
    (result, requests(thread).await)
}

/// Waits while the client goes on: it closes its connections in the background.
async fn requests(thread: JoinHandle<Vec<String>>) -> Vec<String> {
    let joined = tokio::task::spawn_blocking(|| thread.join());
    joined.await.unwrap().unwrap()
}

fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer(status, body.to_owned())
}

#[tokio::test]
async fn sends_a_signed_request_and_takes_the_value() {
    let ok = answer(200, r#"{"Parameter": {"Value": "https://example.org"}}"#);
    let (value, requests) = fetch(vec![ok], FETCH_TIMEOUT).await;
    assert_eq!(value, Ok("https://example.org".to_owned()));
    let request = &requests[0];
    assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
    for part in [
        "content-type: application/x-amz-json-1.1\r\n",
        "x-amz-target: AmazonSSM.GetParameter\r\n",
        "authorization: AWS4-HMAC-SHA256 Credential=ID-EXAMPLE/",
        "/eu-west-1/ssm/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=",
        "\r\n\r\n{\"Name\":\"/slack/deploys\",\"WithDecryption\":true}",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
}

#[tokio::test]
async fn asks_again_when_the_trouble_may_pass() {
    let throttled = answer(400, r#"{"__type": "ThrottlingException"}"#);
    let trouble = answer(500, "CANARY-4d1b");
    let ok = answer(200, r#"{"Parameter": {"Value": "a"}}"#);
    let (value, requests) = fetch(vec![throttled, trouble, ok], FETCH_TIMEOUT).await;
    assert_eq!(value, Ok("a".to_owned()));
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn gives_up_at_once_when_it_will_not_pass() {
    let refused = answer(
        400,
        r#"{"__type": "ParameterNotFound", "message": "CANARY-4d1b"}"#,
    );
    let (value, requests) = fetch(vec![refused], FETCH_TIMEOUT).await;
    let expected = "parameter /slack/deploys does not exist in eu-west-1; create it there";
    assert!(value.unwrap_err().starts_with(expected));
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn waits_no_longer_than_it_may() {
    let start = std::time::Instant::now();
    let (value, _) = fetch(vec![Reply::Silence], Duration::from_millis(300)).await;
    let error = value.unwrap_err();
    assert!(
        error.starts_with("no answer within 0.3 s from ssm in eu-west-1"),
        "{error}"
    );
    assert!(start.elapsed() < FETCH_TIMEOUT, "{:?}", start.elapsed());
}

#[tokio::test]
async fn refuses_an_answer_without_an_end() {
    let long = answer(200, &"x".repeat(LONGEST_ANSWER + 100_000));
    let (address, thread) = aws(vec![long]);
    let secrets = secrets(&format!("http://{address}"), "");
    let error = secrets
        .fetch(&parameter(), FETCH_TIMEOUT)
        .await
        .unwrap_err();
    assert_eq!(error.fault, SecretFault::Unreadable { status: 200 });
    // It may not have been able to write all of it.
    let _ = thread.join();
}

#[tokio::test]
async fn says_what_is_missing_and_asks_nobody() {
    for (missing, expected) in [
        ("AWS_REGION", "AWS_REGION is not set"),
        ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID is not set"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY is not set"),
    ] {
        // Nothing listens there.
        let secrets = secrets("http://127.0.0.1:9", missing);
        let error = secrets.fetch(&parameter(), FETCH_TIMEOUT).await;
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let secrets = secrets("http://127.0.0.1:9", "");
    let error = secrets.fetch(&parameter(), FETCH_TIMEOUT).await;
    assert_eq!(error.unwrap_err().fault, SecretFault::Connect);
}
