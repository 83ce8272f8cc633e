//! Global fault rules: which requests are struck, how often, decided by a seed so that a run can be repeated.

use serde::{Deserialize, Serialize};

use super::Faults;

/// One rule. Absent conditions match everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub fault: Faults,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id_prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<i64>,
    #[serde(default = "always")]
    pub probability: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

fn always() -> f64 {
    1.0
}

/// What a rule is held against.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub endpoint: &'static str,
    /// A call a rule must name to strike it.
    pub only_if_named: bool,
    pub method: String,
    pub order_id: Option<String>,
    pub amount: Option<i64>,
}

impl Rule {
    fn matches(&self, subject: &Subject) -> bool {
        let fits = |wanted: &Option<String>, found: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
        };
        (self.endpoint.is_some() || !subject.only_if_named)
            && fits(&self.endpoint, subject.endpoint)
            && fits(&self.method, &subject.method)
            && self.order_id_prefix.as_deref().is_none_or(|prefix| {
                subject
                    .order_id
                    .as_deref()
                    .is_some_and(|id| id.starts_with(prefix))
            })
            && self
                .min_amount
                .is_none_or(|least| subject.amount.is_some_and(|amount| amount >= least))
            && self
                .max_amount
                .is_none_or(|most| subject.amount.is_some_and(|amount| amount <= most))
    }
}

/// The rules in force, in order, with their counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    seed: u64,
    rules: Vec<Counted>,
}

/// A rule, how many requests matched it and how many it struck.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Counted {
    #[serde(flatten)]
    pub rule: Rule,
    pub matched: u64,
    pub fired: u64,
}

/// What `PUT /sandbox/faults` carries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanRequest {
    #[serde(default)]
    pub seed: u64,
    pub rules: Vec<Rule>,
}

impl Plan {
    /// A plan from its request, or why it makes no sense. `endpoints` are the names a rule may use.
    pub(crate) fn new(request: PlanRequest, endpoints: &[&str]) -> Result<Plan, String> {
        for rule in &request.rules {
            if !(0.0..=1.0).contains(&rule.probability) {
                return Err(format!("probability {} is not between 0 and 1", rule.probability));
            }
            if let Some(name) = &rule.endpoint
                && !endpoints.iter().any(|known| known.eq_ignore_ascii_case(name))
            {
                return Err(format!(
                    "unknown endpoint {name:?}; known: {}",
                    endpoints.join(", ")
                ));
            }
        }
        let rules = request
            .rules
            .into_iter()
            .map(|rule| Counted {
                rule,
                matched: 0,
                fired: 0,
            })
            .collect();
        Ok(Plan {
            seed: request.seed,
            rules,
        })
    }

    /// The faults of the first rule that strikes.
    pub(crate) fn decide(&mut self, subject: &Subject) -> Option<Faults> {
        for (index, counted) in self.rules.iter_mut().enumerate() {
            if !counted.rule.matches(subject) {
                continue;
            }
            counted.matched += 1;
            if counted.rule.times.is_some_and(|times| counted.fired >= times) {
                continue;
            }
            if draw(self.seed, index as u64, counted.matched) < counted.rule.probability {
                counted.fired += 1;
                return Some(counted.rule.fault.clone());
            }
        }
        None
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn rules(&self) -> &[Counted] {
        &self.rules
    }
}

/// A number in [0, 1) that depends on nothing but its arguments (splitmix64).
fn draw(seed: u64, rule: u64, turn: u64) -> f64 {
    let mix = |value: u64| {
        let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    let bits = mix(mix(mix(seed) ^ rule) ^ turn);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan(value: serde_json::Value) -> Result<Plan, String> {
        let request = serde_json::from_value(value).map_err(|error| error.to_string())?;
        Plan::new(request, &["confirm", "cancel"])
    }

    fn confirm(order_id: &str, amount: i64) -> Subject {
        Subject {
            endpoint: "confirm",
            only_if_named: false,
            method: "POST".to_owned(),
            order_id: Some(order_id.to_owned()),
            amount: Some(amount),
        }
    }

    #[test]
    fn every_condition_must_hold() {
        let rule = json!({"fault": "malformed", "endpoint": "confirm", "method": "post", "order_id_prefix": "chaos-",
            "min_amount": 100, "max_amount": 200});
        let mut plan = plan(json!({"rules": [rule]})).expect("plan");
        assert!(plan.decide(&confirm("chaos-1", 150)).is_some());
        assert!(plan.decide(&confirm("calm-1", 150)).is_none());
        assert!(plan.decide(&confirm("chaos-1", 99)).is_none());
        assert!(plan.decide(&confirm("chaos-1", 201)).is_none());
        assert!(
            plan.decide(&Subject {
                endpoint: "cancel",
                ..confirm("chaos-1", 150)
            })
            .is_none()
        );
        assert!(
            plan.decide(&Subject {
                order_id: None,
                ..confirm("", 150)
            })
            .is_none()
        );
    }

    #[test]
    fn a_rule_without_endpoint_leaves_the_buyer_alone() {
        let buyer = Subject {
            only_if_named: true,
            ..confirm("o", 1)
        };
        let mut unnamed = plan(json!({"rules": [{"fault": "malformed"}]})).expect("plan");
        assert!(unnamed.decide(&buyer).is_none());
        let mut named =
            plan(json!({"rules": [{"fault": "malformed", "endpoint": "confirm"}]})).expect("plan");
        assert!(named.decide(&buyer).is_some());
    }

    #[test]
    fn a_rule_stops_after_its_times_and_the_next_takes_over() {
        let rules = json!([{"fault": "reset-after", "times": 2}, {"fault": "rate-limit"}]);
        let mut plan = plan(json!({ "rules": rules })).expect("plan");
        let struck: Vec<_> = (0..4)
            .filter_map(|_| plan.decide(&confirm("o", 1)))
            .map(|f| f.to_string())
            .collect();
        assert_eq!(struck, ["reset-after", "reset-after", "rate-limit", "rate-limit"]);
        assert_eq!((plan.rules()[0].matched, plan.rules()[0].fired), (4, 2));
    }

    #[test]
    fn the_same_seed_strikes_the_same_turns() {
        let strikes = |seed: u64| {
            let rules = json!([{"fault": "malformed", "probability": 0.3}]);
            let mut plan = plan(json!({"seed": seed, "rules": rules})).expect("plan");
            (0..1_000)
                .map(|_| plan.decide(&confirm("o", 1)).is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(strikes(7), strikes(7));
        assert_ne!(strikes(7), strikes(8));
        let share = strikes(7).iter().filter(|struck| **struck).count();
        assert!((250..350).contains(&share), "{share}");
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused() {
        for bad in [
            json!({"rules": [{"fault": "malformed", "probability": 1.5}]}),
            json!({"rules": [{"fault": "malformed", "endpoint": "confrim"}]}),
            json!({"rules": [{"fault": "nonsense"}]}),
            json!({"rules": [{"fault": "malformed", "prefix": "typo"}]}),
        ] {
            assert!(plan(bad.clone()).is_err(), "{bad}");
        }
    }
}
