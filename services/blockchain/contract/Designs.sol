// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// What was weighed against Anchor.sol; only the gas test deploys these.

/// Only tells: cheapest, and a smaller size or another root is not refused.
contract EventOnly {
    event Anchored(uint64 indexed size, bytes32 root);
    error NotWriter();

    address public immutable writer;

    constructor(address writer_) {
        writer = writer_;
    }

    function anchor(uint64 size, bytes32 root) external {
        if (msg.sender != writer) revert NotWriter();
        emit Anchored(size, root);
    }
}

/// Size and whole root in a slot each.
contract TwoSlots {
    event Anchored(uint64 indexed size, bytes32 root);
    error NotWriter();
    error SizeTooSmall(uint64 latest);
    error OtherRoot();

    address public writer;
    uint64 public latest;
    bytes32 public latestRoot;

    constructor(address writer_) {
        writer = writer_;
    }

    function anchor(uint64 size, bytes32 root) external {
        if (msg.sender != writer) revert NotWriter();
        if (size < latest) revert SizeTooSmall(latest);
        if (size == latest) {
            if (root != latestRoot) revert OtherRoot();
            return;
        }
        latest = size;
        latestRoot = root;
        emit Anchored(size, root);
    }
}

/// Every root kept by its size, to be read by other contracts.
contract SlotEach {
    event Anchored(uint64 indexed size, bytes32 root);
    error NotWriter();
    error SizeTooSmall(uint64 latest);
    error OtherRoot();

    address public writer;
    uint64 public latest;
    mapping(uint64 => bytes32) public roots;

    constructor(address writer_) {
        writer = writer_;
    }

    function anchor(uint64 size, bytes32 root) external {
        if (msg.sender != writer) revert NotWriter();
        if (size < latest) revert SizeTooSmall(latest);
        if (size == latest) {
            if (root != roots[size]) revert OtherRoot();
            return;
        }
        latest = size;
        roots[size] = root;
        emit Anchored(size, root);
    }
}
