// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {Anchor} from "../../src/Anchor.sol";
import {Consent} from "../../src/Consent.sol";
import {Directory} from "../../src/Directory.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {Domain, Statements} from "../support/Statements.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

/// @dev The vectors are digests and signatures by ethers. A signature recovers to its signer only over the digest
/// that was signed, so that acceptance shows the contract's hashing equal to that of ethers.
contract TypedDataTest is World {
    string private _json;
    uint256 private _deadline;
    address private _patient;
    address private _device;

    function setUp() public {
        _json = vm.readFile("test/vectors/typed-data.json");
        vm.chainId(number(".domain.chainId"));
        vm.warp(NOW);
        address deployer = account(".domain.deployer");
        IDirectory.Hospital[] memory founding = hospitalList(1);
        bytes32 genesis = word(".domain.salt");
        vm.prank(deployer);
        directory = new Directory(genesis, founding);
        consent = new Consent(directory);
        anchors = new Anchor(directory);
        vm.prank(founding[0].operator);
        directory.setContracts(address(consent), address(anchors));
        _patient = account(".registerPatient.message.patient");
        _device = account(".bindDevice.message.device");
        _deadline = number(".registerPatient.message.deadline");
    }

    function test_the_domain_is_that_of_ethers() public view {
        assertEq(address(directory), account(".domain.verifyingContract"), "address");
        assertEq(directory.domainSeparator(), word(".domain.separator"), "separator");
    }

    function test_every_statement_signed_by_ethers_is_accepted() public {
        directory.registerPatient(
            _patient, number(".registerPatient.message.nonce"), _deadline, signature(".registerPatient", 0)
        );
        directory.registerPhysician(
            account(".registerPhysician.message.physician"),
            word(".registerPhysician.message.keyDigest"),
            number(".registerPhysician.message.nonce"),
            _deadline,
            signature(".registerPhysician", 0)
        );
        directory.bindDevice(
            _device,
            _patient,
            number(".bindDevice.message.nonce"),
            _deadline,
            signature(".bindDevice", 0),
            signature(".bindDevice", 1)
        );
        directory.suspendDevice(
            _device,
            _patient,
            bytes8(vm.parseJsonBytes(_json, ".suspendDevice.message.incarnation")),
            uint64(number(".suspendDevice.message.lastSequence")),
            number(".suspendDevice.message.nonce"),
            _deadline,
            signature(".suspendDevice", 0)
        );
        bytes32 granted = word(".grantConsent.message.grant");
        consent.grant(
            _patient,
            granted,
            uint64(number(".grantConsent.message.accessEnd")),
            number(".grantConsent.message.nonce"),
            _deadline,
            signature(".grantConsent", 0)
        );
        assertTrue(consent.isActive(_patient, granted), "granted");
        consent.revoke(_patient, granted, signature(".revokeConsent", 0));
        assertFalse(consent.isActive(_patient, granted), "revoked");
    }

    function test_the_digests_of_these_tests_are_those_of_ethers() public view {
        assertDigest(
            ".registerPatient",
            Statements.registerPatient(_patient, number(".registerPatient.message.nonce"), _deadline)
        );
        assertDigest(
            ".registerPhysician",
            Statements.registerPhysician(
                account(".registerPhysician.message.physician"),
                word(".registerPhysician.message.keyDigest"),
                number(".registerPhysician.message.nonce"),
                _deadline
            )
        );
        assertDigest(
            ".bindDevice",
            Statements.bindDevice(_device, _patient, number(".bindDevice.message.nonce"), _deadline)
        );
        assertDigest(
            ".suspendDevice",
            Statements.suspendDevice(
                _device,
                _patient,
                bytes8(vm.parseJsonBytes(_json, ".suspendDevice.message.incarnation")),
                uint64(number(".suspendDevice.message.lastSequence")),
                number(".suspendDevice.message.nonce"),
                _deadline
            )
        );
        assertDigest(
            ".grantConsent",
            Statements.grantConsent(
                _patient,
                word(".grantConsent.message.grant"),
                uint64(number(".grantConsent.message.accessEnd")),
                number(".grantConsent.message.nonce"),
                _deadline
            )
        );
        assertDigest(
            ".openEmergency",
            Statements.openEmergency(
                _patient,
                word(".openEmergency.message.grant"),
                word(".openEmergency.message.reason"),
                account(".openEmergency.message.hospital"),
                number(".openEmergency.message.nonce"),
                _deadline
            )
        );
        assertDigest(
            ".revokeConsent", Statements.revokeConsent(_patient, word(".revokeConsent.message.grant"))
        );
    }

    function assertDigest(string memory name, bytes32 statement) private view {
        Domain memory domain = here();
        domain.salt = word(".domain.salt");
        assertEq(Statements.digest(domain, statement), word(string.concat(name, ".digest")), name);
    }

    function signature(string memory name, uint256 signer) private view returns (bytes memory) {
        return
            vm.parseJsonBytes(_json, string.concat(name, signer == 0 ? ".signatures[0]" : ".signatures[1]"));
    }

    function number(string memory path) private view returns (uint256) {
        return vm.parseJsonUint(_json, path);
    }

    function account(string memory path) private view returns (address) {
        return vm.parseJsonAddress(_json, path);
    }

    function word(string memory path) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, path);
    }
}
