// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {TypedData} from "./TypedData.sol";
import {IConsent} from "./interfaces/IConsent.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";

/// @title What patients allow, and no longer allow
contract Consent is IConsent {
    struct Permission {
        uint64 accessEnd;
        bool revoked;
    }

    bytes32 private constant GRANT_TYPEHASH = keccak256(
        "GrantConsent(address patient,bytes32 grant,uint64 accessEnd,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant REVOKE_TYPEHASH = keccak256("RevokeConsent(address patient,bytes32 grant)");

    mapping(address patient => mapping(bytes32 grant => Permission)) private _permissions;

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
    function isActive(address patient, bytes32 granted) external view returns (bool) {
        Permission storage held = _permissions[patient][granted];
        return !held.revoked && block.timestamp < held.accessEnd;
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

    function _requireSigned(bytes32 structHash, address signer, bytes calldata signature) private view {
        bytes32 separator = block.chainid == _chainId ? _separator : _directory.domainSeparator();
        if (!TypedData.isSignedBy(separator, structHash, signer, signature)) {
            revert ConsentInvalidSignature(signer);
        }
    }
}
