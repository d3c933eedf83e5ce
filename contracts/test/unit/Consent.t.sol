// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {Consent} from "../../src/Consent.sol";
import {IConsent} from "../../src/interfaces/IConsent.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {IDirectoryStatements} from "../../src/interfaces/IDirectoryStatements.sol";
import {Domain, Statements} from "../support/Statements.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

contract ConsentTest is World {
    bytes32 private constant GRANT = keccak256("grant and salt");
    uint64 private constant END = uint64(NOW + 30 days);

    address private _patient;

    function setUp() public {
        found(1);
        _patient = registerPatient(PATIENT, 0);
    }

    function test_a_grant_is_active_once_the_patient_gave_it() public {
        assertFalse(consent.isActive(_patient, GRANT), "before");
        vm.expectEmit(address(consent));
        emit IConsent.Granted(_patient, GRANT, END);
        grant(PATIENT, GRANT, END, 1);
        assertTrue(consent.isActive(_patient, GRANT), "after");
        assertHeld(GRANT, END, false);
        assertFalse(consent.isActive(vm.addr(STRANGER), GRANT), "of this patient alone");
        assertEq(address(consent.directory()), address(directory), "directory");
    }

    function testFuzz_a_grant_is_active_until_its_end_and_never_again(uint64 accessEnd, uint64 time) public {
        vm.assume(accessEnd > NOW);
        grant(PATIENT, GRANT, accessEnd, 1);
        vm.warp(time);
        vm.assertTrue(consent.isActive(_patient, GRANT) == (time < accessEnd), "active only before its end");
    }

    function test_access_has_ended_at_its_end() public {
        grant(PATIENT, GRANT, END, 1);
        vm.warp(END - 1);
        assertTrue(consent.isActive(_patient, GRANT), "a second before");
        vm.warp(END);
        assertFalse(consent.isActive(_patient, GRANT), "at the end");
    }

    function testFuzz_a_grant_that_has_ended_is_refused(uint64 accessEnd) public {
        accessEnd = uint64(accessEnd % (NOW + 1));
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentAccessOver.selector, accessEnd));
        grant(PATIENT, GRANT, accessEnd, 1);
    }

    function testFuzz_a_revoked_grant_is_never_active(uint64 time) public {
        grant(PATIENT, GRANT, END, 1);
        vm.expectEmit(address(consent));
        emit IConsent.Revoked(_patient, GRANT);
        revoke(PATIENT, GRANT);
        vm.warp(time);
        assertFalse(consent.isActive(_patient, GRANT), "whatever the time");
        assertHeld(GRANT, END, true);
    }

    function test_a_revoke_can_come_before_its_grant_which_is_then_refused() public {
        revoke(PATIENT, GRANT);
        assertHeld(GRANT, 0, true);
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentAlreadyRevoked.selector, _patient, GRANT));
        grant(PATIENT, GRANT, END, 1);
        assertFalse(consent.isActive(_patient, GRANT), "never active");
        assertFalse(directory.isNonceUsed(_patient, 1), "and the nonce is not spent");
    }

    function test_a_revoke_again_is_no_error_and_no_change() public {
        revoke(PATIENT, GRANT);
        vm.recordLogs();
        revoke(PATIENT, GRANT);
        assertEq(vm.getRecordedLogs().length, 0, "no event");
        assertHeld(GRANT, 0, true);
    }

    function test_a_revoke_has_no_deadline() public {
        bytes memory signature = sign(PATIENT, Statements.revokeConsent(_patient, GRANT));
        vm.warp(NOW + 100 * 365 days);
        consent.revoke(_patient, GRANT, signature);
        assertHeld(GRANT, 0, true);
    }

    function test_somebody_unregistered_can_revoke_and_not_grant() public {
        address stranger = vm.addr(STRANGER);
        revoke(STRANGER, GRANT);
        bytes32 another = keccak256("another");
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentUnknownPatient.selector, stranger));
        grant(STRANGER, another, END, 1);
    }

    function testFuzz_nobody_but_the_patient_can_grant(uint256 seed) public {
        uint256 key = keyFrom(seed);
        vm.assume(key != PATIENT);
        bytes32 statement = Statements.grantConsent(_patient, GRANT, END, 1, LATER);
        bytes memory forged = sign(key, statement);
        expectBadSignature();
        consent.grant(_patient, GRANT, END, 1, LATER, forged);
    }

    function testFuzz_nobody_but_the_patient_can_revoke(uint256 seed) public {
        uint256 key = keyFrom(seed);
        vm.assume(key != PATIENT);
        grant(PATIENT, GRANT, END, 1);
        bytes memory forged = sign(key, Statements.revokeConsent(_patient, GRANT));
        expectBadSignature();
        consent.revoke(_patient, GRANT, forged);
        assertTrue(consent.isActive(_patient, GRANT), "it stands");
    }

    function testFuzz_what_was_signed_cannot_be_stretched(bytes32 granted, uint64 accessEnd, uint256 nonce)
        public
    {
        vm.assume(granted != 0 && accessEnd > NOW);
        vm.assume(granted != GRANT || accessEnd != END || nonce != 1);
        bytes memory signature = sign(PATIENT, Statements.grantConsent(_patient, GRANT, END, 1, LATER));
        expectBadSignature();
        consent.grant(_patient, granted, accessEnd, nonce, LATER, signature);
        expectBadSignature();
        consent.grant(_patient, GRANT, END, 1, LATER + 1, signature);
    }

    function test_a_grant_stands_once() public {
        grant(PATIENT, GRANT, END, 1);
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentAlreadyGranted.selector, _patient, GRANT));
        grant(PATIENT, GRANT, END + 1, 2);
    }

    function testFuzz_a_nonce_used_in_the_directory_is_refused_here(uint256 nonce) public {
        registerPhysician(PATIENT, nonce == 0 ? 1 : nonce);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectoryStatements.DirectoryNonceUsed.selector, _patient, nonce == 0 ? 1 : nonce
            )
        );
        grant(PATIENT, GRANT, END, nonce == 0 ? 1 : nonce);
    }

    function testFuzz_a_nonce_used_here_is_refused_in_the_directory(uint256 nonce) public {
        vm.assume(nonce != 0);
        grant(PATIENT, GRANT, END, nonce);
        vm.expectRevert(
            abi.encodeWithSelector(IDirectoryStatements.DirectoryNonceUsed.selector, _patient, nonce)
        );
        bindDevice(DEVICE, PATIENT, nonce);
    }

    function test_a_grant_is_in_time_up_to_its_deadline_and_not_after() public {
        bytes memory signature = sign(PATIENT, Statements.grantConsent(_patient, GRANT, END, 1, LATER));
        vm.warp(LATER + 1);
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentExpired.selector, LATER));
        consent.grant(_patient, GRANT, END, 1, LATER, signature);
        vm.warp(LATER);
        consent.grant(_patient, GRANT, END, 1, LATER, signature);
    }

    function test_the_zero_grant_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentEmptyGrant.selector));
        grant(PATIENT, 0, END, 1);
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentEmptyGrant.selector));
        revoke(PATIENT, 0);
    }

    function test_a_high_s_signature_is_refused() public {
        bytes memory high =
            Statements.signHigh(PATIENT, here(), Statements.grantConsent(_patient, GRANT, END, 1, LATER));
        expectBadSignature();
        consent.grant(_patient, GRANT, END, 1, LATER, high);
        high = Statements.signHigh(PATIENT, here(), Statements.revokeConsent(_patient, GRANT));
        expectBadSignature();
        consent.revoke(_patient, GRANT, high);
    }

    function testFuzz_nothing_signed_for_elsewhere_is_accepted(
        uint64 chainId,
        address verifying,
        bytes32 salt
    ) public {
        vm.assume(chainId != block.chainid && verifying != address(directory) && salt != GENESIS);
        Domain memory domain = here();
        domain.chainId = chainId;
        expectRefusedFrom(domain);
        domain = here();
        domain.verifyingContract = verifying;
        expectRefusedFrom(domain);
        domain = here();
        domain.verifyingContract = address(consent);
        expectRefusedFrom(domain);
        domain = here();
        domain.salt = salt;
        expectRefusedFrom(domain);
    }

    function test_after_a_fork_of_the_chain_only_its_own_id_is_accepted() public {
        Domain memory before = here();
        vm.chainId(block.chainid + 1);
        expectRefusedFrom(before);
        grant(PATIENT, GRANT, END, 1);
        assertTrue(consent.isActive(_patient, GRANT), "in the new domain");
    }

    function test_a_former_consent_takes_revocations_and_no_grants() public {
        grant(PATIENT, GRANT, END, 1);
        Consent former = consent;
        consent = new Consent(directory);
        vm.prank(hospitalAt(0).operator);
        directory.setContracts(address(consent), address(anchors));
        bytes32 another = keccak256("another");
        bytes memory signature = sign(PATIENT, Statements.grantConsent(_patient, another, END, 2, LATER));
        vm.expectRevert(
            abi.encodeWithSelector(IDirectory.DirectoryUnauthorizedContract.selector, address(former))
        );
        former.grant(_patient, another, END, 2, LATER, signature);
        former.revoke(_patient, GRANT, sign(PATIENT, Statements.revokeConsent(_patient, GRANT)));
        assertFalse(former.isActive(_patient, GRANT), "revoked there");
        vm.expectRevert(abi.encodeWithSelector(IDirectoryStatements.DirectoryNonceUsed.selector, _patient, 1));
        grant(PATIENT, GRANT, END, 1);
    }

    function testFuzz_a_permission_lies_in_the_word_that_is_documented(bytes32 granted, uint64 accessEnd)
        public
    {
        vm.assume(granted != 0 && accessEnd > NOW);
        bytes32 slot = keccak256(abi.encode(granted, keccak256(abi.encode(_patient, uint256(0)))));
        grant(PATIENT, granted, accessEnd, 1);
        assertEq(vm.load(address(consent), slot), bytes32(uint256(accessEnd)), "granted");
        revoke(PATIENT, granted);
        assertEq(vm.load(address(consent), slot), bytes32(1 << 64 | uint256(accessEnd)), "revoked");
    }

    function expectRefusedFrom(Domain memory domain) private {
        bytes32 statement = Statements.grantConsent(_patient, GRANT, END, 1, LATER);
        bytes memory signature = Statements.sign(PATIENT, domain, statement);
        expectBadSignature();
        consent.grant(_patient, GRANT, END, 1, LATER, signature);
        signature = Statements.sign(PATIENT, domain, Statements.revokeConsent(_patient, GRANT));
        expectBadSignature();
        consent.revoke(_patient, GRANT, signature);
    }

    function expectBadSignature() private {
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentInvalidSignature.selector, _patient));
    }

    function assertHeld(bytes32 granted, uint64 accessEnd, bool revoked) private view {
        (uint64 heldEnd, bool heldRevoked) = consent.consentOf(_patient, granted);
        assertEq(heldEnd, accessEnd, "end of access");
        vm.assertTrue(heldRevoked == revoked, "revoked");
    }
}
