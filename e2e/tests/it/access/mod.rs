//! Every route the mesh has, called by everybody who must not get through. The routes
//! come from the OpenAPI document it serves, so that a new one is tried by itself.

mod routes;
mod world;

use std::collections::BTreeSet;

use xlcfi_contracts::POOL;
use xlcfi_contracts::policy::{self, Access};
use xlcfi_contracts::types::v1::Role;
use xlcfi_e2e::people::sign_up;

use crate::mesh::{calm, mesh};
use routes::{Answer, Route, every_route};
use world::World;

#[tokio::test]
async fn every_method_has_a_route_or_is_internal() {
    let _calm = calm().await;
    let routed: BTreeSet<String> = every_route(&mesh().edge())
        .await
        .into_iter()
        .map(|route| route.method)
        .collect();
    let ours = POOL
        .services()
        .filter(|service| service.full_name().starts_with("xlcfi."));
    for method in ours.flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let name = format!("{}/{}", method.parent_service().full_name(), method.name());
        let internal = policy::read(&method).unwrap().access == Access::Internal;
        assert_ne!(internal, routed.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn nobody_gets_through_without_a_token_that_is_needed() {
    let _calm = calm().await;
    let edge = mesh().edge();
    for route in every_route(&edge).await {
        let answer = route.call(&edge, "", &[]).await;
        let asks_for_token = answer.status == 401 && answer.reason() == "TOKEN_MISSING";
        let needs_token = route.policy().access != Access::Public;
        assert_eq!(asks_for_token, needs_token, "{route}: {answer}");
    }
}

#[tokio::test]
async fn nobody_gets_through_without_a_role_that_is_needed() {
    let _calm = calm().await;
    let edge = mesh().edge();
    let world = World::new(&edge).await;
    let mut tried = 0;
    for route in every_route(&edge).await {
        for (roles, person) in world.everybody() {
            let needed = &route.policy().roles;
            if needed.is_empty() || needed.iter().any(|role| roles.contains(role)) {
                continue;
            }
            let answer = route.call(&edge, &person.token, &world.ids).await;
            assert_eq!(
                (answer.status, answer.reason()),
                (403, "ROLE_MISSING"),
                "{route} as {roles:?}: {answer}"
            );
            tried += 1;
        }
    }
    assert!(tried > 50, "only {tried} calls were tried");
}

#[tokio::test]
async fn nobody_sees_or_changes_what_is_somebody_elses() {
    let _calm = calm().await;
    let edge = mesh().edge();
    let world = World::new(&edge).await;
    let before = world.look(&edge).await;
    let seen = format!("{before:?}");
    assert!(world.secrets.iter().all(|secret| seen.contains(secret)));
    let mut wrong = Vec::new();
    for route in every_route(&edge).await {
        let policy = route.policy();
        let person = match policy.access {
            Access::SignedIn => {
                // What some routes do to the caller must not spoil the next.
                let email = format!("other-{}@example.com", uuid::Uuid::now_v7().simple());
                sign_up(&edge, &email, "박다름").await.unwrap()
            }
            Access::Role if policy.roles.contains(&Role::Seller) => world.other_seller.clone(),
            _ => continue,
        };
        let answer = route.call(&edge, &person.token, &world.ids).await;
        // Otherwise it was not asked whose it is. A file is the caller's own.
        let understood = answer.reason() != "INVALID_FIELDS" || route.takes_a_file;
        let shown = world.secrets.iter().any(|secret| answer.text.contains(secret));
        if answer.status >= 500 || !understood || shown {
            wrong.push(format!("{route}: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(world.look(&edge).await, before);
}

impl Route {
    fn policy(&self) -> &'static policy::Policy {
        policy::policy(&format!("/{}", self.method)).unwrap()
    }
}

impl Answer {
    fn reason(&self) -> &str {
        let start = self.text.find(r#""reason":""#).map(|at| at + 10);
        let rest = start.map_or("", |start| &self.text[start..]);
        rest.split('"').next().unwrap_or_default()
    }
}
