// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IDirectory} from "./IDirectory.sol";

/// @title Merkle roots of what hospitals stored
/// @notice What a hospital once said of a root stays as it is: block, count and manifest never change. Each hospital
/// has a record of its own: that another was the first to anchor the same root takes nothing from it.
/// @dev Holds digests only.
///
/// Storage, for `eth_getProof`: with `slot = keccak256(abi.encode(key, keccak256(abi.encode(space, uint256(0)))))`,
/// the word at `slot` is count (32 bits) ‖ block (48 bits) ‖ hospital (160 bits), the hospital lowest and the 16
/// highest bits zero; the word at `slot + 1` is the manifest. For the first hospital to anchor a root, `key` is the
/// root and `space` the kind; for any other, `key` is `keccak256(abi.encode(root, hospital))` and `space` the kind
/// plus 128.
interface IAnchor {
    /// @notice `hospital` stored `count` leaves under `root`.
    /// @param hospital Its operator.
    /// @param kind 0 for batches, 1 for audit entries.
    /// @param manifest sha2-256 digest in the CID of the manifest.
    event Anchored(
        bytes32 indexed root, address indexed hospital, uint8 kind, uint32 count, bytes32 manifest
    );

    /// @notice `account` is not the anchor account of an active hospital.
    error AnchorUnauthorizedAccount(address account);

    /// @notice Kinds are 0 and 1.
    error AnchorUnknownKind(uint8 kind);

    /// @notice A tree without leaves has no root.
    error AnchorEmptyRoot();

    /// @notice An anchor is of 1 to 8,192 leaves.
    error AnchorCountOutOfRange(uint32 count);

    /// @notice Anchor `root`. A root that the same hospital anchored is success without any change: sending again is
    /// harmless. What other hospitals anchored does not matter.
    /// @param kind 0 for batches, 1 for audit entries; each has roots of its own.
    /// @param root Of the tree over the leaves, not zero.
    /// @param count Leaves in the tree, 1 to 8,192.
    /// @param manifest sha2-256 digest in the CID of the manifest (DAG-CBOR).
    /// @return recorded False when the hospital had anchored the root, and its record is the former one.
    function anchor(uint8 kind, bytes32 root, uint32 count, bytes32 manifest) external returns (bool recorded);

    /// @notice The first record of `root`, all zero when it is not anchored.
    /// @return hospital Operator of the hospital that anchored it first.
    /// @return blockNumber Block that it did so in.
    function anchorOf(uint8 kind, bytes32 root)
        external
        view
        returns (address hospital, uint48 blockNumber, uint32 count, bytes32 manifest);

    /// @notice What `hospital` recorded of `root`, all zero when it did not anchor it.
    /// @param hospital Its operator.
    /// @return blockNumber Block that it did so in.
    function anchorBy(uint8 kind, bytes32 root, address hospital)
        external
        view
        returns (uint48 blockNumber, uint32 count, bytes32 manifest);

    /// @notice The `Directory` that this belongs to.
    function directory() external view returns (IDirectory);
}
