// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BondingFixture} from "./BondingFixture.sol";

/// @title Many users who do what they may, over many rounds.
contract StakeActors is BondingFixture {
    uint256 public constant USERS = 10;
    uint256 public constant POOL = 3;

    uint256 public operations;
    uint256 public feesEver;
    /// @dev How often a slash changed what somebody else has.
    uint256 public harmed;
    mapping(address user => uint256) public paid;

    constructor() {
        _deploy(POOL);
        for (uint256 i = 0; i < 5; i++) {
            _bond(user(i), (i + 2) * 1 ether, user(i));
        }
        _nextRound();
    }

    /// @dev Done once, and for a fuzzer to call in vain.
    function setUp() public override {}

    function user(uint256 index) public pure returns (address) {
        return address(uint160(0xacc0000 + index % USERS));
    }

    function bond(uint256 who, uint256 to, uint256 amount) external {
        address owner = user(who);
        (,, address delegate,,,,) = _bonding.getDelegator(owner);
        // Mostly to where it is already, since orchestrators must and others would only wander.
        address target = delegate == address(0) || to % 8 == 0 ? user(to / 8) : delegate;
        _bond(owner, bound(amount, 1, 50 ether), target);
        operations++;
    }

    function unbond(uint256 who, uint256 part) external {
        _unbond(user(who), part % 4 == 0 ? _stake(user(who)) : bound(part, 1, 5 ether));
        operations++;
    }

    function rebond(uint256 who, uint256 id, uint256 to) external {
        (address owner, uint256 lock) = _lockOf(who, id, false);
        (,, address delegate,,,,) = _bonding.getDelegator(owner);
        vm.prank(owner);
        if (delegate == address(0)) _bonding.rebondFromUnbonded(to % 2 == 0 ? owner : user(to / 2), lock);
        else _bonding.rebond(lock);
        operations++;
    }

    function transferBond(uint256 who, uint256 to, uint256 amount) external {
        address giver;
        address delegate;
        // Orchestrators may not.
        for (uint256 i = 0; i < USERS && (delegate == giver || delegate == address(0)); i++) {
            giver = user(who + i);
            (,, delegate,,,,) = _bonding.getDelegator(giver);
        }
        amount = bound(amount, 1, amount % 4 == 0 ? _stake(giver) : 3 ether);
        vm.prank(giver);
        _bonding.transferBond(user(to), amount, user(0), user(0), user(0), user(0));
        operations++;
    }

    function withdrawStake(uint256 who, uint256 id) external {
        (address owner, uint256 lock) = _lockOf(who, id, true);
        vm.prank(owner);
        _bonding.withdrawStake(lock);
    }

    function withdrawFees(uint256 who, uint256 part) external {
        uint256 amount = bound(part, 0, _fees(user(who)));
        vm.prank(user(who));
        _bonding.withdrawFees(payable(user(who)), amount);
        paid[user(who)] += amount;
        operations++;
    }

    function claim(uint256 who) external {
        vm.prank(user(who));
        _bonding.claimEarnings(0);
        operations++;
    }

    function checkpoint(uint256 who) external {
        _bonding.checkpointBondingState(user(who));
        operations++;
    }

    function reward(uint256 who) external {
        _minter.setMintable(bound(who, 0, 10 ether));
        for (uint256 i = 0; i < USERS; i++) {
            vm.prank(user(who + i));
            try _bonding.reward() {
                operations++;
                return;
            } catch {}
        }
    }

    function setRates(uint256 who, uint256 rewardCut, uint256 feeShare) external {
        _rates(user(who), rewardCut % (PERC + 1), feeShare % (PERC + 1));
    }

    function earn(uint256 who, uint256 amount) external {
        address transcoder = user(who);
        if (!_bonding.isRegisteredTranscoder(transcoder)) return;
        amount = bound(amount, 1, 3 ether);
        feesEver += amount;
        _accrue(transcoder, amount);
        operations++;
    }

    function slash(uint256 who, uint256 share) external {
        bytes32[] memory had = _belongings(user(who));
        _slash(user(who), share % 10 == 0 ? PERC : bound(share, 1, PERC / 10), 50_000);
        bytes32[] memory has = _belongings(user(who));
        for (uint256 i = 0; i < USERS; i++) {
            if (had[i] != has[i]) harmed++;
        }
        operations++;
    }

    function nextRound(uint256 skipped) external {
        _begin(_round() + 1 + (skipped % 4 == 0 ? 8 : 0));
    }

    function resize(uint256 size) external {
        _bonding.setNumActiveTranscoders(bound(size, 1, 5));
    }

    /// @dev A lock of somebody's, from `who` and `id` on; if `free`, one that may be withdrawn.
    function _lockOf(uint256 who, uint256 id, bool free) private view returns (address owner, uint256 lock) {
        for (uint256 i = 0; i < USERS; i++) {
            owner = user(who + i);
            (,,,,,, uint256 count) = _bonding.getDelegator(owner);
            for (uint256 j = 0; j < count; j++) {
                lock = (id % count + j) % count;
                (, uint256 withdrawRound) = _bonding.getDelegatorUnbondingLock(owner, lock);
                if (withdrawRound != 0 && (!free || withdrawRound <= _round())) return (owner, lock);
            }
        }
    }

    /// @dev Stake, fees, delegate and what is unbonding, of everybody but one.
    function _belongings(address but) private view returns (bytes32[] memory all) {
        all = new bytes32[](USERS);
        for (uint256 i = 0; i < USERS; i++) {
            address account = user(i);
            if (account == but) continue;
            (,, address delegate,,,, uint256 locks) = _bonding.getDelegator(account);
            all[i] = keccak256(abi.encode(_stake(account), _fees(account), delegate));
            for (uint256 id = 0; id < locks; id++) {
                (uint256 amount, uint256 free) = _bonding.getDelegatorUnbondingLock(account, id);
                all[i] = keccak256(abi.encode(all[i], amount, free));
            }
        }
    }
}
