// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {Directory} from "../../src/Directory.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {IDirectoryHospitals} from "../../src/interfaces/IDirectoryHospitals.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

contract DirectoryHospitalsTest is World {
    function test_the_founding_hospitals_are_active_with_their_keys() public {
        found(3);
        address[] memory operators = directory.hospitals();
        assertEq(operators.length, 3, "three hospitals");
        for (uint256 i = 0; i < 3; ++i) {
            IDirectoryHospitals.Hospital memory wanted = hospitalAt(i);
            assertEq(operators[i], wanted.operator, "in the list");
            assertHospital(wanted, IDirectoryHospitals.HospitalStatus.Active);
            assertTrue(directory.isActiveHospital(wanted.operator), "active");
            assertEq(
                directory.hospitalOfAnchor(wanted.anchor), wanted.operator, "found by its anchor account"
            );
            assertEq(directory.hospitalOf(wanted.receipt), wanted.operator, "found by its receipt key");
        }
    }

    function test_what_is_no_hospital_is_unknown() public {
        found(1);
        (IDirectoryHospitals.Hospital memory keys, IDirectoryHospitals.HospitalStatus status) =
            directory.hospital(hospitalAt(1).operator);
        assertEq(keys.operator, address(0), "no operator");
        assertEq(uint8(status), 0, "unknown");
        assertEq(directory.hospitalOf(hospitalAt(1).relay), address(0), "no holder of a key");
        assertEq(directory.hospitalOfAnchor(address(0)), address(0), "nor of the zero address");
        assertFalse(directory.isActiveAnchor(hospitalAt(0).relay), "a relay account does not anchor");
    }

    function test_a_consortium_begins_with_one_hospital_at_least() public {
        vm.expectRevert(abi.encodeWithSelector(IDirectoryHospitals.DirectoryNoFounder.selector));
        new Directory(GENESIS, hospitalList(0));
    }

    function test_a_hospital_founds_once() public {
        IDirectoryHospitals.Hospital[] memory twice = hospitalList(2);
        twice[1] = twice[0];
        expectKeyTaken(twice[0].operator, twice[0].operator);
        new Directory(GENESIS, twice);
    }

    function test_there_are_64_active_hospitals_at_most() public {
        IDirectoryHospitals.Hospital[] memory many = hospitalList(65);
        vm.expectRevert(abi.encodeWithSelector(IDirectoryHospitals.DirectoryTooManyHospitals.selector));
        new Directory(GENESIS, many);

        found(64);
        vm.expectRevert(abi.encodeWithSelector(IDirectoryHospitals.DirectoryTooManyHospitals.selector));
        vm.prank(hospitalAt(0).operator);
        directory.admitHospital(hospitalAt(64));
        // Its keys can still be changed.
        vm.prank(hospitalAt(0).operator);
        directory.admitHospital(hospitalAt(63));
    }

    function test_a_vote_of_64_hospitals_fits_a_block() public {
        found(64);
        address doctor = registerPhysician(PHYSICIAN, 0);
        uint256 dearest = 0;
        for (uint256 i = 0; i < 33; ++i) {
            vm.prank(hospitalAt(i).operator);
            uint256 before = gasleft();
            directory.admitPhysician(doctor);
            uint256 used = before - gasleft();
            if (used > dearest) dearest = used;
        }
        assertPhysician(doctor, IDirectory.PhysicianStatus.Active);
        assertTrue(dearest < 1_000_000, "each vote costs less than a million gas");
    }

    function testFuzz_a_motion_carries_at_half_and_one_and_not_before(uint256 count) public {
        count = count % 16 + 1;
        found(count);
        assertEq(directory.majority(), count / 2 + 1, "majority");
        address doctor = registerPhysician(PHYSICIAN, 0);
        for (uint256 cast = 1; cast <= count / 2 + 1; ++cast) {
            assertPhysician(doctor, IDirectory.PhysicianStatus.Registered);
            vm.prank(hospitalAt(cast - 1).operator);
            directory.admitPhysician(doctor);
        }
        assertPhysician(doctor, IDirectory.PhysicianStatus.Active);
        assertTrue(2 * directory.majority() > count, "two majorities always share a hospital");
    }

    function test_a_vote_is_told_with_its_count() public {
        found(3);
        address doctor = registerPhysician(PHYSICIAN, 0);
        bytes4 action = IDirectory.admitPhysician.selector;
        bytes32 ballot = keccak256(abi.encode(action, doctor, directory.roundOf(doctor)));
        assertEq(directory.votesOn(ballot), 0, "no votes");
        vm.expectEmit(address(directory));
        emit IDirectoryHospitals.VoteCast(ballot, hospitalAt(0).operator, doctor, action, 1, 2);
        vm.prank(hospitalAt(0).operator);
        directory.admitPhysician(doctor);
        assertEq(directory.votesOn(ballot), 1, "one vote");
        assertEq(directory.roundOf(doctor), 0, "undecided");
        vm.expectEmit(address(directory));
        emit IDirectoryHospitals.VoteCast(ballot, hospitalAt(2).operator, doctor, action, 2, 2);
        vm.prank(hospitalAt(2).operator);
        directory.admitPhysician(doctor);
        assertEq(directory.roundOf(doctor), 1, "decided");
    }

    function test_a_hospital_votes_once_on_a_ballot() public {
        found(3);
        address doctor = registerPhysician(PHYSICIAN, 0);
        bytes32 ballot = keccak256(abi.encode(IDirectory.admitPhysician.selector, doctor, uint256(0)));
        vm.prank(hospitalAt(0).operator);
        directory.admitPhysician(doctor);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectoryHospitals.DirectoryAlreadyVoted.selector, ballot, hospitalAt(0).operator
            )
        );
        vm.prank(hospitalAt(0).operator);
        directory.admitPhysician(doctor);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Registered);
    }

    function testFuzz_only_operators_of_active_hospitals_vote(address caller) public {
        found(2);
        address operator = hospitalAt(1).operator;
        vm.assume(caller != operator && caller != hospitalAt(0).operator);
        expectUnauthorized(caller);
        directory.suspendHospital(operator);
        expectUnauthorized(caller);
        directory.admitHospital(hospitalAt(2));
    }

    function test_other_keys_of_a_hospital_do_not_vote() public {
        found(2);
        expectUnauthorized(hospitalAt(0).anchor);
        directory.suspendHospital(hospitalAt(1).operator);
    }

    function test_the_vote_of_a_hospital_suspended_since_does_not_count() public {
        found(4);
        address doctor = registerPhysician(PHYSICIAN, 0);
        bytes32 ballot = keccak256(abi.encode(IDirectory.admitPhysician.selector, doctor, uint256(0)));
        vm.prank(hospitalAt(3).operator);
        directory.admitPhysician(doctor);
        suspendHospital(3);
        assertEq(directory.votesOn(ballot), 0, "withdrawn");
        expectUnauthorized(hospitalAt(3).operator);
        directory.admitPhysician(doctor);
        vm.prank(hospitalAt(0).operator);
        directory.admitPhysician(doctor);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Registered);
        vm.prank(hospitalAt(1).operator);
        directory.admitPhysician(doctor);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Active);
    }

    function test_a_readmitted_hospital_votes_anew() public {
        found(4);
        address doctor = registerPhysician(PHYSICIAN, 0);
        bytes32 ballot = keccak256(abi.encode(IDirectory.admitPhysician.selector, doctor, uint256(0)));
        vm.prank(hospitalAt(3).operator);
        directory.admitPhysician(doctor);
        suspendHospital(3);
        admitHospital(hospitalAt(3));
        assertEq(directory.votesOn(ballot), 0, "its former vote stays withdrawn");
        vm.prank(hospitalAt(3).operator);
        directory.admitPhysician(doctor);
        assertEq(directory.votesOn(ballot), 1, "its new one counts, once");
    }

    function test_votes_do_not_outlive_the_round_that_they_were_cast_in() public {
        found(3);
        IDirectoryHospitals.Hospital memory former = hospitalAt(3);
        IDirectoryHospitals.Hospital memory next = hospitalAt(3);
        next.anchor = keyAt(3, "next anchor");
        vm.prank(hospitalAt(0).operator);
        directory.admitHospital(former);
        admitHospital(next);
        suspendHospital(3);
        vm.prank(hospitalAt(1).operator);
        directory.admitHospital(former);
        assertFalse(
            directory.isActiveHospital(former.operator), "one fresh vote and a stale one do not carry"
        );
    }

    function test_a_ballot_that_came_to_have_a_majority_is_closed_by_one_who_voted() public {
        found(5);
        address doctor = registerPhysician(PHYSICIAN, 0);
        vm.prank(hospitalAt(0).operator);
        directory.admitPhysician(doctor);
        vm.prank(hospitalAt(1).operator);
        directory.admitPhysician(doctor);
        suspendHospital(4);
        suspendHospital(3);
        assertEq(directory.majority(), 2, "majority of three");
        vm.prank(hospitalAt(0).operator);
        directory.admitPhysician(doctor);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Active);
    }

    function test_a_suspended_hospital_is_out_of_the_list_and_anchors_no_more() public {
        found(3);
        address operator = hospitalAt(0).operator;
        vm.prank(hospitalAt(1).operator);
        directory.suspendHospital(operator);
        vm.expectEmit(address(directory));
        emit IDirectoryHospitals.HospitalSuspended(operator);
        vm.prank(hospitalAt(2).operator);
        directory.suspendHospital(operator);
        address[] memory operators = directory.hospitals();
        assertEq(operators.length, 2, "two are left");
        assertTrue(operators[0] != operator && operators[1] != operator, "and it is none of them");
        assertHospital(hospitalAt(0), IDirectoryHospitals.HospitalStatus.Suspended);
        assertFalse(directory.isActiveAnchor(hospitalAt(0).anchor), "its anchor account is worth nothing");
        assertEq(directory.hospitalOf(hospitalAt(0).anchor), operator, "and is still its own");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectoryHospitals.DirectoryWrongHospitalStatus.selector,
                operator,
                IDirectoryHospitals.HospitalStatus.Suspended
            )
        );
        vm.prank(hospitalAt(1).operator);
        directory.suspendHospital(operator);
    }

    function test_the_last_hospital_cannot_be_suspended() public {
        found(1);
        address operator = hospitalAt(0).operator;
        vm.expectRevert(abi.encodeWithSelector(IDirectoryHospitals.DirectoryLastHospital.selector, operator));
        vm.prank(operator);
        directory.suspendHospital(operator);
    }

    function test_a_hospital_changes_its_keys_by_vote_and_keeps_the_former_ones() public {
        found(1);
        IDirectoryHospitals.Hospital memory next = hospitalAt(0);
        next.anchor = keyAt(0, "next anchor");
        vm.expectEmit(address(directory));
        emit IDirectoryHospitals.HospitalAdmitted(
            next.operator, next.anchor, next.relay, next.receipt, next.proxyKeyDigest
        );
        vm.prank(next.operator);
        directory.admitHospital(next);
        assertHospital(next, IDirectoryHospitals.HospitalStatus.Active);
        assertEq(directory.hospitals().length, 1, "still one hospital");
        assertTrue(directory.isActiveAnchor(next.anchor), "the new account anchors");
        assertFalse(directory.isActiveAnchor(hospitalAt(0).anchor), "the former one does not");
        assertEq(directory.hospitalOf(hospitalAt(0).anchor), next.operator, "and is no other hospital's");
        vm.prank(next.operator);
        directory.admitHospital(hospitalAt(0));
        assertTrue(directory.isActiveAnchor(hospitalAt(0).anchor), "it may be taken up again");
    }

    function testFuzz_no_key_serves_two_hospitals(uint256 purpose, uint256 from) public {
        found(2);
        IDirectoryHospitals.Hospital memory rival = hospitalAt(2);
        address[4] memory taken = keysOf(hospitalAt(1));
        address key = taken[from % 4];
        purpose %= 4;
        if (purpose == 0) rival.operator = key;
        if (purpose == 1) rival.anchor = key;
        if (purpose == 2) rival.relay = key;
        if (purpose == 3) rival.receipt = key;
        // An operator among them is that hospital itself, whose other keys are its to change.
        vm.assume(purpose != 0 || from % 4 != 0);
        expectKeyTaken(key, hospitalAt(1).operator);
        vm.prank(hospitalAt(0).operator);
        directory.admitHospital(rival);
    }

    function test_no_key_serves_two_purposes() public {
        found(1);
        IDirectoryHospitals.Hospital memory sparing = hospitalAt(1);
        sparing.relay = sparing.anchor;
        expectKeyTaken(sparing.anchor, sparing.operator);
        vm.prank(hospitalAt(0).operator);
        directory.admitHospital(sparing);
        sparing = hospitalAt(1);
        sparing.receipt = sparing.operator;
        expectKeyTaken(sparing.operator, sparing.operator);
        vm.prank(hospitalAt(0).operator);
        directory.admitHospital(sparing);
    }

    function test_no_key_may_be_missing() public {
        found(1);
        for (uint256 missing = 0; missing < 5; ++missing) {
            IDirectoryHospitals.Hospital memory partial_ = hospitalAt(1);
            if (missing == 0) partial_.operator = address(0);
            if (missing == 1) partial_.anchor = address(0);
            if (missing == 2) partial_.relay = address(0);
            if (missing == 3) partial_.receipt = address(0);
            if (missing == 4) partial_.proxyKeyDigest = 0;
            vm.expectRevert(abi.encodeWithSelector(IDirectoryHospitals.DirectoryEmptyKey.selector));
            vm.prank(hospitalAt(0).operator);
            directory.admitHospital(partial_);
        }
    }

    function suspendHospital(uint256 number) private {
        uint256 needed = directory.majority();
        for (uint256 i = 0; i < needed; ++i) {
            vm.prank(hospitalAt(i).operator);
            directory.suspendHospital(hospitalAt(number).operator);
        }
    }

    function admitHospital(IDirectoryHospitals.Hospital memory admitted) private {
        uint256 needed = directory.majority();
        for (uint256 i = 0; i < needed; ++i) {
            vm.prank(hospitalAt(i).operator);
            directory.admitHospital(admitted);
        }
    }

    function keysOf(IDirectoryHospitals.Hospital memory held) private pure returns (address[4] memory) {
        return [held.operator, held.anchor, held.relay, held.receipt];
    }

    function assertHospital(
        IDirectoryHospitals.Hospital memory wanted,
        IDirectoryHospitals.HospitalStatus wantedStatus
    ) private view {
        (IDirectoryHospitals.Hospital memory held, IDirectoryHospitals.HospitalStatus status) =
            directory.hospital(wanted.operator);
        assertEq(keccak256(abi.encode(held)), keccak256(abi.encode(wanted)), "keys of the hospital");
        assertEq(uint8(status), uint8(wantedStatus), "status of the hospital");
    }

    function assertPhysician(address doctor, IDirectory.PhysicianStatus wanted) private view {
        (IDirectory.PhysicianStatus status,) = directory.physician(doctor);
        assertEq(uint8(status), uint8(wanted), "status of the physician");
    }

    function expectUnauthorized(address caller) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDirectoryHospitals.DirectoryUnauthorizedHospital.selector, caller)
        );
        vm.prank(caller);
    }

    function expectKeyTaken(address key, address operator) private {
        vm.expectRevert(abi.encodeWithSelector(IDirectoryHospitals.DirectoryKeyTaken.selector, key, operator));
    }
}
