//! A small web server on this box for guests to ask, whose answers may be as large or as wrong as a test wants.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A server; it ends with the test's process.
///
/// `/text/N`: N bytes of text. `/zeros/N`: N zero bytes of unsaid length. `/claims/N`: says it has N bytes, and
/// sends one. `/to/URL`: a redirect. `/echo`: the request's head. `/lost`: takes the request and hangs up without a
/// word. `/waits/PATH`: takes the request and answers only once the file PATH is there.
pub struct Server {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Default for Server {
    fn default() -> Self {
        Self::start()
    }
}

impl Server {
    /// On a free port of the loopback address.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                // A client that goes away is what is being tested.
                std::thread::spawn(move || drop(answer(stream)));
            }
        });
        Self { port, asked }
    }

    /// `127.0.0.1:PORT`
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// Waits until so many connections have come.
    pub fn wait_until_asked(&self, times: usize) {
        while self.asked() < times {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Connections so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while reader.read_line(&mut head)? > 2 {}
    let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let (kind, argument) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    let number = argument.parse::<usize>().unwrap_or_default();
    let mut out = stream;
    match kind {
        "text" => {
            write!(out, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {number}\r\n\r\n")?;
            out.write_all("a".repeat(number).as_bytes())
        }
        "zeros" => {
            write!(out, "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\nconnection: close\r\n\r\n")?;
            let block = vec![0; 1 << 16];
            for _ in 0..number.div_ceil(block.len()) {
                out.write_all(&block)?;
            }
            Ok(())
        }
        "claims" => {
            write!(out, "HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: {number}\r\n\r\na")?;
            // Stays open until the client has had enough.
            reader.read_line(&mut String::new()).map(drop)
        }
        "lost" => out.shutdown(std::net::Shutdown::Both),
        "waits" => {
            // Looked for again and again: there is nothing that tells of a file.
            while !std::path::Path::new(&format!("/{argument}")).exists() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            write!(out, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok")
        }
        "to" => write!(out, "HTTP/1.1 302 Found\r\nlocation: {argument}\r\ncontent-length: 0\r\n\r\n"),
        _ => write!(out, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{head}", head.len()),
    }
}
