// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {Anchor} from "../../src/Anchor.sol";
import {Consent} from "../../src/Consent.sol";
import {Directory} from "../../src/Directory.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {IDirectoryHospitals} from "../../src/interfaces/IDirectoryHospitals.sol";
import {IDirectoryStatements} from "../../src/interfaces/IDirectoryStatements.sol";
import {Statements} from "../support/Statements.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

contract DirectoryTest is World {
    bytes8 private constant INCARNATION = 0x0102030405060708;

    address private _patient;
    address private _device;
    address private _operator;

    function setUp() public {
        found(1);
        _patient = vm.addr(PATIENT);
        _device = vm.addr(DEVICE);
        _operator = hospitalAt(0).operator;
    }

    function test_a_patient_registers_once() public {
        assertEq(uint8(directory.patient(_patient)), 0, "unknown at first");
        vm.expectEmit(address(directory));
        emit IDirectory.PatientRegistered(_patient);
        registerPatient(PATIENT, 1);
        assertEq(uint8(directory.patient(_patient)), 1, "registered");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectory.DirectoryWrongPatientStatus.selector, _patient, IDirectory.PatientStatus.Registered
            )
        );
        registerPatient(PATIENT, 2);
    }

    function testFuzz_nobody_registers_another_as_a_patient(uint256 seed) public {
        uint256 key = keyFrom(seed);
        vm.assume(key != PATIENT);
        bytes memory signature = sign(key, Statements.registerPatient(_patient, 0, LATER));
        expectBadSignature(_patient);
        directory.registerPatient(_patient, 0, LATER, signature);
    }

    function test_a_physician_registers_once_and_is_not_active_by_that() public {
        address doctor = vm.addr(PHYSICIAN);
        bytes32 keyDigest = keccak256(abi.encode(PHYSICIAN));
        vm.expectEmit(address(directory));
        emit IDirectory.PhysicianRegistered(doctor, keyDigest);
        registerPhysician(PHYSICIAN, 1);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Registered);
        (, bytes32 held) = directory.physician(doctor);
        assertEq(held, keyDigest, "key digest");
        expectPhysicianStatus(doctor, IDirectory.PhysicianStatus.Registered);
        registerPhysician(PHYSICIAN, 2);
    }

    function test_a_physician_without_a_key_is_refused() public {
        address doctor = vm.addr(PHYSICIAN);
        bytes memory signature = sign(PHYSICIAN, Statements.registerPhysician(doctor, 0, 0, LATER));
        vm.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryEmptyKeyDigest.selector));
        directory.registerPhysician(doctor, 0, 0, LATER, signature);
    }

    function testFuzz_a_physician_is_not_registered_with_a_key_that_was_not_signed(bytes32 keyDigest) public {
        address doctor = vm.addr(PHYSICIAN);
        bytes32 signed = keccak256("the physician's own");
        vm.assume(keyDigest != signed && keyDigest != 0);
        bytes memory signature = sign(PHYSICIAN, Statements.registerPhysician(doctor, signed, 0, LATER));
        expectBadSignature(doctor);
        directory.registerPhysician(doctor, keyDigest, 0, LATER, signature);
    }

    function test_a_physician_goes_from_registered_to_active_to_suspended_and_back() public {
        address doctor = registerPhysician(PHYSICIAN, 0);

        vm.expectEmit(address(directory));
        emit IDirectory.PhysicianAdmitted(doctor);
        vm.prank(_operator);
        directory.admitPhysician(doctor);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Active);

        vm.expectEmit(address(directory));
        emit IDirectory.PhysicianSuspended(doctor);
        vm.prank(_operator);
        directory.suspendPhysician(doctor);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Suspended);

        vm.expectEmit(address(directory));
        emit IDirectory.PhysicianReinstated(doctor);
        vm.prank(_operator);
        directory.reinstatePhysician(doctor);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Active);

        vm.prank(_operator);
        directory.suspendPhysician(doctor);
        assertPhysician(doctor, IDirectory.PhysicianStatus.Suspended);
    }

    function test_each_motion_on_a_physician_needs_the_status_that_it_ends() public {
        address doctor = vm.addr(PHYSICIAN);
        expectPhysicianStatus(doctor, IDirectory.PhysicianStatus.Unknown);
        directory.admitPhysician(doctor);
        registerPhysician(PHYSICIAN, 0);
        expectPhysicianStatus(doctor, IDirectory.PhysicianStatus.Registered);
        directory.suspendPhysician(doctor);
        expectPhysicianStatus(doctor, IDirectory.PhysicianStatus.Registered);
        directory.reinstatePhysician(doctor);
    }

    function test_a_device_is_bound_once_on_both_signatures() public {
        registerPatient(PATIENT, 0);
        vm.expectEmit(address(directory));
        emit IDirectory.DeviceBound(_device, _patient);
        bindDevice(DEVICE, PATIENT, 1);
        assertDevice(_patient, IDirectory.DeviceStatus.Bound, 0, 0);
        assertTrue(directory.isNonceUsed(_patient, 1), "the nonce is the patient's");
        assertFalse(directory.isNonceUsed(_device, 1), "and not the device's");
        expectDeviceStatus(IDirectory.DeviceStatus.Bound);
        bindDevice(DEVICE, PATIENT, 2);
    }

    function test_a_device_is_not_bound_to_somebody_who_is_no_patient() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectory.DirectoryWrongPatientStatus.selector, _patient, IDirectory.PatientStatus.Unknown
            )
        );
        bindDevice(DEVICE, PATIENT, 0);
    }

    function testFuzz_a_device_is_not_bound_without_either_signature(uint256 seed) public {
        uint256 key = keyFrom(seed);
        vm.assume(key != PATIENT && key != DEVICE);
        registerPatient(PATIENT, 0);
        bytes32 statement = Statements.bindDevice(_device, _patient, 1, LATER);
        bytes memory forged = sign(key, statement);
        bytes memory byDevice = sign(DEVICE, statement);
        bytes memory byPatient = sign(PATIENT, statement);
        expectBadSignature(_device);
        directory.bindDevice(_device, _patient, 1, LATER, forged, byPatient);
        expectBadSignature(_patient);
        directory.bindDevice(_device, _patient, 1, LATER, byDevice, forged);
        expectBadSignature(_device);
        directory.bindDevice(_device, _patient, 1, LATER, byPatient, byDevice);
    }

    function testFuzz_a_patient_suspends_a_device_for_good(bytes8 incarnation, uint64 lastSequence) public {
        bound();
        bytes memory signature = signSuspension(PATIENT, _patient, incarnation, lastSequence);
        vm.expectEmit(address(directory));
        emit IDirectory.DeviceSuspended(_device, _patient, incarnation, lastSequence);
        directory.suspendDevice(_device, _patient, incarnation, lastSequence, 2, LATER, signature);
        assertDevice(_patient, IDirectory.DeviceStatus.Suspended, incarnation, lastSequence);

        expectDeviceStatus(IDirectory.DeviceStatus.Suspended);
        directory.suspendDevice(_device, _patient, incarnation, lastSequence, 2, LATER, signature);
        expectDeviceStatus(IDirectory.DeviceStatus.Suspended);
        directory.suspendDeviceByHospitals(_device, incarnation, lastSequence);
        expectDeviceStatus(IDirectory.DeviceStatus.Suspended);
        bindDevice(DEVICE, PATIENT, 3);
    }

    function test_a_device_that_is_not_bound_cannot_be_suspended() public {
        bytes memory signature = signSuspension(PATIENT, _patient, INCARNATION, 9);
        expectDeviceStatus(IDirectory.DeviceStatus.Unknown);
        directory.suspendDevice(_device, _patient, INCARNATION, 9, 2, LATER, signature);
    }

    function test_another_patient_cannot_suspend_a_device() public {
        bound();
        address stranger = registerPatient(STRANGER, 0);
        bytes memory signature = signSuspension(STRANGER, stranger, INCARNATION, 9);
        vm.expectRevert(
            abi.encodeWithSelector(IDirectory.DirectoryNotDevicePatient.selector, _device, stranger)
        );
        directory.suspendDevice(_device, stranger, INCARNATION, 9, 2, LATER, signature);
    }

    function testFuzz_nobody_suspends_a_device_in_its_patients_name(uint256 seed) public {
        uint256 key = keyFrom(seed);
        vm.assume(key != PATIENT);
        bound();
        bytes memory signature = signSuspension(key, _patient, INCARNATION, 9);
        expectBadSignature(_patient);
        directory.suspendDevice(_device, _patient, INCARNATION, 9, 2, LATER, signature);
    }

    function testFuzz_a_suspension_ends_where_the_patient_said(bytes8 incarnation, uint64 lastSequence)
        public
    {
        vm.assume(incarnation != INCARNATION || lastSequence != 9);
        bound();
        bytes memory signature = signSuspension(PATIENT, _patient, INCARNATION, 9);
        expectBadSignature(_patient);
        directory.suspendDevice(_device, _patient, incarnation, lastSequence, 2, LATER, signature);
    }

    function test_hospitals_suspend_a_device_by_a_vote_on_the_same_last_batch() public {
        found(3);
        bound();
        vm.prank(hospitalAt(0).operator);
        directory.suspendDeviceByHospitals(_device, INCARNATION, 9);
        vm.prank(hospitalAt(1).operator);
        directory.suspendDeviceByHospitals(_device, INCARNATION, 10);
        assertDevice(_patient, IDirectory.DeviceStatus.Bound, 0, 0);
        vm.expectEmit(address(directory));
        emit IDirectory.DeviceSuspended(_device, _patient, INCARNATION, 9);
        vm.prank(hospitalAt(2).operator);
        directory.suspendDeviceByHospitals(_device, INCARNATION, 9);
        assertDevice(_patient, IDirectory.DeviceStatus.Suspended, INCARNATION, 9);
    }

    function test_no_statement_is_accepted_after_its_deadline() public {
        address doctor = vm.addr(PHYSICIAN);
        bound();
        vm.warp(LATER + 1);
        expectExpired();
        directory.registerPatient(vm.addr(STRANGER), 0, LATER, "");
        expectExpired();
        directory.registerPhysician(doctor, keccak256("key"), 0, LATER, "");
        expectExpired();
        directory.bindDevice(vm.addr(STRANGER), _patient, 2, LATER, "", "");
        expectExpired();
        directory.suspendDevice(_device, _patient, INCARNATION, 9, 2, LATER, "");
    }

    function test_every_statement_uses_a_nonce_of_its_own() public {
        bound();
        bytes memory signature = signSuspension(PATIENT, _patient, INCARNATION, 9);
        directory.suspendDevice(_device, _patient, INCARNATION, 9, 2, LATER, signature);
        registerPhysician(PATIENT, 3);
        for (uint256 nonce = 0; nonce < 4; ++nonce) {
            assertTrue(directory.isNonceUsed(_patient, nonce), "used");
        }
        address another = vm.addr(DEVICE + 1);
        bytes32 statement = Statements.bindDevice(another, _patient, 2, LATER);
        bytes memory byDevice = sign(DEVICE + 1, statement);
        bytes memory byPatient = sign(PATIENT, statement);
        vm.expectRevert(abi.encodeWithSelector(IDirectoryStatements.DirectoryNonceUsed.selector, _patient, 2));
        directory.bindDevice(another, _patient, 2, LATER, byDevice, byPatient);
    }

    function test_the_contracts_are_set_by_vote_and_can_be_replaced() public {
        assertEq(directory.consent(), address(consent), "consent");
        assertEq(directory.anchor(), address(anchors), "anchor");
        Consent next = new Consent(directory);
        vm.expectEmit(address(directory));
        emit IDirectory.ContractsSet(address(next), address(anchors));
        vm.prank(_operator);
        directory.setContracts(address(next), address(anchors));
        assertEq(directory.consent(), address(next), "the next consent");
    }

    function test_only_contracts_of_this_directory_are_set() public {
        Directory other = new Directory(GENESIS, hospitalList(1));
        Consent foreignConsent = new Consent(other);
        Anchor foreignAnchor = new Anchor(other);
        expectForeign(address(foreignConsent));
        directory.setContracts(address(foreignConsent), address(anchors));
        expectForeign(address(foreignAnchor));
        directory.setContracts(address(consent), address(foreignAnchor));
        expectForeign(address(directory));
        directory.setContracts(address(directory), address(anchors));
        expectForeign(address(0xC0DE1E55));
        directory.setContracts(address(consent), address(0xC0DE1E55));
    }

    function testFuzz_only_the_current_consent_uses_nonces_of_others(address caller) public {
        vm.assume(caller != address(consent));
        vm.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryUnauthorizedContract.selector, caller));
        vm.prank(caller);
        directory.useNonce(_patient, 1);
    }

    function test_motions_belong_to_hospitals() public {
        address doctor = registerPhysician(PHYSICIAN, 0);
        bound();
        expectNotAHospital();
        directory.admitPhysician(doctor);
        vm.prank(_operator);
        directory.admitPhysician(doctor);
        expectNotAHospital();
        directory.suspendPhysician(doctor);
        vm.prank(_operator);
        directory.suspendPhysician(doctor);
        expectNotAHospital();
        directory.reinstatePhysician(doctor);
        expectNotAHospital();
        directory.suspendDeviceByHospitals(_device, INCARNATION, 1);
        expectNotAHospital();
        directory.setContracts(address(consent), address(anchors));
    }

    function bound() private {
        registerPatient(PATIENT, 0);
        bindDevice(DEVICE, PATIENT, 1);
    }

    function signSuspension(uint256 key, address patient, bytes8 incarnation, uint64 lastSequence)
        private
        view
        returns (bytes memory)
    {
        return sign(key, Statements.suspendDevice(_device, patient, incarnation, lastSequence, 2, LATER));
    }

    function assertPhysician(address doctor, IDirectory.PhysicianStatus wanted) private view {
        (IDirectory.PhysicianStatus status,) = directory.physician(doctor);
        assertEq(uint8(status), uint8(wanted), "status of the physician");
    }

    function assertDevice(address patient, IDirectory.DeviceStatus wanted, bytes8 incarnation, uint64 last)
        private
        view
    {
        (address heldPatient, IDirectory.DeviceStatus status, bytes8 heldIncarnation, uint64 heldLast) =
            directory.device(_device);
        assertEq(heldPatient, patient, "patient of the device");
        assertEq(uint8(status), uint8(wanted), "status of the device");
        assertEq(bytes32(heldIncarnation), bytes32(incarnation), "incarnation");
        assertEq(heldLast, last, "last sequence");
    }

    function expectBadSignature(address signer) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDirectoryStatements.DirectoryInvalidSignature.selector, signer)
        );
    }

    function expectPhysicianStatus(address doctor, IDirectory.PhysicianStatus status) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDirectory.DirectoryWrongPhysicianStatus.selector, doctor, status)
        );
    }

    function expectDeviceStatus(IDirectory.DeviceStatus status) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDirectory.DirectoryWrongDeviceStatus.selector, _device, status)
        );
    }

    function expectExpired() private {
        vm.expectRevert(abi.encodeWithSelector(IDirectoryStatements.DirectoryExpired.selector, LATER));
    }

    function expectForeign(address account) private {
        vm.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryForeignContract.selector, account));
        vm.prank(_operator);
    }

    function expectNotAHospital() private {
        vm.expectRevert(
            abi.encodeWithSelector(IDirectoryHospitals.DirectoryUnauthorizedHospital.selector, address(this))
        );
    }
}
