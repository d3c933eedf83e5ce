// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

/// @title What every signature in Hygeia is bound to
/// @notice One EIP-712 domain for everything that is signed, on the chain and off it: name `Hygeia`, version `1`,
/// the chain id, the address of this `Directory`, and the genesis hash as salt. Nothing signed for one chain or
/// deployment is worth anything on another.
/// @dev Signatures are 65 bytes r ‖ s ‖ v with low s and v of 27 or 28; nothing else is accepted. Whoever sends the
/// transaction is of no importance: a hospital relays, the signer pays nothing.
interface IDirectoryStatements is IERC5267 {
    /// @notice The statement was to be relayed by `deadline`, in Unix seconds, and that has passed.
    error DirectoryExpired(uint256 deadline);

    /// @notice The signature is malformed, malleable, or not by `signer` over this statement in this domain.
    error DirectoryInvalidSignature(address signer);

    /// @notice `signer` has used `nonce` in an earlier statement, here or in `Consent`.
    error DirectoryNonceUsed(address signer, uint256 nonce);

    /// @notice A chain without a genesis hash cannot be told from another.
    error DirectoryEmptyGenesisHash();

    /// @notice Separator of the domain, for the chain id of this moment.
    function domainSeparator() external view returns (bytes32);

    /// @notice Hash of the chain's first block, as given at deployment; salt of the domain.
    function genesisHash() external view returns (bytes32);

    /// @notice Whether `signer` has used `nonce`, in any statement to `Directory` or `Consent`.
    /// @dev Nonces are unordered: any 256-bit number, once. Neighbouring ones share a storage slot and are cheaper.
    function isNonceUsed(address signer, uint256 nonce) external view returns (bool);
}
