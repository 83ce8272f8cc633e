//! The cheapest way through all the words a text may consist of (Viterbi).
//!
//! Costs are mecab-ko-dic's: each word has one, and each pair of neighbours. As in mecab-ko, spaces are not
//! words: they part words, and make particles and endings dearer.

use crate::dictionary::{Connection, Dictionary, VALUE};
use crate::tag::Tag;
use crate::word::Word;

/// How many syllables an unknown word has at most.
const LONGEST_UNKNOWN: usize = 32;

/// Entries of a word up to which it is quicker to look through the nodes at its end than to gather them.
const FEW: usize = 3;

const NONE: u32 = u32::MAX;

/// What the scanner found: a run to look up, or something that is one word for sure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// Place of the first character, and of the one after the last.
    pub start: u16,
    pub end: u16,
    pub after_space: bool,
    pub content: Content,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// Hangul or hanja, to be looked up.
    Run { hanja: bool },
    /// One word, whose connection is known.
    Whole(Connection),
}

#[derive(Clone, Copy)]
struct Node {
    cost: i32,
    previous: u32,
    /// The next node that ends at the same place.
    sibling: u32,
    word: Word,
    start: u16,
    end: u16,
    item: u16,
    right: u16,
}

/// A word on the cheapest path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub start: u16,
    pub end: u16,
    pub word: Word,
    /// The item it is of.
    pub item: u16,
}

/// The lattice of one piece of text, with buffers that are used again.
#[derive(Default)]
pub(crate) struct Lattice {
    nodes: Vec<Node>,
    /// The first node that ends at each place.
    ends: Vec<u32>,
    /// Right id, cost and node of what may precede the place being worked on.
    previous: Vec<(u16, i32, u32)>,
    /// The cheapest of them, and the cost up to a word, by left id; valid where the epoch is this one.
    best: Vec<(u32, i32, u32)>,
    /// The node that ends where words are being added, by right id; valid where the epoch is this one.
    rivals: Vec<(u32, u32)>,
    epoch: u32,
    /// The epoch of `previous`.
    reached: u32,
    path: Vec<Step>,
}

impl Lattice {
    /// The cheapest path over `items`, which lie in `chars` in order.
    pub fn solve(&mut self, dictionary: &Dictionary, chars: &[char], items: &[Item]) -> &[Step] {
        self.path.clear();
        if items.is_empty() {
            return &self.path;
        }
        self.nodes.clear();
        self.ends.clear();
        self.best.resize(dictionary.penalties.len(), (0, 0, NONE));
        self.rivals
            .resize(dictionary.matrix.forward_size as usize, (0, NONE));
        self.ends.resize(chars.len() + 1, NONE);
        let mut last = 0;
        // The beginning of the text: right id 0, no cost, ending where the first item starts.
        self.nodes.push(Node {
            cost: 0,
            previous: NONE,
            sibling: NONE,
            word: Word::plain(Tag::Na),
            start: 0,
            end: 0,
            item: 0,
            right: 0,
        });
        self.ends[usize::from(items[0].start)] = 0;
        for (number, item) in items.iter().enumerate() {
            if number > 0 && usize::from(item.start) != last {
                self.ends[usize::from(item.start)] = self.ends[last];
            }
            last = usize::from(item.end);
            match item.content {
                Content::Whole(connection) => {
                    self.reach(usize::from(item.start));
                    let word = (Word::plain(Tag::Na), connection);
                    self.add(
                        dictionary,
                        word,
                        false,
                        (item.start, item.end, number as u16),
                        None,
                    );
                }
                Content::Run { hanja } => self.look_up(dictionary, chars, item, number as u16, hanja),
            }
        }
        self.trace(dictionary, last);
        &self.path
    }

    /// Adds all words of the dictionary within a run.
    fn look_up(&mut self, dictionary: &Dictionary, chars: &[char], item: &Item, number: u16, hanja: bool) {
        let end = usize::from(item.end);
        for start in usize::from(item.start)..end {
            if self.ends[start] == NONE {
                continue;
            }
            self.reach(start);
            let after_space = item.after_space && start == usize::from(item.start);
            let mut found = false;
            for (values, len) in dictionary.words.common_prefix_search(&chars[start..end]) {
                found = true;
                let values = values.as_chunks::<VALUE>().0;
                let place = (start as u16, (start + len) as u16, number);
                let rivals = (values.len() > FEW).then(|| self.gather(start + len));
                for value in values {
                    self.add(dictionary, decode(value), after_space, place, rivals);
                }
            }
            if !found {
                let (len, connection, tag) = if hanja {
                    (1, dictionary.kinds.hanja, Tag::Sh)
                } else {
                    (
                        (end - start).min(LONGEST_UNKNOWN),
                        dictionary.kinds.hangul,
                        Tag::Unknown,
                    )
                };
                let place = (start as u16, (start + len) as u16, number);
                self.add(dictionary, (Word::unknown(tag), connection), false, place, None);
            }
        }
    }

    /// Takes the nodes that end at `place` for what precedes the words to be added, the cheapest first.
    fn reach(&mut self, place: usize) {
        self.previous.clear();
        let mut at = self.ends[place];
        while at != NONE {
            let node = &self.nodes[at as usize];
            self.previous.push((node.right, node.cost, at));
            at = node.sibling;
        }
        self.previous.sort_unstable_by_key(|&(_, cost, _)| cost);
        self.reached = self.next_epoch();
    }

    /// Notes the nodes that end at `place` by their right ids, and returns the epoch of the notes.
    fn gather(&mut self, place: usize) -> u32 {
        let epoch = self.next_epoch();
        let mut at = self.ends[place];
        while at != NONE {
            let node = &self.nodes[at as usize];
            self.rivals[usize::from(node.right)] = (epoch, at);
            at = node.sibling;
        }
        epoch
    }

    fn next_epoch(&mut self) -> u32 {
        if self.epoch == u32::MAX {
            self.best.fill((0, 0, NONE));
            self.rivals.fill((0, NONE));
            self.epoch = 0;
        }
        self.epoch += 1;
        self.epoch
    }

    /// Adds a word that starts where `reach` was; of words that end alike only the cheapest is kept. `rivals` is
    /// the epoch in which the nodes at its end were gathered, if they were.
    fn add(
        &mut self,
        dictionary: &Dictionary,
        (word, connection): (Word, Connection),
        after_space: bool,
        (start, end, item): (u16, u16, u16),
        rivals: Option<u32>,
    ) {
        let (before, previous) = self.cheapest(dictionary, connection.left);
        let penalty = if after_space {
            dictionary.penalties[usize::from(connection.left)]
        } else {
            0
        };
        let cost = before + i32::from(connection.cost) + penalty;
        let right = connection.right;
        let rival = match rivals {
            Some(epoch) => Some(self.rivals[usize::from(right)])
                .filter(|rival| rival.0 == epoch)
                .map(|rival| rival.1),
            None => self.ending(usize::from(end), right),
        };
        if let Some(rival) = rival {
            let node = &mut self.nodes[rival as usize];
            if cost < node.cost {
                *node = Node {
                    cost,
                    previous,
                    word,
                    start,
                    item,
                    ..*node
                };
            }
            return;
        }
        let number = self.nodes.len() as u32;
        let sibling = std::mem::replace(&mut self.ends[usize::from(end)], number);
        self.nodes.push(Node {
            cost,
            previous,
            sibling,
            word,
            start,
            end,
            item,
            right,
        });
        if let Some(epoch) = rivals {
            self.rivals[usize::from(right)] = (epoch, number);
        }
    }

    /// The node with this right id among those that end at `place`.
    fn ending(&self, place: usize, right: u16) -> Option<u32> {
        let mut at = self.ends[place];
        while at != NONE {
            let node = &self.nodes[at as usize];
            if node.right == right {
                return Some(at);
            }
            at = node.sibling;
        }
        None
    }

    /// The cheapest predecessor of a word with this left id, and the cost up to that word.
    fn cheapest(&mut self, dictionary: &Dictionary, left: u16) -> (i32, u32) {
        let (epoch, cost, node) = self.best[usize::from(left)];
        if epoch == self.reached {
            return (cost, node);
        }
        let row = dictionary.matrix.row(u32::from(left));
        let least = dictionary.cheapest[usize::from(left)];
        let mut best = (i32::MAX, NONE);
        for &(right, cost, node) in &self.previous {
            // Those that follow are dearer: too dear even with the cheapest connection.
            if cost + least >= best.0 {
                break;
            }
            let cost = cost + i32::from(row[usize::from(right)]);
            if cost < best.0 {
                best = (cost, node);
            }
        }
        self.best[usize::from(left)] = (self.reached, best.0, best.1);
        best
    }

    fn trace(&mut self, dictionary: &Dictionary, end: usize) {
        self.reach(end);
        let (_, mut at) = self.cheapest(dictionary, 0);
        while at != NONE && at != 0 {
            let node = &self.nodes[at as usize];
            self.path.push(Step {
                start: node.start,
                end: node.end,
                word: node.word,
                item: node.item,
            });
            at = node.previous;
        }
        self.path.reverse();
    }
}

fn decode(value: &[u8; VALUE]) -> (Word, Connection) {
    let &[w0, w1, w2, w3, c0, c1, l0, l1, r0, r1] = value;
    let word = Word::from_bits(u32::from_le_bytes([w0, w1, w2, w3]));
    let connection = Connection {
        left: u16::from_le_bytes([l0, l1]),
        right: u16::from_le_bytes([r0, r1]),
        cost: i16::from_le_bytes([c0, c1]),
    };
    (word, connection)
}
