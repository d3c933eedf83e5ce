// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {IDirectoryHospitals} from "../interfaces/IDirectoryHospitals.sol";

/// @title The consortium: its hospitals and their votes
abstract contract DirectoryHospitals is IDirectoryHospitals {
    /// @dev `anchor`, `status` and `term` share a word: an anchor reads no more than that. `term` counts admissions.
    struct Seat {
        address anchor;
        HospitalStatus status;
        uint64 term;
        address relay;
        address receipt;
        bytes32 proxyKeyDigest;
    }

    /// @dev Counts as long as `hospital` is active in the same `term`.
    struct Vote {
        address hospital;
        uint64 term;
    }

    uint256 private constant MAX_HOSPITALS = 64;

    address[] private _operators;
    mapping(address operator => Seat) private _seats;
    mapping(address key => address operator) private _holders;
    mapping(address subject => uint256 round) private _rounds;
    mapping(bytes32 ballot => Vote[]) private _votes;

    constructor(Hospital[] memory founding) {
        if (founding.length == 0) revert DirectoryNoFounder();
        for (uint256 i = 0; i < founding.length; ++i) {
            address operator = founding[i].operator;
            if (_seats[operator].status == HospitalStatus.Active) {
                revert DirectoryKeyTaken(operator, operator);
            }
            _requireAdmissible(founding[i]);
            _admit(founding[i]);
        }
    }

    /// @inheritdoc IDirectoryHospitals
    function admitHospital(Hospital calldata admitted) external {
        _requireAdmissible(admitted);
        address operator = admitted.operator;
        if (_vote(operator, keccak256(abi.encode(msg.sig, admitted, _rounds[operator])))) _admit(admitted);
    }

    /// @inheritdoc IDirectoryHospitals
    function suspendHospital(address operator) external {
        Seat storage seat = _seats[operator];
        if (seat.status != HospitalStatus.Active) revert DirectoryWrongHospitalStatus(operator, seat.status);
        if (_operators.length == 1) revert DirectoryLastHospital(operator);
        if (!_vote(operator, keccak256(abi.encode(msg.sig, operator, _rounds[operator])))) return;
        seat.status = HospitalStatus.Suspended;
        _removeOperator(operator);
        emit HospitalSuspended(operator);
    }

    /// @inheritdoc IDirectoryHospitals
    function hospital(address operator) external view returns (Hospital memory keys, HospitalStatus status) {
        Seat storage seat = _seats[operator];
        if (seat.status == HospitalStatus.Unknown) return (keys, seat.status);
        keys = Hospital(operator, seat.anchor, seat.relay, seat.receipt, seat.proxyKeyDigest);
        return (keys, seat.status);
    }

    /// @inheritdoc IDirectoryHospitals
    function hospitals() external view returns (address[] memory operators) {
        return _operators;
    }

    /// @inheritdoc IDirectoryHospitals
    function hospitalOf(address key) external view returns (address operator) {
        return _holders[key];
    }

    /// @inheritdoc IDirectoryHospitals
    function hospitalOfAnchor(address account) public view returns (address operator) {
        address holder = _holders[account];
        Seat storage seat = _seats[holder];
        return seat.anchor == account && seat.status == HospitalStatus.Active ? holder : address(0);
    }

    /// @inheritdoc IDirectoryHospitals
    function isActiveAnchor(address account) external view returns (bool) {
        return hospitalOfAnchor(account) != address(0);
    }

    /// @inheritdoc IDirectoryHospitals
    function isActiveHospital(address operator) external view returns (bool) {
        return _seats[operator].status == HospitalStatus.Active;
    }

    /// @inheritdoc IDirectoryHospitals
    function majority() public view returns (uint256) {
        return _operators.length / 2 + 1;
    }

    /// @inheritdoc IDirectoryHospitals
    function roundOf(address subject) public view returns (uint256) {
        return _rounds[subject];
    }

    /// @inheritdoc IDirectoryHospitals
    function votesOn(bytes32 ballot) external view returns (uint256 votes) {
        (votes,) = _count(ballot, address(0));
    }

    /// @dev Adds the caller's vote to `ballot`. A caller whose vote is there already may still close a ballot that
    /// came to have a majority because others were suspended.
    /// @return carried Whether the majority is complete, and the caller of this is to carry the motion out.
    function _vote(address subject, bytes32 ballot) internal returns (bool carried) {
        Seat storage seat = _seats[msg.sender];
        if (seat.status != HospitalStatus.Active) revert DirectoryUnauthorizedHospital(msg.sender);
        (uint256 votes, bool voted) = _count(ballot, msg.sender);
        uint256 needed = majority();
        if (voted) {
            if (votes < needed) revert DirectoryAlreadyVoted(ballot, msg.sender);
        } else {
            _votes[ballot].push(Vote(msg.sender, seat.term));
            emit VoteCast(ballot, msg.sender, subject, msg.sig, ++votes, needed);
        }
        carried = votes >= needed;
        if (carried) ++_rounds[subject];
    }

    /// @dev Votes on `ballot` that count, and whether the one of `caller` is among them.
    function _count(bytes32 ballot, address caller) private view returns (uint256 votes, bool voted) {
        Vote[] storage cast = _votes[ballot];
        for (uint256 i = 0; i < cast.length; ++i) {
            Vote memory vote = cast[i];
            Seat storage seat = _seats[vote.hospital];
            if (seat.status != HospitalStatus.Active || seat.term != vote.term) continue;
            ++votes;
            if (vote.hospital == caller) voted = true;
        }
    }

    /// @dev Reverts unless every key is there, serves one purpose, and is no other hospital's.
    function _requireAdmissible(Hospital memory admitted) private view {
        if (admitted.proxyKeyDigest == bytes32(0)) revert DirectoryEmptyKey();
        address[4] memory keys = _keysOf(admitted);
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i] == address(0)) revert DirectoryEmptyKey();
            address holder = _holders[keys[i]];
            if (holder != address(0) && holder != admitted.operator) {
                revert DirectoryKeyTaken(keys[i], holder);
            }
            for (uint256 j = 0; j < i; ++j) {
                if (keys[j] == keys[i]) revert DirectoryKeyTaken(keys[i], admitted.operator);
            }
        }
        if (_seats[admitted.operator].status == HospitalStatus.Active) return;
        if (_operators.length >= MAX_HOSPITALS) revert DirectoryTooManyHospitals();
    }

    function _admit(Hospital memory admitted) private {
        address[4] memory keys = _keysOf(admitted);
        for (uint256 i = 0; i < keys.length; ++i) {
            _holders[keys[i]] = admitted.operator;
        }
        Seat storage seat = _seats[admitted.operator];
        if (seat.status != HospitalStatus.Active) {
            seat.status = HospitalStatus.Active;
            ++seat.term;
            _operators.push(admitted.operator);
        }
        seat.anchor = admitted.anchor;
        seat.relay = admitted.relay;
        seat.receipt = admitted.receipt;
        seat.proxyKeyDigest = admitted.proxyKeyDigest;
        emit HospitalAdmitted(
            admitted.operator, admitted.anchor, admitted.relay, admitted.receipt, admitted.proxyKeyDigest
        );
    }

    /// @dev `operator` is in the list. The last one takes its place.
    function _removeOperator(address operator) private {
        uint256 place = 0;
        while (_operators[place] != operator) ++place;
        _operators[place] = _operators[_operators.length - 1];
        _operators.pop();
    }

    function _keysOf(Hospital memory described) private pure returns (address[4] memory) {
        return [described.operator, described.anchor, described.relay, described.receipt];
    }
}
