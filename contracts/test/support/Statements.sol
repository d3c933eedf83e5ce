// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @dev Where a signature is meant to be worth something.
struct Domain {
    string name;
    string version;
    uint256 chainId;
    address verifyingContract;
    bytes32 salt;
}

/// @title The statements as a wallet would sign them, spelt out from EIP-712 and not from the contracts
library Statements {
    function separator(Domain memory domain) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
                ),
                keccak256(bytes(domain.name)),
                keccak256(bytes(domain.version)),
                domain.chainId,
                domain.verifyingContract,
                domain.salt
            )
        );
    }

    function sign(uint256 key, Domain memory domain, bytes32 statement) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest(domain, statement));
        return abi.encodePacked(r, s, v);
    }

    /// @dev The other signature that the same key could have made: s reflected, v flipped.
    function signHigh(uint256 key, Domain memory domain, bytes32 statement)
        internal
        pure
        returns (bytes memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest(domain, statement));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        return abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    function digest(Domain memory domain, bytes32 statement) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator(domain), statement));
    }

    function registerPatient(address patient, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256("RegisterPatient(address patient,uint256 nonce,uint256 deadline)"),
                patient,
                nonce,
                deadline
            )
        );
    }

    function registerPhysician(address physician, bytes32 keyDigest, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256(
                    "RegisterPhysician(address physician,bytes32 keyDigest,uint256 nonce,uint256 deadline)"
                ),
                physician,
                keyDigest,
                nonce,
                deadline
            )
        );
    }

    function bindDevice(address device, address patient, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256("BindDevice(address device,address patient,uint256 nonce,uint256 deadline)"),
                device,
                patient,
                nonce,
                deadline
            )
        );
    }

    function suspendDevice(
        address device,
        address patient,
        bytes8 incarnation,
        uint64 lastSequence,
        uint256 nonce,
        uint256 deadline
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "SuspendDevice(address device,address patient,bytes8 incarnation,uint64 lastSequence,uint256 nonce,uint256 deadline)"
                ),
                device,
                patient,
                incarnation,
                lastSequence,
                nonce,
                deadline
            )
        );
    }

    function grantConsent(address patient, bytes32 grant, uint64 accessEnd, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256(
                    "GrantConsent(address patient,bytes32 grant,uint64 accessEnd,uint256 nonce,uint256 deadline)"
                ),
                patient,
                grant,
                accessEnd,
                nonce,
                deadline
            )
        );
    }

    function revokeConsent(address patient, bytes32 grant) internal pure returns (bytes32) {
        return
            keccak256(abi.encode(keccak256("RevokeConsent(address patient,bytes32 grant)"), patient, grant));
    }

    function openEmergency(
        address patient,
        bytes32 grant,
        bytes32 reason,
        address hospital,
        uint256 nonce,
        uint256 deadline
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "OpenEmergency(address patient,bytes32 grant,bytes32 reason,address hospital,uint256 nonce,uint256 deadline)"
                ),
                patient,
                grant,
                reason,
                hospital,
                nonce,
                deadline
            )
        );
    }
}
