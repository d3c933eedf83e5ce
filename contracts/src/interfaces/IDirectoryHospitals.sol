// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// @title The consortium: its hospitals and their votes
/// @notice Hospitals decide by majority, ⌊n/2⌋+1 of the n that are active. Voting is calling: an operator votes by
/// calling the function it wants carried out, and the call that completes a majority carries it out.
/// @dev A ballot is `keccak256(abi.encode(selector, arguments…, roundOf(subject)))`. Whatever is carried out on a
/// subject begins its next round, so that no vote outlives the situation that it was cast in. Votes are counted
/// afresh at each call: those of hospitals suspended since do not count, not even after a readmission.
interface IDirectoryHospitals {
    enum HospitalStatus {
        Unknown,
        Active,
        Suspended
    }

    /// @notice A hospital by its keys. Each address serves one purpose at one hospital.
    /// @param operator Votes, and names the hospital wherever the chain does.
    /// @param anchor Sends anchors.
    /// @param relay Sends what patients, physicians and devices signed.
    /// @param receipt Signs receipts.
    /// @param proxyKeyDigest keccak256 of the public key that kfrags are encrypted to.
    struct Hospital {
        address operator;
        address anchor;
        address relay;
        address receipt;
        bytes32 proxyKeyDigest;
    }

    /// @notice `operator` is admitted, or its keys are from now on these.
    event HospitalAdmitted(
        address indexed operator, address anchor, address relay, address receipt, bytes32 proxyKeyDigest
    );

    /// @notice `operator` no longer votes or anchors.
    event HospitalSuspended(address indexed operator);

    /// @notice `hospital` voted for calling `action` on `subject`.
    /// @param votes Votes that count, this one included.
    /// @param majority Votes that are enough.
    event VoteCast(
        bytes32 indexed ballot,
        address indexed hospital,
        address indexed subject,
        bytes4 action,
        uint256 votes,
        uint256 majority
    );

    /// @notice `account` is not the operator of an active hospital.
    error DirectoryUnauthorizedHospital(address account);

    /// @notice `hospital` has voted on `ballot`, which has no majority yet.
    error DirectoryAlreadyVoted(bytes32 ballot, address hospital);

    /// @notice What was asked for is not done to a hospital in this status.
    error DirectoryWrongHospitalStatus(address operator, HospitalStatus status);

    /// @notice `key` belongs to the hospital of `operator`, or has another purpose there.
    error DirectoryKeyTaken(address key, address operator);

    /// @notice A key is missing from the description of a hospital.
    error DirectoryEmptyKey();

    /// @notice Nobody could vote any more.
    error DirectoryLastHospital(address operator);

    /// @notice A consortium begins with one hospital at least.
    error DirectoryNoFounder();

    /// @notice 64 hospitals are active; a vote could no longer be counted within a block.
    error DirectoryTooManyHospitals();

    /// @notice Vote to admit a hospital, to readmit it, or to change the keys of an active one.
    /// @dev Former keys stay with the hospital, so that what they signed can still be attributed.
    function admitHospital(Hospital calldata admitted) external;

    /// @notice Vote to suspend the hospital of `operator`. The last active one stays.
    function suspendHospital(address operator) external;

    /// @notice The hospital of `operator` with its present keys, all zero when unknown.
    function hospital(address operator) external view returns (Hospital memory keys, HospitalStatus status);

    /// @notice Operators of the active hospitals, at most 64, in no particular order.
    function hospitals() external view returns (address[] memory operators);

    /// @notice Operator of the hospital that `key` belongs to or ever belonged to, suspended or not; zero if none.
    function hospitalOf(address key) external view returns (address operator);

    /// @notice Operator of the active hospital that anchors as `account` at present; zero if none.
    function hospitalOfAnchor(address account) external view returns (address operator);

    /// @notice Whether `account` may anchor.
    function isActiveAnchor(address account) external view returns (bool);

    /// @notice Whether `operator` may vote.
    function isActiveHospital(address operator) external view returns (bool);

    /// @notice Votes that carry a motion: ⌊n/2⌋+1 of n active hospitals.
    function majority() external view returns (uint256);

    /// @notice How many motions were carried on `subject`; part of the ballots on it.
    /// @param subject Address of the hospital's operator, physician or device; the `Directory` for its contracts.
    function roundOf(address subject) external view returns (uint256);

    /// @notice Votes on `ballot` that count at present.
    function votesOn(bytes32 ballot) external view returns (uint256);
}
