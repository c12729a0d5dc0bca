// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ITicketBroker} from "../../src/interfaces/ITicketBroker.sol";
import {IOrchestrators} from "../../src/pm/IOrchestrators.sol";

/// @title A RoundsManager whose rounds are set by hand.
contract HandRounds {
    uint256 public currentRound;
    uint256 public lastInitializedRound;
    mapping(uint256 round => bytes32) public blockHashForRound;
    ITicketBroker private _broker;

    function setBroker(ITicketBroker broker) external {
        _broker = broker;
    }

    /// @dev Time goes on, and nobody initializes.
    function pass(uint256 rounds) external {
        currentRound += rounds;
    }

    function initializeRound(uint64 activeSetSize) external {
        initializeRound(activeSetSize, bytes32(0));
    }

    function initializeRound(uint64 activeSetSize, bytes32 history) public {
        bytes32 previous = blockHashForRound[lastInitializedRound];
        bytes32 hash = keccak256(abi.encode(block.chainid, currentRound, previous, history));
        blockHashForRound[currentRound] = hash;
        lastInitializedRound = currentRound;
        _broker.startRound(uint64(currentRound), hash, activeSetSize);
    }
}

/// @title A BondingManager that believes what it is told, and keeps what it is given.
contract HandBonding is IOrchestrators {
    mapping(address transcoder => bool) public isRegisteredTranscoder;

    struct Term {
        uint32 activationRound;
        uint32 deactivationRound;
    }

    mapping(address transcoder => Term) private _terms;
    mapping(address transcoder => uint256) public fees;
    mapping(address transcoder => mapping(uint256 round => uint256)) public feesOfRound;
    ITicketBroker private _broker;

    function setBroker(ITicketBroker broker) external {
        _broker = broker;
    }

    function set(address transcoder, bool registered, bool active) external {
        isRegisteredTranscoder[transcoder] = registered;
        setTerm(transcoder, 0, active ? type(uint32).max : 0);
    }

    function termOf(address transcoder) external view returns (uint256, uint256) {
        return (_terms[transcoder].activationRound, _terms[transcoder].deactivationRound);
    }

    function updateTranscoderWithFees(address transcoder, uint256 amount, uint256 round) external {
        require(msg.sender == address(_broker));
        fees[transcoder] += amount;
        feesOfRound[transcoder][round] += amount;
    }

    function setTerm(address transcoder, uint32 activationRound, uint32 deactivationRound) public {
        _terms[transcoder] = Term(activationRound, deactivationRound);
    }

    function settle(address transcoder) external {
        _broker.settleFees(transcoder);
    }

    function pay(address transcoder, address payable to, uint256 amount) external {
        fees[transcoder] -= amount;
        _broker.payFees(to, amount);
    }

    /// @dev As a bug would.
    function payUnowed(address payable to, uint256 amount) external {
        _broker.payFees(to, amount);
    }
}
