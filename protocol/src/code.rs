//! Every error and notice that a program may meet, by one stable code.
//!
//! This list is the only one: the server's problem documents, the control channel, the light node's errors and the
//! package's TypeScript union (`cargo xtask codes`) all come from it.

use core::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $message:literal, $remedy:literal;)+) => {
        /// A stable code. New ones may be added; none is ever renamed or used for something else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it stands in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What happened, as a sentence without its full stop.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)+ }
            }

            /// What to do about it, in the same form.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)+ }
            }
        }
    };
}

codes! {
    /// The visitor, or a policy, refused camera or microphone.
    CameraDenied = "camera_denied", "the browser was not allowed to use the camera or microphone",
        "allow it in the address bar's site settings and try again";
    /// There is no such device.
    NoCamera = "no_camera", "no camera or microphone was found",
        "plug one in, or choose the screen or a file as the source";
    /// Another program holds the device.
    CameraBusy = "camera_busy", "the camera or microphone is in use by another program",
        "close that program and try again";
    /// No HTTP answer.
    ServerUnreachable = "server_unreachable", "the orchestrator does not answer",
        "check the connection and the orchestrator's address";
    /// HTTP works, media does not.
    WebrtcBlocked = "webrtc_blocked", "the orchestrator answers, but no media connection to it comes up",
        "a firewall, VPN or browser extension may block WebRTC or UDP; try another network";
    /// Media stopped flowing.
    ConnectionLost = "connection_lost", "the connection to the orchestrator was lost",
        "it is being restored; check the network if this stays";
    /// No or wrong token.
    Unauthorized = "unauthorized", "the token does not admit to this stream",
        "use a token that is signed for it, or the watch token its publisher gave";
    /// The name is live under another key.
    NameTaken = "name_taken", "this stream is live under another key",
        "choose another name, or end the other broadcast first";
    /// Nobody publishes it now.
    NotLive = "not_live", "nobody is publishing this stream now",
        "wait for it to start; players retry by themselves";
    /// It was live and is over.
    StreamEnded = "stream_ended", "the broadcast has ended",
        "nothing needs to be done";
    /// A newer session of the same key took over.
    Replaced = "replaced", "this broadcast was taken over by a newer session of the same key",
        "end one of the two";
    /// No such rendition.
    UnknownRendition = "unknown_rendition", "the stream has no rendition of this name",
        "pick one of the stream's manifest";
    /// No such session.
    UnknownSession = "unknown_session", "there is no such session",
        "start a new one with POST";
    /// The server is at its limit.
    Busy = "busy", "the orchestrator has no room for another session",
        "try again later or use another orchestrator";
    /// SDP that is not SDP.
    MalformedSdp = "malformed_sdp", "the session description cannot be read",
        "send a complete SDP offer";
    /// SDP that asks for what is not offered here.
    UnacceptableOffer = "unacceptable_offer", "the offer does not fit this endpoint",
        "WHIP takes sendonly and WHEP recvonly, with at most one audio and one video track";
    /// No codec in common.
    NoCommonCodec = "no_common_codec", "the offer has no codec that this stream can use",
        "offer H.264 or VP8 for video and Opus for audio";
    /// The body's type is wrong.
    UnsupportedMediaType = "unsupported_media_type", "the content type is not the one this request takes",
        "send application/sdp with POST and application/trickle-ice-sdpfrag with PATCH";
    /// The body is too large.
    TooLarge = "too_large", "the request is larger than any honest one",
        "send at most 64 KiB";
    /// The address asks for more than its share.
    RateLimited = "rate_limited", "too many requests from this address",
        "wait as long as Retry-After says, then try again";
    /// More candidates than any host has.
    TooManyCandidates = "too_many_candidates", "the session has sent more ICE candidates than any host has",
        "start a new session";
    /// A malformed request otherwise.
    BadRequest = "bad_request", "the request cannot be understood",
        "see the detail";
    /// A method that the resource does not have.
    MethodNotAllowed = "method_not_allowed", "the resource does not have this method",
        "see the Allow header";
    /// No such path.
    NotFound = "not_found", "there is nothing at this path",
        "check the address";
    /// ICE restart is asked for where it is not had.
    IceRestartUnsupported = "ice_restart_unsupported", "this session cannot restart ICE",
        "start a new session with POST; the same key replaces the old one at once";
    /// The transcoding worker was replaced.
    TranscoderReplaced = "transcoder_replaced", "the transcoder was restarted; renditions paused for a moment",
        "nothing needs to be done";
    /// Transcoding is over for this session.
    TranscoderFailed = "transcoder_failed", "this stream can not be transcoded",
        "the source can still be watched; publish again to retry";
    /// Work waits for payment.
    PaymentDue = "payment_due", "what was paid is used up",
        "pay now; the orchestrator goes on for a few seconds only";
    /// Work has stopped.
    PaymentOverdue = "payment_overdue", "the orchestrator has stopped work on this stream, because it is not paid",
        "pay what is owed; the stream goes on at once";
    /// Too few or too many tickets.
    TicketCount = "ticket_count", "a payment has no tickets, or too many",
        "send 1 to 64 tickets in one payment";
    /// Tickets for somebody else.
    TicketRecipient = "ticket_recipient", "the tickets pay somebody else",
        "ask this orchestrator for its parameters";
    /// Tickets of somebody else.
    TicketSender = "ticket_sender", "the tickets are another sender's than this session's",
        "pay with the account that the session was opened for";
    /// Parameters that were changed, or are of another node.
    TicketParams = "ticket_params", "the ticket parameters are not this orchestrator's",
        "ask it for new ones";
    /// Parameters that have had their time.
    ParamsExpired = "params_expired", "the ticket parameters have expired",
        "ask the orchestrator for new ones";
    /// Too many parameters in use.
    TooManyParams = "too_many_params", "too many sets of ticket parameters are in use at once",
        "use one to its end before the next";
    /// A round that redemptions do not take.
    TicketRound = "ticket_round", "the tickets are of a round that is over, or of another history of the chain",
        "ask the orchestrator for new parameters";
    /// A signature of nobody.
    TicketSignature = "ticket_signature", "a ticket's signature is nobody's",
        "sign it again";
    /// A nonce out of range.
    TicketNonce = "ticket_nonce", "a ticket's nonce is out of range",
        "use nonces from 1 on, and ask for new parameters after 1024";
    /// The same ticket again.
    TicketSeen = "ticket_seen", "a ticket was sent before",
        "use each nonce once";
    /// A signer without approval.
    SignerUnknown = "signer_unknown", "the session key is not approved by the account that is to pay",
        "approve it with the wallet, and wait until the chain has it";
    /// An approval that has ended.
    SignerExpired = "signer_expired", "the session key's approval has ended",
        "approve a new session key with the wallet";
    /// An approval that was taken back.
    SignerRevoked = "signer_revoked", "the session key's approval was revoked",
        "approve a new session key with the wallet";
    /// Money that is about to leave.
    SenderUnlocking = "sender_unlocking", "the sender's deposit is about to be withdrawn",
        "cancel the unlocking, or stop the stream";
    /// A reserve that does not back a ticket.
    ReserveTooSmall = "reserve_too_small", "the sender's reserve does not cover a winning ticket for this orchestrator",
        "add to the reserve, or name the orchestrators that it is for";
    /// The orchestrator's own limits leave no ticket that is worth redeeming.
    TicketsUnpayable = "tickets_unpayable", "the orchestrator takes no ticket that would be worth redeeming now",
        "wait until the chain's fees are lower, or choose another orchestrator";
    /// Nothing is known of the sender yet.
    ChainUnknown = "chain_unknown", "the orchestrator has not heard from the chain yet",
        "pay again in a moment";
    /// The disk is full, or worse.
    PaymentNotStored = "payment_not_stored", "the orchestrator could not write the payment down",
        "try again later, or use another orchestrator";
    /// Somebody who is not whom the chain names.
    NodeUnverified = "node_unverified", "the orchestrator's key is not the one that the chain names for it",
        "choose another orchestrator; or, if it is yours, set its service URI";
    /// More than the payer agreed to.
    PriceTooHigh = "price_too_high", "the orchestrator asks for more than the limit that was set",
        "raise the limit, or choose another orchestrator";
    /// Tickets that nobody should sign.
    TicketTooLarge = "ticket_too_large", "the orchestrator's tickets are worth more than the limit that was set, or nothing",
        "raise the limit, or choose another orchestrator";
    /// The risk that the payer takes is used up.
    PaidTooFar = "paid_too_far", "the orchestrator wants more ahead of its work than was agreed to",
        "choose another orchestrator, or raise the limit";
    /// A deposit that does not hold a winner.
    DepositTooSmall = "deposit_too_small", "the deposit does not hold what a winning ticket takes",
        "add to the deposit";
    /// A claim of work that is not the orchestrator's.
    BadReceipt = "bad_receipt", "the orchestrator's receipt is not signed by it, or not for this work",
        "do not trust this orchestrator with payments; choose another";
    /// The source exceeds a limit.
    SourceRefused = "source_refused", "part of the broadcast exceeds what this orchestrator takes and is left out",
        "lower the resolution, frame rate or bitrate; see the detail";
    /// The control channel was misused.
    BadControl = "bad_control", "a message on the control channel was not understood",
        "see the detail";
    /// The manifest is not its publisher's.
    BadManifest = "bad_manifest", "the stream's manifest is not signed by its publisher",
        "do not trust this orchestrator with the stream; ask the publisher for another";
    /// There is neither a wallet nor a way to it.
    NoWallet = "no_wallet", "no wallet is connected",
        "install a wallet or open this page in one, and name network and wallet to LightNode.create()";
    /// No network file, or one that is none.
    NoNetwork = "no_network", "the network's contracts are not known here",
        "ask who runs this site to put its network.json beside the pages";
    /// EIP-1193's 4001.
    WalletRejected = "wallet_rejected", "the request was rejected in the wallet",
        "nothing was sent; ask again if that was not meant";
    /// EIP-1193's 4100, or a wallet that shows no account.
    WalletLocked = "wallet_locked", "the wallet is locked, or does not let this page see an account",
        "unlock it, and allow this page an account";
    /// The wallet is on another chain, or cannot be brought to this one.
    WrongChain = "wrong_chain", "the wallet is on another chain than this network",
        "switch the network in the wallet and try again";
    /// EIP-1193's 4900 and 4901.
    WalletDisconnected = "wallet_disconnected", "the wallet has no connection to its chain",
        "check the connection and the network in the wallet";
    /// EIP-1193's 4200, JSON-RPC's -32601.
    WalletUnsupported = "wallet_unsupported", "the wallet cannot do this",
        "update it, or use another wallet";
    /// EIP-1474's -32002: it shows a request already.
    WalletBusy = "wallet_busy", "the wallet is showing an earlier request",
        "open the wallet and answer that one first";
    /// Another account was chosen in the wallet.
    AccountChanged = "account_changed", "another account was chosen in the wallet",
        "connect again; nothing was sent for the account that was shown";
    /// The page did not show what was to be sent, or the visitor did not agree.
    Unconfirmed = "unconfirmed", "what was to be sent was not agreed to",
        "nothing was sent; a page shows the words by the confirm option";
    /// No RPC answer.
    ChainUnreachable = "chain_unreachable", "the chain does not answer",
        "check the connection, or name another RPC address";
    /// Less ETH or tokens than the transaction takes.
    InsufficientFunds = "insufficient_funds", "the account has less than this takes",
        "lower the amount, leave some for gas, or fund the account";
    /// A contract refused, and will not later.
    TooEarly = "too_early", "the contract refused this for now",
        "try again in the round that the detail names";
    /// A contract refused.
    Reverted = "reverted", "the contract refused this",
        "see the detail";
    /// Its nonce was used by another transaction: it was sped up or cancelled in the wallet.
    TransactionReplaced = "transaction_replaced", "another transaction took this one's place",
        "look into the wallet's activity: it was sped up or cancelled there";
    /// An argument of the package's API is wrong.
    InvalidArgument = "invalid_argument", "an argument is not valid",
        "see the detail";
    /// The package is used before it is loaded.
    NotInitialised = "not_initialised", "the light node is not loaded yet",
        "await LightNode.create() first";
    /// The package's WebAssembly did not load.
    LoadFailed = "load_failed", "the light node's WebAssembly could not be loaded",
        "serve the package's wasm file beside its scripts, or name its place with the wasm option";
    /// The object is closed.
    Closed = "closed", "this object was closed",
        "make a new one";
    /// The browser lacks something.
    UnsupportedBrowser = "unsupported_browser", "this browser lacks something the light node needs",
        "use a current browser, over HTTPS";
    /// A defect.
    Internal = "internal", "something failed inside",
        "try again, and report it with the detail";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// By hand, because derived code compares with every spelling in every form a format may bring it in: 4 KB of what each
// visitor of a page downloads.
impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| D::Error::custom("unknown code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_spelled_alike_everywhere() {
        for (i, code) in Code::ALL.iter().enumerate() {
            assert!(
                Code::ALL[..i]
                    .iter()
                    .all(|earlier| earlier.as_str() != code.as_str()),
                "{code} is there twice"
            );
            let json = serde_json::to_value(code).unwrap();
            assert_eq!(json, code.as_str());
            assert_eq!(serde_json::from_value::<Code>(json).unwrap(), *code);
            assert!(
                !code.message().ends_with('.') && !code.remedy().ends_with('.'),
                "{code}"
            );
        }
    }
}
