//! What is written before it is acted upon.

use headwater_protocol::pm::durable::{Ceiling, Credit};
use headwater_protocol::pm::{Commit, Winner};
use rusqlite::{Connection, params};

use super::column::int;
use super::{Error, sums};

pub(super) fn write(connection: &Connection, commit: &Commit, now: u64) -> Result<(), Error> {
    for winner in &commit.winners {
        add(connection, winner, now)?;
    }
    for ceiling in &commit.ceilings {
        raise(connection, ceiling)?;
    }
    for credit in &commit.credits {
        set(connection, credit, now)?;
    }
    Ok(())
}

/// A ticket that is known keeps what is known of it.
fn add(connection: &Connection, winner: &Winner, now: u64) -> Result<(), Error> {
    let ticket = &winner.ticket;
    let added = connection.execute("INSERT INTO winner (hash, recipient, sender, face_value, win_prob, nonce, recipient_rand_hash, round,
                round_hash, signature, recipient_rand, expires, won, changed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13) ON CONFLICT (hash) DO NOTHING", params![
            winner.hash.0,
            ticket.recipient.0.0,
            ticket.sender.0.0,
            ticket.faceValue.to_be_bytes::<32>(),
            ticket.winProb.to_be_bytes::<32>(),
            ticket.senderNonce.to_be_bytes::<32>(),
            ticket.recipientRandHash.0,
            ticket.creationRound.to_be_bytes::<32>(),
            ticket.creationRoundBlockHash.0,
            winner.signature.0,
            winner.recipient_rand.to_be_bytes::<32>(),
            int(winner.expires),
            int(now),
        ])?;
    if added > 0 {
        sums::won(connection, ticket.faceValue, now)?;
    }
    Ok(())
}

fn raise(connection: &Connection, ceiling: &Ceiling) -> Result<(), Error> {
    connection.execute("INSERT INTO ceiling (recipient_rand_hash, nonce, expires) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET nonce = max(nonce, excluded.nonce), expires = max(expires, excluded.expires)", params![
            ceiling.recipient_rand_hash.0,
            ceiling.nonce,
            int(ceiling.expires),
        ])?;
    Ok(())
}

fn set(connection: &Connection, credit: &Credit, now: u64) -> Result<(), Error> {
    let account = serde_json::to_string(&credit.account).expect("an account is numbers");
    connection.execute(
        "INSERT INTO credit (sender, stream, account, changed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET account = excluded.account, changed = excluded.changed",
        params![credit.sender.0, credit.stream.to_string(), account, int(now),],
    )?;
    Ok(())
}
