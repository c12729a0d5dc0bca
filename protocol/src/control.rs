//! Messages on `control`, the WHIP connection's reliable, ordered data channel.
//!
//! JSON text, one message per frame, `{"v":1,"type":…}`. Unknown types are skipped, so that a newer peer can say more;
//! another version, or a frame that is not such an object, is an error that the receiver answers with
//! [`Message::Error`] and otherwise ignores.

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::Code;
use crate::key::Address;
use crate::manifest::Rendition;
use crate::pm::{Balance, Params, Payment};

/// The channel's label.
pub const LABEL: &str = "control";

/// The most bytes a message may have: what every WebRTC implementation sends without negotiation.
pub const MAX_BYTES: usize = 64 * 1024;

const VERSION: u64 = 1;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Message {
    /// Orchestrator → broadcaster: what will be served, once the source's size is known, and again when it changes.
    Offer {
        /// Base URL of this orchestrator as the broadcaster reached it.
        orchestrator: String,
        /// What can be watched.
        renditions: Vec<Rendition>,
    },
    /// Broadcaster → orchestrator: the signed [`crate::manifest::Manifest`], in its text form.
    Manifest {
        /// `base64url(json).base64url(signature)`
        signed: String,
    },
    /// Broadcaster → orchestrator: who pays for this session; parameters for its tickets are wanted.
    Ask {
        /// Whose deposit and reserve pay.
        sender: Address,
        /// Who signs the tickets: the sender itself, or a key that it approved.
        signer: Address,
    },
    /// Orchestrator → broadcaster: what tickets must look like from now on.
    Params {
        /// To be sent back with each payment, unchanged.
        params: Box<Params>,
        /// For so many milliseconds from now on.
        #[serde(rename = "goodFor")]
        good_for: u64,
    },
    /// Broadcaster → orchestrator: tickets.
    Payment {
        /// For one set of parameters.
        payment: Payment,
    },
    /// Orchestrator → broadcaster: what became of a payment, or, without one, what is left.
    Balance {
        /// Which payment's tickets this is about, by their parameters.
        #[serde(
            rename = "recipientRandHash",
            default,
            skip_serializing_if = "Option::is_none"
        )]
        recipient_rand_hash: Option<B256>,
        /// Those of them that earned credit.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        accepted: Vec<u32>,
        /// And those that did not.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        refused: Vec<RefusedTicket>,
        /// What is paid ahead, or owed.
        wei: Balance,
    },
    /// Orchestrator → broadcaster: the signed [`crate::pm::Receipt`], in its text form.
    Receipt {
        /// `base64url(json).base64url(signature)`
        signed: String,
    },
    /// Something worth knowing that ends nothing.
    Notice {
        /// Stable code.
        code: Code,
        /// One sentence for people.
        message: String,
    },
    /// Something failed: the last message, or the session.
    Error {
        /// Stable code.
        code: Code,
        /// One sentence for people, with the remedy.
        message: String,
    },
}

/// A ticket that earned no credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedTicket {
    /// Its number.
    pub nonce: u32,
    /// Why.
    pub code: Code,
}

impl Message {
    /// The frame to send.
    #[must_use]
    pub fn encode(&self) -> String {
        #[derive(Serialize)]
        struct Frame<'a> {
            v: u64,
            #[serde(flatten)]
            message: &'a Message,
        }
        let frame = Frame {
            v: VERSION,
            message: self,
        };
        serde_json::to_string(&frame).expect("messages hold only strings and numbers")
    }

    /// Reads a frame; `None` for a type that this version does not know.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn decode(frame: &[u8]) -> Result<Option<Self>, Unreadable> {
        if frame.len() > MAX_BYTES {
            return Err(Unreadable::TooLong(frame.len()));
        }
        #[derive(Deserialize)]
        struct Envelope {
            v: Option<u64>,
            r#type: Option<String>,
        }
        let unreadable = |e: serde_json::Error| Unreadable::Json(e.to_string());
        let envelope: Envelope = serde_json::from_slice(frame).map_err(|e| match e.classify() {
            // JSON, but no object with a numeric version.
            Category::Data => Unreadable::Version,
            _ => unreadable(e),
        })?;
        if envelope.v != Some(VERSION) {
            return Err(Unreadable::Version);
        }
        match envelope.r#type.as_deref() {
            Some(kind) => body(kind, frame).map_err(unreadable),
            None => Err(Unreadable::Json("there is no \"type\"".to_owned())),
        }
    }
}

/// Reads a message of this type. By hand: what serde derives for an enum with a tag first copies every value, in every form
/// that a format may bring it in, which is 6 KB of what each visitor of a page downloads.
fn body(kind: &str, frame: &[u8]) -> serde_json::Result<Option<Message>> {
    /// Those of one field, or of several that are named alike in JSON.
    macro_rules! read {
        ($variant:ident { $($field:ident: $type:ty),+ }) => {{
            #[derive(Deserialize)]
            struct Body { $($field: $type),+ }
            let Body { $($field),+ } = serde_json::from_slice(frame)?;
            Message::$variant { $($field),+ }
        }};
    }
    Ok(Some(match kind {
        "offer" => read!(Offer { orchestrator: String, renditions: Vec<Rendition> }),
        "manifest" => read!(Manifest { signed: String }),
        "ask" => read!(Ask {
            sender: Address,
            signer: Address
        }),
        "params" => {
            #[derive(Deserialize)]
            struct Body {
                params: Box<Params>,
                #[serde(rename = "goodFor")]
                good_for: u64,
            }
            let Body { params, good_for } = serde_json::from_slice(frame)?;
            Message::Params { params, good_for }
        }
        "payment" => read!(Payment { payment: Payment }),
        "balance" => {
            #[derive(Deserialize)]
            struct Body {
                #[serde(rename = "recipientRandHash")]
                recipient_rand_hash: Option<B256>,
                #[serde(default)]
                accepted: Vec<u32>,
                #[serde(default)]
                refused: Vec<RefusedTicket>,
                wei: Balance,
            }
            let body: Body = serde_json::from_slice(frame)?;
            Message::Balance {
                recipient_rand_hash: body.recipient_rand_hash,
                accepted: body.accepted,
                refused: body.refused,
                wei: body.wei,
            }
        }
        "receipt" => read!(Receipt { signed: String }),
        "notice" => read!(Notice {
            code: Code,
            message: String
        }),
        "error" => read!(Error {
            code: Code,
            message: String
        }),
        _ => return Ok(None),
    }))
}

/// Why a frame is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Longer than [`MAX_BYTES`].
    #[error("{0} bytes are too long for a control message; the limit is {MAX_BYTES}")]
    TooLong(usize),
    /// No `"v":1`.
    #[error("control messages carry \"v\":1")]
    Version,
    /// Not the JSON of a message.
    #[error("the control message is not understood: {0}")]
    Json(String),
}

#[cfg(test)]
mod fields;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let notice = Message::Notice {
            code: Code::TranscoderReplaced,
            message: "replaced".into(),
        };
        let frame = notice.encode();
        assert!(
            frame.contains("\"v\":1") && frame.contains("transcoder_replaced"),
            "{frame}"
        );
        assert_eq!(Message::decode(frame.as_bytes()), Ok(Some(notice)));
    }

    #[test]
    fn what_is_said_of_payments_is_read_as_it_was_written() {
        let messages = [
            Message::Ask {
                sender: Address([1; 20]),
                signer: Address([2; 20]),
            },
            Message::Balance {
                recipient_rand_hash: Some(B256::repeat_byte(3)),
                accepted: vec![1, 2],
                refused: vec![RefusedTicket {
                    nonce: 3,
                    code: Code::TicketSeen,
                }],
                wei: Balance::Debt(alloy_primitives::U256::from(7)),
            },
            Message::Balance {
                recipient_rand_hash: None,
                accepted: Vec::new(),
                refused: Vec::new(),
                wei: Balance::Credit(alloy_primitives::U256::MAX),
            },
            Message::Receipt {
                signed: "a.b".to_owned(),
            },
            Message::Error {
                code: Code::PaymentOverdue,
                message: String::new(),
            },
        ];
        for message in messages {
            let frame = message.encode();
            assert_eq!(Message::decode(frame.as_bytes()), Ok(Some(message)), "{frame}");
        }
        let debt = br#"{"v":1,"type":"balance","wei":"-0x7"}"#;
        assert!(matches!(Message::decode(debt), Err(Unreadable::Json(_))));
    }

    #[test]
    fn a_newer_peers_messages_are_skipped() {
        assert_eq!(Message::decode(br#"{"v":1,"type":"lottery","x":1}"#), Ok(None));
    }

    #[test]
    fn what_is_no_message_is_named() {
        assert_eq!(
            Message::decode(br#"{"v":2,"type":"offer"}"#),
            Err(Unreadable::Version)
        );
        assert_eq!(Message::decode(b"[]"), Err(Unreadable::Version));
        assert!(matches!(Message::decode(b"\xff"), Err(Unreadable::Json(_))));
        assert!(matches!(
            Message::decode(br#"{"v":1,"type":"manifest"}"#),
            Err(Unreadable::Json(_))
        ));
        assert!(matches!(
            Message::decode(br#"{"v":1,"type":"notice","code":"nonesuch","message":""}"#),
            Err(Unreadable::Json(_))
        ));
        assert_eq!(
            Message::decode(&vec![b' '; MAX_BYTES + 1]),
            Err(Unreadable::TooLong(MAX_BYTES + 1))
        );
    }
}
