// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What the broker needs of the BondingManager.
interface IOrchestrators {
    /// @notice Has stake of its own.
    function isRegisteredTranscoder(address transcoder) external view returns (bool);

    /// @notice Is of the active set from `activationRound` on, and before `deactivationRound`.
    function termOf(address transcoder) external view returns (uint256 activationRound, uint256 deactivationRound);

    /// @notice Divides fees that were earned in `round`, which may be over. Must not refuse anyone who was registered in
    /// that round: until it takes them, that recipient's tickets cannot be redeemed.
    function updateTranscoderWithFees(address transcoder, uint256 fees, uint256 round) external;
}
