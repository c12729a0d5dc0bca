//! Connections: how many, how slow.

use std::future::{Ready, ready};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::task::{Context, Poll, ready as ready_or_pending};
use std::time::Duration;

use axum::Router;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::limit::{Full, Gate, Permit};

/// The head of a request is a few hundred bytes; slower than this is no network but an attack (slow-loris).
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// A connection on which nothing moves in either direction. Longer than browsers wait between requests of one page, and
/// than any pause that the node itself makes in an answer.
const IDLE: Duration = Duration::from_secs(60);

/// Serves `app` on `listener` until `handle` says so.
///
/// # Errors
/// The listener's.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    app: Router,
    gate: Gate,
    handle: axum_server::Handle<SocketAddr>,
) -> io::Result<()> {
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(handle);
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN);
    server.http_builder().http2().timer(TokioTimer::new());
    let gated = Gated { gate, patience: IDLE };
    match tls {
        None => server.acceptor(gated).serve(app).await,
        Some(tls) => {
            server
                .acceptor(RustlsAcceptor::new(tls).acceptor(gated))
                .serve(app)
                .await
        }
    }
}

/// Closes connections for which there is no place.
#[derive(Clone, Debug)]
struct Gated {
    gate: Gate,
    patience: Duration,
}

impl<S> Accept<TcpStream, S> for Gated {
    type Stream = Timed;
    type Service = S;
    type Future = Ready<io::Result<(Timed, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.admit(stream).map(|stream| (stream, service)))
    }
}

impl Gated {
    fn admit(&self, stream: TcpStream) -> io::Result<Timed> {
        let full = |_: Full| io::Error::from(io::ErrorKind::ConnectionRefused);
        let permit = self.gate.enter(stream.peer_addr()?.ip()).map_err(full)?;
        stream.set_nodelay(true)?;
        Ok(Timed {
            stream,
            moved: Instant::now(),
            patience: self.patience,
            idle: Box::pin(tokio::time::sleep(self.patience)),
            _permit: permit,
        })
    }
}

/// A connection that ends when nothing moves on it for as long as its patience.
#[derive(Debug)]
struct Timed {
    stream: TcpStream,
    moved: Instant,
    patience: Duration,
    idle: Pin<Box<Sleep>>,
    _permit: Permit,
}

impl Timed {
    /// What `polled` says, unless it has nothing to say for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.moved = Instant::now();
            return polled;
        }
        // The timer follows when it fires, so that bytes cost no timer.
        loop {
            ready_or_pending!(self.idle.as_mut().poll(cx));
            let ends = self.moved + self.patience;
            if Instant::now() >= ends {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.idle.as_mut().reset(ends);
        }
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.watch(cx, polled)
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::limit::Places;

    async fn pair(gate: &Gate) -> (TcpStream, io::Result<Timed>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let gated = Gated {
            gate: gate.clone(),
            patience: Duration::from_millis(50),
        };
        (client, gated.admit(server))
    }

    #[tokio::test]
    async fn a_connection_on_which_nothing_moves_ends_and_frees_its_place() {
        let gate = Gate::new(Places::new(1, 1));
        let (mut client, server) = pair(&gate).await;
        let mut server = server.unwrap();
        assert!(pair(&gate).await.1.is_err(), "there is one place");
        client.write_all(b"x").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'x');
        let ended = server.read_u8().await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
        drop(server);
        assert!(pair(&gate).await.1.is_ok());
    }
}
