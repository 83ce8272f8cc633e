//! What is learnt from what buyers do, without I/O: matrices in, scores out.

pub mod als;
mod calibration;
pub mod ease;
mod matrix;
pub mod measure;
mod neighbours;
pub mod top;
pub mod trained;
pub mod training;
mod tree;

pub use calibration::{Calibration, Sample};
pub use matrix::Matrix;
pub use neighbours::{Neighbours, cosine};
pub use tree::Tree;
