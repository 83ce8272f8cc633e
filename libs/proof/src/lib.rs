pub mod anchor;
