//! Datagrams that no honest client sends.

/// A STUN binding request (RFC 8489) for `username`, with an integrity that nobody with its password made; a plain one,
/// which any server may answer, if `username` is empty.
pub fn stun(username: &str, number: u32) -> Vec<u8> {
    const USERNAME: [u8; 2] = [0, 6];
    const MESSAGE_INTEGRITY: [u8; 4] = [0, 8, 0, 20];
    const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
    let mut attributes = Vec::new();
    if !username.is_empty() {
        attributes.extend(USERNAME);
        attributes.extend((username.len() as u16).to_be_bytes());
        attributes.extend(username.as_bytes());
        attributes.resize(attributes.len().next_multiple_of(4), 0);
        attributes.extend(MESSAGE_INTEGRITY);
        attributes.extend([7; 20]);
    }
    let mut message = vec![0, 1];
    message.extend((attributes.len() as u16).to_be_bytes());
    message.extend(COOKIE);
    message.extend([0; 8]);
    message.extend(number.to_be_bytes());
    message.extend(attributes);
    message
}

/// The start of a DTLS handshake (RFC 6347 §4.1): a record's header, then what might be a ClientHello.
pub fn client_hello(number: u32) -> Vec<u8> {
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0];
    record.extend(number.to_be_bytes());
    record.extend([0, 100, 1, 0, 0, 88, 0, 0, 0, 0, 0, 0, 0, 88, 0xfe, 0xfd]);
    record.resize(13 + 100, 3);
    record
}

/// Bytes of every length up to an Ethernet frame, beginning with every byte.
pub fn noise(number: u32) -> Vec<u8> {
    let mut datagram = vec![number as u8; (number % 1500) as usize];
    datagram.extend(number.to_be_bytes());
    datagram
}

/// The username fragment that an SDP answer gives, by which anybody who saw it may address its connection.
pub fn ufrag(answer: &str) -> Option<&str> {
    let line = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    line.map(str::trim)
}
