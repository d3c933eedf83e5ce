// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Signatures over EIP-712 typed data
/// @dev OpenZeppelin's own `EIP712` and `MessageHashUtils` need the `mcopy` of Cancun, and Clique stops at London.
library TypedData {
    /// @notice Whether `signature` is the canonical one of `signer` over a struct in a domain.
    /// @dev 65 bytes, low s, v of 27 or 28.
    function isSignedBy(bytes32 domainSeparator, bytes32 structHash, address signer, bytes calldata signature)
        internal
        pure
        returns (bool)
    {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domainSeparator, structHash));
        (address recovered, ECDSA.RecoverError fault,) = ECDSA.tryRecoverCalldata(digest, signature);
        return fault == ECDSA.RecoverError.NoError && recovered == signer;
    }
}
