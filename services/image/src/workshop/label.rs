//! Where a date may be printed. Print is many strokes close together along a line:
//! edges that run upright are marked, marks that lie near each other on a line are
//! joined, and what comes out long and low is a candidate. Nothing is read, so
//! it finds every line of print, and texture that looks like one.

use image::GrayImage;

/// A candidate, in thousandths of the picture's width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Region {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    pub height: i32,
    /// 1 to 100.
    pub score: i32,
}

/// Most candidates that are told.
const MOST: usize = 5;
/// How much darker or lighter neighbours must be to be an edge.
const EDGE: i16 = 40;
/// Edges so far apart on a line belong together, in pixels of the measured picture.
const GAP: usize = 9;

struct Part {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    edges: usize,
}

/// The likeliest places, the likeliest first.
pub fn candidates(grey: &GrayImage) -> Vec<Region> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    if width < 32 || height < 32 {
        return Vec::new();
    }
    let edges = edges(grey, width, height);
    let mut parts: Vec<Part> = joined(&edges, width, height);
    parts.retain(|part| {
        let (wide, high) = (part.right - part.left + 1, part.bottom - part.top + 1);
        (6..=height / 4).contains(&high) && wide >= 2 * high && wide <= 20 * high && wide >= 24
    });
    let mut found: Vec<Region> = parts
        .iter()
        .filter_map(|part| judge(part, width, height))
        .collect();
    found.sort_by_key(|region| std::cmp::Reverse(region.score));
    found.truncate(MOST);
    found
}

/// Pixels where the luminance jumps from left to right.
fn edges(grey: &GrayImage, width: usize, height: usize) -> Vec<bool> {
    let pixels = grey.as_raw();
    let mut edges = vec![false; width * height];
    for y in 0..height {
        for x in 1..width - 1 {
            let at = y * width + x;
            edges[at] = (i16::from(pixels[at + 1]) - i16::from(pixels[at - 1])).abs() >= EDGE;
        }
    }
    edges
}

/// Runs of edges on each line, joined with those they touch on the line above.
fn joined(edges: &[bool], width: usize, height: usize) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut above: Vec<(usize, usize, usize)> = Vec::new();
    let mut parent: Vec<usize> = Vec::new();
    for y in 0..height {
        let mut line: Vec<(usize, usize, usize)> = Vec::new();
        for (left, right, edges) in runs(&edges[y * width..(y + 1) * width]) {
            let mut part = parts.len();
            parts.push(Part {
                left,
                right,
                top: y,
                bottom: y,
                edges,
            });
            parent.push(part);
            for (from, to, other) in &above {
                if *from <= right && *to >= left {
                    part = unite(&mut parent, &mut parts, *other, part);
                }
            }
            line.push((left, right, part));
        }
        above = line;
    }
    let roots: Vec<bool> = parent.iter().enumerate().map(|(at, up)| at == *up).collect();
    let mut roots = roots.into_iter();
    parts.retain(|_| roots.next().unwrap_or_default());
    parts
}

/// Stretches of a line with three edges at least and no gap between them.
fn runs(line: &[bool]) -> Vec<(usize, usize, usize)> {
    let mut runs: Vec<(usize, usize, usize)> = Vec::new();
    for x in line.iter().enumerate().filter(|(_, edge)| **edge).map(|(x, _)| x) {
        match runs.last_mut() {
            Some((_, right, edges)) if x - *right <= GAP => {
                *right = x;
                *edges += 1;
            }
            _ => runs.push((x, x, 1)),
        }
    }
    runs.retain(|(left, right, edges)| *edges >= 3 && right - left >= 6);
    runs
}

fn unite(parent: &mut [usize], parts: &mut [Part], one: usize, other: usize) -> usize {
    let (one, other) = (root(parent, one), root(parent, other));
    if one == other {
        return one;
    }
    let (low, high) = (one.min(other), one.max(other));
    parent[high] = low;
    let (first, rest) = parts.split_at_mut(high);
    let (keep, gone) = (&mut first[low], &rest[0]);
    keep.left = keep.left.min(gone.left);
    keep.right = keep.right.max(gone.right);
    keep.top = keep.top.min(gone.top);
    keep.bottom = keep.bottom.max(gone.bottom);
    keep.edges += gone.edges;
    low
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// Dates are four to twelve times as long as high, and strokes fill a good part of
/// them, though never all.
fn judge(part: &Part, width: usize, height: usize) -> Option<Region> {
    let (wide, high) = (part.right - part.left + 1, part.bottom - part.top + 1);
    let density = part.edges as f32 / (wide * high) as f32;
    if !(0.12..=0.85).contains(&density) {
        return None;
    }
    let ratio = wide as f32 / high as f32;
    let shape = if ratio < 4.0 {
        ratio / 4.0
    } else {
        (12.0 / ratio).min(1.0)
    };
    let filled = 1.0 - (density - 0.4).abs();
    let score = (100.0 * shape * filled) as i32;
    let part_of = |value: usize, whole: usize| i32::try_from(value * 1_000 / whole).unwrap_or_default();
    let (left, top) = (part_of(part.left, width), part_of(part.top, height));
    Some(Region {
        left,
        top,
        width: part_of(wide, width).min(1_000 - left),
        height: part_of(high, height).min(1_000 - top),
        score: score.clamp(1, 100),
    })
}
