//! Chromium without a window, driven as a person drives it. Where there is none, its tests say so and pass.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::{env, thread};

use axum::http::Method;
use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, TimeoutConfiguration, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::support::PATIENCE;

/// Where the browser is: hours from UTC that no machine of ours is set to, without daylight saving.
pub(super) const ZONE: &str = "Asia/Kathmandu";

const ARGUMENTS: [&str; 10] = [
    "--headless",
    // It cannot be had as root, and the pages are our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--lang=en-US",
];

/// Runs a test in a browser of its own. Without a browser it is skipped, which a line on standard error tells.
#[expect(clippy::needless_pass_by_value, reason = "reads better at every call")]
pub(super) fn browse(test: impl AsyncFn(&Browser)) {
    let Some(program) = program() else {
        skip("there is no chromedriver");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let chromedriver = Chromedriver::start(&program);
        let browser = Browser::start(&chromedriver).await;
        test(&browser).await;
        browser.client.close().await.unwrap();
    });
}

/// Past the harness, which keeps what passing tests print.
pub(super) fn skip(why: &str) {
    let test = thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {test} ({why})");
}

/// `CHROMEDRIVER`, or what is found on the usual ways.
fn program() -> Option<PathBuf> {
    if let Some(program) = env::var_os("CHROMEDRIVER") {
        return Some(program.into());
    }
    let path = env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin"));
    let mut found = env::split_paths(&path).map(|folder| folder.join("chromedriver"));
    found.find(|program| program.is_file())
}

/// Debian's Chromium and its driver end with it.
struct Chromedriver {
    process: Child,
    port: u16,
}

impl Chromedriver {
    fn start(program: &Path) -> Self {
        let mut process = Command::new(program)
            .arg("--port=0")
            .env("TZ", ZONE)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    let _ = sender.send(port.trim_end_matches('.').parse().unwrap());
                }
            }
        });
        let port = receiver.recv_timeout(PATIENCE);
        let driver = Self {
            process,
            port: port.as_ref().copied().unwrap_or_default(),
        };
        port.expect("chromedriver says where it listens");
        driver
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Ends the browsers too, also those of a test that failed.
        if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
            let _ = stream.set_read_timeout(Some(PATIENCE));
            let _ = stream.write_all(
                b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
            );
            let _ = stream.read_to_end(&mut Vec::new());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One window.
pub(super) struct Browser {
    client: Client,
}

/// A command of Chromium's own.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.to_string()))
    }
}

impl Browser {
    async fn start(chromedriver: &Chromedriver) -> Self {
        let mut capabilities = Capabilities::new();
        let options = json!({"args": ARGUMENTS});
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", chromedriver.port))
            .await
            .unwrap();
        let patience = Some(PATIENCE);
        let timeouts = TimeoutConfiguration::new(patience, patience, None);
        client.update_timeouts(timeouts).await.unwrap();
        let browser = Self { client };
        browser.size(1440, 900).await;
        browser
    }

    /// In CSS pixels, also smaller than a window may be.
    pub(super) async fn size(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size)
            .await;
    }

    pub(super) async fn devtools(&self, command: &str, parameters: &Value) {
        let command = DevTools(json!({"cmd": command, "params": parameters}));
        self.client.issue_cmd(command).await.unwrap();
    }

    pub(super) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// The value of an expression.
    pub(super) async fn value(&self, expression: &str) -> Value {
        self.run(&format!("return ({expression});")).await
    }

    /// What a script returns.
    pub(super) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// What a script hands to its last argument, `done`.
    pub(super) async fn run_until_done(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        self.client
            .execute_async(&script, Vec::new())
            .await
            .unwrap()
    }

    pub(super) async fn text(&self, selector: &str) -> String {
        let found = self
            .value(&format!(
                "document.querySelector({})?.innerText",
                json!(selector)
            ))
            .await;
        let text = found.as_str();
        text.unwrap_or_else(|| panic!("there is no {selector}"))
            .to_owned()
    }

    /// Waits until an expression holds: it is looked at whenever the document changes.
    pub(super) async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const holds = () => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }};
             const look = () => {{ if (holds()) {{ observer.disconnect(); done(true); }} }};
             const observer = new MutationObserver(look);
             observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
             look();"
        );
        let mut tries = 0;
        loop {
            match self.client.execute_async(&script, Vec::new()).await {
                Ok(_) => return,
                // Another page has come: the same is asked of that one.
                Err(error) if tries < 5 && format!("{error:?}").contains("unloaded") => tries += 1,
                Err(error) => {
                    let page = self.value("document.body.innerText").await;
                    panic!("never: {expression}\n{error}\n{page}");
                }
            }
        }
    }

    /// Waits until an element shows a text.
    pub(super) async fn until_shows(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.until(&format!(
            "document.querySelector({selector}).innerText.includes({text})"
        ))
        .await;
    }

    pub(super) async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.unwrap();
    }

    /// Types into whatever has the focus of this element.
    pub(super) async fn keys(&self, selector: &str, keys: &str) {
        self.find(selector).await.send_keys(keys).await.unwrap();
    }

    async fn find(&self, selector: &str) -> Element {
        let found = self.client.find(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }
}
