// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IAnchor} from "../../src/interfaces/IAnchor.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

contract AnchorTest is World {
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant MANIFEST = keccak256("manifest");

    function setUp() public {
        found(3);
        vm.roll(1234);
    }

    function testFuzz_an_anchored_root_is_recorded_with_its_block_and_hospital(
        uint256 by,
        uint8 kind,
        bytes32 root,
        uint32 count,
        bytes32 manifest
    ) public {
        by %= 3;
        kind %= 2;
        count = count % 8192 + 1;
        vm.assume(root != 0);
        vm.expectEmit(address(anchors));
        emit IAnchor.Anchored(root, hospitalAt(by).operator, kind, count, manifest);
        assertTrue(anchorBy(by, kind, root, count, manifest), "recorded");
        assertRecord(kind, root, hospitalAt(by).operator, 1234, count, manifest);
    }

    function testFuzz_a_root_that_the_hospital_anchored_is_success_without_any_change(
        bool isLater,
        uint32 count,
        bytes32 manifest
    ) public {
        if (isLater) anchorBy(1, 0, ROOT, 3, bytes32(uint256(1)));
        anchorBy(0, 0, ROOT, 7, MANIFEST);
        vm.roll(5678);
        vm.recordLogs();
        assertFalse(anchorBy(0, 0, ROOT, count % 8192 + 1, manifest), "not recorded again");
        assertEq(vm.getRecordedLogs().length, 0, "no event");
        assertOwn(0, ROOT, 0, 1234, 7, MANIFEST);
    }

    function testFuzz_every_hospital_has_its_own_record_of_a_root(
        uint8 kind,
        bytes32 root,
        uint32 count,
        bytes32 manifest
    ) public {
        kind %= 2;
        count = count % 8192 + 1;
        vm.assume(root != 0);
        anchorBy(2, kind, root, 1, MANIFEST);
        for (uint256 by = 0; by < 2; ++by) {
            vm.roll(2000 + by);
            vm.expectEmit(address(anchors));
            emit IAnchor.Anchored(root, hospitalAt(by).operator, kind, count, manifest);
            assertTrue(anchorBy(by, kind, root, count, manifest), "recorded");
        }
        assertOwn(kind, root, 0, 2000, count, manifest);
        assertOwn(kind, root, 1, 2001, count, manifest);
        assertOwn(kind, root, 2, 1234, 1, MANIFEST);
        assertRecord(kind, root, hospitalAt(2).operator, 1234, 1, MANIFEST);
        assertOwn(1 - kind, root, 0, 0, 0, 0);
    }

    function test_a_root_made_to_take_the_place_of_another_record_does_not() public {
        bytes32 forged = keccak256(abi.encode(ROOT, hospitalAt(0).operator));
        anchorBy(2, 0, ROOT, 1, MANIFEST);
        anchorBy(2, 0, forged, 1, MANIFEST);
        anchorBy(2, 1, forged, 1, MANIFEST);
        assertOwn(0, ROOT, 0, 0, 0, 0);
        assertTrue(anchorBy(0, 0, ROOT, 9, bytes32(uint256(1))), "recorded");
        assertOwn(0, ROOT, 0, 1234, 9, bytes32(uint256(1)));
        assertOwn(0, forged, 2, 1234, 1, MANIFEST);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorUnknownKind.selector, uint8(128)));
        anchorBy(2, 128, forged, 1, MANIFEST);
    }

    function test_batches_and_audit_entries_have_roots_of_their_own() public {
        anchorBy(0, 0, ROOT, 1, MANIFEST);
        assertRecord(1, ROOT, address(0), 0, 0, 0);
        assertTrue(anchorBy(1, 1, ROOT, 2, MANIFEST), "recorded as audit");
        assertRecord(0, ROOT, hospitalAt(0).operator, 1234, 1, MANIFEST);
        assertRecord(1, ROOT, hospitalAt(1).operator, 1234, 2, MANIFEST);
    }

    function testFuzz_only_anchor_accounts_of_active_hospitals_anchor(address account) public {
        for (uint256 i = 0; i < 3; ++i) {
            vm.assume(account != hospitalAt(i).anchor);
        }
        expectUnauthorized(account);
        anchors.anchor(0, ROOT, 1, MANIFEST);
        expectUnauthorized(hospitalAt(0).operator);
        anchors.anchor(0, ROOT, 1, MANIFEST);
    }

    function test_a_suspended_hospital_cannot_anchor_and_what_it_anchored_stays() public {
        anchorBy(2, 0, ROOT, 1, MANIFEST);
        address suspended = hospitalAt(2).operator;
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(hospitalAt(i).operator);
            directory.suspendHospital(suspended);
        }
        bytes32 another = keccak256("another");
        expectUnauthorized(hospitalAt(2).anchor);
        anchors.anchor(0, another, 1, MANIFEST);
        expectUnauthorized(hospitalAt(2).anchor);
        anchors.anchor(0, ROOT, 1, MANIFEST);
        assertRecord(0, ROOT, suspended, 1234, 1, MANIFEST);
        assertRecord(0, another, address(0), 0, 0, 0);
    }

    function testFuzz_another_kind_is_refused(uint8 kind) public {
        vm.assume(kind > 1);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorUnknownKind.selector, kind));
        anchorBy(0, kind, ROOT, 1, MANIFEST);
    }

    function test_the_zero_root_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorEmptyRoot.selector));
        anchorBy(0, 0, 0, 1, MANIFEST);
    }

    function testFuzz_an_anchor_is_of_1_to_8192_leaves(uint32 count) public {
        if (count == 0 || count > 8192) {
            vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorCountOutOfRange.selector, count));
        }
        anchorBy(0, 0, ROOT, count, MANIFEST);
    }

    function test_the_bounds_of_the_count() public {
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorCountOutOfRange.selector, 0));
        anchorBy(0, 0, ROOT, 0, MANIFEST);
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorCountOutOfRange.selector, 8193));
        anchorBy(0, 0, ROOT, 8193, MANIFEST);
        assertTrue(anchorBy(0, 0, ROOT, 8192, MANIFEST), "8192 are allowed");
    }

    function testFuzz_a_record_lies_in_the_two_words_that_are_documented(
        uint8 kind,
        bytes32 root,
        uint32 count,
        bytes32 manifest,
        uint48 blockNumber
    ) public {
        kind %= 2;
        count = count % 8192 + 1;
        vm.assume(root != 0);
        vm.roll(blockNumber);
        anchorBy(1, kind, root, count, manifest);
        uint256 slot = uint256(keccak256(abi.encode(root, keccak256(abi.encode(kind, uint256(0))))));
        uint256 first = uint256(count) << 208 | uint256(blockNumber) << 160 | uint160(hospitalAt(1).operator);
        assertEq(vm.load(address(anchors), bytes32(slot)), bytes32(first), "count, block and hospital");
        assertEq(vm.load(address(anchors), bytes32(slot + 1)), manifest, "manifest");
    }

    function testFuzz_a_later_record_lies_in_the_two_words_that_are_documented(
        uint8 kind,
        bytes32 root,
        uint32 count,
        bytes32 manifest,
        uint48 blockNumber
    ) public {
        kind %= 2;
        count = count % 8192 + 1;
        vm.assume(root != 0);
        anchorBy(0, kind, root, 1, MANIFEST);
        vm.roll(blockNumber);
        anchorBy(1, kind, root, count, manifest);
        bytes32 key = keccak256(abi.encode(root, hospitalAt(1).operator));
        uint256 slot = uint256(keccak256(abi.encode(key, keccak256(abi.encode(kind + 128, uint256(0))))));
        uint256 first = uint256(count) << 208 | uint256(blockNumber) << 160 | uint160(hospitalAt(1).operator);
        assertEq(vm.load(address(anchors), bytes32(slot)), bytes32(first), "count, block and hospital");
        assertEq(vm.load(address(anchors), bytes32(slot + 1)), manifest, "manifest");
    }

    function test_it_names_its_directory() public view {
        assertEq(address(anchors.directory()), address(directory), "directory");
    }

    function anchorBy(uint256 number, uint8 kind, bytes32 root, uint32 count, bytes32 manifest)
        private
        returns (bool)
    {
        vm.prank(hospitalAt(number).anchor);
        return anchors.anchor(kind, root, count, manifest);
    }

    function expectUnauthorized(address account) private {
        vm.expectRevert(abi.encodeWithSelector(IAnchor.AnchorUnauthorizedAccount.selector, account));
        vm.prank(account);
    }

    function assertRecord(
        uint8 kind,
        bytes32 root,
        address hospital,
        uint256 blockNumber,
        uint256 count,
        bytes32 manifest
    ) private view {
        (address heldHospital, uint48 heldBlock, uint32 heldCount, bytes32 heldManifest) =
            anchors.anchorOf(kind, root);
        assertEq(heldHospital, hospital, "hospital");
        assertEq(heldBlock, blockNumber, "block");
        assertEq(heldCount, count, "count");
        assertEq(heldManifest, manifest, "manifest");
    }

    function assertOwn(
        uint8 kind,
        bytes32 root,
        uint256 hospital,
        uint256 blockNumber,
        uint256 count,
        bytes32 manifest
    ) private view {
        (uint48 heldBlock, uint32 heldCount, bytes32 heldManifest) =
            anchors.anchorBy(kind, root, hospitalAt(hospital).operator);
        assertEq(heldBlock, blockNumber, "block");
        assertEq(heldCount, count, "count");
        assertEq(heldManifest, manifest, "manifest");
    }
}
