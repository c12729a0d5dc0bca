//! What a sender signs off chain: tickets, and leave for another key to sign them. EIP-712, as `contracts/SPEC/payments.md`
//! defines it: the hashes are those that TicketBroker recovers signers from.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, eip712_domain, sol};

pub use super::ticket_broker::ITicketBroker::SignerApproval;
use super::ticket_broker::ITicketBroker::Ticket as OnChain;
use crate::key::{SessionKey, Signature};

sol! {
    /// A lottery ticket. Its hash in a domain names it on chain.
    #[derive(Debug, PartialEq, Eq)]
    struct Ticket {
        /// Who is paid.
        address recipient;
        /// Whose deposit and reserve pay.
        address sender;
        /// What it pays if it wins, in wei.
        uint256 faceValue;
        /// It wins with a chance of this in 2^256.
        uint256 winProb;
        /// Tells tickets of the same `recipientRandHash` apart.
        uint256 senderNonce;
        /// Keccak-256 of the recipient's secret number, as 32 bytes.
        bytes32 recipientRandHash;
        /// The round that it is of.
        uint256 creationRound;
        /// That round's hash, as RoundsManager has it.
        bytes32 creationRoundBlockHash;
    }
}

/// Where tickets and approvals are good: one TicketBroker on one chain.
#[must_use]
pub fn domain(chain_id: u64, broker: Address) -> Eip712Domain {
    eip712_domain! {
        name: "Headwater TicketBroker",
        version: "1",
        chain_id: chain_id,
        verifying_contract: broker,
    }
}

/// Signs a [`Ticket`], by the sender or its session signer, or a [`SignerApproval`], by the sender.
#[must_use]
pub fn sign(key: &SessionKey, words: &impl SolStruct, domain: &Eip712Domain) -> Signature {
    key.sign(&words.eip712_signing_hash(domain))
}

/// Tickets that differ in their nonce alone: all that their hashes have in common is worked out once, and each takes two
/// short keccaks more.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the struct's hash is of: its type's hash, and a word for each field.
    words: [u8; 32 * 9],
    /// What the typed hash is of: `0x1901`, the domain's hash, and room for the struct's.
    message: [u8; 2 + 32 + 32],
}

impl Series {
    /// Where among the words the nonce is.
    const NONCE: usize = 32 * 5;

    /// Those like this ticket.
    #[must_use]
    pub fn of(ticket: &Ticket, domain: &Eip712Domain) -> Self {
        static TYPE: LazyLock<B256> = LazyLock::new(|| keccak256(Ticket::eip712_encode_type().as_bytes()));
        let mut words = [0; 32 * 9];
        words[..32].copy_from_slice(TYPE.as_slice());
        words[32..].copy_from_slice(&ticket.eip712_encode_data());
        let mut message = [0; 66];
        message[..2].copy_from_slice(&[0x19, 0x01]);
        message[2..34].copy_from_slice(domain.hash_struct().as_slice());
        Self { words, message }
    }

    /// The typed hash of the one with this nonce.
    #[must_use]
    pub fn hash(&self, nonce: u32) -> B256 {
        let (mut words, mut message) = (self.words, self.message);
        let nonce = U256::from(nonce).to_be_bytes::<32>();
        words[Self::NONCE..Self::NONCE + 32].copy_from_slice(&nonce);
        message[34..].copy_from_slice(keccak256(words).as_slice());
        keccak256(message)
    }
}

/// The hash that a ticket with this secret number carries.
#[must_use]
pub fn recipient_rand_hash(recipient_rand: U256) -> B256 {
    keccak256(recipient_rand.to_be_bytes::<32>())
}

impl Ticket {
    /// Whether it wins, signed so and with the recipient's secret number.
    #[must_use]
    pub fn wins(&self, signature: &Signature, recipient_rand: U256) -> bool {
        drawn(signature, recipient_rand) < self.winProb
    }
}

/// The number that has to be below a ticket's chance for it to win.
#[must_use]
pub fn drawn(signature: &Signature, recipient_rand: U256) -> U256 {
    let mut both = [0; 97];
    both[..65].copy_from_slice(&signature.0);
    both[65..].copy_from_slice(&recipient_rand.to_be_bytes::<32>());
    U256::from_be_bytes(keccak256(both).0)
}

/// As calls take it: round and hash together in `auxData`.
impl From<&Ticket> for OnChain {
    fn from(ticket: &Ticket) -> Self {
        Self {
            recipient: ticket.recipient,
            sender: ticket.sender,
            faceValue: ticket.faceValue,
            winProb: ticket.winProb,
            senderNonce: ticket.senderNonce,
            recipientRandHash: ticket.recipientRandHash,
            auxData: (ticket.creationRound, ticket.creationRoundBlockHash)
                .abi_encode()
                .into(),
        }
    }
}

impl From<Signature> for Bytes {
    fn from(signature: Signature) -> Self {
        Self::copy_from_slice(&signature.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: &[u8] =
        b"Ticket(address recipient,address sender,uint256 faceValue,uint256 winProb,uint256 senderNonce,\
        bytes32 recipientRandHash,uint256 creationRound,bytes32 creationRoundBlockHash)";
    const APPROVAL: &[u8] =
        b"SignerApproval(address sender,address signer,uint256 maxDepositSpend,uint256 validUntilRound,\
        bool anyRecipient,uint256 nonce)";
    const DOMAIN: &[u8] =
        b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

    fn ticket() -> Ticket {
        Ticket {
            recipient: Address::repeat_byte(1),
            sender: Address::repeat_byte(2),
            faceValue: U256::from(3),
            winProb: U256::from(1) << 255,
            senderNonce: U256::from(5),
            recipientRandHash: recipient_rand_hash(U256::from(6)),
            creationRound: U256::from(7),
            creationRoundBlockHash: B256::repeat_byte(8),
        }
    }

    /// By the standard's words alone: `0x1901 ‖ domain ‖ struct`.
    fn by_hand(type_: &[u8], fields: &impl SolValue) -> B256 {
        let separator = (
            keccak256(DOMAIN),
            keccak256("Headwater TicketBroker"),
            keccak256("1"),
            U256::from(31_337),
            Address::repeat_byte(9),
        );
        let words = [keccak256(type_).0.to_vec(), fields.abi_encode()].concat();
        keccak256(
            [
                b"\x19\x01".as_slice(),
                keccak256(separator.abi_encode()).as_slice(),
                keccak256(words).as_slice(),
            ]
            .concat(),
        )
    }

    #[test]
    fn what_is_signed_is_what_the_specification_says() {
        let domain = domain(31_337, Address::repeat_byte(9));
        let t = ticket();
        let fields = (
            t.recipient,
            t.sender,
            t.faceValue,
            t.winProb,
            t.senderNonce,
            t.recipientRandHash,
            t.creationRound,
            t.creationRoundBlockHash,
        );
        assert_eq!(t.eip712_signing_hash(&domain), by_hand(TICKET, &fields));

        let a = SignerApproval {
            sender: Address::repeat_byte(1),
            signer: Address::repeat_byte(2),
            maxDepositSpend: U256::from(3),
            validUntilRound: U256::from(4),
            anyRecipient: true,
            nonce: U256::from(5),
        };
        let fields = (
            a.sender,
            a.signer,
            a.maxDepositSpend,
            a.validUntilRound,
            a.anyRecipient,
            a.nonce,
        );
        assert_eq!(a.eip712_signing_hash(&domain), by_hand(APPROVAL, &fields));
    }

    #[test]
    fn a_series_has_the_hashes_of_its_tickets() {
        let domain = domain(31_337, Address::repeat_byte(9));
        let series = Series::of(&ticket(), &domain);
        for nonce in [5, 0, 1, u32::MAX] {
            let ticket = Ticket {
                senderNonce: U256::from(nonce),
                ..ticket()
            };
            assert_eq!(series.hash(nonce), ticket.eip712_signing_hash(&domain));
        }
    }

    #[test]
    fn another_chain_or_broker_is_another_ticket() {
        let here = ticket().eip712_signing_hash(&domain(1, Address::repeat_byte(9)));
        assert_ne!(
            here,
            ticket().eip712_signing_hash(&domain(2, Address::repeat_byte(9)))
        );
        assert_ne!(
            here,
            ticket().eip712_signing_hash(&domain(1, Address::repeat_byte(8)))
        );
    }

    #[test]
    fn a_signature_is_its_keys_and_a_ticket_wins_below_its_chance_only() {
        let key = SessionKey::from_bytes(&[7; 32]).unwrap();
        let domain = domain(1, Address::ZERO);
        let rand = U256::from(6);
        let (mut won, mut lost) = (0, 0);
        for nonce in 0..64 {
            let ticket = Ticket {
                senderNonce: U256::from(nonce),
                ..ticket()
            };
            let signature = sign(&key, &ticket, &domain);
            assert_eq!(
                signature.recover(&ticket.eip712_signing_hash(&domain)),
                Some(key.address())
            );
            if ticket.wins(&signature, rand) {
                won += 1
            } else {
                lost += 1
            }
            assert!(
                !Ticket {
                    winProb: U256::ZERO,
                    ..ticket
                }
                .wins(&signature, rand)
            );
        }
        assert!(won > 16 && lost > 16, "{won} won, {lost} lost");
    }

    #[test]
    fn aux_data_is_the_round_and_its_hash() {
        let ticket = OnChain::from(&ticket());
        assert_eq!(ticket.auxData.len(), 64);
        assert_eq!(ticket.auxData[31], 7);
        assert_eq!(ticket.auxData[32..], [8; 32]);
    }
}
