//! What the server answers: WHIP and WHEP over the registry, with the orchestrator's problem documents.

use headwater_protocol::Code;
use headwater_protocol::session::client::{Response, Role};
use headwater_protocol::session::registry::{PublishError, SessionId, WatchError};
use headwater_protocol::token::{Publish, Refused};

use super::network::Leg;
use super::server::Connection;
use super::{Happening, PageId, Request, Sender, World};

impl World {
    pub(super) fn request_arrives(&mut self, from: Sender, request: Request) {
        let response = self.server.is_some().then(|| match &request {
            Request::Post => self.respond(from.page, from.attempt),
            Request::Patch(url) => self.restart(url),
        });
        self.settle();
        let path = &mut self.pages[from.page].path;
        if let Some(delay) = path.carry(Leg::Answer, self.weather, &mut self.dice) {
            self.after(delay, Happening::Answer(from, response));
        }
    }

    fn restart(&mut self, url: &str) -> Response {
        let session = session(url);
        if !self.server_knows(session) {
            return problem(404, Code::UnknownSession);
        }
        if !self.restarts {
            return problem(422, Code::IceRestartUnsupported);
        }
        Response {
            status: 200,
            body: "a=ice-ufrag:new\r\na=ice-pwd:secret\r\n".to_owned(),
            ..Response::default()
        }
    }

    fn respond(&mut self, id: PageId, attempt: u32) -> Response {
        let now = self.now;
        let session = SessionId(self.sessions_made + 1);
        let (Some(server), page) = (&mut self.server, &self.pages[id]) else {
            unreachable!("nobody answers for a server that is down")
        };
        let token = page.token.as_deref();
        let admitted = match page.role {
            Role::Publish => match Publish::verify(token.unwrap_or_default(), &page.stream, now) {
                Ok(token) => server
                    .registry
                    .publish(session, token.signer(), token.document())
                    .map_err(publish_problem),
                Err(Refused::OtherStream(_) | Refused::NotOwner(_)) => Err(problem(403, Code::Unauthorized)),
                Err(_) => Err(problem(401, Code::Unauthorized)),
            },
            Role::Watch => match server.registry.watch(session, &page.stream, token) {
                Ok(()) if page.rendition != "source" => {
                    server.registry.left(session);
                    Err(problem(404, Code::UnknownRendition))
                }
                other => other.map_err(watch_problem),
            },
        };
        if let Err(refusal) = admitted {
            return refusal;
        }
        if page.role == Role::Publish {
            server.on_air.insert(page.stream.clone(), session);
        }
        let connection = Connection {
            page: id,
            attempt,
            created: now,
            connected: false,
            unheard: Some(now),
        };
        server.connections.insert(session, connection);
        self.sessions_made += 1;
        self.expect_session(session);
        Response {
            status: 201,
            location: Some(format!("/session/{}", session.0)),
            body: format!("s={}\r\na=ice-ufrag:old\r\na=ice-pwd:secret\r\n", session.0),
            ..Response::default()
        }
    }

    pub(super) fn delete_arrives(&mut self, url: &str) {
        let session = session(url);
        if let Some(server) = &mut self.server
            && let Some(connection) = server.connections.remove(&session)
        {
            server.registry.left(session);
            self.say_goodbye(&connection, None);
            self.settle();
        }
    }
}

/// Whose URL it is.
fn session(url: &str) -> SessionId {
    let number = url
        .strip_prefix("/session/")
        .and_then(|number| number.parse().ok());
    SessionId(number.expect("a page uses only URLs that it was given"))
}

fn publish_problem(error: PublishError) -> Response {
    match error {
        PublishError::NameTaken => problem(409, Code::NameTaken),
        PublishError::NotOwner => problem(403, Code::Unauthorized),
        _ => Response {
            retry_after: Some(10),
            ..problem(503, Code::Busy)
        },
    }
}

fn watch_problem(error: WatchError) -> Response {
    match error {
        WatchError::NotLive => Response {
            retry_after: Some(1),
            ..problem(409, Code::NotLive)
        },
        WatchError::Unauthorized => problem(401, Code::Unauthorized),
        _ => Response {
            retry_after: Some(10),
            ..problem(503, Code::Busy)
        },
    }
}

/// A problem document, as the orchestrator writes them.
fn problem(status: u16, code: Code) -> Response {
    let body = serde_json::json!({
        "type": format!("urn:headwater:problem:{code}"),
        "title": code.message(),
        "status": status,
        "detail": code.remedy(),
        "code": code,
    });
    Response {
        status,
        body: body.to_string(),
        ..Response::default()
    }
}
