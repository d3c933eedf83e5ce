// SPDX-License-Identifier: GPL-3.0-only
pragma solidity ^0.8.20;

/// @title What the chain's tests run: storage, logs, reverts, creation, precompiles and the block's own facts
contract Ledger {
    mapping(bytes32 key => uint256 value) public valueOf;
    uint256 public count;
    bytes32[] public notes;

    event Stored(bytes32 indexed key, address indexed by, uint256 value);
    event Cleared(bytes32 indexed key);
    event Plain(uint256 number);

    error Refused(uint256 number);

    receive() external payable {}

    function store(bytes32 key, uint256 value) public payable {
        valueOf[key] = value;
        count++;
        emit Stored(key, msg.sender, value);
    }

    function storeMany(bytes32 seed, uint256 times) external {
        for (uint256 i = 0; i < times; i++) store(keccak256(abi.encode(seed, i)), i + 1);
        emit Plain(times);
    }

    function clear(bytes32 key) external {
        delete valueOf[key];
        emit Cleared(key);
    }

    /// @dev What two independent machines must agree on, kept where it can be compared.
    function note() external {
        notes.push(keccak256(abi.encode(block.number, block.timestamp, block.coinbase, block.basefee)));
        notes.push(keccak256(abi.encode(block.gaslimit, block.chainid, tx.gasprice, tx.origin, gasleft() > 0)));
    }

    function noteChain() external {
        notes.push(keccak256(abi.encode(blockhash(block.number - 1), block.difficulty)));
    }

    function precompiles(bytes32 digest, uint8 v, bytes32 r, bytes32 s) external {
        notes.push(bytes32(uint256(uint160(ecrecover(digest, v, r, s)))));
        notes.push(sha256(abi.encode(digest)));
        notes.push(bytes32(ripemd160(abi.encode(digest))));
    }

    function spawn(bytes32 salt, bool isShortLived) external payable returns (address child) {
        child = address(new Child{salt: salt, value: msg.value}());
        if (isShortLived) Child(payable(child)).end(msg.sender);
    }

    function refuse(uint256 number) external pure {
        revert Refused(number);
    }

    function refuseWithText() external pure {
        revert("not today");
    }

    function panic(uint256 by) external pure returns (uint256) {
        return 1 / by;
    }

    function burn() external pure {
        while (true) {}
    }

    function storeThenRefuse(bytes32 key) external {
        store(key, 1);
        revert("undone");
    }
}

contract Child {
    uint256 public born = block.number;

    constructor() payable {}

    function end(address heir) external {
        selfdestruct(payable(heir));
    }
}
