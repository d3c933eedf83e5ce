// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {Anchor} from "../../src/Anchor.sol";
import {Consent} from "../../src/Consent.sol";
import {Directory} from "../../src/Directory.sol";
import {IDirectoryHospitals} from "../../src/interfaces/IDirectoryHospitals.sol";
import {Domain, Statements} from "./Statements.sol";
import {vm} from "./Vm.sol";

/// @title A deployed consortium, and the hands to act in it
abstract contract World {
    bytes32 internal constant GENESIS = keccak256("block 0");
    uint256 internal constant NOW = 1_750_000_000;
    uint256 internal constant LATER = NOW + 1 hours;
    uint256 internal constant PATIENT = 0xA11CE;
    uint256 internal constant PHYSICIAN = 0xD0C;
    uint256 internal constant DEVICE = 0xDE71CE;
    uint256 internal constant STRANGER = 0x57A46E4;

    Directory internal directory;
    Consent internal consent;
    Anchor internal anchors;

    /// @dev Deploys with `count` founding hospitals, and votes the contracts in.
    function found(uint256 count) internal {
        vm.warp(NOW);
        directory = new Directory(GENESIS, hospitalList(count));
        consent = new Consent(directory);
        anchors = new Anchor(directory);
        for (uint256 i = 0; i < directory.majority(); ++i) {
            vm.prank(hospitalAt(i).operator);
            directory.setContracts(address(consent), address(anchors));
        }
    }

    function hospitalList(uint256 count) internal pure returns (IDirectoryHospitals.Hospital[] memory list) {
        list = new IDirectoryHospitals.Hospital[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = hospitalAt(i);
        }
    }

    /// @dev The hospital of this number, whether admitted or not.
    function hospitalAt(uint256 number) internal pure returns (IDirectoryHospitals.Hospital memory) {
        return IDirectoryHospitals.Hospital(
            keyAt(number, "operator"),
            keyAt(number, "anchor"),
            keyAt(number, "relay"),
            keyAt(number, "receipt"),
            keccak256(abi.encode(number, "proxy"))
        );
    }

    function keyAt(uint256 number, string memory purpose) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(number, purpose)))));
    }

    /// @dev A domain in which signatures are worth something here.
    function here() internal view returns (Domain memory) {
        return Domain("Hygeia", "1", block.chainid, address(directory), GENESIS);
    }

    function sign(uint256 key, bytes32 statement) internal view returns (bytes memory) {
        return Statements.sign(key, here(), statement);
    }

    function registerPatient(uint256 key, uint256 nonce) internal returns (address patient) {
        patient = vm.addr(key);
        bytes memory signature = sign(key, Statements.registerPatient(patient, nonce, LATER));
        directory.registerPatient(patient, nonce, LATER, signature);
    }

    function registerPhysician(uint256 key, uint256 nonce) internal returns (address physician) {
        physician = vm.addr(key);
        bytes32 keyDigest = keccak256(abi.encode(key));
        bytes memory signature = sign(key, Statements.registerPhysician(physician, keyDigest, nonce, LATER));
        directory.registerPhysician(physician, keyDigest, nonce, LATER, signature);
    }

    function bindDevice(uint256 deviceKey, uint256 patientKey, uint256 nonce)
        internal
        returns (address device)
    {
        device = vm.addr(deviceKey);
        address patient = vm.addr(patientKey);
        bytes32 statement = Statements.bindDevice(device, patient, nonce, LATER);
        bytes memory byDevice = sign(deviceKey, statement);
        directory.bindDevice(device, patient, nonce, LATER, byDevice, sign(patientKey, statement));
    }

    function grant(uint256 key, bytes32 granted, uint64 accessEnd, uint256 nonce) internal {
        address patient = vm.addr(key);
        bytes32 statement = Statements.grantConsent(patient, granted, accessEnd, nonce, LATER);
        consent.grant(patient, granted, accessEnd, nonce, LATER, sign(key, statement));
    }

    function revoke(uint256 key, bytes32 granted) internal {
        address patient = vm.addr(key);
        consent.revoke(patient, granted, sign(key, Statements.revokeConsent(patient, granted)));
    }

    /// @dev A private key made of anything.
    function keyFrom(uint256 seed) internal pure returns (uint256) {
        return seed % 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140 + 1;
    }

    function assertTrue(bool claim, string memory said) internal pure {
        vm.assertTrue(claim, said);
    }

    function assertFalse(bool claim, string memory said) internal pure {
        vm.assertFalse(claim, said);
    }

    function assertEq(uint256 got, uint256 want, string memory said) internal pure {
        vm.assertEq(got, want, said);
    }

    function assertEq(address got, address want, string memory said) internal pure {
        vm.assertEq(got, want, said);
    }

    function assertEq(bytes32 got, bytes32 want, string memory said) internal pure {
        vm.assertEq(got, want, said);
    }
}
