//! The moves of a saga, as a pure function.

use strum::{EnumString, IntoStaticStr};
use xlcfi_contracts::saga::v1::Direction;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Phase {
    /// Going forward.
    Running,
    /// Going backward.
    Compensating,
    /// Every step done.
    Completed,
    /// Every done step undone.
    Compensated,
    /// Stopped; somebody has to look.
    Parked,
}

/// Where exactly: the phase, the step under way and its attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub phase: Phase,
    pub step: usize,
    pub attempt: u32,
}

/// What a step is to one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planned {
    /// The run needs it.
    pub applies: bool,
    /// It has an undo.
    pub undoable: bool,
}

/// What moves a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// A participant did (or undid) this step.
    Done(usize, Direction),
    /// A participant refused this step for good.
    Refused(usize, Direction),
    /// No reply came in time, or somebody asks for another attempt.
    Again,
    /// Somebody takes the step under way as done.
    Skip,
    /// Somebody turns the run back.
    TurnBack,
}

/// The run after `input`, or `None` when the input changes nothing: it is
/// late, repeated, or comes after the end.
pub(crate) fn advance(place: Place, plan: &[Planned], input: Input) -> Option<Place> {
    match (place.phase, input) {
        (Phase::Running, Input::Done(step, Direction::Do)) if step == place.step => {
            Some(forward(plan, step + 1))
        }
        (Phase::Running, Input::Skip) => Some(forward(plan, place.step + 1)),
        (Phase::Running, Input::Refused(step, Direction::Do)) if step == place.step => {
            Some(backward(plan, step))
        }
        // What is under way may have happened, so it is undone as well.
        (Phase::Running, Input::TurnBack) => Some(backward(plan, place.step + 1)),
        (Phase::Completed, Input::TurnBack) => Some(backward(plan, plan.len())),
        (Phase::Compensating, Input::Done(step, Direction::Undo)) if step == place.step => {
            Some(backward(plan, step))
        }
        (Phase::Compensating, Input::Skip) => Some(backward(plan, place.step)),
        (Phase::Running | Phase::Compensating, Input::Again) => Some(Place {
            attempt: place.attempt + 1,
            ..place
        }),
        _ => None,
    }
}

/// The first step from `from` on that applies, or the end.
pub(crate) fn forward(plan: &[Planned], from: usize) -> Place {
    let next = (from..plan.len()).find(|step| plan[*step].applies);
    match next {
        Some(step) => Place {
            phase: Phase::Running,
            step,
            attempt: 1,
        },
        None => Place {
            phase: Phase::Completed,
            step: plan.len(),
            attempt: 0,
        },
    }
}

/// The last step before `before` to undo, or the end.
fn backward(plan: &[Planned], before: usize) -> Place {
    let next = (0..before.min(plan.len()))
        .rev()
        .find(|step| plan[*step].applies && plan[*step].undoable);
    match next {
        Some(step) => Place {
            phase: Phase::Compensating,
            step,
            attempt: 1,
        },
        None => Place {
            phase: Phase::Compensated,
            step: 0,
            attempt: 0,
        },
    }
}

impl Phase {
    /// Which way commands go, while any go.
    pub(crate) fn direction(self) -> Option<Direction> {
        match self {
            Self::Running => Some(Direction::Do),
            Self::Compensating => Some(Direction::Undo),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    /// A small generator, so that a seed names one run for ever (splitmix64).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            usize::try_from((z ^ (z >> 31)) % bound as u64).expect("below a usize")
        }

        fn chance(&mut self, percent: usize) -> bool {
            self.below(100) < percent
        }
    }

    /// Participants as the library makes them: each effect once, tombstones.
    #[derive(Default)]
    struct World {
        answers: HashMap<(usize, bool), bool>,
        tombstones: HashSet<usize>,
        standing: HashSet<usize>,
        done_once: Vec<usize>,
        undone_once: Vec<usize>,
    }

    impl World {
        fn act(&mut self, step: usize, direction: Direction, refuses: bool) -> Input {
            let undo = direction == Direction::Undo;
            let done = match self.answers.get(&(step, undo)) {
                Some(done) => *done,
                None => {
                    let done = self.first(step, undo, refuses);
                    self.answers.insert((step, undo), done);
                    done
                }
            };
            if done {
                Input::Done(step, direction)
            } else {
                Input::Refused(step, direction)
            }
        }

        fn first(&mut self, step: usize, undo: bool, refuses: bool) -> bool {
            match (undo, self.tombstones.contains(&step)) {
                (false, true) => false,
                (false, false) if refuses => false,
                (false, false) => {
                    self.standing.insert(step);
                    self.done_once.push(step);
                    true
                }
                (true, _) => {
                    if !self.answers.contains_key(&(step, false)) {
                        self.tombstones.insert(step);
                    } else if self.standing.remove(&step) {
                        self.undone_once.push(step);
                    }
                    true
                }
            }
        }
    }

    /// One run over a network that drops, repeats, reorders and delays.
    fn simulate(seed: u64) {
        let mut dice = Dice(seed);
        let plan: Vec<Planned> = (0..1 + dice.below(6))
            .map(|_| Planned {
                applies: dice.chance(80),
                undoable: dice.chance(85),
            })
            .collect();
        let refused = dice.chance(40).then(|| dice.below(plan.len()));
        let turn_back_at = dice.chance(30).then(|| dice.below(60));
        let mut world = World::default();
        let mut place = forward(&plan, 0);
        let mut commands = vec![place];
        let mut replies: Vec<Input> = Vec::new();

        for tick in 0..5_000 {
            let input = if turn_back_at == Some(tick) {
                Input::TurnBack
            } else if !commands.is_empty() && dice.chance(50) {
                let at = dice.below(commands.len());
                let sent = if dice.chance(20) {
                    commands[at]
                } else {
                    commands.swap_remove(at)
                };
                if let Some(direction) = sent.phase.direction().filter(|_| !dice.chance(15)) {
                    replies.push(world.act(sent.step, direction, refused == Some(sent.step)));
                }
                continue;
            } else if !replies.is_empty() && dice.chance(70) {
                let at = dice.below(replies.len());
                if dice.chance(20) {
                    replies[at]
                } else {
                    replies.swap_remove(at)
                }
            } else {
                Input::Again
            };
            if let Some(next) = advance(place, &plan, input) {
                place = next;
                commands.push(place);
            }
        }

        let needed: HashSet<usize> = (0..plan.len()).filter(|step| plan[*step].applies).collect();
        match place.phase {
            Phase::Completed => assert_eq!(
                world.standing, needed,
                "seed {seed}: completed with steps missing"
            ),
            Phase::Compensated => {
                let left: Vec<_> = world
                    .standing
                    .iter()
                    .filter(|step| plan[**step].undoable)
                    .collect();
                assert!(
                    left.is_empty(),
                    "seed {seed}: steps {left:?} stand after compensation"
                );
            }
            phase => panic!("seed {seed}: still {phase:?} after 5000 ticks"),
        }
        for once in [&world.done_once, &world.undone_once] {
            assert_eq!(
                once.iter().collect::<HashSet<_>>().len(),
                once.len(),
                "seed {seed}: an effect came twice"
            );
        }
    }

    #[test]
    fn ten_thousand_seeds_end_whole_or_undone() {
        (0..10_000).for_each(simulate);
    }

    const PLAN: [Planned; 3] = [Planned {
        applies: true,
        undoable: true,
    }; 3];

    #[test]
    fn a_late_reply_to_a_step_that_is_past_changes_nothing() {
        let second = forward(&PLAN, 1);
        assert_eq!(advance(second, &PLAN, Input::Done(0, Direction::Do)), None);
        assert_eq!(advance(second, &PLAN, Input::Done(1, Direction::Undo)), None);
    }

    #[test]
    fn a_refused_step_is_not_undone_itself() {
        let turned = advance(forward(&PLAN, 1), &PLAN, Input::Refused(1, Direction::Do));
        assert_eq!(
            turned,
            Some(Place {
                phase: Phase::Compensating,
                step: 0,
                attempt: 1
            })
        );
    }

    #[test]
    fn a_step_under_way_is_undone_when_the_run_is_turned_back() {
        let turned = advance(forward(&PLAN, 1), &PLAN, Input::TurnBack);
        assert_eq!(
            turned,
            Some(Place {
                phase: Phase::Compensating,
                step: 1,
                attempt: 1
            })
        );
    }

    #[test]
    fn a_completed_run_can_be_turned_back_and_a_compensated_one_cannot() {
        let completed = forward(&PLAN, 3);
        assert_eq!(completed.phase, Phase::Completed);
        assert!(advance(completed, &PLAN, Input::TurnBack).is_some());
        let compensated = Place {
            phase: Phase::Compensated,
            step: 0,
            attempt: 0,
        };
        assert_eq!(advance(compensated, &PLAN, Input::TurnBack), None);
    }
}
