// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IDirectoryHospitals} from "./IDirectoryHospitals.sol";
import {IDirectoryStatements} from "./IDirectoryStatements.sol";

/// @title Who is who
/// @notice Patients, physicians, devices and hospitals by their addresses, and which `Consent` and `Anchor` are
/// current. Permanent: its address is in everything that is signed.
/// @dev Addresses are pseudonyms. No name, label or reading belongs on the chain.
interface IDirectory is IDirectoryStatements, IDirectoryHospitals {
    enum PatientStatus {
        Unknown,
        Registered
    }

    enum PhysicianStatus {
        Unknown,
        Registered,
        Active,
        Suspended
    }

    enum DeviceStatus {
        Unknown,
        Bound,
        Suspended
    }

    /// @notice `patient` registered.
    event PatientRegistered(address indexed patient);

    /// @notice `physician` registered with an Umbral key of this digest, and awaits admission.
    event PhysicianRegistered(address indexed physician, bytes32 keyDigest);

    /// @notice The hospitals admitted `physician`.
    event PhysicianAdmitted(address indexed physician);

    /// @notice The hospitals suspended `physician`.
    event PhysicianSuspended(address indexed physician);

    /// @notice The hospitals ended the suspension of `physician`.
    event PhysicianReinstated(address indexed physician);

    /// @notice `device` measures for `patient` from now on.
    event DeviceBound(address indexed device, address indexed patient);

    /// @notice `device` is finished; its last valid batch is `lastSequence` of `incarnation`.
    event DeviceSuspended(
        address indexed device, address indexed patient, bytes8 incarnation, uint64 lastSequence
    );

    /// @notice These are the contracts to use from now on.
    event ContractsSet(address indexed consent, address indexed anchor);

    /// @notice What was asked for is not done to a patient in this status.
    error DirectoryWrongPatientStatus(address patient, PatientStatus status);

    /// @notice What was asked for is not done to a physician in this status.
    error DirectoryWrongPhysicianStatus(address physician, PhysicianStatus status);

    /// @notice What was asked for is not done to a device in this status.
    error DirectoryWrongDeviceStatus(address device, DeviceStatus status);

    /// @notice `device` is bound to another patient than `patient`.
    error DirectoryNotDevicePatient(address device, address patient);

    /// @notice The digest of the physician's key is zero.
    error DirectoryEmptyKeyDigest();

    /// @notice `account` is not the current `Consent`.
    error DirectoryUnauthorizedContract(address account);

    /// @notice There is no contract at `account` that names this `Directory` as its own.
    error DirectoryForeignContract(address account);

    /// @notice Register `account` as a patient.
    /// @param deadline Unix seconds; the last block time at which this is accepted.
    /// @param signature By the patient: `RegisterPatient(address patient,uint256 nonce,uint256 deadline)`.
    function registerPatient(address account, uint256 nonce, uint256 deadline, bytes calldata signature)
        external;

    /// @notice Register `account` as a physician, who becomes active by admission.
    /// @dev Once and for all: another key is another account, which hospitals look at anew.
    /// @param keyDigest keccak256 of the compressed Umbral public key, 33 bytes.
    /// @param deadline Unix seconds; the last block time at which this is accepted.
    /// @param signature By the physician:
    /// `RegisterPhysician(address physician,bytes32 keyDigest,uint256 nonce,uint256 deadline)`.
    function registerPhysician(
        address account,
        bytes32 keyDigest,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Bind `account`, a device, to a registered patient. Once: a device never changes hands.
    /// @param nonce The patient's.
    /// @param deadline Unix seconds; the last block time at which this is accepted.
    /// @param deviceSignature By the device:
    /// `BindDevice(address device,address patient,uint256 nonce,uint256 deadline)`.
    /// @param patientSignature By the patient, over the same.
    function bindDevice(
        address account,
        address devicePatient,
        uint256 nonce,
        uint256 deadline,
        bytes calldata deviceSignature,
        bytes calldata patientSignature
    ) external;

    /// @notice Finish a device and fix its last valid batch. Final.
    /// @param incarnation Of the device's spool.
    /// @param lastSequence Within `incarnation`; what comes after it is not the patient's.
    /// @param nonce The patient's.
    /// @param deadline Unix seconds; the last block time at which this is accepted.
    /// @param signature By the patient: `SuspendDevice(address device,address patient,bytes8 incarnation,
    /// uint64 lastSequence,uint256 nonce,uint256 deadline)`, without the line break.
    function suspendDevice(
        address account,
        address devicePatient,
        bytes8 incarnation,
        uint64 lastSequence,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Vote to finish a device, as its patient could. Final.
    function suspendDeviceByHospitals(address account, bytes8 incarnation, uint64 lastSequence) external;

    /// @notice Vote to make a registered physician active.
    function admitPhysician(address account) external;

    /// @notice Vote to suspend an active physician.
    function suspendPhysician(address account) external;

    /// @notice Vote to make a suspended physician active again.
    function reinstatePhysician(address account) external;

    /// @notice Vote on which `Consent` and `Anchor` are current. Both must name this `Directory` as their own.
    function setContracts(address newConsent, address newAnchor) external;

    /// @notice Mark `nonce` of `signer` as used, for a statement that the current `Consent` has checked.
    function useNonce(address signer, uint256 nonce) external;

    /// @notice Status of `account` as a patient.
    function patient(address account) external view returns (PatientStatus status);

    /// @notice Status of `account` as a physician, and the digest of the Umbral key.
    function physician(address account) external view returns (PhysicianStatus status, bytes32 keyDigest);

    /// @notice Patient and status of `account` as a device; incarnation and sequence are zero until suspended.
    function device(address account)
        external
        view
        returns (address devicePatient, DeviceStatus status, bytes8 incarnation, uint64 lastSequence);

    /// @notice The current `Consent`; zero before the first vote on it.
    function consent() external view returns (address);

    /// @notice The current `Anchor`; zero before the first vote on it.
    function anchor() external view returns (address);
}
