// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IAnchor} from "./interfaces/IAnchor.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";

/// @title Merkle roots of what hospitals stored
contract Anchor is IAnchor {
    /// @dev The order is part of the contract: storage proofs are read against it.
    struct Record {
        address hospital;
        uint48 blockNumber;
        uint32 count;
        bytes32 manifest;
    }

    uint8 private constant LAST_KIND = 1;
    uint32 private constant MAX_COUNT = 8192;

    mapping(uint8 kind => mapping(bytes32 root => Record)) private _records;

    IDirectory private immutable _directory;

    constructor(IDirectory directory_) {
        _directory = directory_;
    }

    /// @inheritdoc IAnchor
    function anchor(uint8 kind, bytes32 root, uint32 count, bytes32 manifest)
        external
        returns (bool recorded)
    {
        address hospital = _directory.hospitalOfAnchor(msg.sender);
        if (hospital == address(0)) revert AnchorUnauthorizedAccount(msg.sender);
        if (kind > LAST_KIND) revert AnchorUnknownKind(kind);
        if (root == bytes32(0)) revert AnchorEmptyRoot();
        if (count == 0 || count > MAX_COUNT) revert AnchorCountOutOfRange(count);
        if (_records[kind][root].hospital != address(0)) return false;
        _records[kind][root] = Record(hospital, uint48(block.number), count, manifest);
        emit Anchored(root, hospital, kind, count, manifest);
        return true;
    }

    /// @inheritdoc IAnchor
    function anchorOf(uint8 kind, bytes32 root)
        external
        view
        returns (address hospital, uint48 blockNumber, uint32 count, bytes32 manifest)
    {
        Record storage held = _records[kind][root];
        return (held.hospital, held.blockNumber, held.count, held.manifest);
    }

    /// @inheritdoc IAnchor
    function directory() external view returns (IDirectory) {
        return _directory;
    }
}
