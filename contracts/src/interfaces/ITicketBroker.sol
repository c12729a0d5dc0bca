// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Escrow of those who pay, and the place where winning tickets are redeemed.
/// @notice A sender's funds are its deposit, which any ticket draws on first, and its reserve, of which each
/// orchestrator of the active set (or each recipient that the sender names) has an equal allotment a round.
/// Time is counted in initialized rounds: rounds that passed while the system was paused are none.
interface ITicketBroker {
    /// @param recipient who is paid
    /// @param sender whose deposit and reserve pay
    /// @param faceValue what a winning ticket pays, in wei
    /// @param winProb wins if `uint256(keccak256(signature ‖ recipientRand)) < winProb`
    /// @param senderNonce makes tickets of the same `recipientRandHash` differ
    /// @param recipientRandHash keccak256 of the recipient's secret number as 32 bytes
    /// @param auxData creationRound (uint256) ‖ creationRoundBlockHash (bytes32), exactly 64 bytes
    struct Ticket {
        address recipient;
        address sender;
        uint256 faceValue;
        uint256 winProb;
        uint256 senderNonce;
        bytes32 recipientRandHash;
        bytes auxData;
    }

    /// @param deposit in wei
    /// @param withdrawRound the round in which the sender can withdraw, if none is skipped; 0: it is not unlocking
    struct Sender {
        uint256 deposit;
        uint256 withdrawRound;
    }

    struct ReserveInfo {
        uint256 fundsRemaining;
        uint256 claimedInCurrentRound;
    }

    /// @notice A sender's leave to sign its tickets with another key.
    /// @param maxDepositSpend how many wei of the deposit the signer's tickets may take, in all; then they draw on the
    /// recipient's allotment of the reserve only
    /// @param validUntilRound the last creationRound of tickets that the signer may sign
    /// @param anyRecipient false: registered orchestrators only
    /// @param nonce never used before by this sender; in any order
    struct SignerApproval {
        address sender;
        address signer;
        uint256 maxDepositSpend;
        uint256 validUntilRound;
        bool anyRecipient;
        uint256 nonce;
    }

    /// @param approved whether the sender ever approved this signer
    /// @param depositLeft what its tickets may still take from the deposit, in wei
    /// @param voidFromRound tickets of this creationRound and later are void; 0: not revoked
    struct SignerInfo {
        bool approved;
        uint256 depositLeft;
        uint256 validUntilRound;
        uint256 voidFromRound;
        bool anyRecipient;
    }

    event DepositFunded(address indexed sender, uint256 amount);
    event ReserveFunded(address indexed reserveHolder, uint256 amount);
    event ReserveClaimed(address indexed reserveHolder, address claimant, uint256 amount);
    event ReserveRecipientsSet(address indexed sender, address[] recipients, uint256 effectiveRound);
    event Unlock(address indexed sender, uint256 startRound, uint256 endRound);
    event UnlockCancelled(address indexed sender);
    event Withdrawal(address indexed sender, uint256 deposit, uint256 reserve);
    event WinningTicketRedeemed(
        address indexed sender,
        address indexed recipient,
        uint256 faceValue,
        uint256 winProb,
        uint256 senderNonce,
        uint256 recipientRand,
        bytes auxData
    );
    event WinningTicketTransfer(address indexed sender, address indexed recipient, uint256 amount);
    /// @notice A ticket of a batch was not redeemed. `reason` is the selector of the error with which
    /// `redeemWinningTicket` would have reverted, `value` that error's argument.
    event TicketRefused(uint256 indexed index, bytes4 reason, bytes32 value);
    event SignerApproved(
        address indexed sender,
        address indexed signer,
        uint256 maxDepositSpend,
        uint256 validUntilRound,
        bool anyRecipient,
        uint256 nonce
    );
    event SignerRevoked(address indexed sender, address indexed signer, uint256 nonce, uint256 voidFromRound);
    event RedeemerSet(address indexed recipient, address redeemer);
    event FeesSettled(address indexed transcoder, uint256 amount, uint256 round);
    event PaymentWithdrawn(address indexed recipient, address to, uint256 amount);

    /// @notice Funding with nothing.
    error ZeroAmount(address sender);
    /// @notice The zero address, or the sender itself, where somebody else must be named.
    error InvalidAddress(address account);
    /// @notice What was sent is not the sum of deposit and reserve.
    error ValueMismatch(uint256 value, uint256 sum);
    /// @notice Deposit and reserve would be more than a sender may have here as yet.
    error SenderFundsCapExceeded(uint256 funds, uint256 cap);
    /// @notice There is neither deposit nor reserve.
    error NothingToWithdraw(address sender);
    error UnlockInProgress(address sender);
    error NoUnlockInProgress(address sender);
    /// @notice This many more rounds have to be initialized first.
    error StillLocked(uint256 rounds);
    /// @notice More recipients than a reserve may be divided among by name.
    error TooManyRecipients(uint256 recipients);
    /// @notice A recipient is named twice.
    error DuplicateRecipient(address recipient);
    /// @notice A batch's arrays differ in length.
    error LengthMismatch(uint256 tickets, uint256 signatures, uint256 recipientRands);
    /// @notice Rounds must increase.
    error RoundNotAfter(uint256 round, uint256 last);

    // Why a ticket is refused. Each has one argument, so that a batch's event can tell it.

    /// @notice A ticket for the zero address.
    error InvalidRecipient(address recipient);
    /// @notice A ticket that pays nothing.
    error ZeroFaceValue(uint256 senderNonce);
    /// @notice auxData is not 64 bytes.
    error InvalidAuxDataLength(uint256 length);
    /// @notice The number is not the one that the ticket was signed for.
    error RecipientRandMismatch(bytes32 recipientRandHash);
    /// @notice Not one of the last `ticketValidityPeriod` rounds that were initialized.
    error CreationRoundNotAccepted(uint256 creationRound);
    /// @notice Not that round's hash: the ticket comes from another chain or another history.
    error CreationRoundHashMismatch(bytes32 creationRoundBlockHash);
    error TicketAlreadyUsed(bytes32 ticketHash);
    /// @notice v is not 27 or 28, or nobody could have made this signature.
    error InvalidSignature(bytes32 ticketHash);
    /// @notice Not 65 bytes; there is no compact form.
    error InvalidSignatureLength(uint256 length);
    /// @notice s in the upper half: a second signature, and so a second chance to win, of the same ticket.
    error InvalidSignatureS(bytes32 s);
    error TicketNotWinning(bytes32 ticketHash);
    /// @notice Neither the sender nor a signer whom it approved; or another ticket than the one that was signed.
    error SignerNotApproved(address signer);
    error SignerExpired(uint256 validUntilRound);
    error SignerVoid(uint256 voidFromRound);
    /// @notice The signer may pay registered orchestrators only.
    error RecipientNotOrchestrator(address recipient);
    /// @notice The sender's unlock period is over.
    error SenderUnlocked(address sender);
    /// @notice Less than the face value can be paid, or nothing at all.
    error InsufficientFunds(uint256 available);

    // Approvals and pay-outs.

    /// @notice The nonce was used for another approval, or revoked.
    error NonceUsed(uint256 nonce);
    /// @notice The signer has an approval of this sender under another nonce.
    error SignerBound(address signer);
    error AlreadyRevoked(uint256 nonce);
    /// @notice The approval is not signed by its sender.
    error ApprovalNotSigned(address recovered);
    /// @notice More than is owed.
    error AmountExceedsOwed(uint256 amount, uint256 owed);

    // Funds.

    /// @notice Adds to the caller's deposit, and cancels its unlocking.
    function fundDeposit() external payable;

    /// @notice Adds to the caller's reserve, and cancels its unlocking.
    function fundReserve() external payable;

    /// @notice Adds to both, and cancels the caller's unlocking. The value must be the sum.
    function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) external payable;

    /// @notice Adds to both of `account`'s. Only its own funding cancels an unlocking.
    function fundDepositAndReserveFor(address account, uint256 depositAmount, uint256 reserveAmount) external payable;

    /// @notice Begins the unlock period, in which tickets can still be redeemed.
    function unlock() external;

    function cancelUnlock() external;

    /// @notice Sends the caller its deposit and reserve. Possible while paused if the unlock period was over before.
    function withdraw() external;

    /// @notice Divides the caller's reserve among these orchestrators, active or not, instead of the active set; none:
    /// among the active set again. Effective after the unlock period, or at once where there is no reserve yet.
    /// @param recipients at most 8, distinct
    function setReserveRecipients(address[] calldata recipients) external;

    // Tickets.

    /// @notice Pays a winning ticket in full, or reverts. Anybody may submit it.
    function redeemWinningTicket(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand) external;

    /// @notice Redeems those of the tickets that can be; a `TicketRefused` tells why another was not.
    function batchRedeemWinningTickets(
        Ticket[] calldata tickets,
        bytes[] calldata sigs,
        uint256[] calldata recipientRands
    ) external;

    /// @notice Pays what can be paid of a winning ticket, which is then used. Only the recipient or its redeemer may.
    function redeemWinningTicketPartially(Ticket calldata ticket, bytes calldata sig, uint256 recipientRand) external;

    /// @notice Lets `redeemer` ask for partial payment of the caller's tickets; zero: nobody.
    function setRedeemer(address redeemer) external;

    // Session signers.

    /// @notice Approves a signer for the caller, which must be the approval's sender. Repeating it changes nothing.
    function approveSigner(SignerApproval calldata approval) external;

    /// @notice Submits an approval that its sender signed (EIP-712). Repeating it changes nothing.
    function approveSignerBySig(SignerApproval calldata approval, bytes calldata sig) external;

    /// @notice Voids the signer's tickets whose creationRound is `unlockPeriod` rounds from now or later. A nonce that
    /// was not used yet never can be.
    function revokeSigner(uint256 nonce) external;

    // Earnings.

    /// @notice Sends some of what the caller's tickets paid while it was no orchestrator. Possible while paused.
    function withdrawPayments(address payable to, uint256 amount) external;

    /// @notice Hands an orchestrator's accrued fees to the BondingManager, which alone may ask.
    function settleFees(address transcoder) external;

    /// @notice Pays fees that were settled. BondingManager only.
    function payFees(address payable to, uint256 amount) external;

    // Rounds and parameters.

    /// @notice Begins a round. RoundsManager only.
    /// @param blockHash the hash that this round's tickets must name
    /// @param activeSetSize among how many a reserve is divided during the round
    function startRound(uint64 round, bytes32 blockHash, uint64 activeSetSize) external;

    /// @param unlockPeriod in rounds; not less than the ticket validity period, at most 64
    function setUnlockPeriod(uint256 unlockPeriod) external;

    /// @param ticketValidityPeriod in rounds, 1 to 8; not more than the unlock period
    function setTicketValidityPeriod(uint256 ticketValidityPeriod) external;

    /// @notice Bounds what a sender can fund, while the protocol is young. Who has more already keeps it.
    /// @param cap wei of deposit and reserve together; 0: no bound
    function setSenderFundsCap(uint256 cap) external;

    // Views.

    function getSenderInfo(address sender)
        external
        view
        returns (Sender memory senderInfo, ReserveInfo memory reserveInfo);
    function isUnlockInProgress(address sender) external view returns (bool);
    function getReserveInfo(address reserveHolder) external view returns (ReserveInfo memory info);

    /// @notice What `claimant` could still take of the reserve in this round.
    function claimableReserve(address reserveHolder, address claimant) external view returns (uint256);

    /// @notice What `claimant` took of the reserve in this round.
    function claimedReserve(address reserveHolder, address claimant) external view returns (uint256);

    /// @notice Among whom the reserve is divided by name in this round; none: among the active set.
    function getReserveRecipients(address sender) external view returns (address[] memory recipients);

    /// @notice The ticket's EIP-712 hash.
    function getTicketHash(Ticket calldata ticket) external view returns (bytes32);
    function usedTickets(bytes32 ticketHash) external view returns (bool);
    function redeemerOf(address recipient) external view returns (address);
    function getSigner(address sender, address signer) external view returns (SignerInfo memory info);

    /// @notice For whom a sender used a nonce.
    /// @return used whether it can be used no more
    /// @return signer zero if it was revoked before it was used
    function getSignerNonce(address sender, uint256 nonce) external view returns (bool used, address signer);

    /// @notice An orchestrator's fees that the BondingManager does not know of yet, and the round they belong to.
    function unsettledFees(address transcoder) external view returns (uint256 amount, uint256 round);

    /// @notice Fees that were settled and not yet paid, of all orchestrators together.
    function settledFees() external view returns (uint256);

    /// @notice What `recipient` can withdraw of payments.
    function payments(address recipient) external view returns (uint256);
    function unlockPeriod() external view returns (uint256);
    function ticketValidityPeriod() external view returns (uint256);
    function senderFundsCap() external view returns (uint256);
}
