//! The rules of the house that a machine can check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::mesh::root;

#[test]
fn layers_depend_downward_only() {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let room: BTreeMap<&str, String> = packages
        .iter()
        .map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap();
            (
                package["name"].as_str().unwrap(),
                folder.iter().next().unwrap().to_string_lossy().into_owned(),
            )
        })
        .collect();
    assert!(room.len() > 15, "only {} packages found", room.len());

    let mut broken = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let needed = dependency["name"].as_str().unwrap();
            let for_tests = dependency["kind"] == "dev";
            let (Some(from), Some(to)) = (room.get(name), room.get(needed)) else {
                continue;
            };
            let allowed = match to.as_str() {
                "libs" if needed == "xlcfi-testkit" => for_tests,
                "libs" => true,
                "services" | "edge-proxy" => from == "mesh",
                "sandbox" => from == "mesh" || for_tests,
                _ => false,
            };
            if !allowed {
                broken.push(format!("{name} must not depend on {needed}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_reason_in_the_code_is_explained_and_the_other_way_round() {
    let mut coded = BTreeSet::new();
    for file in sources(root())
        .into_iter()
        .filter(|file| !file.to_string_lossy().contains("/tests/"))
    {
        let text = std::fs::read_to_string(&file).unwrap();
        // Up to the tests below: their reasons are made up.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for piece in text.split("Explanation::new(").skip(1) {
            let call = piece.split(')').next().unwrap_or_default();
            let Some((code, reason)) = call.split_once(',') else {
                continue;
            };
            let code = code.trim().trim_start_matches("Code::");
            let reason = reason.trim().trim_matches('"');
            if !reason.is_empty() && reason.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                coded.insert(format!("{} / {reason}", screaming(code)));
            }
        }
    }
    let document = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let explained: BTreeSet<String> = document
        .lines()
        .filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let (reason, code) = (cells.next()?, cells.next()?);
            let (reason, code) = (
                reason.strip_prefix('`')?.strip_suffix('`')?,
                code.strip_prefix('`')?.strip_suffix('`')?,
            );
            Some(format!("{code} / {reason}"))
        })
        .collect();
    assert!(coded.len() > 30, "only {} reasons found in the code", coded.len());
    let missing: Vec<_> = coded.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&coded).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/errors.md lacks {missing:#?} and should not have {gone:#?}"
    );
}

#[test]
fn source_files_fit_in_the_head() {
    let long: Vec<String> = sources(root())
        .into_iter()
        .filter_map(|file| {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            let tests = file.to_string_lossy().contains("/tests/");
            (lines > 400 && !tests).then(|| format!("{} has {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "split these by noun or verb: {long:#?}");
}

/// `NOT_FOUND` of `NotFound`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    found
}
