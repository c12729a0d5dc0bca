//! The economy end to end, as a program sees it: through the bindings, on a real chain.

mod actors;

use actors::{DELEGATOR, FINDER, ORCHESTRATOR, Payer};
use alloy_primitives::{Address, U256};
use headwater_protocol::chain::ticket_broker::ITicketBroker::Ticket as OnChain;
use headwater_protocol::chain::{
    BondingManager, HeadwaterToken, Minter, Revert, ServiceRegistry, TicketBroker,
};
use headwater_test_chain::{Error, Network, UNIT};

/// Parts of 10^6 that the orchestrator keeps of rewards, and that its delegators get of fees.
const REWARD_CUT: u64 = 100_000;
const FEE_SHARE: u64 = 400_000;
const WHOLE: u64 = 1_000_000;
/// Factors are parts of 10^27.
const ONE: U256 = U256::from_limbs([0x9fd0_803c_e800_0000, 0x33b_2e3c, 0, 0]);

#[test]
fn an_orchestrator_is_elected_rewarded_paid_and_slashed_and_its_delegator_gets_its_exact_share()
-> Result<(), Error> {
    let network = Network::deploy()?;
    network.next_round()?;
    register(&network)?;
    let (own, delegated) = (UNIT * U256::from(100), UNIT * U256::from(300));
    network.bond(DELEGATOR, ORCHESTRATOR, delegated)?;
    assert!(!active(&network)?, "elected before its round");

    network.next_round()?;
    assert!(active(&network)?, "elected at the next round");

    // Rewarded.
    let share = (network.chain).call(
        network.bonding_manager,
        &BondingManager::treasuryRewardCutRateCall {},
    )?;
    let receipt = network.chain.send(
        ORCHESTRATOR,
        network.bonding_manager,
        &BondingManager::rewardCall {},
    )?;
    let reward = receipt
        .events::<BondingManager::Reward>()
        .next()
        .expect("a reward")
        .amount;
    let minted = network
        .chain
        .call(network.minter, &Minter::currentMintedTokensCall {})?;
    assert!(minted >= UNIT, "a reward of {minted}");
    assert_eq!(
        reward,
        minted - minted * share / ONE,
        "what is not the treasury's"
    );

    // Paid, by a ticket of the sender's own and by one of its session signer.
    let payer = Payer::new(&network)?;
    let by_sender = payer.pay(&network, ORCHESTRATOR, UNIT)?;
    let by_signer = payer.pay_by_signer(&network, ORCHESTRATOR, UNIT / U256::from(2))?;
    assert_eq!(by_sender.faceValue, UNIT);
    assert_eq!(by_signer.sender, payer.address());

    // The delegator's share, from what was minted and paid and the factors that follow.
    network.next_round()?;
    let stake = own + delegated;
    let commission = reward * U256::from(REWARD_CUT) / U256::from(WHOLE);
    let factor = ONE * (stake + reward - commission) / stake;
    let fees = UNIT + UNIT / U256::from(2);
    let shared = fees * U256::from(FEE_SHARE) / U256::from(WHOLE);
    let fee_factor = shared * ONE / stake;
    let claim = BondingManager::claimEarningsCall { endRound: U256::ZERO };
    network.chain.send(DELEGATOR, network.bonding_manager, &claim)?;
    let delegator = delegator(&network, DELEGATOR)?;
    assert_eq!(
        delegator.bondedAmount,
        delegated * factor / ONE,
        "the delegator's stake"
    );
    assert_eq!(
        delegator.fees,
        delegated * fee_factor / ONE,
        "the delegator's fees"
    );
    // Rounded down, by less than a wei of the exact three quarters.
    let exact = (reward - commission) * U256::from(3) / U256::from(4);
    let gained = delegator.bondedAmount - delegated;
    assert!(
        gained <= exact && gained + U256::from(1) >= exact,
        "{gained} of {exact}"
    );

    let withdraw = BondingManager::withdrawFeesCall {
        recipient: DELEGATOR,
        amount: delegator.fees,
    };
    network
        .chain
        .send(DELEGATOR, network.bonding_manager, &withdraw)?;
    assert_eq!(network.chain.balance(DELEGATOR)?, delegator.fees, "paid out");

    // Slashed: half of all that is its own, its commission included; a twentieth of that is the finder's.
    let had = stake_of(&network, ORCHESTRATOR)?;
    assert_eq!(had, own * factor / ONE + commission, "its own stake");
    let supply = network
        .chain
        .call(network.token, &HeadwaterToken::totalSupplyCall {})?;
    network.register("Verifier", FINDER)?;
    let slash = BondingManager::slashTranscoderCall {
        transcoder_: ORCHESTRATOR,
        finder: FINDER,
        slashAmount: U256::from(500_000),
        finderFee: U256::from(50_000),
    };
    let receipt = network.chain.send(FINDER, network.bonding_manager, &slash)?;
    let slashed = receipt
        .events::<BondingManager::TranscoderSlashed>()
        .next()
        .expect("a slash");
    assert_eq!(slashed.penalty, had / U256::from(2), "half");
    assert_eq!(
        slashed.finderReward,
        slashed.penalty / U256::from(20),
        "a twentieth"
    );
    assert_eq!(tokens(&network, FINDER)?, slashed.finderReward, "the finder's");
    assert_eq!(
        stake_of(&network, ORCHESTRATOR)?,
        had - slashed.penalty,
        "what is left to it"
    );
    let burned = supply
        - network
            .chain
            .call(network.token, &HeadwaterToken::totalSupplyCall {})?;
    assert_eq!(burned, slashed.penalty - slashed.finderReward, "burned");
    assert_eq!(
        stake_of(&network, DELEGATOR)?,
        delegator.bondedAmount,
        "the delegator's is whole"
    );
    Ok(())
}

#[test]
fn a_refusal_comes_back_by_name_with_its_value() -> Result<(), Error> {
    let network = Network::deploy()?;
    network.next_round()?;
    register(&network)?;
    network.next_round()?;
    let payer = Payer::new(&network)?;

    let ticket = payer.ticket(&network, ORCHESTRATOR, UNIT)?;
    let redeem = payer.redemption(&ticket);
    network.chain.send(FINDER, network.ticket_broker, &redeem)?;
    let hash = (network.chain).call(
        network.ticket_broker,
        &TicketBroker::getTicketHashCall {
            ticket: OnChain::from(&ticket),
        },
    )?;
    let revert = reverted(network.chain.send(FINDER, network.ticket_broker, &redeem));
    let used = revert.is::<TicketBroker::TicketAlreadyUsed>().expect("used");
    assert_eq!(used.ticketHash, hash);
    assert!(
        revert
            .to_string()
            .ends_with(&format!("TicketAlreadyUsed {{ ticketHash: {hash} }}")),
        "{revert}"
    );

    // It never wins, and is refused alike when it is only tried.
    let mut loser = payer.ticket(&network, ORCHESTRATOR, UNIT)?;
    loser.winProb = U256::ZERO;
    let redeem = payer.redemption(&loser);
    let asked = reverted(network.chain.call(network.ticket_broker, &redeem).map(drop));
    assert!(asked.is::<TicketBroker::TicketNotWinning>().is_some(), "{asked}");
    assert_eq!(
        asked,
        reverted(network.chain.send(FINDER, network.ticket_broker, &redeem))
    );

    // Of the token, through BondingManager.
    let bond = BondingManager::bondCall {
        amount: UNIT,
        to: ORCHESTRATOR,
    };
    let revert = reverted(network.chain.send(FINDER, network.bonding_manager, &bond));
    let short = revert
        .is::<HeadwaterToken::ERC20InsufficientAllowance>()
        .expect("no allowance");
    assert_eq!((short.spender, short.needed), (network.bonding_manager, UNIT));
    Ok(())
}

#[test]
fn a_batch_pays_what_it_can_and_tells_why_it_refused_the_rest() -> Result<(), Error> {
    let network = Network::deploy()?;
    network.next_round()?;
    register(&network)?;
    network.next_round()?;
    let payer = Payer::new(&network)?;
    let used = payer.redemption(&payer.ticket(&network, ORCHESTRATOR, UNIT)?);
    network.chain.send(FINDER, network.ticket_broker, &used)?;
    let fresh = payer.redemption(&payer.ticket(&network, ORCHESTRATOR, UNIT)?);
    let hash = TicketBroker::getTicketHashCall {
        ticket: used.ticket.clone(),
    };
    let hash = network.chain.call(network.ticket_broker, &hash)?;

    let batch = TicketBroker::batchRedeemWinningTicketsCall {
        tickets: vec![used.ticket, fresh.ticket],
        sigs: vec![used.sig, fresh.sig],
        recipientRands: vec![used.recipientRand, fresh.recipientRand],
    };
    let receipt = network.chain.send(FINDER, network.ticket_broker, &batch)?;
    let redeemed: Vec<_> = receipt.events::<TicketBroker::WinningTicketRedeemed>().collect();
    assert_eq!(redeemed.len(), 1, "{redeemed:?}");
    let refused: Vec<_> = receipt.events::<TicketBroker::TicketRefused>().collect();
    let [refused] = refused.as_slice() else {
        panic!("{refused:?}")
    };
    assert_eq!(refused.index, U256::ZERO);
    let why = Revert::from(refused).is::<TicketBroker::TicketAlreadyUsed>();
    assert_eq!(why.map(|why| why.ticketHash), Some(hash));
    Ok(())
}

/// 100 tokens of its own, its rates, and where it is reached.
fn register(network: &Network) -> Result<(), Error> {
    network.bond(ORCHESTRATOR, ORCHESTRATOR, UNIT * U256::from(100))?;
    let rates = BondingManager::transcoderCall {
        rewardCut: U256::from(REWARD_CUT),
        feeShare: U256::from(FEE_SHARE),
    };
    network
        .chain
        .send(ORCHESTRATOR, network.bonding_manager, &rates)?;
    let uri = "https://node.example:443".to_owned();
    let place = ServiceRegistry::setServiceURICall {
        serviceURI: uri.clone(),
    };
    network
        .chain
        .send(ORCHESTRATOR, network.service_registry, &place)?;
    let asked = ServiceRegistry::getServiceURICall { addr: ORCHESTRATOR };
    assert_eq!(network.chain.call(network.service_registry, &asked)?, uri);
    let asked = BondingManager::isRegisteredTranscoderCall {
        transcoder_: ORCHESTRATOR,
    };
    assert!(network.chain.call(network.bonding_manager, &asked)?, "registered");
    Ok(())
}

fn active(network: &Network) -> Result<bool, Error> {
    let asked = BondingManager::isActiveTranscoderCall {
        transcoder_: ORCHESTRATOR,
    };
    network.chain.call(network.bonding_manager, &asked)
}

fn delegator(network: &Network, account: Address) -> Result<BondingManager::getDelegatorReturn, Error> {
    let asked = BondingManager::getDelegatorCall { delegator: account };
    network.chain.call(network.bonding_manager, &asked)
}

fn stake_of(network: &Network, account: Address) -> Result<U256, Error> {
    let asked = BondingManager::pendingStakeCall {
        delegator: account,
        endRound: U256::ZERO,
    };
    network.chain.call(network.bonding_manager, &asked)
}

fn tokens(network: &Network, account: Address) -> Result<U256, Error> {
    network
        .chain
        .call(network.token, &HeadwaterToken::balanceOfCall { account })
}

fn reverted<T: std::fmt::Debug>(result: Result<T, Error>) -> Revert {
    match result {
        Err(Error::Reverted(revert)) => revert,
        other => panic!("not refused: {other:?}"),
    }
}
