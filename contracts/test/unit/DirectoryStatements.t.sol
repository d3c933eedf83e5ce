// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {Directory} from "../../src/Directory.sol";
import {IDirectoryStatements} from "../../src/interfaces/IDirectoryStatements.sol";
import {Domain, Statements} from "../support/Statements.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

contract DirectoryStatementsTest is World {
    address private _patient;

    function setUp() public {
        found(1);
        _patient = vm.addr(PATIENT);
    }

    function test_the_domain_separator_is_that_of_EIP_712_over_all_five_fields() public view {
        assertEq(directory.domainSeparator(), Statements.separator(here()), "separator");
    }

    function test_EIP_5267_describes_the_domain() public view {
        (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifying,
            bytes32 salt,
            uint256[] memory extensions
        ) = directory.eip712Domain();
        assertEq(uint8(fields), 0x1f, "all five fields");
        vm.assertEq(name, "Hygeia", "name");
        vm.assertEq(version, "1", "version");
        assertEq(chainId, block.chainid, "chain id");
        assertEq(verifying, address(directory), "verifying contract");
        assertEq(salt, GENESIS, "salt");
        assertEq(extensions.length, 0, "extensions");
        assertEq(directory.genesisHash(), GENESIS, "genesis hash");
    }

    function test_a_directory_without_a_genesis_hash_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IDirectoryStatements.DirectoryEmptyGenesisHash.selector));
        new Directory(bytes32(0), hospitalList(1));
    }

    function testFuzz_nothing_signed_for_another_chain_is_accepted(uint64 otherChain) public {
        vm.assume(otherChain != block.chainid);
        Domain memory elsewhere = here();
        elsewhere.chainId = otherChain;
        expectRefusedFrom(elsewhere);
    }

    function testFuzz_nothing_signed_for_another_directory_is_accepted(address other) public {
        vm.assume(other != address(directory));
        Domain memory elsewhere = here();
        elsewhere.verifyingContract = other;
        expectRefusedFrom(elsewhere);
    }

    function testFuzz_nothing_signed_for_another_genesis_is_accepted(bytes32 other) public {
        vm.assume(other != GENESIS);
        Domain memory elsewhere = here();
        elsewhere.salt = other;
        expectRefusedFrom(elsewhere);
    }

    function test_nothing_signed_for_another_name_or_version_is_accepted() public {
        Domain memory elsewhere = here();
        elsewhere.name = "hygeia";
        expectRefusedFrom(elsewhere);
        elsewhere = here();
        elsewhere.version = "2";
        expectRefusedFrom(elsewhere);
    }

    function test_after_a_fork_of_the_chain_only_its_own_id_is_accepted() public {
        Domain memory before = here();
        vm.chainId(block.chainid + 1);
        assertEq(directory.domainSeparator(), Statements.separator(here()), "separator of the new id");
        expectRefusedFrom(before);
        registerPatient(PATIENT, 0);
    }

    function test_a_high_s_signature_is_refused() public {
        bytes32 statement = Statements.registerPatient(_patient, 0, LATER);
        expectRefused(Statements.signHigh(PATIENT, here(), statement));
    }

    function test_a_signature_of_another_length_is_refused() public {
        bytes memory signature = sign(PATIENT, Statements.registerPatient(_patient, 0, LATER));
        expectRefused("");
        expectRefused(bytes.concat(signature, hex"00"));
        bytes memory cut = new bytes(64);
        for (uint256 i = 0; i < 64; ++i) {
            cut[i] = signature[i];
        }
        expectRefused(cut);
    }

    function testFuzz_v_is_27_or_28_and_nothing_else(uint8 v) public {
        bytes memory signature = sign(PATIENT, Statements.registerPatient(_patient, 0, LATER));
        vm.assume(bytes1(v) != signature[64]);
        signature[64] = bytes1(v);
        expectRefused(signature);
    }

    function testFuzz_a_signature_with_any_bit_changed_is_refused(uint256 bit) public {
        bytes memory signature = sign(PATIENT, Statements.registerPatient(_patient, 0, LATER));
        bit %= signature.length * 8;
        signature[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        expectRefused(signature);
    }

    function test_nobody_can_speak_for_the_zero_address() public {
        expectRefused(address(0), new bytes(65));
    }

    function testFuzz_a_statement_is_in_time_up_to_its_deadline_and_not_after(uint64 deadline, uint64 time)
        public
    {
        vm.warp(time);
        bytes memory signature = sign(PATIENT, Statements.registerPatient(_patient, 0, deadline));
        if (time > deadline) {
            vm.expectRevert(abi.encodeWithSelector(IDirectoryStatements.DirectoryExpired.selector, deadline));
        }
        directory.registerPatient(_patient, 0, deadline, signature);
    }

    function test_the_deadline_itself_is_in_time() public {
        bytes memory signature = sign(PATIENT, Statements.registerPatient(_patient, 0, LATER));
        vm.warp(LATER);
        directory.registerPatient(_patient, 0, LATER, signature);
        assertTrue(directory.isNonceUsed(_patient, 0), "accepted");
    }

    function testFuzz_a_nonce_may_be_any_number_and_is_marked_for_its_signer_alone(
        uint256 nonce,
        uint256 other
    ) public {
        vm.assume(nonce != other);
        assertFalse(directory.isNonceUsed(_patient, nonce), "before");
        registerPatient(PATIENT, nonce);
        assertTrue(directory.isNonceUsed(_patient, nonce), "after");
        assertFalse(directory.isNonceUsed(_patient, other), "another nonce");
        assertFalse(directory.isNonceUsed(vm.addr(STRANGER), nonce), "another signer");
    }

    function testFuzz_a_nonce_used_in_one_statement_is_refused_in_the_next(uint256 nonce) public {
        registerPatient(PATIENT, nonce);
        vm.expectRevert(
            abi.encodeWithSelector(IDirectoryStatements.DirectoryNonceUsed.selector, _patient, nonce)
        );
        registerPhysician(PATIENT, nonce);
    }

    function testFuzz_anybody_may_relay(address relay) public {
        bytes memory signature = sign(PATIENT, Statements.registerPatient(_patient, 7, LATER));
        vm.prank(relay);
        directory.registerPatient(_patient, 7, LATER, signature);
        assertEq(uint8(directory.patient(_patient)), 1, "registered");
    }

    function expectRefusedFrom(Domain memory elsewhere) private {
        expectRefused(Statements.sign(PATIENT, elsewhere, Statements.registerPatient(_patient, 0, LATER)));
    }

    function expectRefused(bytes memory signature) private {
        expectRefused(_patient, signature);
    }

    function expectRefused(address signer, bytes memory signature) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDirectoryStatements.DirectoryInvalidSignature.selector, signer)
        );
        directory.registerPatient(signer, 0, LATER, signature);
    }
}
