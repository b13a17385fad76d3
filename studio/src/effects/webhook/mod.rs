//! Sends signed messages to webhooks, once each: when a message is sent again is the engine's business.

mod sign;

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use studio_plugin_sdk::error::StageError;

pub use sign::{NotASecret, sign};

use super::http::{Checked, SystemLookup, retry_after};
use crate::model::SecretString;

/// A receiver that takes longer has not taken the message.
const LIMIT: Duration = Duration::from_secs(10);

/// A message on its way.
pub struct Message<'a> {
    /// Where it goes.
    pub url: &'a str,
    /// `webhook-id`
    pub id: &'a str,
    /// JSON.
    pub body: &'a str,
}

/// What a receiver made of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It has taken it.
    Taken {
        /// The status.
        status: u16,
    },
    /// It does not want it, and will not.
    Refused {
        /// The status.
        status: u16,
    },
    /// It may take it later.
    Later {
        /// The status; none: there was no answer.
        status: Option<u16>,
        /// When it wants to be asked again.
        after: Option<Duration>,
        /// What happened, in a sentence.
        why: String,
    },
}

impl Answer {
    /// What a status means.
    fn of(status: u16, after: Option<Duration>) -> Self {
        match status {
            200..=299 => Self::Taken { status },
            408 | 425 | 429 => Self::later(status, after),
            400..=499 => Self::Refused { status },
            _ => Self::later(status, after),
        }
    }

    fn later(status: u16, after: Option<Duration>) -> Self {
        Self::Later { status: Some(status), after, why: format!("it answered {status}") }
    }

    /// The status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Taken { status } | Self::Refused { status } => Some(*status),
            Self::Later { status, .. } => *status,
        }
    }

    /// What happened, in a sentence.
    pub fn why(&self) -> String {
        match self {
            Self::Taken { status } | Self::Refused { status } => format!("it answered {status}"),
            Self::Later { why, .. } => why.clone(),
        }
    }
}

/// Sends messages.
pub struct WebhookClient {
    http: reqwest::Client,
}

impl WebhookClient {
    /// A client with connections of its own. It follows no redirects: where a message goes is what a person wrote.
    ///
    /// # Errors
    /// `http.setup`: the root certificates can't be read.
    pub fn new() -> Result<Self, StageError> {
        let setup = |e: reqwest::Error| StageError::permanent(format!("HTTP can't be set up: {e}")).code("http.setup");
        let http = reqwest::Client::builder()
            .user_agent(concat!("studio/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .dns_resolver(Checked { lookup: Arc::new(SystemLookup), private: true })
            .timeout(LIMIT)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(setup)?;
        Ok(Self { http })
    }

    /// Sends a message, signed as of now. What the receiver writes into its answer is not read.
    pub async fn send(&self, message: &Message<'_>, secret: &SecretString) -> Result<Answer, NotASecret> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs().cast_signed());
        let signature = sign(secret, message.id, seconds, message.body)?;
        let request = self
            .http
            .post(message.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(message.body.to_owned());
        Ok(match request.send().await {
            Ok(response) => {
                let after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok());
                let after = after.map(|text| ("retry-after".to_owned(), text.to_owned()));
                Answer::of(response.status().as_u16(), retry_after(after.as_slice(), SystemTime::now()))
            }
            // Without the address: it may hold what only the receiver knows.
            Err(e) => Answer::Later { status: None, after: None, why: cause(&e.without_url()) },
        })
    }
}

fn cause(e: &reqwest::Error) -> String {
    if e.is_timeout() {
        return format!("no answer within {} s", LIMIT.as_secs());
    }
    let mut last: &dyn Error = e;
    while let Some(source) = last.source() {
        last = source;
    }
    format!("it cannot be reached: {last}")
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;
    use crate::effects::http::tests::tls::acceptor;

    #[test]
    fn a_status_says_whether_it_is_worth_another_try() {
        for status in [200, 201, 204] {
            assert_eq!(Answer::of(status, None), Answer::Taken { status });
        }
        for status in [400, 401, 403, 404, 405, 410, 413, 422] {
            assert_eq!(Answer::of(status, None), Answer::Refused { status });
        }
        for status in [302, 307, 408, 425, 429, 500, 502, 503, 504] {
            assert!(
                matches!(Answer::of(status, None), Answer::Later { status: Some(s), .. } if s == status),
                "{status}"
            );
        }
    }

    #[tokio::test]
    async fn a_message_is_one_signed_post_and_a_redirect_is_not_followed() {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(307).insert_header("location", "/other").insert_header("retry-after", "7");
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let secret = SecretString::new("a secret of tests".into());
        let url = format!("{}/in?key=1", server.uri());
        let message = Message { url: &url, id: "msg_1", body: "{\"type\":\"job.completed\"}" };
        let answer = WebhookClient::new().unwrap().send(&message, &secret).await.unwrap();
        let after = Some(Duration::from_secs(7));
        assert_eq!(answer, Answer::Later { status: Some(307), after, why: "it answered 307".into() });
        let asked = server.received_requests().await.unwrap();
        let [request] = asked.as_slice() else { panic!("{asked:?}") };
        let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
        assert_eq!((request.method.as_str(), request.url.query()), ("POST", Some("key=1")));
        assert_eq!((header("webhook-id").as_str(), header("content-type").as_str()), ("msg_1", "application/json"));
        let body = std::str::from_utf8(&request.body).unwrap();
        let signed = sign(&secret, "msg_1", header("webhook-timestamp").parse().unwrap(), body).unwrap();
        assert_eq!((body, header("webhook-signature")), (message.body, signed));
    }

    #[tokio::test]
    async fn who_is_not_there_may_be_there_later_and_the_address_is_not_told() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("http://{free}/token-1");
        let message = Message { url: &url, id: "msg_1", body: "{}" };
        let answer = WebhookClient::new().unwrap().send(&message, &SecretString::new("s".into())).await.unwrap();
        let Answer::Later { status: None, after: None, why } = &answer else { panic!("{answer:?}") };
        assert!(why.contains("cannot be reached") && !why.contains("token-1"), "{why}");
    }
    /// What the child of the test below is told.
    const RECEIVER: &str = "STUDIO_TEST_RECEIVER";

    /// What a box trusts is read once in a process's life, so each asks in a process of its own.
    #[tokio::test]
    async fn a_receiver_that_the_box_trusts_gets_it_and_one_that_it_does_not_gets_nothing() {
        let (acceptor, cert) = acceptor("localhost");
        let folder = tempfile::tempdir().unwrap();
        let roots = folder.path().join("roots.pem");
        std::fs::write(&roots, cert).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/in", listener.local_addr().unwrap().port());
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = [0; 4096];
                let n = stream.read(&mut request).await.unwrap();
                tell.send(String::from_utf8_lossy(&request[..n]).into_owned()).unwrap();
                stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.unwrap();
                let _ = stream.shutdown().await;
            }
        });
        let answered = async |trusted: bool| {
            let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", "effects::webhook::tests::sends_in_a_process_of_its_own", "--ignored"]);
            child.arg("--nocapture").env(RECEIVER, &url).env_remove("SSL_CERT_DIR").env_remove("SSL_CERT_FILE");
            if trusted {
                child.env("SSL_CERT_FILE", &roots);
            }
            String::from_utf8_lossy(&child.output().await.unwrap().stdout).into_owned()
        };
        let refused = answered(false).await;
        assert!(refused.contains("Later") && refused.to_lowercase().contains("cert"), "{refused}");
        assert!(told.try_recv().is_err(), "it got something");
        let taken = answered(true).await;
        assert!(taken.contains("Taken { status: 204 }"), "{taken}");
        assert!(told.try_recv().unwrap().starts_with("POST /in "));
    }

    #[tokio::test]
    #[ignore = "run by the test above in a process of its own"]
    #[expect(clippy::print_stdout, reason = "its parent reads it")]
    async fn sends_in_a_process_of_its_own() {
        let Ok(url) = std::env::var(RECEIVER) else { return };
        let message = Message { url: &url, id: "msg_1", body: "{}" };
        let answer = WebhookClient::new().unwrap().send(&message, &SecretString::new("s".into())).await;
        println!("{answer:?}");
    }
}
