// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {DirectoryHospitals} from "./directory/DirectoryHospitals.sol";
import {DirectoryStatements} from "./directory/DirectoryStatements.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";

/// @title Who is who
contract Directory is IDirectory, DirectoryStatements, DirectoryHospitals {
    struct Physician {
        PhysicianStatus status;
        bytes32 keyDigest;
    }

    struct Device {
        address patient;
        DeviceStatus status;
        bytes8 incarnation;
        uint64 lastSequence;
    }

    bytes32 private constant REGISTER_PATIENT_TYPEHASH =
        keccak256("RegisterPatient(address patient,uint256 nonce,uint256 deadline)");
    bytes32 private constant REGISTER_PHYSICIAN_TYPEHASH =
        keccak256("RegisterPhysician(address physician,bytes32 keyDigest,uint256 nonce,uint256 deadline)");
    bytes32 private constant BIND_DEVICE_TYPEHASH =
        keccak256("BindDevice(address device,address patient,uint256 nonce,uint256 deadline)");
    bytes32 private constant SUSPEND_DEVICE_TYPEHASH = keccak256(
        "SuspendDevice(address device,address patient,bytes8 incarnation,uint64 lastSequence,uint256 nonce,uint256 deadline)"
    );

    address private _consent;
    address private _anchor;
    mapping(address patient => PatientStatus) private _patients;
    mapping(address physician => Physician) private _physicians;
    mapping(address device => Device) private _devices;

    /// @param genesisHash_ Hash of the chain's first block.
    /// @param founding The first hospitals, at least one.
    constructor(bytes32 genesisHash_, Hospital[] memory founding)
        DirectoryStatements(genesisHash_)
        DirectoryHospitals(founding)
    {}

    /// @inheritdoc IDirectory
    function registerPatient(address account, uint256 nonce, uint256 deadline, bytes calldata signature)
        external
    {
        _requireInTime(deadline);
        PatientStatus status = _patients[account];
        if (status != PatientStatus.Unknown) revert DirectoryWrongPatientStatus(account, status);
        bytes32 structHash = keccak256(abi.encode(REGISTER_PATIENT_TYPEHASH, account, nonce, deadline));
        _requireSigned(structHash, account, signature);
        _useNonce(account, nonce);
        _patients[account] = PatientStatus.Registered;
        emit PatientRegistered(account);
    }

    /// @inheritdoc IDirectory
    function registerPhysician(
        address account,
        bytes32 keyDigest,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _requireInTime(deadline);
        if (keyDigest == bytes32(0)) revert DirectoryEmptyKeyDigest();
        _requirePhysician(account, PhysicianStatus.Unknown);
        bytes32 structHash =
            keccak256(abi.encode(REGISTER_PHYSICIAN_TYPEHASH, account, keyDigest, nonce, deadline));
        _requireSigned(structHash, account, signature);
        _useNonce(account, nonce);
        _physicians[account] = Physician(PhysicianStatus.Registered, keyDigest);
        emit PhysicianRegistered(account, keyDigest);
    }

    /// @inheritdoc IDirectory
    function bindDevice(
        address account,
        address devicePatient,
        uint256 nonce,
        uint256 deadline,
        bytes calldata deviceSignature,
        bytes calldata patientSignature
    ) external {
        _requireInTime(deadline);
        PatientStatus status = _patients[devicePatient];
        if (status != PatientStatus.Registered) revert DirectoryWrongPatientStatus(devicePatient, status);
        _requireDevice(account, DeviceStatus.Unknown);
        bytes32 structHash =
            keccak256(abi.encode(BIND_DEVICE_TYPEHASH, account, devicePatient, nonce, deadline));
        _requireSigned(structHash, account, deviceSignature);
        _requireSigned(structHash, devicePatient, patientSignature);
        _useNonce(devicePatient, nonce);
        Device storage bound = _devices[account];
        bound.patient = devicePatient;
        bound.status = DeviceStatus.Bound;
        emit DeviceBound(account, devicePatient);
    }

    /// @inheritdoc IDirectory
    function suspendDevice(
        address account,
        address devicePatient,
        bytes8 incarnation,
        uint64 lastSequence,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _requireInTime(deadline);
        _requireDevice(account, DeviceStatus.Bound);
        if (_devices[account].patient != devicePatient) {
            revert DirectoryNotDevicePatient(account, devicePatient);
        }
        bytes32 structHash = keccak256(
            abi.encode(
                SUSPEND_DEVICE_TYPEHASH, account, devicePatient, incarnation, lastSequence, nonce, deadline
            )
        );
        _requireSigned(structHash, devicePatient, signature);
        _useNonce(devicePatient, nonce);
        _suspendDevice(account, incarnation, lastSequence);
    }

    /// @inheritdoc IDirectory
    function suspendDeviceByHospitals(address account, bytes8 incarnation, uint64 lastSequence) external {
        _requireDevice(account, DeviceStatus.Bound);
        bytes32 ballot = keccak256(abi.encode(msg.sig, account, incarnation, lastSequence, roundOf(account)));
        if (_vote(account, ballot)) _suspendDevice(account, incarnation, lastSequence);
    }

    /// @inheritdoc IDirectory
    function admitPhysician(address account) external {
        _requirePhysician(account, PhysicianStatus.Registered);
        if (!_voteOn(account)) return;
        _physicians[account].status = PhysicianStatus.Active;
        emit PhysicianAdmitted(account);
    }

    /// @inheritdoc IDirectory
    function suspendPhysician(address account) external {
        _requirePhysician(account, PhysicianStatus.Active);
        if (!_voteOn(account)) return;
        _physicians[account].status = PhysicianStatus.Suspended;
        emit PhysicianSuspended(account);
    }

    /// @inheritdoc IDirectory
    function reinstatePhysician(address account) external {
        _requirePhysician(account, PhysicianStatus.Suspended);
        if (!_voteOn(account)) return;
        _physicians[account].status = PhysicianStatus.Active;
        emit PhysicianReinstated(account);
    }

    /// @inheritdoc IDirectory
    function setContracts(address newConsent, address newAnchor) external {
        _requireOurs(newConsent);
        _requireOurs(newAnchor);
        bytes32 ballot = keccak256(abi.encode(msg.sig, newConsent, newAnchor, roundOf(address(this))));
        if (!_vote(address(this), ballot)) return;
        _consent = newConsent;
        _anchor = newAnchor;
        emit ContractsSet(newConsent, newAnchor);
    }

    /// @inheritdoc IDirectory
    function useNonce(address signer, uint256 nonce) external {
        if (msg.sender != _consent) revert DirectoryUnauthorizedContract(msg.sender);
        _useNonce(signer, nonce);
    }

    /// @inheritdoc IDirectory
    function patient(address account) external view returns (PatientStatus status) {
        return _patients[account];
    }

    /// @inheritdoc IDirectory
    function physician(address account) external view returns (PhysicianStatus status, bytes32 keyDigest) {
        Physician storage held = _physicians[account];
        return (held.status, held.keyDigest);
    }

    /// @inheritdoc IDirectory
    function device(address account)
        external
        view
        returns (address devicePatient, DeviceStatus status, bytes8 incarnation, uint64 lastSequence)
    {
        Device storage held = _devices[account];
        return (held.patient, held.status, held.incarnation, held.lastSequence);
    }

    /// @inheritdoc IDirectory
    function consent() external view returns (address) {
        return _consent;
    }

    /// @inheritdoc IDirectory
    function anchor() external view returns (address) {
        return _anchor;
    }

    function _suspendDevice(address account, bytes8 incarnation, uint64 lastSequence) private {
        Device storage held = _devices[account];
        held.status = DeviceStatus.Suspended;
        held.incarnation = incarnation;
        held.lastSequence = lastSequence;
        emit DeviceSuspended(account, held.patient, incarnation, lastSequence);
    }

    /// @dev The vote on a motion of which `account` is the only argument.
    function _voteOn(address account) private returns (bool carried) {
        return _vote(account, keccak256(abi.encode(msg.sig, account, roundOf(account))));
    }

    function _requirePhysician(address account, PhysicianStatus wanted) private view {
        PhysicianStatus status = _physicians[account].status;
        if (status != wanted) revert DirectoryWrongPhysicianStatus(account, status);
    }

    function _requireDevice(address account, DeviceStatus wanted) private view {
        DeviceStatus status = _devices[account].status;
        if (status != wanted) revert DirectoryWrongDeviceStatus(account, status);
    }

    /// @dev Asks by a low-level call, so that an account without code is refused by name too.
    function _requireOurs(address account) private view {
        (bool answered, bytes memory answer) = account.staticcall(abi.encodeWithSignature("directory()"));
        if (!answered || answer.length != 32 || abi.decode(answer, (uint256)) != uint160(address(this))) {
            revert DirectoryForeignContract(account);
        }
    }
}
