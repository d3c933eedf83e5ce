// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// @dev The cheatcodes of forge that these tests use.
interface Vm {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function roll(uint256 number) external;
    function chainId(uint256 id) external;
    function load(address target, bytes32 slot) external view returns (bytes32);
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata reason) external;
    function expectRevert() external;
    function expectEmit(address emitter) external;
    function record() external;
    function getRecordedLogs() external returns (Log[] memory);
    function recordLogs() external;
    function accesses(address target) external returns (bytes32[] memory reads, bytes32[] memory writes);
    function readFile(string calldata path) external view returns (string memory);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);

    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function assertTrue(bool claim, string calldata said) external pure;
    function assertFalse(bool claim, string calldata said) external pure;
    function assertEq(uint256 got, uint256 want, string calldata said) external pure;
    function assertEq(address got, address want, string calldata said) external pure;
    function assertEq(bytes32 got, bytes32 want, string calldata said) external pure;
    function assertEq(string calldata got, string calldata want, string calldata said) external pure;
}

Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
