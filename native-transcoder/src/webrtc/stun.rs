//! STUN without credentials (RFC 8489): what the node answers to anyone, and asks a server itself.
//!
//! str0m's parser knows the messages of ICE alone, which all carry credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

const HEADER: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const REQUEST: [u8; 2] = [0x00, 0x01];
const SUCCESS: [u8; 2] = [0x01, 0x01];
const XOR_MAPPED_ADDRESS: u16 = 0x0020;

/// Attribute types below this must be understood (RFC 8489 §14), and none that a plain request has needs to be.
const OPTIONAL: u16 = 0x8000;

/// A header and an IPv6 address.
pub(super) const LONGEST_RESPONSE: usize = HEADER + 24;

/// How long a server's answer is waited for before the request is repeated: RFC 8489's 500 ms, without its doubling, since
/// there is one such request a node.
const REPEAT: Duration = Duration::from_millis(500);

/// How often the address is asked for: NATs forget a UDP mapping after 30 seconds and more of silence (RFC 4787 §4.3 wants
/// two minutes, and is not everywhere heard).
const ASK_EVERY: Duration = Duration::from_secs(25);

/// Identifies a transaction.
pub(super) type Transaction = [u8; 12];

/// The transaction of a binding request that needs no credentials.
pub(super) fn plain_request(datagram: &[u8]) -> Option<Transaction> {
    let (transaction, mut attributes) = message(datagram, REQUEST)?;
    attributes
        .all(|attribute| attribute.is_some_and(|(kind, _)| kind >= OPTIONAL))
        .then_some(transaction)
}

/// Writes the response to a request from `source`; its length. At most 1.6 times as long as the shortest request over
/// IPv4, 2.2 times over IPv6: nothing to amplify with.
pub(super) fn respond(
    transaction: Transaction,
    source: SocketAddr,
    response: &mut [u8; LONGEST_RESPONSE],
) -> usize {
    let address: Vec<u8> = match source.ip().to_canonical() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let family = if address.len() == 4 { 1 } else { 2 };
    let value = 4 + address.len();
    let mask = mask(transaction);
    let mut bytes = Vec::with_capacity(LONGEST_RESPONSE);
    bytes.extend(SUCCESS);
    bytes.extend(length(4 + value));
    bytes.extend(COOKIE);
    bytes.extend(transaction);
    bytes.extend(XOR_MAPPED_ADDRESS.to_be_bytes());
    bytes.extend(length(value));
    bytes.extend([0, family]);
    bytes.extend(xor(&source.port().to_be_bytes(), &mask));
    bytes.extend(xor(&address, &mask));
    response[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}

/// A binding request.
fn request(transaction: Transaction) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..2].copy_from_slice(&REQUEST);
    bytes[4..8].copy_from_slice(&COOKIE);
    bytes[8..].copy_from_slice(&transaction);
    bytes
}

/// The address in a response to `transaction`.
fn mapped(datagram: &[u8], transaction: Transaction) -> Option<SocketAddr> {
    let (answered, attributes) = message(datagram, SUCCESS)?;
    if answered != transaction {
        return None;
    }
    let (_, value) = attributes
        .flatten()
        .find(|(kind, _)| *kind == XOR_MAPPED_ADDRESS)?;
    let mask = mask(transaction);
    let port = u16::from_be_bytes(xor(value.get(2..4)?, &mask).try_into().ok()?);
    let address = xor(value.get(4..)?, &mask);
    let ip = match value.get(1)? {
        1 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?)),
        2 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

type Attribute<'a> = (u16, &'a [u8]);

/// A message of this type: its transaction and attributes, each `None` if it is cut short.
fn message(
    datagram: &[u8],
    kind: [u8; 2],
) -> Option<(Transaction, impl Iterator<Item = Option<Attribute<'_>>>)> {
    let (header, mut rest) = datagram.split_at_checked(HEADER)?;
    let told = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[..2] != kind || header[4..8] != COOKIE || told != rest.len() {
        return None;
    }
    let transaction = header[8..].try_into().ok()?;
    let attributes = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let attribute = first_attribute(rest);
        rest = attribute.map_or(&[], |(_, value)| {
            rest.get(4 + value.len().next_multiple_of(4)..)
                .unwrap_or_default()
        });
        Some(attribute)
    });
    Some((transaction, attributes))
}

fn first_attribute(bytes: &[u8]) -> Option<Attribute<'_>> {
    let (header, rest) = bytes.split_at_checked(4)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    Some((u16::from_be_bytes([header[0], header[1]]), rest.get(..length)?))
}

fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or_default().to_be_bytes()
}

fn mask(transaction: Transaction) -> [u8; 16] {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&COOKIE);
    mask[4..].copy_from_slice(&transaction);
    mask
}

fn xor(bytes: &[u8], mask: &[u8; 16]) -> Vec<u8> {
    bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

/// Asks a server what the node's port looks like from outside, again and again.
#[derive(Debug)]
pub(super) struct Seeker {
    server: SocketAddr,
    asked: Transaction,
    next: Instant,
}

impl Seeker {
    pub(super) fn new(server: SocketAddr, now: Instant) -> Self {
        Self {
            server,
            asked: [0; 12],
            next: now,
        }
    }

    /// When [`Self::ask`] is due.
    pub(super) fn wake(&self) -> Instant {
        self.next
    }

    /// The request to send now, if one is due; `transaction` is random.
    pub(super) fn ask(
        &mut self,
        now: Instant,
        transaction: Transaction,
    ) -> Option<(SocketAddr, [u8; HEADER])> {
        if now < self.next {
            return None;
        }
        self.asked = transaction;
        self.next = now + REPEAT;
        Some((self.server, request(transaction)))
    }

    /// The port's address, if the datagram is the answer.
    pub(super) fn answer(&mut self, now: Instant, source: SocketAddr, datagram: &[u8]) -> Option<SocketAddr> {
        let seen = (source == self.server)
            .then(|| mapped(datagram, self.asked))
            .flatten()?;
        self.next = now + ASK_EVERY;
        Some(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Transaction = *b"transaction!";

    fn sources() -> [SocketAddr; 2] {
        [
            "192.0.2.7:54321".parse().unwrap(),
            "[2001:db8::7]:54321".parse().unwrap(),
        ]
    }

    fn with(mut request: Vec<u8>, attribute: &[u8]) -> Vec<u8> {
        request.extend(attribute);
        let told = length(request.len() - HEADER);
        request[2..4].copy_from_slice(&told);
        request
    }

    #[test]
    fn the_response_tells_the_source_its_address_and_is_hardly_larger_than_the_request() {
        for (source, longest) in sources().into_iter().zip([32, 44]) {
            let mut response = [0; LONGEST_RESPONSE];
            let length = respond(plain_request(&request(ID)).unwrap(), source, &mut response);
            assert_eq!(mapped(&response[..length], ID), Some(source));
            assert_eq!(length, longest);
        }
    }

    #[test]
    fn the_response_is_what_another_implementation_reads() {
        // RFC 5769 §2.2, its address attribute: 192.0.2.1:32853.
        let id = [
            0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
        ];
        let mut response = [0; LONGEST_RESPONSE];
        let length = respond(id, "192.0.2.1:32853".parse().unwrap(), &mut response);
        assert_eq!(
            &response[HEADER..length],
            [
                0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43
            ]
        );
    }

    #[test]
    fn only_whole_requests_without_credentials_are_answered() {
        let plain = request(ID).to_vec();
        assert!(plain_request(&plain).is_some());
        let software = with(plain.clone(), &[0x80, 0x22, 0, 3, b'a', b'b', b'c', 0]);
        assert!(plain_request(&software).is_some());
        let username = with(plain.clone(), &[0x00, 0x06, 0, 4, b'a', b':', b'b', b'c']);
        assert!(plain_request(&username).is_none(), "that is ICE's");
        let cut = with(plain.clone(), &[0x80, 0x22, 0, 9, b'a', b'b', b'c', 0]);
        assert!(plain_request(&cut).is_none());
        let mut response = plain.clone();
        response[0] = 1;
        assert!(plain_request(&response).is_none(), "answers are not answered");
        for length in 0..plain.len() {
            assert!(plain_request(&plain[..length]).is_none());
        }
    }

    #[test]
    fn no_bytes_panic() {
        let mut bytes = [0; 64];
        let mut state = 1_u32;
        for _ in 0..100_000 {
            for byte in &mut bytes {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = state.to_be_bytes()[0];
            }
            bytes[..8].copy_from_slice(&[0, 1 + (state as u8 & 1), 0, 44, 0x21, 0x12, 0xA4, 0x42]);
            let _ = plain_request(&bytes);
            let _ = mapped(&bytes, ID);
        }
    }

    #[test]
    fn the_address_is_asked_for_until_it_is_told_and_then_now_and_then() {
        let server: SocketAddr = "203.0.113.1:3478".parse().unwrap();
        let start = Instant::now();
        let mut seeker = Seeker::new(server, start);
        assert_eq!(seeker.ask(start, ID), Some((server, request(ID))));
        assert_eq!(seeker.ask(start, ID), None);
        let later = start + REPEAT;
        assert!(seeker.ask(later, ID).is_some(), "the first was lost");

        let seen = sources()[0];
        let mut response = [0; LONGEST_RESPONSE];
        let length = respond(ID, seen, &mut response);
        let response = &response[..length];
        assert_eq!(
            seeker.answer(later, seen, response),
            None,
            "not the server's word"
        );
        assert_eq!(seeker.answer(later, server, response), Some(seen));
        assert_eq!(seeker.wake(), later + ASK_EVERY);
        let again = seeker.ask(later + ASK_EVERY, *b"another one!");
        assert!(again.is_some());
        assert_eq!(seeker.answer(later, server, response), None, "an old answer");
    }
}
