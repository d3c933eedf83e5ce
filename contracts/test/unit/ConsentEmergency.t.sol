// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IConsent} from "../../src/interfaces/IConsent.sol";
import {IDirectoryHospitals} from "../../src/interfaces/IDirectoryHospitals.sol";
import {IDirectoryStatements} from "../../src/interfaces/IDirectoryStatements.sol";
import {Statements} from "../support/Statements.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

contract ConsentEmergencyTest is World {
    bytes32 private constant GRANT = keccak256("grant and salt");
    bytes32 private constant REASON = keccak256("reason and salt");
    uint64 private constant END = uint64(NOW + 30 days);
    uint256 private constant WITNESS = 0x817;

    address private _patient;
    address private _opener;
    address private _witness;

    /// @dev Three hospitals; the second signs with a key that is at hand.
    function setUp() public {
        found(3);
        _opener = hospitalAt(0).operator;
        _witness = hospitalAt(1).operator;
        IDirectoryHospitals.Hospital memory keys = hospitalAt(1);
        keys.receipt = vm.addr(WITNESS);
        for (uint256 i = 0; i < directory.majority(); ++i) {
            vm.prank(hospitalAt(i).operator);
            directory.admitHospital(keys);
        }
        _patient = registerPatient(PATIENT, 0);
        grant(PATIENT, GRANT, END, 1);
    }

    function test_a_hospital_opens_it_when_another_signed() public {
        assertHeld(0, 0);
        vm.warp(NOW + 60);
        vm.expectEmit(address(consent));
        emit IConsent.EmergencyOpened(_patient, GRANT, REASON, _opener, _witness);
        open(REASON, 1);
        assertHeld(NOW + 60, REASON);
        assertTrue(consent.isActive(_patient, GRANT), "as before");
    }

    function test_it_can_be_opened_again_for_another_reason() public {
        open(REASON, 1);
        vm.warp(NOW + 1800);
        open(keccak256("another"), 2);
        assertHeld(NOW + 1800, keccak256("another"));
    }

    function test_a_signature_opens_it_once() public {
        bytes memory signature = witnessed(REASON, 1);
        call(REASON, _witness, 1, signature);
        expectFromRelay(
            abi.encodeWithSelector(IDirectoryStatements.DirectoryNonceUsed.selector, vm.addr(WITNESS), 1)
        );
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
    }

    function testFuzz_nobody_but_the_witness_can_sign(uint256 seed) public {
        uint256 key = keyFrom(seed);
        vm.assume(key != WITNESS);
        bytes memory forged = sign(key, statement(REASON, _opener, 1));
        expectFromRelay(
            abi.encodeWithSelector(IConsent.ConsentInvalidSignature.selector, vm.addr(WITNESS))
        );
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, forged);
    }

    function testFuzz_what_was_signed_cannot_be_stretched(bytes32 reason, uint256 nonce, uint256 deadline)
        public
    {
        vm.assume(reason != 0 && deadline >= NOW);
        vm.assume(reason != REASON || nonce != 1 || deadline != LATER);
        bytes memory signature = witnessed(REASON, 1);
        expectFromRelay(
            abi.encodeWithSelector(IConsent.ConsentInvalidSignature.selector, vm.addr(WITNESS))
        );
        consent.openEmergency(_patient, GRANT, reason, _witness, nonce, deadline, signature);
    }

    function test_what_was_signed_for_one_hospital_another_cannot_use() public {
        bytes memory signature = witnessed(REASON, 1);
        vm.prank(hospitalAt(2).relay);
        vm.expectRevert(
            abi.encodeWithSelector(IConsent.ConsentInvalidSignature.selector, vm.addr(WITNESS))
        );
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
    }

    function test_a_hospital_cannot_be_its_own_witness() public {
        bytes memory signature = sign(WITNESS, statement(REASON, _witness, 1));
        vm.prank(hospitalAt(1).relay);
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentNoOtherHospital.selector, _witness));
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
    }

    function test_nobody_but_a_hospital_can_open_it() public {
        bytes memory signature = witnessed(REASON, 1);
        vm.prank(vm.addr(STRANGER));
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentUnauthorizedHospital.selector, address(0)));
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
        address operator = hospitalAt(0).operator;
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IConsent.ConsentUnauthorizedHospital.selector, operator));
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
    }

    function test_a_suspended_hospital_neither_opens_nor_witnesses() public {
        bytes memory signature = witnessed(REASON, 1);
        suspend(_witness);
        expectFromRelay(abi.encodeWithSelector(IConsent.ConsentUnauthorizedHospital.selector, _witness));
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
        suspend(_opener);
        expectFromRelay(abi.encodeWithSelector(IConsent.ConsentUnauthorizedHospital.selector, _opener));
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
    }

    function test_only_a_grant_that_stands_is_opened() public {
        bytes32 never = keccak256("never granted");
        bytes memory signature = witnessed(REASON, 1);
        expectFromRelay(abi.encodeWithSelector(IConsent.ConsentNotActive.selector, _patient, never));
        consent.openEmergency(_patient, never, REASON, _witness, 1, LATER, signature);
        revoke(PATIENT, GRANT);
        expectFromRelay(abi.encodeWithSelector(IConsent.ConsentNotActive.selector, _patient, GRANT));
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
    }

    function test_a_grant_that_has_ended_is_not_opened() public {
        bytes memory signature = sign(
            WITNESS, Statements.openEmergency(_patient, GRANT, REASON, _opener, 1, uint256(END) + 1)
        );
        vm.warp(END);
        expectFromRelay(abi.encodeWithSelector(IConsent.ConsentNotActive.selector, _patient, GRANT));
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, uint256(END) + 1, signature);
    }

    function test_it_is_in_time_up_to_its_deadline_and_not_after() public {
        bytes memory signature = witnessed(REASON, 1);
        vm.warp(LATER + 1);
        expectFromRelay(abi.encodeWithSelector(IConsent.ConsentExpired.selector, LATER));
        consent.openEmergency(_patient, GRANT, REASON, _witness, 1, LATER, signature);
        vm.warp(LATER);
        call(REASON, _witness, 1, signature);
        assertHeld(LATER, REASON);
    }

    function test_without_a_reason_nothing_opens() public {
        bytes memory signature = witnessed(0, 1);
        expectFromRelay(abi.encodeWithSelector(IConsent.ConsentEmptyReason.selector));
        consent.openEmergency(_patient, GRANT, 0, _witness, 1, LATER, signature);
    }

    function test_when_it_was_opened_lies_in_the_word_that_is_documented() public {
        bytes32 slot = keccak256(abi.encode(GRANT, keccak256(abi.encode(_patient, uint256(0)))));
        open(REASON, 1);
        assertEq(
            vm.load(address(consent), slot), bytes32(uint256(NOW) << 72 | uint256(END)), "opened and not revoked"
        );
    }

    function open(bytes32 reason, uint256 nonce) private {
        call(reason, _witness, nonce, witnessed(reason, nonce));
    }

    function call(bytes32 reason, address witness, uint256 nonce, bytes memory signature) private {
        vm.prank(hospitalAt(0).relay);
        consent.openEmergency(_patient, GRANT, reason, witness, nonce, LATER, signature);
    }

    function witnessed(bytes32 reason, uint256 nonce) private view returns (bytes memory) {
        return sign(WITNESS, statement(reason, _opener, nonce));
    }

    function statement(bytes32 reason, address opener, uint256 nonce) private view returns (bytes32) {
        return Statements.openEmergency(_patient, GRANT, reason, opener, nonce, LATER);
    }

    function expectFromRelay(bytes memory error) private {
        vm.prank(hospitalAt(0).relay);
        vm.expectRevert(error);
    }

    function suspend(address operator) private {
        for (uint256 i = 0; i < 3; ++i) {
            if (!directory.isActiveHospital(operator)) return;
            if (!directory.isActiveHospital(hospitalAt(i).operator)) continue;
            vm.prank(hospitalAt(i).operator);
            directory.suspendHospital(operator);
        }
    }

    function assertHeld(uint256 openedAt, bytes32 reason) private view {
        (uint64 heldAt, bytes32 heldReason) = consent.emergencyOf(_patient, GRANT);
        assertEq(heldAt, openedAt, "when");
        assertEq(heldReason, reason, "why");
    }
}
