//! The steps of a redemption.
//!
//! ```text
//!            Submit             Redeem
//!   pending ───────▶ submitted ───────▶ redeemed       Redeem leads from every state: the chain is right.
//!      ▲ ▲               │ Release         │
//!      │ └───────────────┘                 │ Undo (a reorganisation)
//!      └───────────────────────────────────┘
//!   pending, submitted ── Abandon ─▶ hopeless ── Release ─▶ pending
//! ```

use alloy_primitives::{Address, B256, U256};
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::column::int;
use super::{Error, sums};

/// One step: written whole or not at all. A block is its number; wei are as the chain paid them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Pending winners are about to be sent. To be stored before the transaction leaves, so that a restart finds it.
    Submit {
        /// Their tickets' hashes.
        winners: Vec<B256>,
        /// The hot key that signed.
        account: Address,
        /// That key's nonce.
        nonce: u64,
        /// The transaction's hash, which names the batch from now on.
        tx: B256,
        /// The newest block when it was signed.
        block: u64,
    },
    /// Another transaction, of the same nonce, takes a stuck one's place.
    Replace {
        /// Any transaction of the batch.
        batch: B256,
        /// The new one's hash.
        tx: B256,
        /// The newest block when it was signed.
        block: u64,
    },
    /// The chain paid for it, whoever brought it there.
    Redeem {
        /// The ticket's hash.
        winner: B256,
        /// In which transaction.
        tx: B256,
        /// In which block.
        block: u64,
        /// How much.
        paid: U256,
    },
    /// These are to be sent again: their transaction failed, or vanished, or what seemed hopeless is not.
    Release {
        /// Their tickets' hashes.
        winners: Vec<B256>,
    },
    /// It will never be paid.
    Abandon {
        /// The ticket's hash.
        winner: B256,
        /// Why: the redeemer's code.
        reason: String,
    },
    /// The chain dropped its blocks from this one on: what was redeemed in them is pending.
    Undo {
        /// The first that is gone.
        from: u64,
    },
}

pub(super) fn write(connection: &Connection, change: &Change, now: u64) -> Result<(), Error> {
    let now = int(now);
    match change {
        Change::Submit {
            winners,
            account,
            nonce,
            tx,
            block,
        } => {
            connection.execute(
                "INSERT INTO attempt VALUES (?1, ?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                params![tx.0, account.0.0, int(*nonce), int(*block), now],
            )?;
            for winner in winners {
                step(connection, *winner, "0", "1, batch = ?3", now, &[&tx.0])?;
            }
            Ok(())
        }
        Change::Replace { batch, tx, block } => replace(connection, *batch, *tx, *block, now),
        Change::Redeem {
            winner,
            tx,
            block,
            paid,
        } => {
            let paid = paid.to_be_bytes::<32>();
            let values: [&dyn ToSql; 3] = [&tx.0, &int(*block), &paid];
            let to = "2, tx = ?3, block = ?4, paid = ?5";
            step(connection, *winner, "0, 1, 2, 3", to, now, &values)
        }
        Change::Release { winners } => winners
            .iter()
            .try_for_each(|winner| step(connection, *winner, "1, 3", "0", now, &[])),
        Change::Abandon { winner, reason } => {
            step(connection, *winner, "0, 1", "3, reason = ?3", now, &[reason])
        }
        Change::Undo { from } => sums::moving(connection, "state = 2 AND block >= ?1", [int(*from)], || {
            connection.execute(
                "UPDATE winner SET state = 0, tx = NULL, block = NULL, paid = NULL, changed = ?2
                         WHERE state = 2 AND block >= ?1",
                params![int(*from), now],
            )?;
            Ok(())
        }),
    }
}

/// Brings a winner from one of the states `from` to another, `to`, with that one's values as `?3` and so on; what belonged
/// to the former state goes. All but the values are words of this file.
fn step(
    connection: &Connection,
    winner: B256,
    from: &str,
    to: &str,
    now: i64,
    values: &[&dyn ToSql],
) -> Result<(), Error> {
    let cleared: String = ["batch", "tx", "block", "paid", "reason"]
        .iter()
        .filter(|column| !to.contains(&format!(", {column} =")))
        .map(|column| format!(", {column} = NULL"))
        .collect();
    let sql = format!(
        "UPDATE winner SET changed = ?2, state = {to}{cleared} WHERE hash = ?1 AND state IN ({from})"
    );
    let mut all: Vec<&dyn ToSql> = vec![&winner.0, &now];
    all.extend(values);
    sums::moving(connection, "hash = ?1", [winner.0], || {
        match connection.execute(&sql, all.as_slice())? {
            0 => Err(Error::Unfit(winner)),
            _ => Ok(()),
        }
    })
}

fn replace(connection: &Connection, batch: B256, tx: B256, block: u64, now: i64) -> Result<(), Error> {
    let known = connection
        .query_row("SELECT 1 FROM attempt WHERE tx = ?1", [batch.0], |_| Ok(()))
        .optional()?;
    if known.is_none() {
        return Err(Error::UnknownTransaction(batch));
    }
    connection.execute(
        "INSERT INTO attempt SELECT ?2, batch, account, nonce, ?3, ?4 FROM attempt WHERE tx = ?1
             ON CONFLICT DO NOTHING",
        params![batch.0, tx.0, int(block), now],
    )?;
    Ok(())
}
