//! Folders, snapshots, digests.

use std::path::PathBuf;

use xlcfi_korean::Synonyms;
use xlcfi_search::{BUCKETS, Change, Digest, Error, Index, Manifest, Options, Query, bucket};

use crate::catalogue::{TODAY, analyzer, demo, demo_index, put};

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xlcfi-search-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open(folder: &std::path::Path, dictionary_version: &str) -> Result<Index, Error> {
    let options = Options {
        dictionary_version: dictionary_version.to_owned(),
        ..Options::default()
    };
    Index::open(folder, analyzer(), Synonyms::food(), &options)
}

#[test]
fn an_index_is_opened_where_it_was_left() {
    let folder = Folder::new("left");
    let foods = demo();
    let index = open(&folder.0, "1").unwrap();
    put(&index, &foods, 7);
    index
        .apply(
            &[Change::Remove {
                id: foods[0].id,
                version: 9,
            }],
            8,
        )
        .unwrap();
    drop(index);
    let index = open(&folder.0, "1").unwrap();
    assert_eq!(
        (index.position(), index.len()),
        (7, foods.len() as u64),
        "what was not committed is gone"
    );
    assert!(index.search(&Query::new("당근", TODAY)).unwrap().total > 0);
    drop(index);
    assert!(
        matches!(open(&folder.0, "2"), Err(Error::Unusable(_))),
        "another dictionary cuts words otherwise"
    );
}

#[test]
fn a_snapshot_is_another_replica_s_beginning() {
    let folder = Folder::new("snapshot");
    let foods = demo();
    let index = open(&folder.join("first"), "1").unwrap();
    put(&index, &foods[..200], 5);
    let manifest = index.snapshot(&folder.join("copy")).unwrap();
    assert_eq!((manifest.position, manifest.products), (5, 200));
    assert_eq!(Manifest::read(&folder.join("copy")).unwrap(), manifest);
    put(&index, &foods[200..], 6);

    Index::restore(&folder.join("copy"), &folder.join("second")).unwrap();
    let second = open(&folder.join("second"), "1").unwrap();
    assert_eq!((second.position(), second.len()), (5, 200));
    assert_ne!(second.digests(), index.digests());
    put(&second, &foods[200..], 6);
    assert_eq!(second.digests(), index.digests());
    assert_eq!(
        Manifest::read(&folder.join("copy")).unwrap(),
        manifest,
        "the copy is nobody's index"
    );

    let file = manifest
        .files
        .iter()
        .find(|file| file.name != "meta.json")
        .unwrap();
    std::fs::remove_file(folder.join("copy").join(&file.name)).unwrap();
    assert!(matches!(
        Index::restore(&folder.join("copy"), &folder.join("third")),
        Err(Error::Unusable(_))
    ));
}

/// So many segments are in the snapshot.
fn segments(manifest: &Manifest) -> usize {
    let names = manifest.files.iter().map(|file| file.name.as_str());
    names.filter(|name| name.ends_with(".store")).count()
}

/// So many segments' files lie in the folder.
fn stores(folder: &std::path::Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".store")).count()
}

#[test]
fn a_closed_index_has_no_merge_left_to_do() {
    let folder = Folder::new("closed");
    let (index, foods) = (open(&folder.join("first"), "1").unwrap(), demo());
    for (position, food) in (1..).zip(&foods[..40]) {
        put(&index, std::slice::from_ref(food), position);
    }
    index.close().unwrap();
    let index = open(&folder.join("first"), "1").unwrap();
    assert_eq!((index.position(), index.len()), (40, 40));
    let manifest = index.snapshot(&folder.join("copy")).unwrap();
    assert!(segments(&manifest) < 4, "{manifest:?}");
    assert_eq!(stores(&folder.join("first")), segments(&manifest));
}

#[test]
fn files_of_a_snapshot_go_when_they_are_merged_away() {
    let folder = Folder::new("merged");
    let (index, foods) = (open(&folder.join("first"), "1").unwrap(), demo());
    put(&index, &foods[..100], 1);
    index.snapshot(&folder.join("copy")).unwrap();
    Index::restore(&folder.join("copy"), &folder.join("second")).unwrap();
    let second = open(&folder.join("second"), "1").unwrap();
    let mut newer = foods[..100].to_vec();
    newer.iter_mut().for_each(|food| food.version = 2);
    put(&second, &newer, 2);
    second.close().unwrap();
    let second = open(&folder.join("second"), "1").unwrap();
    put(&second, &foods[100..110], 3);
    let manifest = second.snapshot(&folder.join("again")).unwrap();
    assert_eq!((manifest.position, manifest.products), (3, 110));
    assert_eq!(stores(&folder.join("second")), segments(&manifest));
}

#[test]
fn digests_tell_which_products_differ() {
    let (index, foods) = demo_index();
    let mut expected = vec![Digest::default(); BUCKETS];
    foods
        .iter()
        .for_each(|food| expected[bucket(food.id)].add(food.id, food.version));
    assert_eq!(index.digests(), expected);

    let mut newer = foods[3].clone();
    newer.version = 2;
    put(&index, &[newer], 2);
    let differ: Vec<usize> = (0..BUCKETS)
        .filter(|&at| index.digests()[at] != expected[at])
        .collect();
    assert_eq!(differ, [bucket(foods[3].id)]);
    assert!(index.versions(differ[0]).contains(&(foods[3].id, 2)));
}
