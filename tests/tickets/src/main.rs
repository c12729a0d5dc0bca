//! Validating and crediting tickets beside bare recovery of their signers, on one core: `headwater-bench-tickets [--json]`.

mod bare;

use anyhow::{Context, Result, ensure};
use bench_tickets::crowd::{self, Crowd};
use bench_tickets::stall::{self, Stall};
use clap::Parser;
use headwater_protocol::key::Signature;
use headwater_protocol::pm::Payment;
use headwater_protocol::session::registry::SessionId;
use headwater_settlement::cashier::recover;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde_json::{Value, json};

/// At least this part of bare recovery's rate.
const REACH: f64 = 0.75;

/// Tickets of one measurement: a quarter of a second of work, of which the clock's microseconds are nothing.
const TICKETS: u32 = 8192;

/// Who they come from, in turn: nobody has more than 1,024 for one set of parameters.
const PAYERS: u32 = 64;

#[derive(Debug, Parser)]
struct Options {
    /// Print one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Pairs of runs, ours and bare recovery in turn.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(5..=1000))]
    pairs: u32,
}

fn main() -> Result<()> {
    let options = Options::parse();
    // First, while this process has no other memory.
    let crowd = crowd::gather(recover)?;
    let Crowd { each, resident } = crowd;
    println!(
        "memory of {} concurrent payers: {each} bytes each, {:.1} MiB in all; bound {} bytes each",
        crowd::PAYERS,
        resident as f64 / f64::from(1 << 20),
        crowd::BOUND
    );
    ensure!(each <= crowd::BOUND, "a payer takes {each} bytes");
    // A page pays every two seconds with about one ticket; one that catches up, with more.
    let single = measure(1, options.pairs)?;
    let batch = measure(32, options.pairs)?;
    println!("tickets validated and credited, per second of one core, beside bare recovery by libsecp256k1");
    for (name, side) in [("one a payment", &single), ("32 a payment", &batch)] {
        println!(
            "  {name:14} {:7.0} of {:7.0}: {:.3} ({:.3} to {:.3}); reach {REACH}",
            side.ours, side.bare, side.ratio.1, side.ratio.0, side.ratio.2
        );
    }
    if options.json {
        let results = json!({
            "native_per_s": single.ours.round(), "libsecp_per_s": single.bare.round(),
            "native_vs_libsecp": rounded(single.ratio.1), "native_vs_libsecp_spread": spread(&single),
            "payer_bytes": each, "payer_bytes_bound": crowd::BOUND, "payers_rss": resident,
            "native_batch_vs_libsecp": rounded(batch.ratio.1), "native_batch_vs_libsecp_spread": spread(&batch),
        });
        println!("{results}");
    }
    Ok(())
}

/// Rates are medians; the ratio is the pairs' least, middle and greatest.
struct Side {
    ours: f64,
    bare: f64,
    ratio: (f64, f64, f64),
}

fn measure(tickets: u32, pairs: u32) -> Result<Side> {
    let payments = Stall::open(PAYERS).payments(TICKETS / PAYERS / tickets, tickets);
    let signed = signed(&payments);
    let (mut ours, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..pairs {
        let recovered = timed(|| {
            let keys = signed
                .iter()
                .filter(|(signature, hash)| bare::recover(signature, hash).is_some());
            keys.count() as u64
        })?;
        // As they come from the network: each in memory of its own.
        let (mut stall, payments) = (Stall::open(PAYERS), payments.clone());
        let taken = timed(|| {
            for (session, payment) in payments {
                stall.take(session, payment, recover);
            }
            stall.accepted()
        })?;
        bare.push(f64::from(TICKETS) / recovered);
        ours.push(f64::from(TICKETS) / taken);
        ratios.push(recovered / taken);
    }
    ratios.sort_by(f64::total_cmp);
    let (least, most) = ratios.first().zip(ratios.last()).context("there are pairs")?;
    Ok(Side {
        ours: median(&mut ours),
        bare: median(&mut bare),
        ratio: (*least, ratios[ratios.len() / 2], *most),
    })
}

/// What was signed, by whom is bare recovery's to say.
fn signed(payments: &[(SessionId, Payment)]) -> Vec<(Signature, [u8; 32])> {
    let of = |payment: &Payment| {
        let hashes = stall::hashes(payment);
        let tickets = payment.tickets.iter().zip(hashes);
        tickets
            .map(|(ticket, hash)| (ticket.signature, hash.0))
            .collect::<Vec<_>>()
    };
    payments.iter().flat_map(|(_, payment)| of(payment)).collect()
}

/// Seconds of this thread's CPU, in which every ticket has to be found good. Others on the machine do not count.
fn timed(work: impl FnOnce() -> u64) -> Result<f64> {
    let before = cpu()?;
    let good = work();
    let after = cpu()?;
    ensure!(good == u64::from(TICKETS), "{good} of {TICKETS} tickets are good");
    Ok(after - before)
}

fn cpu() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    #[expect(clippy::cast_precision_loss, reason = "a run has less than 2^52 microseconds")]
    let micros = micros as f64;
    Ok(micros / 1e6)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn spread(side: &Side) -> Value {
    json!([rounded(side.ratio.0), rounded(side.ratio.2)])
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
