// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {TypedData} from "../TypedData.sol";
import {IDirectoryStatements} from "../interfaces/IDirectoryStatements.sol";

/// @title The domain of all signatures, and the nonces
abstract contract DirectoryStatements is IDirectoryStatements {
    using BitMaps for BitMaps.BitMap;

    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
    );
    string private constant NAME = "Hygeia";
    string private constant VERSION = "1";

    bytes32 private immutable _genesisHash;
    uint256 private immutable _chainId;
    bytes32 private immutable _separator;

    mapping(address signer => BitMaps.BitMap) private _nonces;

    constructor(bytes32 genesisHash_) {
        if (genesisHash_ == bytes32(0)) revert DirectoryEmptyGenesisHash();
        _genesisHash = genesisHash_;
        _chainId = block.chainid;
        _separator = _separatorFor(genesisHash_);
    }

    /// @inheritdoc IDirectoryStatements
    function domainSeparator() public view returns (bytes32) {
        return block.chainid == _chainId ? _separator : _separatorFor(_genesisHash);
    }

    /// @inheritdoc IDirectoryStatements
    function genesisHash() external view returns (bytes32) {
        return _genesisHash;
    }

    /// @inheritdoc IDirectoryStatements
    function isNonceUsed(address signer, uint256 nonce) external view returns (bool) {
        return _nonces[signer].get(nonce);
    }

    /// @inheritdoc IERC5267
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (hex"1f", NAME, VERSION, block.chainid, address(this), _genesisHash, new uint256[](0));
    }

    /// @dev A deadline is the last block time that is still in time.
    function _requireInTime(uint256 deadline) internal view {
        if (block.timestamp > deadline) revert DirectoryExpired(deadline);
    }

    function _requireSigned(bytes32 structHash, address signer, bytes calldata signature) internal view {
        if (!TypedData.isSignedBy(domainSeparator(), structHash, signer, signature)) {
            revert DirectoryInvalidSignature(signer);
        }
    }

    function _useNonce(address signer, uint256 nonce) internal {
        if (_nonces[signer].get(nonce)) revert DirectoryNonceUsed(signer, nonce);
        _nonces[signer].set(nonce);
    }

    function _separatorFor(bytes32 salt) private view returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH,
                keccak256(bytes(NAME)),
                keccak256(bytes(VERSION)),
                block.chainid,
                address(this),
                salt
            )
        );
    }
}
