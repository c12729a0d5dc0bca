//! Requests that are no requests, or take for ever.

use std::net::SocketAddr;
use std::time::Duration;

use headwater_protocol::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::node::{key, token};
use crate::scene::{Scene, Target};

/// Where these attacks come from.
pub(crate) const ATTACKER: &str = "127.0.0.6";

/// The attacker's own key.
const SEED: u8 = 67;

async fn connect(to: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind(SocketAddr::new(ATTACKER.parse().ok()?, 0)).ok()?;
    timeout(Duration::from_secs(5), socket.connect(to))
        .await
        .ok()?
        .ok()
}

/// Sends `request` and reads what comes, for a while.
async fn exchange(to: SocketAddr, request: &[u8]) -> Option<u16> {
    let mut stream = connect(to).await?;
    // A server may hang up before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = vec![0; 1024];
    let length = timeout(Duration::from_secs(10), stream.read(&mut answer))
        .await
        .ok()?
        .ok()?;
    let line = String::from_utf8_lossy(&answer[..length]);
    line.split(' ').nth(1)?.parse().ok()
}

fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/sdp\r\n\
         content-length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// Whether the node still answers those who ask properly.
async fn answers(target: &Target) -> bool {
    let status = reqwest::get(format!("{}/status", target.url)).await;
    status.is_ok_and(|answer| answer.status() == 200)
}

#[tokio::test(flavor = "multi_thread")]
async fn sdp_with_ten_thousand_lines() {
    Scene::withstands(|target| async move {
        let stream = stream::Id::new(key(SEED).address(), "attack".parse().expect("a name"));
        let whip = format!("/whip/{stream}");
        let bearer = format!("authorization: Bearer {}\r\n", token(SEED, &stream, None, None));
        let long = format!("v=0\r\n{}", "a=b\r\n".repeat(10_000));
        let sections = format!("v=0\r\n{}", "m=video 9 X 9\r\n".repeat(4_000));
        let candidates = "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n".repeat(1_000);
        let offer = format!("{}{candidates}", crate::node::offer("sendonly"));
        for _ in 0..20 {
            for body in [&long, &sections, &offer] {
                let status = exchange(target.http, &post(&whip, &bearer, body)).await;
                // An honest offer with too many candidates may be taken without them.
                assert!(
                    status.is_some_and(|status| status == 201
                        || (400..=429).contains(&status)
                        || status == 503),
                    "{status:?}"
                );
            }
        }
        assert!(answers(&target).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_arrive_a_byte_at_a_time() {
    Scene::withstands(|target| async move {
        let mut waiting = Vec::new();
        for n in 0..400 {
            let Some(mut stream) = connect(target.http).await else {
                break;
            };
            // Half never end their headers, half promise a body that never comes.
            let start = if n % 2 == 0 {
                b"POST /whip/a/b HTTP/1.1\r\nhost: x\r\nx-slow: ".to_vec()
            } else {
                post("/whip/a/b", "", &"x".repeat(1000))[..180].to_vec()
            };
            let _ = stream.write_all(&start).await;
            waiting.push(stream);
        }
        for _ in 0..10 {
            for stream in &mut waiting {
                let _ = stream.write_all(b"x").await;
            }
            assert!(answers(&target).await, "while {} requests wait", waiting.len());
            sleep(Duration::from_millis(300)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_http() {
    Scene::withstands(|target| async move {
        let huge = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(200_000));
        let headers = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(20_000));
        let bodies: [&[u8]; 5] = [
            &[0; 4096],
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"GET / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
            huge.as_bytes(),
            headers.as_bytes(),
        ];
        for _ in 0..40 {
            for body in bodies {
                exchange(target.http, body).await;
            }
        }
        assert!(answers(&target).await);
    })
    .await;
}
