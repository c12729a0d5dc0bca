//! `GET /payments`: all that is known of what came in. Wei are decimal strings, times milliseconds since 1970.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use headwater_protocol::Code;
use headwater_protocol::chain::words::{B256, U256, U512};
use headwater_protocol::hex;
use headwater_protocol::key::Address;
use headwater_protocol::pm::recipient::Payer as Standing;
use headwater_settlement::store::{Bucket, Latest, Redemption, Store, Sum, Totals};
use serde::Serialize;

use super::super::problem::Problem;
use crate::payment::{Ledgers, Terms};

/// The newest winners that are shown: two batches and what waits after them.
const WINNERS: usize = 50;

/// Hours that are shown: a week.
const HOURS: u64 = 7 * 24;

/// In milliseconds.
const HOUR: u64 = 3600 * 1000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payments {
    at: u64,
    #[serde(flatten)]
    terms: Terms,
    tickets: Tickets,
    ever: Ever,
    /// How many pay or owe; `payers` are those that owe the most.
    payer_count: usize,
    payers: Vec<Payer>,
    winners: Vec<Winner>,
    /// By the hour, the oldest first; hours of nothing are left out.
    history: Vec<Hour>,
}

/// What was counted since the node's start.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tickets {
    since: u64,
    received: u64,
    accepted: u64,
    refused: u64,
    won: u64,
    /// What the accepted ones are worth, rounded down once.
    expected_wei: String,
    /// Encoded pixels that were charged.
    pixels: u64,
    /// What is paid for work that is still to be done, and worked but not paid, now.
    ahead_wei: String,
    owed_wei: String,
}

/// What the store knows, since it was made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ever {
    accepted: u64,
    expected_wei: String,
    won: Amount,
    pending: Amount,
    sent: Amount,
    redeemed: Amount,
    lost: Amount,
    /// Less than was redeemed where partial payment was asked for.
    paid_wei: String,
}

/// How many, and their face values.
#[derive(Debug, Serialize)]
struct Amount {
    count: u64,
    wei: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payer {
    address: Address,
    sessions: usize,
    outstanding_wei: String,
    /// Null before the chain has answered, as all that follow.
    float_wei: Option<String>,
    allotment_wei: Option<String>,
    reserve_wei: Option<String>,
    deposit_wei: Option<String>,
    withdraw_round: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Winner {
    ticket: String,
    sender: Address,
    face_wei: String,
    won_at: u64,
    changed_at: u64,
    #[serde(flatten)]
    redemption: Step,
}

/// Where a redemption is.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Step {
    Pending,
    Sent {
        tx: Option<String>,
    },
    Redeemed {
        tx: String,
        block: u64,
        paid_wei: String,
    },
    Lost {
        reason: String,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Hour {
    start: u64,
    accepted: u64,
    expected_wei: String,
    won: Amount,
    paid: Amount,
}

pub(super) async fn get(State(ledgers): State<Option<Ledgers>>) -> Result<Json<Payments>, Problem> {
    let Some(ledgers) = ledgers else {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            Code::NotFound,
            "nobody is paid here: name a network and a price",
        ));
    };
    let at = crate::payment::wall();
    let ledger = ledgers.books.look().await;
    let ledger = ledger.ok_or_else(|| failed("the cashier has ended"))?;
    let store = ledgers.store;
    let read = tokio::task::spawn_blocking(move || read(&store, at)).await;
    let (totals, latest, history) = read.map_err(failed)?.map_err(failed)?;
    let tally = ledger.tally;
    Ok(Json(Payments {
        at,
        terms: ledgers.terms,
        tickets: Tickets {
            since: ledger.since,
            received: tally.accepted + tally.refused,
            accepted: tally.accepted,
            refused: tally.refused,
            won: tally.won,
            expected_wei: whole(tally.expected),
            pixels: tally.pixels,
            ahead_wei: ledger.accounts.ahead.to_string(),
            owed_wei: ledger.accounts.owed.to_string(),
        },
        ever: ever(totals),
        payer_count: ledger.payer_count,
        payers: ledger.payers.into_iter().map(payer).collect(),
        winners: latest.into_iter().map(winner).collect(),
        history: history.into_iter().map(hour).collect(),
    }))
}

type Read = (Totals, Vec<Latest>, Vec<Bucket>);

fn read(store: &Store, at: u64) -> Result<Read, headwater_settlement::store::Error> {
    let begin = at.saturating_sub(HOURS * HOUR);
    Ok((
        store.totals()?,
        store.latest(WINNERS)?,
        store.history(begin, at + HOUR, 1)?,
    ))
}

fn ever(totals: Totals) -> Ever {
    let Totals {
        received,
        pending,
        submitted,
        redeemed,
        hopeless,
        paid,
    } = totals;
    let all = [pending, submitted, redeemed, hopeless];
    Ever {
        accepted: received.tickets,
        expected_wei: whole(received.expected),
        won: Amount {
            count: all.iter().map(|sum| sum.count).sum(),
            wei: all
                .iter()
                .fold(U256::ZERO, |wei, sum| wei.saturating_add(sum.wei))
                .to_string(),
        },
        pending: amount(pending),
        sent: amount(submitted),
        redeemed: amount(redeemed),
        lost: amount(hopeless),
        paid_wei: paid.to_string(),
    }
}

fn payer(payer: Standing) -> Payer {
    let funds = payer.funds;
    Payer {
        address: payer.sender,
        sessions: payer.sessions,
        outstanding_wei: payer.outstanding.to_string(),
        float_wei: payer.float.map(|wei| wei.to_string()),
        allotment_wei: funds.map(|funds| funds.allotment.to_string()),
        reserve_wei: funds.map(|funds| funds.reserve.to_string()),
        deposit_wei: funds.map(|funds| funds.deposit.to_string()),
        withdraw_round: funds.and_then(|funds| funds.withdraw_round),
    }
}

fn winner(Latest { record, sent }: Latest) -> Winner {
    Winner {
        ticket: name(record.winner.hash),
        sender: record.winner.ticket.sender.into(),
        face_wei: record.winner.ticket.faceValue.to_string(),
        won_at: record.won,
        changed_at: record.changed,
        redemption: match record.redemption {
            Redemption::Pending => Step::Pending,
            Redemption::Submitted { .. } => Step::Sent { tx: sent.map(name) },
            Redemption::Redeemed { tx, block, paid } => Step::Redeemed {
                tx: name(tx),
                block,
                paid_wei: paid.to_string(),
            },
            Redemption::Hopeless { reason } => Step::Lost { reason },
        },
    }
}

fn hour(bucket: Bucket) -> Hour {
    Hour {
        start: bucket.start,
        accepted: bucket.received.tickets,
        expected_wei: whole(bucket.received.expected),
        won: amount(bucket.won),
        paid: amount(bucket.paid),
    }
}

fn amount(sum: Sum) -> Amount {
    Amount {
        count: sum.count,
        wei: sum.wei.to_string(),
    }
}

fn name(hash: B256) -> String {
    hex::encode(hash.as_slice())
}

/// Whole wei of parts of 2^256 of one: what is beyond them is the odds' rounding.
fn whole(parts: U512) -> String {
    (parts >> 256usize).to_string()
}

fn failed(error: impl ToString) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, error)
}
