// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {Statements} from "../support/Statements.sol";
import {World} from "../support/World.sol";
import {vm} from "../support/Vm.sol";

/// @dev Three patients grant, revoke and bind devices in any order, with few nonces so that they collide; strangers
/// forge; anybody replays. Keeps its own book of what should hold.
contract StatementsHandler is World {
    struct Expected {
        uint64 accessEnd;
        bool revoked;
    }

    uint256 public constant PATIENTS = 3;
    uint256 public constant GRANTS = 4;
    uint256 public constant NONCES = 12;

    uint256 public time = NOW;
    mapping(uint256 who => mapping(uint256 what => Expected)) public expected;
    mapping(uint256 who => mapping(uint256 nonce => uint256)) public uses;

    bytes[] private _accepted;
    address[] private _patients;
    uint256 private _devices;

    modifier atTime() {
        vm.warp(time);
        _;
    }

    constructor() {
        found(1);
        for (uint256 who = 0; who < PATIENTS; ++who) {
            _patients.push(registerPatient(keyOf(who), NONCES));
        }
    }

    function wait(uint256 duration) external {
        time += duration % 6 hours;
    }

    function give(uint256 who, uint256 what, uint256 lasting, uint256 nonce) external atTime {
        (who, what, nonce) = (who % PATIENTS, what % GRANTS, nonce % NONCES);
        uint64 accessEnd = uint64(time + lasting % 1 days);
        bytes memory signature = signGrant(keyOf(who), who, what, accessEnd, nonce);
        bytes memory call_ = abi.encodeCall(
            consent.grant, (patientOf(who), grantOf(what), accessEnd, nonce, deadline(), signature)
        );
        Expected storage book = expected[who][what];
        bool allowed = accessEnd > time && !book.revoked && book.accessEnd == 0 && uses[who][nonce] == 0;
        (bool done,) = address(consent).call(call_);
        vm.assertTrue(done == allowed, "a grant is accepted just when it should be");
        if (!done) return;
        book.accessEnd = accessEnd;
        ++uses[who][nonce];
        _accepted.push(call_);
    }

    function takeBack(uint256 who, uint256 what) external atTime {
        (who, what) = (who % PATIENTS, what % GRANTS);
        revoke(keyOf(who), grantOf(what));
        expected[who][what].revoked = true;
    }

    function bind(uint256 who, uint256 nonce) external atTime {
        (who, nonce) = (who % PATIENTS, nonce % NONCES);
        uint256 deviceKey = DEVICE + ++_devices;
        bytes32 statement = Statements.bindDevice(vm.addr(deviceKey), patientOf(who), nonce, deadline());
        (bytes memory byDevice, bytes memory byPatient) =
            (sign(deviceKey, statement), sign(keyOf(who), statement));
        bytes memory call_ = abi.encodeCall(
            directory.bindDevice, (vm.addr(deviceKey), patientOf(who), nonce, deadline(), byDevice, byPatient)
        );
        bool allowed = uses[who][nonce] == 0;
        (bool done,) = address(directory).call(call_);
        vm.assertTrue(done == allowed, "a binding is accepted just when its nonce is new");
        if (done) ++uses[who][nonce];
    }

    function replay(uint256 which) external atTime {
        if (_accepted.length == 0) return;
        (bool done,) = address(consent).call(_accepted[which % _accepted.length]);
        assertFalse(done, "a grant is accepted once");
    }

    function impersonate(uint256 by, uint256 who, uint256 what, uint256 nonce) external atTime {
        (who, what) = (who % PATIENTS, what % GRANTS);
        uint256 key = keyFrom(by);
        if (by % 2 == 0) key = keyOf((who + 1) % PATIENTS);
        vm.assume(key != keyOf(who));
        uint64 accessEnd = uint64(time + 1 days);
        bytes memory forged = signGrant(key, who, what, accessEnd, nonce);
        try consent.grant(patientOf(who), grantOf(what), accessEnd, nonce, deadline(), forged) {
            assertTrue(false, "nobody but the patient grants");
        } catch {}
        forged = sign(key, Statements.revokeConsent(patientOf(who), grantOf(what)));
        try consent.revoke(patientOf(who), grantOf(what), forged) {
            assertTrue(false, "nobody but the patient revokes");
        } catch {}
    }

    function holds(uint256 who, uint256 what)
        external
        view
        returns (uint64 accessEnd, bool revoked, bool active)
    {
        (accessEnd, revoked) = consent.consentOf(patientOf(who), grantOf(what));
        active = consent.isActive(patientOf(who), grantOf(what));
    }

    function isUsed(uint256 who, uint256 nonce) external view returns (bool) {
        return directory.isNonceUsed(patientOf(who), nonce);
    }

    function signGrant(uint256 key, uint256 who, uint256 what, uint64 accessEnd, uint256 nonce)
        private
        view
        returns (bytes memory)
    {
        return sign(key, Statements.grantConsent(patientOf(who), grantOf(what), accessEnd, nonce, deadline()));
    }

    function deadline() private view returns (uint256) {
        return time + 30 days;
    }

    function keyOf(uint256 who) private pure returns (uint256) {
        return PATIENT + who;
    }

    function patientOf(uint256 who) private view returns (address) {
        return _patients[who];
    }

    function grantOf(uint256 what) private pure returns (bytes32) {
        return keccak256(abi.encode("grant", what));
    }
}

contract StatementsInvariants {
    StatementsHandler private _handler;

    function setUp() public {
        _handler = new StatementsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_a_revoked_or_expired_grant_is_never_active() public {
        vm.warp(_handler.time());
        for (uint256 who = 0; who < _handler.PATIENTS(); ++who) {
            for (uint256 what = 0; what < _handler.GRANTS(); ++what) {
                (uint64 accessEnd, bool revoked) = _handler.expected(who, what);
                (uint64 heldEnd, bool heldRevoked, bool active) = _handler.holds(who, what);
                vm.assertTrue(
                    active == (!revoked && block.timestamp < accessEnd), "active as the patient said"
                );
                vm.assertEq(heldEnd, accessEnd, "the end is the patient's, and never moves");
                vm.assertTrue(heldRevoked == revoked, "revoked once the patient said so, for good");
            }
        }
    }

    function invariant_a_nonce_is_never_used_twice_across_Directory_and_Consent() public view {
        for (uint256 who = 0; who < _handler.PATIENTS(); ++who) {
            for (uint256 nonce = 0; nonce < _handler.NONCES(); ++nonce) {
                uint256 uses = _handler.uses(who, nonce);
                vm.assertTrue(uses <= 1, "once at most");
                vm.assertTrue(_handler.isUsed(who, nonce) == (uses == 1), "marked when used");
            }
        }
    }
}
