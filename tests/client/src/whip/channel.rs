//! Data channels: `control`, which is read and written, and any others, which are only kept.

use super::CONTROL;
use crate::peer::{Error, Peer};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, watch};
use webrtc::data_channel::{DataChannel, DataChannelEvent};

/// Control messages that wait to be read; a test that never reads loses the newest.
const WAITING: usize = 1024;

/// The control channel, reliable and ordered.
pub(super) struct Channel {
    inner: Arc<dyn DataChannel>,
    open: watch::Receiver<bool>,
    messages: Mutex<mpsc::Receiver<String>>,
}

impl Channel {
    pub(super) async fn open(peer: &Peer) -> Result<Self, Error> {
        let inner = peer.connection().create_data_channel(CONTROL, None).await?;
        let (opened, open) = watch::channel(false);
        let (forward, messages) = mpsc::channel(WAITING);
        let (channel, tap) = (Arc::clone(&inner), Arc::clone(&peer.tap));
        tokio::spawn(async move {
            while let Some(event) = channel.poll().await {
                match event {
                    DataChannelEvent::OnOpen => {
                        tap.hurry(false);
                        opened.send_replace(true);
                    }
                    DataChannelEvent::OnMessage(message) => {
                        let _ = forward.try_send(String::from_utf8_lossy(&message.data).into_owned());
                    }
                    DataChannelEvent::OnClose => break,
                    _ => {}
                }
            }
        });
        Ok(Self {
            inner,
            open,
            messages: Mutex::new(messages),
        })
    }

    /// Waits until it is.
    pub(super) async fn is_open(&self) {
        // What opens it lives as long as the connection, whose end is another's to see.
        if self.open.clone().wait_for(|open| *open).await.is_err() {
            std::future::pending().await
        }
    }

    pub(super) async fn send(&self, message: &str) -> Result<(), Error> {
        Ok(self.inner.send_text(message).await?)
    }

    /// The next message; `None` once it is closed and all are read.
    pub(super) async fn next(&self) -> Option<String> {
        self.messages.lock().await.recv().await
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel")
            .field("open", &*self.open.borrow())
            .finish_non_exhaustive()
    }
}

/// Channels beside control, kept open.
#[derive(Default)]
pub(super) struct Extra(Vec<Arc<dyn DataChannel>>);

impl Extra {
    pub(super) async fn open(&mut self, peer: &Peer, label: &str) -> Result<(), Error> {
        let channel = peer.connection().create_data_channel(label, None).await?;
        self.0.push(channel);
        Ok(())
    }
}

impl std::fmt::Debug for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} channels", self.0.len())
    }
}
