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
    /// @dev Marks, above every kind that `anchor` takes, the records of hospitals that were not the first: nobody can
    /// anchor a root of his choice there, and so take the place of another.
    uint8 private constant LATER = 128;
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
        Record storage held = _records[kind][root];
        if (held.hospital != address(0)) {
            if (held.hospital == hospital) return false;
            held = _laterRecord(kind, root, hospital);
            if (held.hospital != address(0)) return false;
        }
        (held.hospital, held.blockNumber, held.count) = (hospital, uint48(block.number), count);
        held.manifest = manifest;
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
    function anchorBy(uint8 kind, bytes32 root, address hospital)
        external
        view
        returns (uint48 blockNumber, uint32 count, bytes32 manifest)
    {
        Record storage held = _records[kind][root];
        if (held.hospital != hospital) held = _laterRecord(kind, root, hospital);
        return (held.blockNumber, held.count, held.manifest);
    }

    /// @inheritdoc IAnchor
    function directory() external view returns (IDirectory) {
        return _directory;
    }

    function _laterRecord(uint8 kind, bytes32 root, address hospital) private view returns (Record storage) {
        return _records[kind | LATER][keccak256(abi.encode(root, hospital))];
    }
}
