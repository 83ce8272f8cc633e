//! All HTTP bindings of a set of services, ready to serve.

use std::fmt;

use http::Method;
use prost_reflect::{DescriptorPool, ServiceDescriptor};

use crate::{
    codec::{Codec, Options},
    load::{self, LoadError},
    percent::{self, EscapeError},
    route::{Captures, Route},
    router::{Outcome, Router},
};

/// The HTTP bindings (`google.api.http`) of a set of services, and the codec of their messages. It is immutable: share
/// it behind an `Arc`, and load a new one to replace it.
pub struct Api {
    codec: Codec,
    routes: Vec<Route>,
    router: Router,
}

/// What a method and a path led to.
#[derive(Clone, Debug)]
pub enum Match<'a, 'p> {
    /// A binding.
    Found {
        /// The binding.
        route: &'a Route,
        /// Its path variables.
        captures: Captures<'a, 'p>,
    },
    /// The path is known, but not with this method: HTTP 405.
    MethodNotAllowed {
        /// The methods it is known with, for the `Allow` header; HEAD is there wherever GET is.
        allow: Vec<Method>,
    },
    /// The path is not known: HTTP 404.
    NotFound,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Api({} routes)", self.routes.len())
    }
}

impl Api {
    /// Reads the bindings of all services that `services` lets through, with default [`Options`].
    ///
    /// The pool must have been made from encoded descriptors that keep extensions (such as
    /// `protox::Compiler::encode_file_descriptor_set`); prost's own `FileDescriptorSet` type drops them.
    ///
    /// # Errors
    /// The first binding that cannot be served; the error names method and binding.
    pub fn from_descriptor_pool(
        pool: &DescriptorPool,
        services: impl Fn(&ServiceDescriptor) -> bool,
    ) -> Result<Self, LoadError> {
        Self::with_options(pool, services, Options::default())
    }

    /// The same with other options.
    ///
    /// # Errors
    /// As for [`Api::from_descriptor_pool`].
    pub fn with_options(
        pool: &DescriptorPool,
        services: impl Fn(&ServiceDescriptor) -> bool,
        options: Options,
    ) -> Result<Self, LoadError> {
        let codec = Codec::new(pool, options);
        let (routes, router) = load::load(pool, services, &codec.program)?;
        Ok(Self {
            codec,
            routes,
            router,
        })
    }

    /// The codec of all messages in the pool.
    pub fn codec(&self) -> &Codec {
        &self.codec
    }

    /// All bindings, in the order of the descriptors.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Finds the binding for a method and a path as it came, still encoded and without its query.
    ///
    /// A literal segment goes before `*`, and `*` before `**`, whatever the order of declaration, and where a
    /// literal fits, `*` is not asked for a method the literal lacks. HEAD goes to the binding of GET. A verb is only
    /// split off at a bare colon; `%3A` is part of a segment.
    ///
    /// # Errors
    /// An escape that cannot be decoded: HTTP 400.
    pub fn match_path<'a, 'p>(
        &'a self,
        method: &Method,
        path: &'p str,
    ) -> Result<Match<'a, 'p>, EscapeError> {
        percent::check(path)?;
        Ok(match self.router.find(method, path) {
            Outcome::Found(at, path) => {
                let route = &self.routes[at];
                Match::Found {
                    route,
                    captures: Captures::new(route, path),
                }
            }
            Outcome::Other(allow) => Match::MethodNotAllowed { allow },
            Outcome::Unknown => Match::NotFound,
        })
    }
}
