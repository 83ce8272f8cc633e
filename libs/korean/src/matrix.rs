//! The costs between neighbours, made small.
//!
//! mecab-ko-dic numbers far more contexts than it tells apart: many rows of its matrix are equal, and many
//! columns. Equal ones become one, and the contexts met most come first, so that the part of the matrix
//! that is used is small and lies together.

use std::collections::HashMap;

use crate::dictionary::Connection;

/// `matrix.bin` as mecab compiles it.
pub(crate) struct Matrix {
    /// How many right ids there are: of the word before.
    pub rights: usize,
    /// How many left ids there are: of the word after.
    pub lefts: usize,
    costs: Vec<i16>,
}

/// What each id becomes, and the matrix of what they become.
pub(crate) struct Classes {
    lefts: Vec<u16>,
    rights: Vec<u16>,
    pub penalties: Vec<i32>,
    /// The cheapest connection of each left id.
    pub cheapest: Vec<i32>,
    /// In the layout lindera maps: a mark, both sizes, rows of left ids.
    pub matrix: Vec<u8>,
}

impl Matrix {
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (sizes, costs) = bytes.split_at_checked(4)?;
        let size = |at: usize| usize::from(u16::from_le_bytes([sizes[at], sizes[at + 1]]));
        let costs: Vec<i16> = costs
            .as_chunks::<2>()
            .0
            .iter()
            .map(|&cost| i16::from_le_bytes(cost))
            .collect();
        let (rights, lefts) = (size(0), size(2));
        (rights > 0 && lefts > 0 && costs.len() == rights * lefts).then_some(Self { rights, lefts, costs })
    }

    fn cost(&self, right: usize, left: usize) -> i16 {
        self.costs[right + self.rights * left]
    }

    /// The classes of ids that connect alike, ordered by the weights of their ids; `penalty` of a left id is
    /// part of how it connects. The beginning and the end of a text, id 0, stay 0.
    pub fn classify(
        &self,
        left_weights: &[f64],
        right_weights: &[f64],
        penalty: impl Fn(u16) -> i32,
    ) -> Classes {
        let row = |left: usize| {
            let costs: Vec<i16> = (0..self.rights).map(|right| self.cost(right, left)).collect();
            (costs, penalty(left as u16))
        };
        let (lefts, left_of) = group(self.lefts, left_weights, row);
        let column =
            |right: usize| -> Vec<i16> { (0..self.lefts).map(|left| self.cost(right, left)).collect() };
        let (rights, right_of) = group(self.rights, right_weights, column);
        let mut matrix = Vec::with_capacity(6 + 2 * left_of.len() * right_of.len());
        matrix.extend_from_slice(&(-1_i16).to_le_bytes());
        matrix.extend_from_slice(&(right_of.len() as u16).to_le_bytes());
        matrix.extend_from_slice(&(left_of.len() as u16).to_le_bytes());
        let mut cheapest = Vec::with_capacity(left_of.len());
        for &left in &left_of {
            let costs = right_of.iter().map(|&right| self.cost(right, left));
            cheapest.push(costs.clone().min().map_or(0, i32::from));
            matrix.extend(costs.flat_map(i16::to_le_bytes));
        }
        let penalties = left_of.iter().map(|&left| penalty(left as u16)).collect();
        Classes {
            lefts,
            rights,
            penalties,
            cheapest,
            matrix,
        }
    }
}

/// Groups `0..count` by `key`: the group of each, and one of each group. Group 0 is that of 0, the others are
/// ordered by weight.
fn group<K: std::hash::Hash + Eq>(
    count: usize,
    weights: &[f64],
    key: impl Fn(usize) -> K,
) -> (Vec<u16>, Vec<usize>) {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for id in 0..count {
        groups.entry(key(id)).or_default().push(id);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    let weight = |group: &[usize]| group.iter().map(|&id| weights[id]).sum::<f64>();
    groups.sort_by(|a, b| {
        (b[0] == 0)
            .cmp(&(a[0] == 0))
            .then(weight(b).total_cmp(&weight(a)))
            .then(a[0].cmp(&b[0]))
    });
    let mut group_of = vec![0; count];
    for (number, group) in groups.iter().enumerate() {
        for &id in group {
            group_of[id] = number as u16;
        }
    }
    (group_of, groups.into_iter().map(|group| group[0]).collect())
}

impl Classes {
    pub fn rename(&self, connection: &mut Connection) {
        connection.left = self.lefts.get(usize::from(connection.left)).copied().unwrap_or(0);
        connection.right = self
            .rights
            .get(usize::from(connection.right))
            .copied()
            .unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use lindera_dictionary::dictionary::connection_cost_matrix::ConnectionCostMatrix;

    use super::Matrix;
    use crate::dictionary::Connection;

    #[test]
    fn what_connects_alike_becomes_one_and_costs_the_same() {
        // Three right ids, four left ids; left 1 and 3 are alike, right 1 and 2 are.
        let costs: [i16; 12] = [0, 5, 5, 7, -1, -1, 9, 9, 9, 7, -1, -1];
        let mut bytes = vec![3, 0, 4, 0];
        bytes.extend(costs.iter().flat_map(|cost| cost.to_le_bytes()));
        let matrix = Matrix::read(&bytes).unwrap();
        let classes = matrix.classify(&[0.0, 1.0, 5.0, 1.0], &[0.0, 2.0, 2.0], |_| 0);
        assert_eq!(
            (classes.lefts.as_slice(), classes.rights.as_slice()),
            (&[0, 2, 1, 2][..], &[0, 1, 1][..])
        );
        assert_eq!(classes.cheapest, [0, 9, -1]);
        let small = ConnectionCostMatrix::load(classes.matrix.clone()).unwrap();
        for left in 0..4 {
            for right in 0..3 {
                let mut connection = Connection { left, right, cost: 0 };
                classes.rename(&mut connection);
                let cost = small.cost(u32::from(connection.right), u32::from(connection.left));
                assert_eq!(
                    cost,
                    i32::from(matrix.cost(usize::from(right), usize::from(left)))
                );
            }
        }
    }

    #[test]
    fn a_penalty_keeps_apart_what_is_alike_otherwise() {
        let mut bytes = vec![1, 0, 3, 0];
        bytes.extend([0_i16, 4, 4].iter().flat_map(|cost| cost.to_le_bytes()));
        let matrix = Matrix::read(&bytes).unwrap();
        let classes = matrix.classify(&[0.0, 1.0, 2.0], &[0.0], |left| i32::from(left == 1) * 3000);
        assert_eq!(classes.penalties, [0, 0, 3000]);
    }

    #[test]
    fn another_file_is_no_matrix() {
        assert!(Matrix::read(&[1, 0, 1]).is_none());
        assert!(Matrix::read(&[2, 0, 1, 0, 0, 0]).is_none());
    }
}
