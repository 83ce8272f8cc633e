// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a transparency log committed to, at growing sizes. One transaction
/// anchors however many entries came since the one before; it costs the same.
contract Anchor {
    /// A checkpoint of the log: its number of entries and their Merkle root.
    event Anchored(uint64 indexed size, bytes32 root);

    /// From now on this account may anchor.
    event WriterChanged(address indexed writer);

    error NotOwner();
    error NotWriter();

    /// A log never shrinks: this size was anchored already.
    error SizeTooSmall(uint64 latest);

    /// This size was anchored with another root: somebody rewrote the log.
    error OtherRoot();

    /// Who may change the writer. In the code rather than in storage.
    address public immutable owner;

    /// Who may anchor.
    address public writer;

    /// The latest size in the upper 64 bits, the first 192 bits of its root below:
    /// one slot, which nobody can meet with another root. Never zero, so that the
    /// first anchor costs what all others do.
    uint256 private last = type(uint192).max;

    constructor(address owner_, address writer_) {
        owner = owner_;
        writer = writer_;
    }

    /// Anchors a checkpoint. The latest one again changes nothing.
    function anchor(uint64 size, bytes32 root) external {
        if (msg.sender != writer) revert NotWriter();
        uint256 before = last;
        uint256 next = (uint256(size) << 192) | (uint256(root) >> 64);
        if (next == before) return;
        uint64 latest = uint64(before >> 192);
        if (size < latest) revert SizeTooSmall(latest);
        if (size == latest) revert OtherRoot();
        last = next;
        emit Anchored(size, root);
    }

    /// The latest anchored size, 0 for none, and the beginning of its root.
    function head() external view returns (uint64 size, bytes24 rootPrefix) {
        uint256 packed = last;
        return (uint64(packed >> 192), bytes24(uint192(packed)));
    }

    /// Lets another account anchor instead, when a key is changed.
    function setWriter(address writer_) external {
        if (msg.sender != owner) revert NotOwner();
        writer = writer_;
        emit WriterChanged(writer_);
    }
}
