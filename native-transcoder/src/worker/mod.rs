//! The worker process: access units in, renditions out, over the socket that is its standard input.
//!
//! | thread | does | waits for |
//! |---|---|---|
//! | main | reads messages (`input`) | the socket |
//! | pipeline | decodes, scales (`pipeline`) | units |
//! | one an encoding | encodes, writes to the socket (`encoding`) | pictures |
//!
//! Every queue between them is short and drops when full (see [`Flow`](crate::transcoder::wire::Flow)): a live
//! stream that is late is worth less than one that misses pictures. Nothing is decoded past a gap.

mod capabilities;
mod cascade;
mod encoder;
mod encoding;
mod fanout;
mod gate;
mod growth;
mod input;
mod keyframes;
mod letterbox;
mod libav;
mod output;
mod pace;
mod pipeline;
mod sandbox;
mod scaling;

use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use nix::sys::{prctl, signal::Signal};

use crate::transcoder::wire::{Configure, ToParent};
use input::Input;
use output::Output;

/// Runs a worker to its end: until the socket closes, which is how the node says that there is no more. One that may use a
/// `gpu` is confined less.
///
/// # Errors
/// [`Failed`] when the worker cannot go on; the node has been told, if it still listens.
pub fn run(gpu: bool) -> Result<(), Failed> {
    let profile = if gpu {
        sandbox::Profile::Gpu
    } else {
        sandbox::Profile::Software
    };
    attend(|socket, output| serve(Input::new(socket), profile, output))
}

/// Tries every decoder and encoder, and tells the node over the socket what works.
///
/// # Errors
/// [`Failed`] when not even the software encoder of H.264 works.
pub fn probe() -> Result<(), Failed> {
    attend(|_, output| output.send(&ToParent::Capabilities(capabilities::find()?)))
}

/// Does `work` for the node behind standard input, which hears of its failure.
fn attend(work: impl FnOnce(UnixStream, &Output) -> Result<(), Failed>) -> Result<(), Failed> {
    sandbox::close_inherited();
    // The node may be killed without closing anything in time; a worker without a node is a leak.
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(|errno| Failed::Start(errno.into()))?;
    libav::quiet();
    let socket = UnixStream::from(
        std::io::stdin()
            .as_fd()
            .try_clone_to_owned()
            .map_err(Failed::Start)?,
    );
    let output = Output::new(socket.try_clone().map_err(Failed::Start)?);
    match work(socket, &output) {
        // Nobody is left to work for, or to tell.
        Err(Failed::Socket(error)) if matches!(error.kind(), BrokenPipe | ConnectionReset) => Ok(()),
        Err(failed) => {
            // Whether it arrives or not, this is the end.
            let _ = output.send(&ToParent::Failed {
                message: failed.to_string(),
            });
            Err(failed)
        }
        Ok(()) => Ok(()),
    }
}

fn serve(mut input: Input, profile: sandbox::Profile, output: &Output) -> Result<(), Failed> {
    let encoder = capabilities::warm_up()?;
    // Libraries are loaded and their tables made; from here on there are only memory, threads and the socket.
    let confined = sandbox::enter(profile);
    output.send(&ToParent::Ready {
        encoder: encoder.name().to_owned(),
        sandbox: confined.to_string(),
    })?;
    let Some(configure) = input.configure()? else {
        return Ok(());
    };
    let Configure {
        codec,
        flow,
        preset,
        ladder,
        rungs,
        encoders,
        device,
    } = configure;
    let stage = pipeline::Stage {
        codec,
        flow,
        preset,
        ladder,
        rungs,
        encoders,
        device,
    };
    let (units, pipeline) = pipeline::start(stage, output)?;
    let read = input.run(&units, flow, output);
    drop(units);
    // A worker whose pipeline failed has no use for what it reads, so its failure is the one to report.
    pipeline.join().unwrap_or(Err(Failed::Panicked("pipeline")))?;
    read
}

/// Why a worker ends before its stream does.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failed {
    /// It could not set itself up.
    #[error("the worker could not start: {0}; it must be started by a node, with a socket as standard input")]
    Start(#[source] std::io::Error),
    /// The socket broke.
    #[error("the connection to the node broke: {0}")]
    Socket(#[from] std::io::Error),
    /// The node sent what is no message.
    #[error("the node sent a message that cannot be: {0}")]
    Malformed(#[from] crate::transcoder::wire::Malformed),
    /// The node sent a message that does not belong here.
    #[error("the node must send one Configure message, before anything else")]
    OutOfTurn,
    /// No encoder works.
    #[error("no encoder works here; install FFmpeg with libx264")]
    NoEncoder,
    /// A codec gave up.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A thread panicked.
    #[error("the {0} thread panicked; this is a bug")]
    Panicked(&'static str),
}

/// An error of libav that is not the stream's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct CodecError(#[from] libav::Error);

impl From<libav::Error> for Failed {
    fn from(error: libav::Error) -> Self {
        Self::Codec(CodecError(error))
    }
}
