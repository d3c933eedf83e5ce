// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IDirectory} from "./IDirectory.sol";

/// @title What patients allow, and no longer allow
/// @notice The chain holds the salted hash of a grant, the patient's address and the end of access: no label, no
/// physician. The document itself is with the proxies, who ask `isActive` at each request.
/// @dev Statements are signed in the domain of the `Directory`, whose nonces they use. What is allowed under a
/// former `Consent` is not allowed under the next; a revocation can be relayed to both.
///
/// Storage, for `eth_getProof`: the word of a grant is at
/// `keccak256(abi.encode(grant, keccak256(abi.encode(patient, uint256(0)))))`; its lowest 64 bits are the end of
/// access, the 8 above them are 1 when revoked, and the 64 above those are when it was last opened in an emergency.
interface IConsent {
    /// @notice `patient` allows what `grant` says.
    /// @param grant Salted hash of the document.
    /// @param accessEnd Unix seconds; the first instant at which access has ended.
    event Granted(address indexed patient, bytes32 indexed grant, uint64 accessEnd);

    /// @notice `patient` does not allow, or no longer allows, what `grant` says.
    event Revoked(address indexed patient, bytes32 indexed grant);

    /// @notice `hospital` opened an emergency grant, and `witness`, another hospital, signed that it should be.
    /// @param reason Salted hash of the physician's name for it and the physician; the proxies are shown both.
    event EmergencyOpened(
        address indexed patient,
        bytes32 indexed grant,
        bytes32 reason,
        address indexed hospital,
        address witness
    );

    /// @notice The statement was to be relayed by `deadline`, in Unix seconds, and that has passed.
    error ConsentExpired(uint256 deadline);

    /// @notice The signature is malformed, malleable, or not by `signer` over this statement in this domain.
    error ConsentInvalidSignature(address signer);

    /// @notice The hash of the grant is zero.
    error ConsentEmptyGrant();

    /// @notice Access under the grant would end before it begins.
    error ConsentAccessOver(uint64 accessEnd);

    /// @notice The grant stands already; its end does not move.
    error ConsentAlreadyGranted(address patient, bytes32 grant);

    /// @notice The grant was revoked, perhaps before it came; a new one needs a new salt.
    error ConsentAlreadyRevoked(address patient, bytes32 grant);

    /// @notice `patient` is not registered.
    error ConsentUnknownPatient(address patient);

    /// @notice There is no such grant, or it was revoked, or access under it has ended.
    error ConsentNotActive(address patient, bytes32 grant);

    /// @notice An emergency needs a reason.
    error ConsentEmptyReason();

    /// @notice `account` is no active hospital, or not the account that it relays with at present.
    error ConsentUnauthorizedHospital(address account);

    /// @notice A hospital cannot be its own witness; with one hospital there are no emergencies.
    error ConsentNoOtherHospital(address hospital);

    /// @notice Allow what `granted` says until `accessEnd`.
    /// @param granted Salted hash of the document, not zero.
    /// @param accessEnd Unix seconds, after the time of this block.
    /// @param deadline Unix seconds; the last block time at which this is accepted.
    /// @param signature By the patient:
    /// `GrantConsent(address patient,bytes32 grant,uint64 accessEnd,uint256 nonce,uint256 deadline)`.
    function grant(
        address patient,
        bytes32 granted,
        uint64 accessEnd,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Take back what `granted` says, for good. It may come before its grant, which is refused then; again is
    /// no change and no error.
    /// @dev No nonce and no deadline, so that nobody can hold it up; nor need the patient be registered.
    /// @param signature By the patient: `RevokeConsent(address patient,bytes32 grant)`.
    function revoke(address patient, bytes32 granted, bytes calldata signature) external;

    /// @notice Open a grant that was given for emergencies. For how long, the document says, and the proxies see to
    /// it; opening it again, for another reason, begins anew.
    /// @dev Called by the relay account of the hospital that the physician is at. That the physician asks for it the
    /// proxies check: no physician is named on the chain.
    /// @param reason Salted hash, not zero.
    /// @param witness Operator of another active hospital.
    /// @param nonce Of the witness's receipt key.
    /// @param deadline Unix seconds; the last block time at which this is accepted.
    /// @param signature By the witness's receipt key: `OpenEmergency(address patient,bytes32 grant,bytes32 reason,
    /// address hospital,uint256 nonce,uint256 deadline)`, without the line break.
    function openEmergency(
        address patient,
        bytes32 granted,
        bytes32 reason,
        address witness,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice When the grant was last opened, in Unix seconds, and the salted hash of why; zero when never.
    function emergencyOf(address patient, bytes32 granted)
        external
        view
        returns (uint64 openedAt, bytes32 reason);

    /// @notice Whether the grant stands, is not revoked, and has not ended at the time of this block.
    function isActive(address patient, bytes32 granted) external view returns (bool);

    /// @notice End of access, zero when never granted; and whether revoked.
    function consentOf(address patient, bytes32 granted)
        external
        view
        returns (uint64 accessEnd, bool revoked);

    /// @notice The `Directory` that this belongs to.
    function directory() external view returns (IDirectory);
}
