// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Controlled} from "../Controlled.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IController} from "../interfaces/IController.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {HeadwaterToken} from "./HeadwaterToken.sol";

/// @title See IMinter.
/// @dev Not behind a proxy: a new Minter takes the old one's place by `migrateToNewMinter`.
contract Minter is IMinter, Controlled {
    using SafeCast for uint256;

    /// @notice The unit of inflation and bonding rates.
    uint256 public constant PERC_DIVISOR = 1_000_000_000;
    /// @notice 0.1 % of the supply, a round, each round: inflation must not jump.
    uint256 public constant MAX_INFLATION_CHANGE = 1_000_000;

    HeadwaterToken private immutable _TOKEN;
    IBondingManager private immutable _BONDING_MANAGER;
    address private immutable _ROUNDS_MANAGER;
    address private immutable _TICKET_BROKER;

    // With the controller in one slot: what a round's beginning reads.
    uint32 private _inflationChange;
    uint32 private _targetBondingRate;

    // Another slot: what it writes.
    uint96 private _currentMintableTokens;
    uint96 private _currentMintedTokens;
    uint64 private _inflation;

    modifier onlyBondingManager() {
        if (msg.sender != address(_BONDING_MANAGER)) revert NotAuthorized(msg.sender);
        _;
    }

    constructor(
        address controller_,
        HeadwaterToken token,
        IBondingManager bondingManager,
        address roundsManager,
        address ticketBroker,
        uint256 inflation_,
        uint256 inflationChange_,
        uint256 targetBondingRate_
    ) {
        _setController(controller_);
        _TOKEN = token;
        _BONDING_MANAGER = bondingManager;
        _ROUNDS_MANAGER = roundsManager;
        _TICKET_BROKER = ticketBroker;
        _inflation = uint64(_bounded(inflation_, 0, PERC_DIVISOR));
        _inflationChange = uint32(_bounded(inflationChange_, 0, MAX_INFLATION_CHANGE));
        _targetBondingRate = uint32(_bounded(targetBondingRate_, 0, PERC_DIVISOR));
    }

    /// @inheritdoc IMinter
    function createReward(uint256 fracNum, uint256 fracDenom) external onlyBondingManager returns (uint256 amount) {
        amount = Math.mulDiv(_currentMintableTokens, fracNum, fracDenom);
        uint256 minted = _currentMintedTokens + amount;
        if (minted > _currentMintableTokens) {
            revert NothingLeftToMint(amount, _currentMintableTokens - _currentMintedTokens);
        }
        _currentMintedTokens = minted.toUint96();
        _TOKEN.mint(address(this), amount);
    }

    /// @inheritdoc IMinter
    function trustedTransferTokens(address to, uint256 amount) external onlyBondingManager {
        // HeadwaterToken reverts where it does not pay.
        // slither-disable-next-line unchecked-transfer
        _TOKEN.transfer(to, amount);
    }

    /// @inheritdoc IMinter
    function trustedBurnTokens(uint256 amount) external onlyBondingManager {
        _TOKEN.burn(amount);
    }

    /// @inheritdoc IMinter
    function trustedWithdrawETH(address payable to, uint256 amount) external {
        if (msg.sender != address(_BONDING_MANAGER) && msg.sender != _TICKET_BROKER) revert NotAuthorized(msg.sender);
        (bool sent,) = to.call{value: amount}("");
        if (!sent) revert TransferFailed(to, amount);
    }

    /// @inheritdoc IMinter
    function depositETH() external payable returns (bool) {
        return true;
    }

    /// @inheritdoc IMinter
    function setCurrentRewardTokens() external {
        if (msg.sender != _ROUNDS_MANAGER) revert NotAuthorized(msg.sender);
        uint256 supply = _TOKEN.totalSupply();
        uint256 moved = _movedInflation(supply);
        // Stakes have as much room and no more.
        uint256 mintable = Math.min(Math.mulDiv(supply, moved, PERC_DIVISOR), type(uint96).max);
        (_currentMintableTokens, _currentMintedTokens, _inflation) = (mintable.toUint96(), 0, moved.toUint64());
        emit SetCurrentRewardTokens(mintable, moved);
    }

    /// @inheritdoc IMinter
    function migrateToNewMinter(address newMinter) external onlyControllerOwner {
        if (!IController(controller()).paused()) revert SystemNotPaused();
        if (newMinter == address(this) || newMinter.code.length == 0) revert NotAMinter(newMinter);
        if (IMinter(newMinter).getController() != controller()) revert NotAMinter(newMinter);
        _TOKEN.renounceRole(_TOKEN.MINTER_ROLE(), address(this));
        // As above.
        // slither-disable-next-line unchecked-transfer
        _TOKEN.transfer(newMinter, _TOKEN.balanceOf(address(this)));
        IMinter(newMinter).depositETH{value: address(this).balance}();
    }

    /// @inheritdoc IMinter
    function setTargetBondingRate(uint256 targetBondingRate_) external onlyControllerOwner {
        _targetBondingRate = uint32(_bounded(targetBondingRate_, 0, PERC_DIVISOR));
        emit ParameterUpdate("targetBondingRate");
    }

    /// @inheritdoc IMinter
    function setInflationChange(uint256 inflationChange_) external onlyControllerOwner {
        _inflationChange = uint32(_bounded(inflationChange_, 0, MAX_INFLATION_CHANGE));
        emit ParameterUpdate("inflationChange");
    }

    /// @inheritdoc IMinter
    function getController() external view returns (address) {
        return controller();
    }

    /// @inheritdoc IMinter
    function getGlobalTotalSupply() external view returns (uint256) {
        return _TOKEN.totalSupply();
    }

    /// @inheritdoc IMinter
    function inflation() external view returns (uint256) {
        return _inflation;
    }

    /// @inheritdoc IMinter
    function inflationChange() external view returns (uint256) {
        return _inflationChange;
    }

    /// @inheritdoc IMinter
    function targetBondingRate() external view returns (uint256) {
        return _targetBondingRate;
    }

    /// @inheritdoc IMinter
    function currentMintableTokens() external view returns (uint256) {
        return _currentMintableTokens;
    }

    /// @inheritdoc IMinter
    function currentMintedTokens() external view returns (uint256) {
        return _currentMintedTokens;
    }

    /// @dev One step toward the target; never below nothing, nor above the whole supply.
    function _movedInflation(uint256 supply) private view returns (uint256) {
        uint256 bonded = _BONDING_MANAGER.getTotalBonded();
        uint256 rate = supply == 0 ? 0 : Math.mulDiv(bonded, PERC_DIVISOR, supply);
        uint256 current = _inflation;
        uint256 change = _inflationChange;
        if (rate < _targetBondingRate) return Math.min(current + change, PERC_DIVISOR);
        if (rate > _targetBondingRate) return current > change ? current - change : 0;
        return current;
    }
}
