//! Every contract's functions, events and errors, from `contracts/abi/*.json`, which `cargo xtask check` holds against
//! the sources.

use alloy_sol_types::SolInterface;

/// Makes a module of each ABI, and a list of all.
macro_rules! contracts {
    ($($module:ident: $name:ident, $errors:ident;)+) => {
        $(
            #[doc = concat!("`contracts/abi/", stringify!($name), ".json`")]
            #[allow(
                missing_docs,
                clippy::too_many_arguments,
                reason = "generated; the interfaces in contracts/src say what each does"
            )]
            pub mod $module {
                alloy_sol_types::sol!(
                    #[derive(Debug, PartialEq, Eq)]
                    $name,
                    concat!("../contracts/abi/", stringify!($name), ".json")
                );
            }
            pub use $module::$name;
        )+

        /// The names of all contracts, as those of their ABI files.
        pub const NAMES: &[&str] = &[$(stringify!($name)),+];

        /// The error that `data` is of one of the contracts, as `Name(Name { values })`.
        pub(super) fn error(data: &[u8]) -> Option<String> {
            $(
                if let Ok(error) = $module::$name::$errors::abi_decode(data) {
                    return Some(format!("{error:?}"));
                }
            )+
            None
        }
    };
}

contracts! {
    bonding_manager: BondingManager, BondingManagerErrors;
    bonding_votes: BondingVotes, BondingVotesErrors;
    controller: Controller, ControllerErrors;
    faucet: Faucet, FaucetErrors;
    governor: Governor, GovernorErrors;
    headwater_governor: HeadwaterGovernor, HeadwaterGovernorErrors;
    headwater_token: HeadwaterToken, HeadwaterTokenErrors;
    merkle_mine: MerkleMine, MerkleMineErrors;
    merkle_snapshot: MerkleSnapshot, MerkleSnapshotErrors;
    minter: Minter, MinterErrors;
    poll: Poll, PollErrors;
    poll_creator: PollCreator, PollCreatorErrors;
    rounds_manager: RoundsManager, RoundsManagerErrors;
    service_registry: ServiceRegistry, ServiceRegistryErrors;
    ticket_broker: TicketBroker, TicketBrokerErrors;
    treasury: Treasury, TreasuryErrors;
}
