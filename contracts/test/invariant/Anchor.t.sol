// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

/// @dev Hospitals, suspended ones and strangers anchor few roots over and over, while hospitals come and go.
contract AnchorHandler is World {
    struct Expected {
        address hospital;
        uint48 blockNumber;
        uint32 count;
        bytes32 manifest;
    }

    uint256 public constant ROOTS = 5;
    uint256 public constant HOSPITALS = 4;

    /// @dev First of each root, and of each root and hospital.
    mapping(uint8 kind => mapping(uint256 root => Expected)) public expected;
    mapping(uint8 kind => mapping(uint256 root => mapping(uint256 by => Expected))) public own;

    uint48 private _block = 1;

    constructor() {
        found(HOSPITALS);
    }

    function anchor(uint256 by, uint8 kind, uint256 root, uint32 count, bytes32 manifest) external {
        vm.roll(++_block);
        (by, kind, root, count) = (by % (HOSPITALS + 1), kind % 2, root % ROOTS, count % 8192 + 1);
        bool active = directory.isActiveHospital(hospitalAt(by).operator);
        bool known = own[kind][root][by].hospital != address(0);
        vm.prank(hospitalAt(by).anchor);
        try anchors.anchor(kind, rootOf(root), count, manifest) returns (bool recorded) {
            assertTrue(active, "nobody anchors who is not an active hospital");
            vm.assertTrue(recorded == !known, "recorded when new");
            if (!recorded) return;
            own[kind][root][by] = Expected(hospitalAt(by).operator, _block, count, manifest);
            if (expected[kind][root].hospital == address(0)) expected[kind][root] = own[kind][root][by];
        } catch {
            assertFalse(active, "an active hospital can anchor");
        }
    }

    function suspend(uint256 who) external {
        address operator = hospitalAt(who % HOSPITALS).operator;
        if (!directory.isActiveHospital(operator) || directory.hospitals().length == 1) return;
        address[] memory operators = directory.hospitals();
        for (uint256 i = 0; directory.isActiveHospital(operator); ++i) {
            vm.prank(operators[i]);
            directory.suspendHospital(operator);
        }
    }

    function readmit(uint256 who) external {
        who %= HOSPITALS;
        address[] memory operators = directory.hospitals();
        for (uint256 i = 0; !directory.isActiveHospital(hospitalAt(who).operator); ++i) {
            vm.prank(operators[i]);
            directory.admitHospital(hospitalAt(who));
        }
    }

    function recordOf(uint8 kind, uint256 root) external view returns (address, uint48, uint32, bytes32) {
        return anchors.anchorOf(kind, rootOf(root));
    }

    function ownRecordOf(uint8 kind, uint256 root, uint256 by) external view returns (uint48, uint32, bytes32) {
        return anchors.anchorBy(kind, rootOf(root), hospitalAt(by).operator);
    }

    /// @dev The last two are made to take the place of the first hospital's later records of the first two.
    function rootOf(uint256 root) private view returns (bytes32) {
        if (root < ROOTS - 2) return keccak256(abi.encode("root", root));
        return keccak256(abi.encode(rootOf(root + 2 - ROOTS), hospitalAt(0).operator));
    }
}

contract AnchorInvariants {
    AnchorHandler private _handler;

    function setUp() public {
        _handler = new AnchorHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_what_a_hospital_anchored_is_its_own_and_never_changes() public view {
        for (uint8 kind = 0; kind < 2; ++kind) {
            for (uint256 root = 0; root < _handler.ROOTS(); ++root) {
                for (uint256 by = 0; by < _handler.HOSPITALS(); ++by) {
                    (, uint48 blockNumber, uint32 count, bytes32 manifest) = _handler.own(kind, root, by);
                    (uint48 heldBlock, uint32 heldCount, bytes32 heldManifest) =
                        _handler.ownRecordOf(kind, root, by);
                    vm.assertEq(heldBlock, blockNumber, "block");
                    vm.assertEq(heldCount, count, "count");
                    vm.assertEq(heldManifest, manifest, "manifest");
                }
            }
        }
    }

    function invariant_the_first_record_of_a_root_never_changes() public view {
        for (uint8 kind = 0; kind < 2; ++kind) {
            for (uint256 root = 0; root < _handler.ROOTS(); ++root) {
                (address hospital, uint48 blockNumber, uint32 count, bytes32 manifest) =
                    _handler.expected(kind, root);
                (address heldHospital, uint48 heldBlock, uint32 heldCount, bytes32 heldManifest) =
                    _handler.recordOf(kind, root);
                vm.assertEq(heldHospital, hospital, "hospital");
                vm.assertEq(heldBlock, blockNumber, "block");
                vm.assertEq(heldCount, count, "count");
                vm.assertEq(heldManifest, manifest, "manifest");
            }
        }
    }
}
