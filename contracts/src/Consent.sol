// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {TypedData} from "./TypedData.sol";
import {IConsent} from "./interfaces/IConsent.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {IDirectoryHospitals} from "./interfaces/IDirectoryHospitals.sol";

/// @title What patients allow, and no longer allow
contract Consent is IConsent {
    struct Permission {
        uint64 accessEnd;
        bool revoked;
        uint64 openedAt;
    }

    bytes32 private constant GRANT_TYPEHASH = keccak256(
        "GrantConsent(address patient,bytes32 grant,uint64 accessEnd,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant REVOKE_TYPEHASH = keccak256("RevokeConsent(address patient,bytes32 grant)");

    bytes32 private constant EMERGENCY_TYPEHASH = keccak256(
        "OpenEmergency(address patient,bytes32 grant,bytes32 reason,address hospital,uint256 nonce,uint256 deadline)"
    );

    mapping(address patient => mapping(bytes32 grant => Permission)) private _permissions;
    mapping(address patient => mapping(bytes32 grant => bytes32)) private _reasons;

    IDirectory private immutable _directory;
    uint256 private immutable _chainId;
    bytes32 private immutable _separator;

    constructor(IDirectory directory_) {
        _directory = directory_;
        _chainId = block.chainid;
        _separator = directory_.domainSeparator();
    }

    /// @inheritdoc IConsent
    function grant(
        address patient,
        bytes32 granted,
        uint64 accessEnd,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (granted == bytes32(0)) revert ConsentEmptyGrant();
        if (block.timestamp > deadline) revert ConsentExpired(deadline);
        if (block.timestamp >= accessEnd) revert ConsentAccessOver(accessEnd);
        Permission storage held = _permissions[patient][granted];
        if (held.revoked) revert ConsentAlreadyRevoked(patient, granted);
        if (held.accessEnd != 0) revert ConsentAlreadyGranted(patient, granted);
        if (_directory.patient(patient) != IDirectory.PatientStatus.Registered) {
            revert ConsentUnknownPatient(patient);
        }
        bytes32 structHash =
            keccak256(abi.encode(GRANT_TYPEHASH, patient, granted, accessEnd, nonce, deadline));
        _requireSigned(structHash, patient, signature);
        _directory.useNonce(patient, nonce);
        held.accessEnd = accessEnd;
        emit Granted(patient, granted, accessEnd);
    }

    /// @inheritdoc IConsent
    function revoke(address patient, bytes32 granted, bytes calldata signature) external {
        if (granted == bytes32(0)) revert ConsentEmptyGrant();
        _requireSigned(keccak256(abi.encode(REVOKE_TYPEHASH, patient, granted)), patient, signature);
        Permission storage held = _permissions[patient][granted];
        if (held.revoked) return;
        held.revoked = true;
        emit Revoked(patient, granted);
    }

    /// @inheritdoc IConsent
    function openEmergency(
        address patient,
        bytes32 granted,
        bytes32 reason,
        address witness,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (reason == bytes32(0)) revert ConsentEmptyReason();
        if (block.timestamp > deadline) revert ConsentExpired(deadline);
        if (!isActive(patient, granted)) revert ConsentNotActive(patient, granted);
        address opener = _openerOf(msg.sender);
        if (witness == opener) revert ConsentNoOtherHospital(witness);
        address receipt = _activeHospital(witness).receipt;
        bytes32 structHash =
            keccak256(abi.encode(EMERGENCY_TYPEHASH, patient, granted, reason, opener, nonce, deadline));
        _requireSigned(structHash, receipt, signature);
        _directory.useNonce(receipt, nonce);
        _permissions[patient][granted].openedAt = uint64(block.timestamp);
        _reasons[patient][granted] = reason;
        emit EmergencyOpened(patient, granted, reason, opener, witness);
    }

    /// @inheritdoc IConsent
    function isActive(address patient, bytes32 granted) public view returns (bool) {
        Permission storage held = _permissions[patient][granted];
        return !held.revoked && block.timestamp < held.accessEnd;
    }

    /// @inheritdoc IConsent
    function emergencyOf(address patient, bytes32 granted)
        external
        view
        returns (uint64 openedAt, bytes32 reason)
    {
        return (_permissions[patient][granted].openedAt, _reasons[patient][granted]);
    }

    /// @inheritdoc IConsent
    function consentOf(address patient, bytes32 granted)
        external
        view
        returns (uint64 accessEnd, bool revoked)
    {
        Permission storage held = _permissions[patient][granted];
        return (held.accessEnd, held.revoked);
    }

    /// @inheritdoc IConsent
    function directory() external view returns (IDirectory) {
        return _directory;
    }

    /// @dev The active hospital that relays as `account` at present.
    function _openerOf(address account) private view returns (address operator) {
        operator = _directory.hospitalOf(account);
        if (_activeHospital(operator).relay != account) revert ConsentUnauthorizedHospital(account);
    }

    function _activeHospital(address operator)
        private
        view
        returns (IDirectoryHospitals.Hospital memory keys)
    {
        IDirectoryHospitals.HospitalStatus status;
        (keys, status) = _directory.hospital(operator);
        if (status != IDirectoryHospitals.HospitalStatus.Active) revert ConsentUnauthorizedHospital(operator);
    }

    function _requireSigned(bytes32 structHash, address signer, bytes calldata signature) private view {
        bytes32 separator = block.chainid == _chainId ? _separator : _directory.domainSeparator();
        if (!TypedData.isSignedBy(separator, structHash, signer, signature)) {
            revert ConsentInvalidSignature(signer);
        }
    }
}
