//! From method and path to a route: a tree of segments.

use http::Method;

use crate::{
    percent::{self, Keep},
    route::Verb,
    template::{Segment, Template},
};

/// All templates in one tree. At every segment a literal goes before `*`, and `*` before `**`, whatever the order they
/// were added in. A request visits each node at most once, however the templates overlap.
#[derive(Default)]
pub(crate) struct Router {
    nodes: Vec<Node>,
    /// The custom verbs of all templates; only these are split off a path.
    verbs: Vec<String>,
}

#[derive(Default)]
struct Node {
    /// Sorted by text.
    literals: Vec<(String, usize)>,
    star: Option<usize>,
    /// Templates that end here.
    ends: Vec<End>,
    /// Templates that go on with `**`.
    rest: Vec<End>,
}

struct End {
    custom: Option<String>,
    verb: Verb,
    route: usize,
}

/// What a path led to.
pub(crate) enum Outcome<'p> {
    /// The route, and the path without its first slash and without a custom verb.
    Found(usize, &'p str),
    /// The path is known, with these methods.
    Other(Vec<Method>),
    Unknown,
}

impl Router {
    /// Adds a template; gives the route that has the same method and URL already.
    pub fn insert(&mut self, template: &Template, verb: &Verb, route: usize) -> Result<(), usize> {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        let mut rest = false;
        for segment in template.segments() {
            match segment {
                Segment::Literal(text) => at = self.literal(at, text),
                Segment::One => at = self.star(at),
                Segment::Rest => rest = true,
            }
        }
        let node = &mut self.nodes[at];
        let ends = if rest { &mut node.rest } else { &mut node.ends };
        let custom = template.verb();
        if let Some(taken) = ends
            .iter()
            .find(|end| end.custom.as_deref() == custom && end.verb == *verb)
        {
            return Err(taken.route);
        }
        ends.push(End {
            custom: custom.map(str::to_owned),
            verb: verb.clone(),
            route,
        });
        if let Some(custom) = custom.filter(|custom| !self.verbs.iter().any(|known| known == custom)) {
            self.verbs.push(custom.to_owned());
        }
        Ok(())
    }

    fn literal(&mut self, at: usize, text: &str) -> usize {
        match self.nodes[at]
            .literals
            .binary_search_by(|(known, _)| known.as_str().cmp(text))
        {
            Ok(found) => self.nodes[at].literals[found].1,
            Err(place) => {
                let new = self.nodes.len();
                self.nodes.push(Node::default());
                self.nodes[at].literals.insert(place, (text.to_owned(), new));
                new
            }
        }
    }

    fn star(&mut self, at: usize) -> usize {
        if let Some(found) = self.nodes[at].star {
            return found;
        }
        let new = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[at].star = Some(new);
        new
    }

    /// Finds the route of a path whose escapes are known to be sound.
    pub fn find<'p>(&self, method: &Method, path: &'p str) -> Outcome<'p> {
        let Some(path) = path.strip_prefix('/').filter(|_| !self.nodes.is_empty()) else {
            return Outcome::Unknown;
        };
        let last = path.rfind('/').map_or(0, |slash| slash + 1);
        if let Some((segment, custom)) = path[last..].rsplit_once(':')
            && self.verbs.iter().any(|known| known == custom)
        {
            let path = &path[..last + segment.len()];
            let mut search = Search {
                method,
                custom: Some(custom),
                allowed: Vec::new(),
            };
            if let Some(route) = self.walk(0, Some(path), &mut search) {
                return Outcome::Found(route, path);
            }
            if !search.allowed.is_empty() {
                return Outcome::Other(search.sorted());
            }
        }
        let mut search = Search {
            method,
            custom: None,
            allowed: Vec::new(),
        };
        match self.walk(0, Some(path), &mut search) {
            Some(route) => Outcome::Found(route, path),
            None if search.allowed.is_empty() => Outcome::Unknown,
            None => Outcome::Other(search.sorted()),
        }
    }

    /// Goes on from a node with what is left of the path; `None` is its end. Where a literal fits, `*` is not
    /// asked for a method the literal lacks: OpenAPI documents the path under the literal.
    fn walk(&self, at: usize, left: Option<&str>, search: &mut Search<'_>) -> Option<usize> {
        let node = &self.nodes[at];
        let Some(left) = left else {
            return search.pick(&node.ends).or_else(|| search.pick(&node.rest));
        };
        let (segment, after) = match left.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (left, None),
        };
        node.literal(segment)
            .and_then(|next| self.walk(next, after, search))
            .or_else(|| {
                let next = node
                    .star
                    .filter(|_| search.allowed.is_empty() && !segment.is_empty())?;
                self.walk(next, after, search)
            })
            .or_else(|| search.pick(&node.rest))
    }
}

impl Node {
    fn literal(&self, segment: &str) -> Option<usize> {
        if self.literals.is_empty() {
            return None;
        }
        let text = percent::decode(segment, Keep::Nothing).ok()?;
        let found = self
            .literals
            .binary_search_by(|(known, _)| known.as_str().cmp(&text))
            .ok()?;
        Some(self.literals[found].1)
    }
}

struct Search<'s> {
    method: &'s Method,
    custom: Option<&'s str>,
    allowed: Vec<Method>,
}

impl Search<'_> {
    /// The route among `ends` for the method; HEAD goes to that of GET, any method to a wildcard rule.
    fn pick(&mut self, ends: &[End]) -> Option<usize> {
        let custom = self.custom;
        let by = |wanted: &Verb| {
            ends.iter()
                .find(|end| end.custom.as_deref() == custom && end.verb == *wanted)
                .map(|end| end.route)
        };
        let found = by(&Verb::Method(self.method.clone()))
            .or_else(|| {
                if self.method == Method::HEAD {
                    by(&Verb::Method(Method::GET))
                } else {
                    None
                }
            })
            .or_else(|| by(&Verb::Any));
        if found.is_none() {
            for end in ends.iter().filter(|end| end.custom.as_deref() == custom) {
                if let Verb::Method(method) = &end.verb {
                    self.allow(method.clone());
                }
            }
        }
        found
    }

    fn sorted(mut self) -> Vec<Method> {
        self.allowed
            .sort_by(|one, other| one.as_str().cmp(other.as_str()));
        self.allowed
    }

    fn allow(&mut self, method: Method) {
        if self.allowed.contains(&method) {
            return;
        }
        let get = method == Method::GET;
        self.allowed.push(method);
        if get {
            self.allow(Method::HEAD);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_does_not_depend_on_the_order_of_declaration() {
        let all = [
            "/a/b", "/a/*", "/*/b", "/a/**", "/**", "/a/*:go", "/a/**:go", "/*",
        ];
        let paths = [
            ("/a/b", 0),
            ("/a/x", 1),
            ("/x/b", 2),
            ("/a/x/y", 3),
            ("/a", 3),
            ("/x", 7),
            ("/x/y", 4),
            ("/", 4),
            ("/a/b:go", 5),
            ("/a/x/y:go", 6),
            ("/a/b:stop", 1),
            ("/a/b%3Ago", 1),
        ];
        let mut order: Vec<usize> = (0..all.len()).collect();
        for turn in 0..2000 {
            order.swap(turn % all.len(), turn * 7 / 3 % all.len());
            let mut router = Router::default();
            for at in &order {
                let template = Template::parse(all[*at]).expect("a template");
                assert_eq!(router.insert(&template, &Verb::Method(Method::GET), *at), Ok(()));
            }
            for (path, expected) in paths {
                match router.find(&Method::GET, path) {
                    Outcome::Found(found, _) => assert_eq!(all[found], all[expected], "{path}"),
                    _ => panic!("{path} is not found"),
                }
            }
        }
    }
}
