// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IBondingManager} from "../../src/interfaces/IBondingManager.sol";
import {HeadwaterToken} from "../../src/token/HeadwaterToken.sol";

/// @title Rounds that begin by hand.
contract HandRounds {
    uint256 public lastInitializedRound;
    uint256 public currentRound;
    bool public currentRoundLocked;

    function begin(uint256 round, IBondingManager bonding) external {
        (currentRound, lastInitializedRound, currentRoundLocked) = (round, round, false);
        bonding.setCurrentRoundTotalActiveStake();
    }

    function setLocked(bool locked) external {
        currentRoundLocked = locked;
    }

    function setCurrentRound(uint256 round) external {
        currentRound = round;
    }
}

/// @title A minter with a fixed reward a round.
contract HandMinter {
    HeadwaterToken private immutable _TOKEN;
    uint256 public mintable;
    uint256 public burned;

    constructor(HeadwaterToken token) {
        _TOKEN = token;
    }

    function setMintable(uint256 mintable_) external {
        mintable = mintable_;
    }

    function createReward(uint256 fracNum, uint256 fracDenom) external returns (uint256 amount) {
        amount = mintable * fracNum / fracDenom;
        _TOKEN.mint(address(this), amount);
    }

    function trustedTransferTokens(address to, uint256 amount) external {
        _TOKEN.transfer(to, amount);
    }

    function trustedBurnTokens(uint256 amount) external {
        burned += amount;
        _TOKEN.burn(amount);
    }
}

/// @title A broker that accrues fees by hand, as the real one does with tickets.
contract HandBroker {
    struct Fees {
        uint128 amount;
        uint64 round;
    }

    mapping(address transcoder => Fees) private _fees;
    IBondingManager private _bonding;
    uint256 public settled;

    receive() external payable {}

    function setBonding(IBondingManager bonding) external {
        _bonding = bonding;
    }

    function accrue(address transcoder, uint256 amount, uint256 round) external payable {
        Fees memory earlier = _fees[transcoder];
        if (earlier.round == round) {
            _fees[transcoder].amount += uint128(amount);
        } else {
            _fees[transcoder] = Fees(uint128(amount), uint64(round));
            _settle(transcoder, earlier);
        }
    }

    function settleFees(address transcoder) external {
        Fees memory fees = _fees[transcoder];
        _fees[transcoder].amount = 0;
        _settle(transcoder, fees);
    }

    function payFees(address payable to, uint256 amount) external {
        settled -= amount;
        (bool sent,) = to.call{value: amount}("");
        require(sent);
    }

    function unsettledFees(address transcoder) external view returns (uint256 amount, uint256 round) {
        return (_fees[transcoder].amount, _fees[transcoder].round);
    }

    function _settle(address transcoder, Fees memory fees) private {
        if (fees.amount == 0) return;
        settled += fees.amount;
        _bonding.updateTranscoderWithFees(transcoder, fees.amount, fees.round);
    }
}
