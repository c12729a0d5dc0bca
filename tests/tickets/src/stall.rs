//! One recipient, those who pay it, and a disk that takes no time.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy_primitives::{B256, U256};
use headwater_protocol::control::Message;
use headwater_protocol::key::{Address, SessionKey, Signature};
use headwater_protocol::pm::recipient::{Config, Funds, Input, Output, Recipient, Recovered, Round, Rounds};
use headwater_protocol::pm::secret::Venue;
use headwater_protocol::pm::{Params, Payment, Price, Secret};
use headwater_protocol::session::registry::SessionId;
use headwater_protocol::{Millis, stream};

/// Who is paid.
const RECIPIENT: Address = Address([1; 20]);
/// A place.
const VENUE: Venue = Venue {
    chain_id: 31_337,
    broker: Address([9; 20]),
};
const NOW: Millis = Millis(1000);
/// Milliseconds since 1970.
const WALL: u64 = 1_800_000_000_000;
/// 480p and 240p at 25 frames a second, about.
const RATE: u64 = 12_000_000;

/// Whoever opens one gets the same as before: all that is random is fixed.
#[derive(Debug)]
pub struct Stall {
    secret: Secret,
    recipient: Recipient,
    payers: BTreeMap<SessionId, Payer>,
}

#[derive(Debug)]
struct Payer {
    key: SessionKey,
    params: Params,
}

impl Stall {
    /// So many have asked for parameters, and paid nothing.
    ///
    /// # Panics
    /// Never: what is fixed fits.
    #[must_use]
    pub fn open(payers: u32) -> Self {
        let secret = Secret::new([6; 32], [3; 16]);
        let recovered = Recovered::default();
        let mut stall = Self {
            recipient: Recipient::new(config(), secret.clone(), recovered, [1; 32], NOW, WALL),
            secret,
            payers: BTreeMap::new(),
        };
        stall.input(Input::Rounds(rounds()));
        stall.input(Input::Redemption(U256::from(1_000_000_000_000_000u64)));
        for payer in 1..=payers {
            let mut bytes = [7; 32];
            bytes[..4].copy_from_slice(&payer.to_be_bytes());
            stall.admit(
                SessionId(payer.into()),
                SessionKey::from_bytes(&bytes).expect("it is a key"),
            );
        }
        stall
    }

    fn admit(&mut self, session: SessionId, key: SessionKey) {
        let sender = key.address();
        let funds = Funds {
            allotment: U256::from(1) << 80,
            deposit: U256::ZERO,
            reserve: U256::from(1) << 80,
            withdraw_round: None,
        };
        self.input(Input::Funds(sender, funds));
        let live = stream::Id::new(sender, "studio".parse().expect("it is a name"));
        self.input(Input::Open(session, live, RATE));
        let ask = Input::Ask {
            session,
            sender,
            signer: sender,
        };
        let params = self.input(ask).expect("all that parameters take is known");
        self.payers.insert(session, Payer { key, params });
    }

    /// Of each payer so many payments of so many tickets, as they come in turn.
    #[must_use]
    pub fn payments(&self, payments: u32, tickets: u32) -> Vec<(SessionId, Payment)> {
        let of = |payment: u32| {
            let nonces = move || payment * tickets + 1..(payment + 1) * tickets + 1;
            self.payers.iter().map(move |(session, payer)| {
                (
                    *session,
                    Payment::sign(payer.params.clone(), nonces(), &payer.key, &VENUE),
                )
            })
        };
        (0..payments).flat_map(of).collect()
    }

    /// Who pays.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.payers.keys().copied().collect()
    }

    /// A payment of one ticket, the first of its parameters.
    ///
    /// # Panics
    /// Nobody pays in this session.
    #[must_use]
    pub fn payment(&self, session: SessionId) -> Payment {
        let payer = &self.payers[&session];
        Payment::sign(payer.params.clone(), [1], &payer.key, &VENUE)
    }

    /// Checks a payment, has it written down if need be, and credits it.
    pub fn take(
        &mut self,
        session: SessionId,
        payment: Payment,
        recover: impl FnMut(&Signature, &[u8; 32]) -> Option<Address>,
    ) {
        let inspected = payment.inspect(RECIPIENT, &self.secret, &VENUE, recover);
        self.input(Input::Payment(session, Box::new(payment), inspected));
    }

    /// Tickets that earned credit.
    #[must_use]
    pub const fn accepted(&self) -> u64 {
        self.recipient.tally().accepted
    }

    /// Does what the machine wants, and returns the parameters that it gives out.
    fn input(&mut self, input: Input) -> Option<Params> {
        self.recipient.handle_input(NOW, input);
        let mut given = None;
        loop {
            match self.recipient.poll_output() {
                Output::Commit(id, _) => self.recipient.handle_input(NOW, Input::Committed(id)),
                Output::Send(_, Message::Params { params, .. }) => given = Some(*params),
                Output::Wait(_) => return given,
                _ => {}
            }
        }
    }
}

/// What a payment's tickets are signed over.
#[must_use]
pub fn hashes(payment: &Payment) -> Vec<B256> {
    let series = payment.params.series(&VENUE);
    let tickets = payment.tickets.iter();
    tickets.map(|ticket| series.hash(ticket.nonce)).collect()
}

fn config() -> Config {
    Config {
        recipient: RECIPIENT,
        venue: VENUE,
        price: Price::new(1_000_000, 1).expect("it divides by one"),
        prices: BTreeMap::new(),
        ticket: Duration::from_secs(2),
        multiple: 100,
        max_face_value: U256::MAX,
        good_for: Duration::from_secs(480),
        grace: Duration::from_secs(4),
    }
}

fn rounds() -> Rounds {
    let newest = Round {
        number: 7,
        hash: B256::repeat_byte(7),
    };
    Rounds {
        current: newest.number,
        newest,
        accepted: vec![newest],
    }
}
