use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::{
    AccessTokenKey, Caller, Gate, HEADER, JwkSet, Keyring, Refused, Seed, Signer, User, UserTokens,
};
use xlcfi_types::Clock;

use crate::forge::{LOG_OUT as SIGNED_IN, NOW, user};

const PUBLIC: &str = "/xlcfi.auth.v1.AuthService/LogIn";
const ADMIN: &str = "/xlcfi.auth.v1.AuthService/GrantRole";
const FROM_ORDER: &str = "/xlcfi.product.v1.ProductService/BatchGetProducts";

/// A gate that knows three services.
struct House {
    clock: Clock,
    gate: Gate,
    edge: Signer,
    order: Signer,
    payment: Signer,
}

fn house() -> House {
    let clock = Clock::fixed(NOW);
    let seeds = [Seed::generate(), Seed::generate(), Seed::generate()];
    let names = ["edge", "order", "payment"];
    let keyring = names
        .iter()
        .zip(&seeds)
        .fold(Keyring::new(), |keyring, (name, seed)| {
            keyring.with(name, seed.public_key())
        });
    let signer = |at: usize| Signer::new(names[at], &seeds[at]).with_clock(clock.clone());
    House {
        gate: Gate::new("here", keyring).with_clock(clock.clone()),
        edge: signer(0),
        order: signer(1),
        payment: signer(2),
        clock,
    }
}

fn with(token: HeaderValue) -> HeaderMap {
    HeaderMap::from_iter([(HEADER.parse().expect("a name"), token)])
}

impl House {
    fn call(&self, path: &str, from: &Signer, user: Option<&User>) -> Result<Caller, Refused> {
        let headers = with(from.token("here", user));
        self.gate.check(path, &headers).map(|(caller, _)| caller)
    }
}

#[test]
fn each_kind_of_access_lets_in_whom_it_says() {
    let house = house();
    let House {
        edge, order, payment, ..
    } = &house;
    let (buyer, admin) = (user(&[Role::Buyer]), user(&[Role::Buyer, Role::Admin]));
    let by = |user: &User| Ok(Caller::User(user.clone()));
    let service = |name: &str| Ok(Caller::Service(name.to_owned()));
    let (missing, denied) = (Err(Refused::TokenMissing), Err(Refused::CallerNotAllowed));
    let table = [
        (PUBLIC, edge, None, Ok(Caller::Anonymous)),
        (PUBLIC, edge, Some(&buyer), by(&buyer)),
        (PUBLIC, order, None, service("order")),
        (SIGNED_IN, edge, None, missing.clone()),
        (SIGNED_IN, edge, Some(&buyer), by(&buyer)),
        (SIGNED_IN, order, None, missing.clone()),
        (SIGNED_IN, order, Some(&buyer), by(&buyer)),
        (ADMIN, edge, None, missing.clone()),
        (ADMIN, edge, Some(&buyer), Err(Refused::RoleMissing)),
        (ADMIN, edge, Some(&admin), by(&admin)),
        (ADMIN, order, None, missing),
        (ADMIN, order, Some(&buyer), Err(Refused::RoleMissing)),
        (FROM_ORDER, order, None, service("order")),
        (FROM_ORDER, order, Some(&buyer), service("order")),
        (FROM_ORDER, payment, None, denied.clone()),
        (FROM_ORDER, edge, None, denied.clone()),
        (FROM_ORDER, edge, Some(&admin), denied),
        (
            "/xlcfi.auth.v1.AuthService/Nothing",
            edge,
            Some(&admin),
            Err(Refused::MethodUnknown),
        ),
        (
            "/elsewhere.v1.Service/Call",
            order,
            None,
            Err(Refused::MethodUnknown),
        ),
        ("/", order, None, Err(Refused::MethodUnknown)),
        ("", order, None, Err(Refused::MethodUnknown)),
    ];
    for (path, from, user, expected) in table {
        let case = format!(
            "{path} from {} for {:?}",
            from.name(),
            user.map(|user| &user.roles)
        );
        assert_eq!(house.call(path, from, user), expected, "{case}");
    }
}

#[test]
fn nobody_is_let_in_without_an_internal_token() {
    let gate = house().gate;
    let mut headers = HeaderMap::new();
    for path in [PUBLIC, SIGNED_IN, ADMIN, FROM_ORDER] {
        assert_eq!(gate.check(path, &headers).err(), Some(Refused::TokenMissing));
    }
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer a.b.c"));
    assert_eq!(gate.check(PUBLIC, &headers).err(), Some(Refused::TokenMissing));
}

#[test]
fn a_forged_identity_is_refused() {
    let house = house();
    let invalid = |headers: &HeaderMap| {
        let refused = house.gate.check(FROM_ORDER, headers).err();
        assert!(matches!(refused, Some(Refused::TokenInvalid(_))), "{refused:?}");
    };
    let clock = || Clock::fixed(NOW);
    // Another key says it is order; a service nobody knows; a token for another service.
    invalid(&with(
        Signer::new("order", &Seed::generate())
            .with_clock(clock())
            .token("here", None),
    ));
    invalid(&with(
        Signer::new("ghost", &Seed::generate())
            .with_clock(clock())
            .token("here", None),
    ));
    invalid(&with(house.order.token("payment", None)));
    // Two identities, of which one might be read here and the other there.
    let mut two = with(house.order.token("here", None));
    two.append(HEADER, house.payment.token("here", None));
    invalid(&two);
    invalid(&with(HeaderValue::from_bytes(b"\xff\xfe").expect("opaque bytes")));
}

#[test]
fn an_internal_token_ends_after_a_minute_also_when_it_is_remembered() {
    let house = house();
    let headers = with(house.order.token("here", None));
    let check = || house.gate.check(FROM_ORDER, &headers).map(|(caller, _)| caller);
    assert!(check().is_ok());
    house.clock.advance(time::Duration::seconds(64));
    assert!(check().is_ok());
    house.clock.advance(time::Duration::seconds(1));
    assert_eq!(check(), Err(Refused::TokenExpired));
}

#[test]
fn while_a_key_is_replaced_both_are_good() {
    let (old, new) = (Seed::generate(), Seed::generate());
    let keyring = Keyring::new()
        .with("order", old.public_key())
        .with("order", new.public_key());
    let gate = Gate::new("here", keyring);
    for seed in [old, new] {
        let headers = with(Signer::new("order", &seed).token("here", None));
        assert!(gate.check(FROM_ORDER, &headers).is_ok());
    }
}

#[test]
fn a_direct_gate_takes_access_tokens_and_is_strict_all_the_same() {
    let House {
        gate, clock, order, ..
    } = house();
    let key = AccessTokenKey::new("k1", &Seed::generate());
    let keys = JwkSet::new();
    keys.replace([&key.jwk()]).expect("a key");
    let gate = gate.direct(UserTokens::new(keys).with_clock(clock));
    let buyer = user(&[Role::Buyer]);
    let token = key.mint(&buyer, NOW, std::time::Duration::from_secs(900));
    let call = |path: &str, authorization: Option<&str>| {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, value.parse().expect("a header"));
        }
        gate.check(path, &headers).map(|(caller, _)| caller)
    };
    let good = format!("Bearer {token}");
    assert_eq!(call(PUBLIC, None), Ok(Caller::Anonymous));
    assert_eq!(call(SIGNED_IN, None), Err(Refused::TokenMissing));
    assert_eq!(call(SIGNED_IN, Some(&good)), Ok(Caller::User(buyer)));
    assert!(call(SIGNED_IN, Some(&format!("bearer  {token}"))).is_ok());
    assert_eq!(call(ADMIN, Some(&good)), Err(Refused::RoleMissing));
    assert_eq!(call(FROM_ORDER, Some(&good)), Err(Refused::CallerNotAllowed));
    for bad in ["Bearer", "Bearer ", "Basic a2ltOg==", &token, "Bearer a.b.c"] {
        let refused = call(PUBLIC, Some(bad));
        assert!(
            matches!(refused, Err(Refused::TokenInvalid(_))),
            "{bad}: {refused:?}"
        );
    }
    // A broken internal token is not made good by a user's.
    let mut headers = with(order.token("elsewhere", None));
    headers.insert(AUTHORIZATION, good.parse().expect("a header"));
    assert!(gate.check(SIGNED_IN, &headers).is_err());
}
