//! Messages over the socket to a worker.

use std::io::{self, IoSlice};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{ReadHalf, WriteHalf};

use super::wire::{self, HEAD, Head, Malformed, Message, ToParent, ToWorker};

/// What one system call reads: a keyframe of a 480-line rung, or several pictures that came together.
const BUFFER: usize = 64 << 10;

/// Reads what the worker sends.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    socket: BufReader<ReadHalf<'a>>,
    fields: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(socket: ReadHalf<'a>) -> Self {
        Self {
            socket: BufReader::with_capacity(BUFFER, socket),
            fields: Vec::new(),
        }
    }

    /// The next message and its payload; `None` when the worker has closed the socket. A worker that was killed may leave
    /// half a message: that is an end too.
    pub(super) async fn next(&mut self) -> Result<Option<(ToParent, Arc<[u8]>)>, Error> {
        match self.message().await {
            Ok(message) => Ok(Some(message)),
            Err(Error::Socket(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(Error::Socket(error)) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn message(&mut self) -> Result<(ToParent, Arc<[u8]>), Error> {
        let mut head = [0; HEAD];
        self.socket.read_exact(&mut head).await?;
        let head = Head::parse::<ToParent>(head)?;
        self.fields.resize(head.fields, 0);
        self.socket.read_exact(&mut self.fields).await?;
        let message = ToParent::parse(head.kind, &self.fields)?;
        let mut payload: Arc<[u8]> = std::iter::repeat_n(0, head.payload).collect();
        self.socket
            .read_exact(Arc::get_mut(&mut payload).expect("made here, not yet shared"))
            .await?;
        Ok((message, payload))
    }
}

/// Writes to the worker.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    socket: WriteHalf<'a>,
    head: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(socket: WriteHalf<'a>) -> Self {
        Self {
            socket,
            head: Vec::with_capacity(256),
        }
    }

    pub(super) async fn send(&mut self, message: &ToWorker, mut payload: &[u8]) -> Result<(), Error> {
        self.head.clear();
        wire::write(message, payload.len(), &mut self.head)?;
        let mut head = &self.head[..];
        while !head.is_empty() || !payload.is_empty() {
            let written = self
                .socket
                .write_vectored(&[IoSlice::new(head), IoSlice::new(payload)])
                .await?;
            if written == 0 {
                return Err(io::Error::from(io::ErrorKind::WriteZero).into());
            }
            let of_head = written.min(head.len());
            head = &head[of_head..];
            payload = &payload[written - of_head..];
        }
        Ok(())
    }

    /// Tells the worker that nothing follows.
    pub(super) async fn close(&mut self) -> Result<(), Error> {
        Ok(self.socket.shutdown().await?)
    }
}

/// Why a worker can no longer be spoken to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("its socket broke: {0}")]
    Socket(#[from] io::Error),
    #[error("it sent a message that cannot be: {0}")]
    Malformed(#[from] Malformed),
}
