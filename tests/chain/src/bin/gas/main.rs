//! What each call costs as a transaction, in gas of a real chain's receipts, beside Livepeer's.
//!
//! `gas [--json]` measures with 100, 500 and 1,000 active orchestrators. `gas --check FILE` measures with 100 and fails
//! where it costs more than the file says; `gas --write FILE` writes it.

mod governance;
mod livepeer;
mod payer;
mod payments;
mod report;
mod sizes;
mod snapshot;
mod staking;
mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;

use headwater_test_chain::Error;

use world::{Position, Sample, World};

/// How a call is brought about and measured, at a position. Nothing of it stays.
type Measure = fn(&World, &Position) -> Result<Sample, Error>;

/// By a call's name.
type Samples = BTreeMap<&'static str, Vec<Sample>>;

const SIZES: [usize; 3] = [100, 500, 1000];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => compare(false),
        ["--json"] => compare(true),
        ["--check", file] => at_first_size().map(|samples| snapshot::check(&samples, file.as_ref())),
        ["--write", file] => at_first_size().map(|samples| snapshot::write(&samples, file.as_ref())),
        _ => {
            eprintln!("gas [--json] | gas --check FILE | gas --write FILE");
            return ExitCode::FAILURE;
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// All sizes, with the table and, if asked for, the object. False where a figure is missed.
fn compare(json: bool) -> Result<bool, Error> {
    let mut world = World::new()?;
    let mut results = Vec::new();
    for size in SIZES {
        eprintln!("{size} orchestrators");
        results.push(measure(&mut world, size)?);
    }
    let report = report::Report::new(&results, sizes::read()?);
    report.print();
    if json {
        println!("{}", report.json());
    }
    Ok(report.missed().is_empty())
}

fn at_first_size() -> Result<Samples, Error> {
    measure(&mut World::new()?, SIZES[0])
}

fn measure(world: &mut World, size: usize) -> Result<Samples, Error> {
    let mut samples = Samples::new();
    world.grow(size - 1, size)?;
    run(world, staking::WITH_ROOM, settled, &mut samples)?;
    world.grow(size, size)?;
    let grown = &*world;
    grown.try_out(|| {
        grown.add_candidates()?;
        for calls in [payments::CALLS, staking::CALLS, governance::CALLS] {
            run(grown, calls, settled, &mut samples)?;
        }
        run(grown, staking::LATE, staking::thirty_rounds, &mut samples)
    })?;
    Ok(samples)
}

/// Measures each call at each position, in a world that `prepare` was done to.
fn run(
    world: &World,
    calls: &[(&'static str, Measure)],
    prepare: fn(&World, &[Position]) -> Result<(), Error>,
    samples: &mut Samples,
) -> Result<(), Error> {
    world.try_out(|| {
        let positions = world.positions()?;
        prepare(world, &positions)?;
        for &(name, measure) in calls {
            for position in &positions {
                let sample = world.try_out(|| measure(world, position))?;
                samples.entry(name).or_default().push(sample);
            }
        }
        Ok(())
    })
}

/// Nothing has to happen before.
fn settled(_: &World, _: &[Position]) -> Result<(), Error> {
    Ok(())
}
