//! Which layer a viewer is sent, where the server switches them (WHEP's layer extension): the same session, another size.

use core::cell::RefCell;

use headwater_protocol::Code;
use headwater_protocol::session::refusal;

use crate::error::Failure;
use crate::http::{self, Answer};
use crate::js;

/// The extension's name in `Link` headers.
pub(crate) const REL: &str = "urn:ietf:params:whep:ext:core:layer";

/// The choice of a layer, which outlives sessions.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// Where the current session takes choices.
    url: RefCell<Option<String>>,
    wanted: RefCell<Option<String>>,
}

impl Layers {
    /// None in particular, or this one as soon as there is a session.
    pub(crate) fn wanting(wanted: Option<String>) -> Self {
        Self {
            url: RefCell::default(),
            wanted: RefCell::new(wanted),
        }
    }

    /// A new session was answered so. What is to be sent to have the wanted layer from the start, if any is.
    pub(crate) fn answered(&self, answer: &Answer) -> Option<(String, String)> {
        self.url.borrow_mut().clone_from(&answer.layer);
        Some((answer.layer.clone()?, self.wanted.borrow().clone()?))
    }

    /// Whether the current session takes choices.
    pub(crate) fn available(&self) -> bool {
        self.url.borrow().is_some()
    }

    /// Asks for a layer, now and in later sessions. `false` where the server does not switch.
    pub(crate) async fn select(&self, layer: &str, bearer: Option<&str>) -> Result<bool, Failure> {
        let Some(url) = self.url.borrow().clone() else {
            return Ok(false);
        };
        select(&url, layer, bearer).await?;
        *self.wanted.borrow_mut() = Some(layer.to_owned());
        Ok(true)
    }
}

/// Asks a session for a layer.
pub(crate) async fn select(url: &str, layer: &str, bearer: Option<&str>) -> Result<(), Failure> {
    let body = js_sys::JSON::stringify(&js::record(&[("rid", &layer.into())]))
        .map_err(|e| Failure::thrown(Code::InvalidArgument, &e))?;
    let body = String::from(body);
    let Answer { response, .. } = http::post(url, bearer, "application/json", &body).await?;
    match response.status {
        200..=299 => Ok(()),
        404 if refusal::code(404, &response.body) == Code::NotFound => {
            Err(Failure::new(Code::UnknownSession, ""))
        }
        status => Err(Failure::new(
            refusal::code(status, &response.body),
            refusal::detail(&response.body),
        )),
    }
}
