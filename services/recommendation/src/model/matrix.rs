/// Who had to do with what, and how much: a sparse matrix by rows.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    columns: usize,
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl Matrix {
    /// Of entries (row, column, value) in any order; what stands there twice adds up.
    pub fn from_entries(rows: usize, columns: usize, entries: &[(u32, u32, f32)]) -> Self {
        let mut entries = entries.to_vec();
        entries.sort_unstable_by_key(|&(row, column, _)| (row, column));
        entries.dedup_by(|next, first| {
            let same = (next.0, next.1) == (first.0, first.1);
            if same {
                first.2 += next.2;
            }
            same
        });
        let mut starts = vec![0; rows + 1];
        for &(row, _, _) in &entries {
            starts[row as usize + 1] += 1;
        }
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        Self {
            columns,
            starts,
            indices: entries.iter().map(|entry| entry.1).collect(),
            values: entries.iter().map(|entry| entry.2).collect(),
        }
    }

    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Columns of a row, ascending.
    pub fn indices(&self, row: usize) -> &[u32] {
        &self.indices[self.starts[row]..self.starts[row + 1]]
    }

    pub fn values(&self, row: usize) -> &[f32] {
        &self.values[self.starts[row]..self.starts[row + 1]]
    }

    /// Columns and values of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> + Clone {
        let values = self.values(row).iter().copied();
        self.indices(row).iter().copied().zip(values)
    }

    /// Rows become columns.
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0; self.columns + 1];
        for &column in &self.indices {
            starts[column as usize + 1] += 1;
        }
        for column in 0..self.columns {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut indices = vec![0; self.len()];
        let mut values = vec![0.0; self.len()];
        for row in 0..self.rows() {
            for (column, value) in self.row(row) {
                let at = &mut next[column as usize];
                indices[*at] = row as u32;
                values[*at] = value;
                *at += 1;
            }
        }
        Self {
            columns: self.rows(),
            starts,
            indices,
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_what_stands_twice_adds_up() {
        let matrix = Matrix::from_entries(3, 4, &[(2, 1, 1.0), (0, 3, 2.0), (0, 0, 1.0), (2, 1, 0.5)]);
        assert_eq!((matrix.rows(), matrix.columns(), matrix.len()), (3, 4, 3));
        assert_eq!(matrix.indices(0), [0, 3]);
        assert!(matrix.indices(1).is_empty());
        assert_eq!(matrix.values(2), [1.5]);
    }

    #[test]
    fn turning_it_twice_gives_it_back() {
        let matrix = Matrix::from_entries(3, 4, &[(2, 1, 1.0), (0, 3, 2.0), (0, 0, 1.0)]);
        let turned = matrix.transposed();
        assert_eq!((turned.rows(), turned.columns()), (4, 3));
        assert_eq!(turned.indices(3), [0]);
        let again = turned.transposed();
        assert_eq!(again.indices(0), matrix.indices(0));
        assert_eq!(again.values(2), matrix.values(2));
    }

    #[test]
    fn nothing_makes_an_empty_matrix() {
        let matrix = Matrix::from_entries(0, 0, &[]);
        assert_eq!((matrix.rows(), matrix.transposed().rows()), (0, 0));
    }
}
