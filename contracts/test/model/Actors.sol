// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Parameters} from "../../script/Deployment.sol";
import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {NetworkFixture} from "../NetworkFixture.sol";
import {Kind, Trace} from "./Trace.sol";

/// @title Users who do by chance what they may, each step of which goes into a trace.
/// @dev What is refused leaves no trace. Rounding follows from amounts, so these are odd.
abstract contract Actors is NetworkFixture {
    using Trace for Trace.File;

    uint256 internal constant USERS = 12;
    /// @dev The first of them, who may come to be orchestrators.
    uint256 internal constant WORKERS = 7;
    uint256 internal constant POOL = 4;

    address private constant _FINDER = address(0xf17de4);

    Trace.File internal _trace;

    uint256 private _entropy;

    /// @dev Inflation is high, for hundreds of rounds to multiply stakes.
    function _parameters() internal pure override returns (Parameters memory parameters) {
        parameters = super._parameters();
        parameters.numActiveTranscoders = POOL;
        parameters.unbondingPeriod = 5;
        parameters.inflation = 2_000_000;
        parameters.inflationChange = 10_000;
    }

    function setUp() public virtual override {
        super.setUp();
        for (uint256 i = 0; i < USERS; i++) {
            _network.token.transfer(_user(i), 20_000 ether);
            vm.prank(_user(i));
            _network.token.approve(address(_network.bondingManager), type(uint256).max);
        }
        // What is left here would hold inflation up.
        _network.token.burn(_network.token.balanceOf(address(this)));
        _network.controller.setContractInfo(keccak256("Verifier"), address(this), 0);
        vm.roll(block.number + 10 * ROUND);
    }

    function _user(uint256 index) internal pure returns (address) {
        return address(uint160(0xacc0000 + index));
    }

    function _begin(uint256 seed) internal {
        _entropy = seed;
        Parameters memory p = _parameters();
        _trace.note(
            Kind.Network,
            abi.encode(
                USERS,
                p.numActiveTranscoders,
                p.minSelfBond,
                p.unbondingPeriod,
                p.inflation,
                p.inflationChange,
                p.targetBondingRate,
                _network.token.totalSupply()
            )
        );
    }

    /// @dev A round is missed now and then. The first ones are passed over, for there to be a past.
    function _beginRound() internal {
        vm.roll(block.number + (_oneIn(12) ? 2 : 1) * ROUND);
        _network.roundsManager.initializeRound();
        uint256 round = _network.roundsManager.lastInitializedRound();
        _trace.note(Kind.Round, abi.encode(round, _network.minter.currentMintableTokens()));
    }

    function _act() internal {
        uint256 dice = _random(100);
        if (dice < 20) _bondSome();
        else if (dice < 30) _unbondSome(_anybody());
        else if (dice < 36) _rebond();
        else if (dice < 42) _transfer();
        else if (dice < 64) _rewardOne();
        else if (dice < 78) _payOne();
        else if (dice < 81) _setRates();
        else if (dice < 83) _slash();
        else if (dice < 86) _withdrawStake();
        else if (dice < 90) _claim();
        else if (dice < 94) _withdrawFees();
        else if (dice < 96) _checkpoint();
        else if (dice < 97) _leaveAndReturn();
        else if (dice < 98) _setTreasuryCut();
        else _setPoolSize();
    }

    /// @dev Everything that the model has to foresee.
    function _look() internal {
        IBondingManager bonding = _network.bondingManager;
        _trace.note(
            Kind.Totals,
            abi.encode(
                _network.token.totalSupply(),
                _network.token.balanceOf(address(_network.treasury)),
                bonding.currentRoundTotalActiveStake(),
                bonding.nextRoundTotalActiveStake()
            )
        );
        for (uint256 i = 0; i < USERS; i++) {
            address user = _user(i);
            (,, address delegate,,,,) = bonding.getDelegator(user);
            uint256 past = _network.bondingVotes.clock() - 1 - _random(8);
            _trace.note(
                Kind.Account,
                abi.encode(
                    i,
                    _indexOf(delegate),
                    bonding.pendingStake(user, 0),
                    bonding.pendingFees(user, 0),
                    bonding.transcoderTotalStake(user),
                    _network.bondingVotes.getVotes(user),
                    bonding.isActiveTranscoder(user),
                    past,
                    _network.bondingVotes.getPastVotes(user, past)
                )
            );
        }
    }

    function _bondSome() private {
        uint256 owner = _anybody();
        address delegate = _delegateOf(owner);
        uint256 to = _random(WORKERS);
        if (delegate == address(0)) {
            if (owner < WORKERS && !_oneIn(3)) to = owner;
        } else if (!_oneIn(4)) {
            to = _indexOf(delegate);
        }
        _bondTo(owner, to, _amount());
    }

    /// @dev With hints that lie; somebody else pays at times, where they may.
    function _bondTo(uint256 owner, uint256 to, uint256 amount) private returns (bool done) {
        address payer = _oneIn(6) ? _user(_anybody()) : _user(owner);
        done = _try(
            payer,
            abi.encodeCall(
                IBondingManager.bondForWithHint,
                (amount, _user(owner), _user(to), payer, address(1), _user(to), address(0))
            )
        );
        if (done) _trace.note(Kind.Bond, abi.encode(owner, to, amount, _bonded(owner)));
    }

    function _unbondSome(uint256 owner) private {
        uint256 stake = _stake(_user(owner));
        if (stake == 0) return;
        _unbondOf(owner, _oneIn(3) ? stake : 1 + _random(_oneIn(2) ? stake : stake / 16 + 1));
    }

    function _unbondOf(uint256 owner, uint256 amount) private returns (bool done) {
        done = _try(_user(owner), abi.encodeCall(IBondingManager.unbond, (amount)));
        if (done) _trace.note(Kind.Unbond, abi.encode(owner, amount, _bonded(owner)));
    }

    function _rebond() private {
        uint256 owner = _anybody();
        uint256 id = _lockOf(owner);
        address delegate = _delegateOf(owner);
        uint256 to = owner < WORKERS && _oneIn(2) ? owner : _random(WORKERS);
        bytes memory call = abi.encodeCall(IBondingManager.rebondFromUnbonded, (_user(to), id));
        if (delegate != address(0)) {
            (to, call) = (_indexOf(delegate), abi.encodeCall(IBondingManager.rebond, (id)));
        }
        if (_try(_user(owner), call)) _trace.note(Kind.Rebond, abi.encode(owner, to, id));
    }

    function _transfer() private {
        (uint256 giver, uint256 taker) = (_anybody(), _anybody());
        uint256 stake = _stake(_user(giver));
        if (stake == 0) return;
        uint256 amount = _oneIn(4) ? stake : 1 + _random(stake);
        address hint = _user(taker);
        bytes memory call = abi.encodeCall(IBondingManager.transferBond, (_user(taker), amount, hint, hint, hint, hint));
        if (_try(_user(giver), call)) _trace.note(Kind.Transfer, abi.encode(giver, taker, amount, _bonded(giver)));
    }

    function _rewardOne() private {
        uint256 first = _random(WORKERS);
        for (uint256 i = 0; i < WORKERS; i++) {
            uint256 worker = (first + i) % WORKERS;
            uint256 minted = _network.minter.currentMintedTokens();
            if (!_try(_user(worker), abi.encodeCall(IBondingManager.reward, ()))) continue;
            _trace.note(Kind.Reward, abi.encode(worker, _network.minter.currentMintedTokens() - minted));
            return;
        }
    }

    function _payOne() private {
        uint256 first = _random(WORKERS);
        for (uint256 i = 0; i < WORKERS; i++) {
            uint256 worker = (first + i) % WORKERS;
            if (!_network.bondingManager.isRegisteredTranscoder(_user(worker))) continue;
            uint256 amount = 1 + _random(_oneIn(8) ? 1e6 : 1 ether);
            _pay(_user(worker), amount);
            _trace.note(Kind.Fees, abi.encode(worker, amount));
            return;
        }
    }

    function _setRates() private {
        uint256 worker = _random(WORKERS);
        (uint256 rewardCut, uint256 feeShare) = (_random(1_000_001), _random(1_000_001));
        if (_try(_user(worker), abi.encodeCall(IBondingManager.transcoder, (rewardCut, feeShare)))) {
            _trace.note(Kind.Rates, abi.encode(worker, rewardCut, feeShare));
        }
    }

    function _slash() private {
        uint256 worker = _random(WORKERS);
        uint256 share = _oneIn(12) ? 1_000_000 : _random(100_000);
        uint256 finderFee = _random(1_000_001);
        uint256 paid = _network.token.balanceOf(_FINDER);
        uint256 supply = _network.token.totalSupply();
        bytes memory call = abi.encodeCall(IBondingManager.slashTranscoder, (_user(worker), _FINDER, share, finderFee));
        if (!_try(address(this), call)) return;
        paid = _network.token.balanceOf(_FINDER) - paid;
        uint256 burned = supply - _network.token.totalSupply();
        _trace.note(Kind.Slash, abi.encode(worker, share, finderFee, paid, burned, _bonded(worker)));
    }

    function _withdrawStake() private {
        uint256 owner = _anybody();
        uint256 id = _lockOf(owner);
        uint256 had = _network.token.balanceOf(_user(owner));
        if (!_try(_user(owner), abi.encodeCall(IBondingManager.withdrawStake, (id)))) return;
        _trace.note(Kind.WithdrawStake, abi.encode(owner, id, _network.token.balanceOf(_user(owner)) - had));
    }

    function _claim() private {
        uint256 owner = _anybody();
        if (_try(_user(owner), abi.encodeCall(IBondingManager.claimEarnings, (0)))) {
            _trace.note(Kind.Claim, abi.encode(owner));
        }
    }

    function _checkpoint() private {
        uint256 owner = _anybody();
        if (_try(address(this), abi.encodeCall(IBondingManager.checkpointBondingState, (_user(owner))))) {
            _trace.note(Kind.Claim, abi.encode(owner));
        }
    }

    function _withdrawFees() private {
        uint256 owner = _anybody();
        uint256 amount = _random(_fees(_user(owner)) + 1);
        bytes memory call = abi.encodeCall(IBondingManager.withdrawFees, (payable(_user(owner)), amount));
        if (_try(_user(owner), call)) _trace.note(Kind.WithdrawFees, abi.encode(owner, amount));
    }

    /// @dev An orchestrator resigns, delegates to another, and is one again, all in a round.
    function _leaveAndReturn() private {
        uint256 worker = _random(WORKERS);
        if (_delegateOf(worker) != _user(worker)) return;
        if (!_unbondOf(worker, _stake(_user(worker)))) return;
        uint256 other = _random(WORKERS);
        if (other != worker) _bondTo(worker, other, _amount());
        if (!_oneIn(4)) _bondTo(worker, worker, _amount());
    }

    function _setTreasuryCut() private {
        uint256 cut = _random(2e26);
        if (_try(address(this), abi.encodeCall(IBondingManager.setTreasuryRewardCutRate, (cut)))) {
            _trace.note(Kind.TreasuryCut, abi.encode(cut));
        }
    }

    function _setPoolSize() private {
        uint256 size = 2 + _random(4);
        if (_try(address(this), abi.encodeCall(IBondingManager.setNumActiveTranscoders, (size)))) {
            _trace.note(Kind.PoolSize, abi.encode(size));
        }
    }

    function _try(address caller, bytes memory call) private returns (bool done) {
        vm.prank(caller);
        (done,) = address(_network.bondingManager).call(call);
    }

    function _delegateOf(uint256 owner) private view returns (address delegate) {
        (,, delegate,,,,) = _network.bondingManager.getDelegator(_user(owner));
    }

    function _bonded(uint256 owner) private view returns (uint256 amount) {
        (amount,,,,,,) = _network.bondingManager.getDelegator(_user(owner));
    }

    function _lockOf(uint256 owner) private returns (uint256 id) {
        (,,,,,, id) = _network.bondingManager.getDelegator(_user(owner));
        return id == 0 ? 0 : id - 1 - _random(id > 6 ? 6 : id);
    }

    function _amount() private returns (uint256) {
        if (_oneIn(16)) return 0;
        if (_oneIn(8)) return 1 + _random(1e13);
        return 1 ether + _random(300 ether);
    }

    function _anybody() private returns (uint256) {
        return _random(USERS);
    }

    /// @dev A user's place, or `USERS` for nobody.
    function _indexOf(address user) private pure returns (uint256) {
        return user == address(0) ? USERS : uint160(user) - 0xacc0000;
    }

    function _oneIn(uint256 times) private returns (bool) {
        return _random(times) == 0;
    }

    function _random(uint256 limit) private returns (uint256) {
        _entropy = uint256(keccak256(abi.encode(_entropy)));
        return _entropy % limit;
    }
}
