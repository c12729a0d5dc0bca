//! The contracts on a chain: their addresses, their rounds, and what a test may do as their owner.

use alloy_primitives::{Address, U256, keccak256};
use headwater_protocol::chain::{BondingManager, Controller, HeadwaterToken, RoundsManager, TicketBroker};

use crate::{Chain, Error, History, Receipt, Transaction, deploy};

/// Who initializes rounds: anybody may.
const KEEPER: Address = Address::repeat_byte(0xee);
/// 10^18: the token's and ETH's unit.
pub const UNIT: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// A whole network. The fields are addresses, of proxies where there are some.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is named as its contract")]
pub struct Network {
    pub chain: Chain,
    pub controller: Address,
    pub token: Address,
    pub minter: Address,
    pub bonding_manager: Address,
    pub bonding_votes: Address,
    pub rounds_manager: Address,
    pub ticket_broker: Address,
    pub service_registry: Address,
    pub treasury: Address,
    pub governor: Address,
    pub poll_creator: Address,
}

impl Network {
    /// A new one on a fresh chain, as the project's own script deploys it by `config/local.json`.
    ///
    /// # Errors
    /// The contracts' tools are not installed, do not build them, or the node's.
    pub fn deploy() -> Result<Self, Error> {
        Self::deploy_with(History::Whole)
    }

    /// The same on a chain that keeps so much of its past.
    ///
    /// # Errors
    /// As [`Self::deploy`].
    pub fn deploy_with(history: History) -> Result<Self, Error> {
        let chain = Chain::start(history)?;
        let controller = deploy::run(&chain)?;
        Self::at(chain, controller)
    }

    /// The one that this Controller has registered.
    ///
    /// # Errors
    /// The node's.
    pub fn at(chain: Chain, controller: Address) -> Result<Self, Error> {
        let of = |name: &str| {
            let id = keccak256(name);
            chain.call(controller, &Controller::getContractCall { id })
        };
        Ok(Self {
            controller,
            token: of("LivepeerToken")?,
            minter: of("Minter")?,
            bonding_manager: of("BondingManager")?,
            bonding_votes: of("BondingVotes")?,
            rounds_manager: of("RoundsManager")?,
            ticket_broker: of("TicketBroker")?,
            service_registry: of("ServiceRegistry")?,
            treasury: of("Treasury")?,
            governor: of("LivepeerGovernor")?,
            poll_creator: of("PollCreator")?,
            chain,
        })
    }

    /// The last initialized round.
    ///
    /// # Errors
    /// The node's.
    pub fn round(&self) -> Result<U256, Error> {
        self.chain
            .call(self.rounds_manager, &RoundsManager::lastInitializedRoundCall {})
    }

    /// Lets the present round pass and initializes the next, in its first block.
    ///
    /// # Errors
    /// The node's.
    pub fn next_round(&self) -> Result<Receipt, Error> {
        let (rounds, chain) = (self.rounds_manager, &self.chain);
        let start = chain.call(rounds, &RoundsManager::currentRoundStartBlockCall {})?;
        let length = chain.call(rounds, &RoundsManager::roundLengthCall {})?;
        let first: u64 = (start + length).to();
        // The initialization itself is one block.
        chain.mine(first.saturating_sub(chain.block()? + 1))?;
        chain.send(KEEPER, rounds, &RoundsManager::initializeRoundCall {})
    }

    /// Who may register, upgrade, pause and set parameters.
    ///
    /// # Errors
    /// The node's.
    pub fn owner(&self) -> Result<Address, Error> {
        self.chain.call(self.controller, &Controller::ownerCall {})
    }

    /// Registers `account` as the contract `name`, by the owner.
    ///
    /// # Errors
    /// The contract refuses, or the node's.
    pub fn register(&self, name: &str, account: Address) -> Result<Receipt, Error> {
        let call = Controller::setContractInfoCall {
            id: keccak256(name),
            contractAddress: account,
            gitCommitHash: Default::default(),
        };
        self.chain.send(self.owner()?, self.controller, &call)
    }

    /// Makes tokens out of nothing, in the Minter's name.
    ///
    /// # Errors
    /// The contract refuses, or the node's.
    pub fn mint(&self, to: Address, amount: U256) -> Result<Receipt, Error> {
        self.chain
            .send(self.minter, self.token, &HeadwaterToken::mintCall { to, amount })
    }

    /// Gives `who` this many tokens more and bonds them to `to`: three transactions, in one block.
    ///
    /// # Errors
    /// A contract refuses, or the node's.
    pub fn bond(&self, who: Address, to: Address, amount: U256) -> Result<Receipt, Error> {
        let spender = self.bonding_manager;
        let receipts = self.chain.send_all(&[
            Transaction::new(
                self.minter,
                self.token,
                &HeadwaterToken::mintCall { to: who, amount },
            ),
            Transaction::new(
                who,
                self.token,
                &HeadwaterToken::approveCall {
                    spender,
                    value: amount,
                },
            ),
            Transaction::new(
                who,
                self.bonding_manager,
                &BondingManager::bondCall { amount, to },
            ),
        ])?;
        Ok(receipts.into_iter().next_back().expect("one for each"))
    }

    /// Gives `sender` this many wei of deposit and of reserve.
    ///
    /// # Errors
    /// The contract refuses, or the node's.
    pub fn fund(&self, sender: Address, deposit: U256, reserve: U256) -> Result<Receipt, Error> {
        self.chain.set_balance(sender, deposit + reserve)?;
        let call = TicketBroker::fundDepositAndReserveCall {
            depositAmount: deposit,
            reserveAmount: reserve,
        };
        self.chain
            .pay(sender, self.ticket_broker, deposit + reserve, &call)
    }
}
