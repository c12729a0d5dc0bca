//! What is measured, and what Livepeer's contracts take for it.
//!
//! Livepeer's figures: its protocol repository's contracts as deployed (streamflow, 2024-03), solc 0.8.9 with 200 optimizer
//! runs, OpenZeppelin 4.9.2, behind their proxies, 100 orchestrators, on Hardhat's EVM. Of several for one call the least.

/// What is asked of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Often called: at most half.
    Hot,
    /// Of what exceeds 21,000 and calldata, at most six tenths.
    Other,
    /// Less.
    Governance,
}

impl Class {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Other => "other",
            Self::Governance => "governance",
        }
    }
}

/// A call, with what may be asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    pub(crate) name: &'static str,
    pub(crate) class: Class,
    /// Gas, if Livepeer has it.
    pub(crate) livepeer: Option<u64>,
    /// The median at 100 orchestrators, if a figure is set.
    pub(crate) limit: Option<u64>,
    /// What the gas is divided by: tickets in a batch.
    pub(crate) parts: u64,
}

const fn call(name: &'static str, class: Class, livepeer: u64) -> Reference {
    Reference {
        name,
        class,
        livepeer: Some(livepeer),
        limit: None,
        parts: 1,
    }
}

const fn own(name: &'static str, class: Class) -> Reference {
    Reference {
        name,
        class,
        livepeer: None,
        limit: None,
        parts: 1,
    }
}

impl Reference {
    const fn limit(self, limit: u64) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }

    const fn parts(self, parts: u64) -> Self {
        Self { parts, ..self }
    }
}

use Class::{Governance, Hot, Other};

/// All of them, as the tables show them.
pub(crate) const REFERENCES: &[Reference] = &[
    call("fund_deposit_and_reserve_first", Other, 107_916),
    call("fund_deposit", Other, 65_832),
    call("fund_reserve", Other, 68_053),
    call("unlock", Other, 93_240),
    call("withdraw", Other, 92_726),
    call("redeem_first_fee_of_round", Hot, 320_927),
    call("redeem_steady", Hot, 202_699).limit(100_000),
    own("redeem_steady_session_signer", Hot).limit(100_000),
    call("redeem_first_after_reward", Hot, 226_745),
    call("redeem_deposit_and_reserve", Hot, 286_439),
    call("redeem_reserve_only", Hot, 254_473),
    call("batch_1_per_ticket", Hot, 221_718),
    call("batch_5_per_ticket", Hot, 112_221).parts(5),
    call("batch_10_per_ticket", Hot, 98_552).parts(10),
    call("batch_20_per_ticket", Hot, 91_725).parts(20).limit(46_000),
    own("batch_20_session_signer_per_ticket", Hot)
        .parts(20)
        .limit(46_000),
    own("batch_20_senders_per_ticket", Hot).parts(20),
    call("reward", Hot, 582_149).limit(200_000),
    call("reward_first_ever", Hot, 866_836).limit(200_000),
    call("initialize_round", Other, 237_110),
    call("bond_new_orchestrator", Hot, 601_216).limit(250_000),
    call("bond_new_orchestrator_full_pool", Hot, 601_216).limit(250_000),
    call("bond_first_delegation", Hot, 731_339).limit(250_000),
    own("bond_first_delegation_after_reward", Hot).limit(250_000),
    call("bond_top_up", Hot, 445_185),
    call("change_delegate", Hot, 1_116_099),
    call("unbond_first", Hot, 1_031_672),
    call("unbond_later", Hot, 734_201),
    call("rebond", Hot, 678_740),
    call("withdraw_stake", Other, 104_401),
    call("claim_earnings_1_round", Hot, 265_460),
    call("claim_earnings_30_rounds", Hot, 265_460),
    call("withdraw_fees", Other, 234_249),
    own("withdraw_fees_unsettled", Other),
    call("transcoder", Governance, 110_462),
    call("set_service_uri", Other, 104_536),
    call("propose", Governance, 184_259),
    call("cast_vote", Governance, 161_000),
    call("cast_vote_override", Governance, 283_887),
    call("create_poll", Governance, 237_763),
];
