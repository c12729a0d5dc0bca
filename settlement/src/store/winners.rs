//! Winners, and where their redemption is.

use alloy_primitives::{Address, B256, U256};
use headwater_protocol::chain::ticket::Ticket;
use headwater_protocol::key::Signature;
use headwater_protocol::pm::Winner;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Error;
use super::column::{address, hash, int, uint, word};

/// Where a redemption is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// To be sent.
    Pending,
    /// Sent, or about to be.
    Submitted,
    /// Paid.
    Redeemed,
    /// Never to be paid.
    Hopeless,
}

/// A winner and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// As it was won.
    pub winner: Winner,
    /// When: milliseconds since 1970.
    pub won: u64,
    /// When it came to where it is.
    pub changed: u64,
    /// Where that is.
    pub redemption: Redemption,
}

/// A [`State`], with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// To be sent.
    Pending,
    /// Sent, or about to be.
    Submitted {
        /// Its batch: the hash of the first transaction that was signed for it.
        batch: B256,
    },
    /// Paid.
    Redeemed {
        /// In which transaction.
        tx: B256,
        /// In which block.
        block: u64,
        /// How much, in wei.
        paid: U256,
    },
    /// Never to be paid.
    Hopeless {
        /// The redeemer's code for why.
        reason: String,
    },
}

/// Winners that share a transaction, of which at most one attempt is mined: they share a nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The hot key that signs.
    pub account: Address,
    /// That key's nonce.
    pub nonce: u64,
    /// First the one that names the batch, last the one that was signed last.
    pub attempts: Vec<Attempt>,
    /// The hashes of those of its tickets that are still submitted, as they were won.
    pub winners: Vec<B256>,
}

/// A transaction that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its hash.
    pub tx: B256,
    /// The newest block then.
    pub block: u64,
    /// When: milliseconds since 1970.
    pub at: u64,
}

/// One of the newest winners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    /// What is known of it.
    pub record: Record,
    /// The transaction that was signed last for it, while it is [`Redemption::Submitted`].
    pub sent: Option<B256>,
}

impl State {
    const fn column(self) -> i64 {
        self as i64
    }
}

pub(super) fn by_state(connection: &Connection, state: State, limit: usize) -> Result<Vec<Record>, Error> {
    let mut statement = connection.prepare("SELECT * FROM winner WHERE state = ?1 ORDER BY id LIMIT ?2")?;
    let rows = statement.query_map(params![state.column(), int(limit as u64)], record)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn latest(connection: &Connection, limit: usize) -> Result<Vec<Latest>, Error> {
    // A batch's own name is its first attempt's.
    let mut statement = connection.prepare(
        "SELECT *, (SELECT attempt.tx FROM attempt WHERE attempt.batch = winner.batch
             ORDER BY attempt.tx = attempt.batch, at DESC LIMIT 1) AS sent
             FROM winner ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([int(limit as u64)], |row| {
        let sent: Option<[u8; 32]> = row.get("sent")?;
        Ok(Latest {
            record: record(row)?,
            sent: sent.map(B256::new),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn by_hash(connection: &Connection, hash: B256) -> Result<Option<Record>, Error> {
    let mut statement = connection.prepare("SELECT * FROM winner WHERE hash = ?1")?;
    Ok(statement.query_row([hash.0], record).optional()?)
}

pub(super) fn batches(connection: &mut Connection) -> Result<Vec<Batch>, Error> {
    let transaction = connection.transaction()?;
    let mut names =
        transaction.prepare("SELECT batch FROM winner WHERE state = 1 GROUP BY batch ORDER BY min(id)")?;
    let mut attempts =
        transaction.prepare("SELECT * FROM attempt WHERE batch = ?1 ORDER BY tx <> batch, at")?;
    let mut winners = transaction.prepare("SELECT hash FROM winner WHERE batch = ?1 ORDER BY id")?;
    let mut batches = Vec::new();
    let mut rows = names.query([])?;
    while let Some(row) = rows.next()? {
        let name: [u8; 32] = row.get(0)?;
        let mut batch = Batch {
            account: Address::ZERO,
            nonce: 0,
            attempts: Vec::new(),
            winners: winners
                .query_map([name], |row| hash(row, "hash"))?
                .collect::<Result<_, _>>()?,
        };
        let mut rows = attempts.query([name])?;
        while let Some(row) = rows.next()? {
            (batch.account, batch.nonce) = (address(row, "account")?, uint(row, "nonce")?);
            batch.attempts.push(Attempt {
                tx: hash(row, "tx")?,
                block: uint(row, "block")?,
                at: uint(row, "at")?,
            });
        }
        batches.push(batch);
    }
    Ok(batches)
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        winner: Winner {
            ticket: Ticket {
                recipient: address(row, "recipient")?,
                sender: address(row, "sender")?,
                faceValue: word(row, "face_value")?,
                winProb: word(row, "win_prob")?,
                senderNonce: word(row, "nonce")?,
                recipientRandHash: hash(row, "recipient_rand_hash")?,
                creationRound: word(row, "round")?,
                creationRoundBlockHash: hash(row, "round_hash")?,
            },
            signature: Signature(row.get("signature")?),
            recipient_rand: word(row, "recipient_rand")?,
            hash: hash(row, "hash")?,
            expires: uint(row, "expires")?,
        },
        won: uint(row, "won")?,
        changed: uint(row, "changed")?,
        redemption: match row.get("state")? {
            0i64 => Redemption::Pending,
            1 => Redemption::Submitted {
                batch: hash(row, "batch")?,
            },
            2 => Redemption::Redeemed {
                tx: hash(row, "tx")?,
                block: uint(row, "block")?,
                paid: word(row, "paid")?,
            },
            _ => Redemption::Hopeless {
                reason: row.get("reason")?,
            },
        },
    })
}
