//! HTTP: WHIP's and WHEP's requests.

use headwater_protocol::Code;
use headwater_protocol::session::client::Response;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Url};

use crate::error::Failure;
use crate::{js, layer, link};

/// How long a request may take. An orchestrator answers in milliseconds plus round trips; after this it is as good as
/// gone. Well below the client machine's patience at the start, so that one swallowed request is tried again.
const TIMEOUT_MS: u32 = 4_000;

/// The longest answer that is read: four times what the server takes from us, so that no honest one is cut.
const MAX_BODY: usize = 256 * 1024;

/// What PATCH sends.
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// Where layers are chosen, if the answer's `Link` says so.
    pub(crate) layer: Option<String>,
}

/// POSTs `body`.
pub(crate) async fn post(
    url: &str,
    bearer: Option<&str>,
    content: &str,
    body: &str,
) -> Result<Answer, Failure> {
    let init = request("POST", bearer, Some(content))?;
    init.set_body(&body.into());
    answer(url, &init).await
}

/// PATCHes a session with a fragment that restarts ICE.
pub(crate) async fn patch(url: &str, bearer: Option<&str>, fragment: &str) -> Result<Response, Failure> {
    let init = request("PATCH", bearer, Some(FRAGMENT))?;
    // RFC 9725, section 4.3.3: whichever ICE session the server has, it is to be replaced.
    if let Some(headers) = js::get(&init, "headers").dyn_ref::<Headers>() {
        headers
            .set("If-Match", "*")
            .map_err(|e| Failure::thrown(Code::UnsupportedBrowser, &e))?;
    }
    init.set_body(&fragment.into());
    Ok(answer(url, &init).await?.response)
}

/// PATCHes a session with candidates, without waiting: where it does not arrive, others may do.
pub(crate) fn trickle(url: &str, bearer: Option<&str>, etag: Option<&str>, fragment: &str) {
    let Ok(init) = request("PATCH", bearer, Some(FRAGMENT)) else {
        return;
    };
    if let (Some(etag), Some(headers)) = (etag, js::get(&init, "headers").dyn_ref::<Headers>()) {
        let _ = headers.set("If-Match", etag);
    }
    init.set_body(&fragment.into());
    unanswered(url, &init);
}

/// GETs a document.
pub(crate) async fn get(url: &str) -> Result<Response, Failure> {
    Ok(answer(url, &request("GET", None, None)?).await?.response)
}

/// DELETEs a session, without waiting: it is also sent while the page goes away.
pub(crate) fn delete(url: &str, bearer: Option<&str>) {
    if let Ok(init) = request("DELETE", bearer, None) {
        js::set(&init, "keepalive", &JsValue::TRUE);
        // Not answered: the server's consent timer ends the session a little later.
        unanswered(url, &init);
    }
}

fn unanswered(url: &str, init: &RequestInit) {
    if let Ok(promise) = fetch(url, init) {
        wasm_bindgen_futures::spawn_local(async move {
            let _ = JsFuture::from(promise).await;
        });
    }
}

fn request(method: &str, bearer: Option<&str>, content: Option<&str>) -> Result<RequestInit, Failure> {
    let broken = |e: JsValue| Failure::thrown(Code::UnsupportedBrowser, &e);
    let headers = Headers::new().map_err(broken)?;
    if let Some(bearer) = bearer {
        headers
            .set("Authorization", &format!("Bearer {bearer}"))
            .map_err(|e| Failure::thrown(Code::InvalidArgument, &e))?;
    }
    if let Some(content) = content {
        headers.set("Content-Type", content).map_err(broken)?;
    }
    let init = RequestInit::new();
    init.set_method(method);
    init.set_headers(&headers);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    Ok(init)
}

async fn answer(url: &str, init: &RequestInit) -> Result<Answer, Failure> {
    let unreachable = |e: JsValue| Failure::thrown(Code::ServerUnreachable, &e);
    let response: web_sys::Response = JsFuture::from(fetch(url, init).map_err(unreachable)?)
        .await
        .map_err(unreachable)?
        .unchecked_into();
    let header = |name: &str| response.headers().get(name).ok().flatten();
    // Redirects (307, 308) have been followed: what is relative is so to where they led.
    let resolved = |path: &str| {
        Url::new_with_base(path, &response.url())
            .ok()
            .map(|url| url.href())
    };
    let location = header("Location").and_then(|location| resolved(&location));
    let links = header("Link").unwrap_or_default();
    let layer = link::all(&links)
        .find(|link| link.parameter("rel") == Some(layer::REL))
        .and_then(|link| resolved(link.target));
    let retry_after = header("Retry-After").and_then(|seconds| seconds.trim().parse().ok());
    let text = JsFuture::from(response.text().map_err(unreachable)?)
        .await
        .map_err(unreachable)?;
    let body = text.as_string().unwrap_or_default();
    if body.len() > MAX_BODY {
        return Err(Failure::new(
            Code::ServerUnreachable,
            "the answer is larger than any honest one",
        ));
    }
    Ok(Answer {
        response: Response {
            status: response.status(),
            location,
            retry_after,
            etag: header("ETag"),
            body,
            ice_servers: link::ice_servers(&links),
        },
        layer,
    })
}
