// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

/// @dev Hospitals vote on everything in any order. A second tally, by bit masks, foretells each outcome.
contract VotesHandler is World {
    enum Motion {
        AdmitPhysician,
        SuspendPhysician,
        ReinstatePhysician,
        SuspendHospital,
        AdmitHospital
    }

    uint256 public constant HOSPITALS = 6;
    uint256 private constant FOUNDERS = 3;
    uint256 private constant PHYSICIANS = 2;

    /// @dev One bit for each active hospital.
    uint256 public active = 7;

    mapping(bytes32 ballot => uint256 mask) private _cast;
    bytes32[] private _ballots;
    mapping(bool ofPhysicians => mapping(uint256 subject => uint256)) private _rounds;
    IDirectory.PhysicianStatus[2] private _statuses;
    address[2] private _physicians;

    constructor() {
        found(FOUNDERS);
        for (uint256 i = 0; i < PHYSICIANS; ++i) {
            _physicians[i] = registerPhysician(PHYSICIAN + i, 0);
            _statuses[i] = IDirectory.PhysicianStatus.Registered;
        }
    }

    function vote(uint256 voter, uint256 motion_, uint256 subject) external {
        voter %= HOSPITALS;
        Motion motion = Motion(motion_ % 5);
        bool ofPhysicians = motion <= Motion.ReinstatePhysician;
        subject %= ofPhysicians ? PHYSICIANS : HOSPITALS;
        bytes32 ballot = keccak256(abi.encode(motion, subject, _rounds[ofPhysicians][subject]));
        (bool allowed, bool carried) = foretell(voter, motion, subject, ballot);

        vm.prank(hospitalAt(voter).operator);
        (bool done,) = address(directory).call(encode(motion, subject));
        vm.assertTrue(done == allowed, "a vote is accepted just when it should be");
        if (!done) return;
        _ballots.push(ballot);
        _cast[ballot] |= 1 << voter;
        if (!carried) return;
        ++_rounds[ofPhysicians][subject];
        carryOut(motion, subject);
    }

    function foretell(uint256 voter, Motion motion, uint256 subject, bytes32 ballot)
        private
        view
        returns (bool allowed, bool carried)
    {
        if (active >> voter & 1 == 0 || !isInOrder(motion, subject)) return (false, false);
        bool voted = _cast[ballot] >> voter & 1 == 1;
        carried = popCount(_cast[ballot] | 1 << voter) > popCount(active) / 2;
        allowed = carried || !voted;
    }

    function isInOrder(Motion motion, uint256 subject) private view returns (bool) {
        if (motion == Motion.AdmitHospital) return true;
        if (motion == Motion.SuspendHospital) return active >> subject & 1 == 1 && popCount(active) > 1;
        return uint8(_statuses[subject]) == uint8(motion) + 1;
    }

    function carryOut(Motion motion, uint256 subject) private {
        if (motion == Motion.AdmitHospital) {
            active |= 1 << subject;
        } else if (motion == Motion.SuspendHospital) {
            active &= ~(1 << subject);
            for (uint256 i = 0; i < _ballots.length; ++i) {
                _cast[_ballots[i]] &= ~(1 << subject);
            }
        } else {
            _statuses[subject] = motion == Motion.SuspendPhysician
                ? IDirectory.PhysicianStatus.Suspended
                : IDirectory.PhysicianStatus.Active;
        }
    }

    function encode(Motion motion, uint256 subject) private view returns (bytes memory) {
        address doctor = _physicians[subject % PHYSICIANS];
        if (motion == Motion.AdmitPhysician) return abi.encodeCall(directory.admitPhysician, (doctor));
        if (motion == Motion.SuspendPhysician) return abi.encodeCall(directory.suspendPhysician, (doctor));
        if (motion == Motion.ReinstatePhysician) {
            return abi.encodeCall(directory.reinstatePhysician, (doctor));
        }
        if (motion == Motion.AdmitHospital) {
            return abi.encodeCall(directory.admitHospital, (hospitalAt(subject)));
        }
        return abi.encodeCall(directory.suspendHospital, (hospitalAt(subject).operator));
    }

    function check() external view {
        address[] memory operators = directory.hospitals();
        assertEq(operators.length, popCount(active), "as many as are active");
        assertTrue(operators.length > 0, "somebody can always vote");
        assertEq(directory.majority(), popCount(active) / 2 + 1, "majority");
        uint256 listed = 0;
        for (uint256 number = 0; number < HOSPITALS; ++number) {
            address operator = hospitalAt(number).operator;
            bool isActive = active >> number & 1 == 1;
            vm.assertTrue(directory.isActiveHospital(operator) == isActive, "active as voted");
            vm.assertTrue(
                directory.isActiveAnchor(hospitalAt(number).anchor) == isActive, "and so its anchor"
            );
            for (uint256 i = 0; i < operators.length; ++i) {
                if (operators[i] == operator) ++listed;
            }
        }
        assertEq(listed, operators.length, "each is listed once");
        for (uint256 i = 0; i < PHYSICIANS; ++i) {
            (IDirectory.PhysicianStatus status,) = directory.physician(_physicians[i]);
            assertEq(uint8(status), uint8(_statuses[i]), "physicians as voted");
        }
    }

    function popCount(uint256 mask) private pure returns (uint256 count) {
        for (; mask != 0; mask &= mask - 1) {
            ++count;
        }
    }
}

contract VotesInvariants {
    VotesHandler private _handler;

    function setUp() public {
        _handler = new VotesHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_nothing_is_done_but_by_a_majority_of_active_hospitals_each_counted_once() public view {
        _handler.check();
    }
}
