//! `Link` headers (RFC 8288), as browsers hand them over: all in one line.

use headwater_protocol::session::client::IceServer;

/// The most servers that are taken. Browsers advise against more than a few, each of which makes every connection slower.
const MOST: usize = 8;

/// One link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link<'a> {
    /// Where it leads.
    pub(crate) target: &'a str,
    parameters: &'a str,
}

/// The links of a header. No target or parameter of those that are read here has a `<` in it.
pub(crate) fn all(header: &str) -> impl Iterator<Item = Link<'_>> {
    header.split('<').skip(1).filter_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        Some(Link { target, parameters })
    })
}

/// The servers for ICE that a header names (RFC 9725, section 4.6).
pub(crate) fn ice_servers(header: &str) -> Vec<IceServer> {
    let servers = all(header).filter(|link| link.parameter("rel") == Some("ice-server"));
    servers
        .take(MOST)
        .map(|link| {
            let value = |name| link.parameter(name).unwrap_or_default().to_owned();
            IceServer {
                url: link.target.to_owned(),
                username: value("username"),
                credential: value("credential"),
            }
        })
        .collect()
}

impl<'a> Link<'a> {
    /// What a parameter says in its quotes.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.parameters;
        loop {
            let (key, after) = rest.split_once("=\"")?;
            let (value, after) = after.split_once('"')?;
            if key.rsplit(';').next().map(str::trim) == Some(name) {
                return Some(value);
            }
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINKS: &str = "<stun:a.example>; rel=\"ice-server\", \
        <turn:b.example:3478?transport=udp>; rel=\"ice-server\"; username=\"1700000000:ab\"; \
        credential=\"W+Mg;mM/L=\"; credential-type=\"password\", </session/1/events>; \
        rel=\"urn:ietf:params:whep:ext:core:server-sent-events\"; events=\"active,layers\", \
        </session/1/layer>; rel=\"urn:ietf:params:whep:ext:core:layer\", </other>; rel=\"x\"";

    fn target(rel: &str) -> Option<&'static str> {
        let mut links = all(LINKS);
        Some(links.find(|link| link.parameter("rel") == Some(rel))?.target)
    }

    #[test]
    fn a_link_is_found_among_others() {
        assert_eq!(target(crate::layer::REL), Some("/session/1/layer"));
        assert_eq!(target("x"), Some("/other"));
        assert_eq!(target("y"), None);
        assert_eq!(all("<").count(), 0);
        assert_eq!(all("<a>; rel=\"").next().unwrap().parameter("rel"), None);
    }

    #[test]
    fn servers_for_ice_come_with_their_credentials() {
        let server = |url: &str, username: &str, credential: &str| IceServer {
            url: url.into(),
            username: username.into(),
            credential: credential.into(),
        };
        assert_eq!(
            ice_servers(LINKS),
            [
                server("stun:a.example", "", ""),
                server("turn:b.example:3478?transport=udp", "1700000000:ab", "W+Mg;mM/L="),
            ]
        );
        assert_eq!(ice_servers(&LINKS.repeat(20)).len(), MOST);
        assert_eq!(ice_servers(""), []);
    }
}
