//! Minimising without derivatives: Nelder and Mead's simplex with the coefficients that
//! adapt to the dimension (Gao and Han 2012).

/// Where a function is least, near `start`, whose first simplex reaches `steps` far. An
/// infinite value says that a place is not allowed.
pub(crate) fn minimise(
    start: &[f64],
    steps: &[f64],
    most_steps: usize,
    mut cost: impl FnMut(&[f64]) -> f64,
) -> (Vec<f64>, f64) {
    let dimension = start.len();
    let size = dimension as f64;
    let (expand, contract, shrink) = match dimension {
        0 | 1 => (2.0, 0.5, 0.5),
        _ => (1.0 + 2.0 / size, 0.75 - 0.5 / size, 1.0 - 1.0 / size),
    };
    let mut cost = |place: &[f64]| {
        Some(cost(place))
            .filter(|cost| !cost.is_nan())
            .unwrap_or(f64::INFINITY)
    };
    let mut corners: Vec<(f64, Vec<f64>)> = Vec::with_capacity(dimension + 1);
    corners.push((cost(start), start.to_vec()));
    for (axis, step) in steps.iter().enumerate() {
        let mut place = start.to_vec();
        place[axis] += step;
        let mut at = cost(&place);
        if at.is_infinite() {
            place[axis] = start[axis] - step;
            at = cost(&place);
        }
        corners.push((at, place));
    }
    let mut centre = vec![0.0; dimension];
    let mut trial = vec![0.0; dimension];
    let mut second = vec![0.0; dimension];
    for _ in 0..most_steps {
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, worst) = (corners[0].0, corners[dimension].0);
        if worst.is_finite() && (worst - best).abs() <= 1e-9 * (best.abs() + 1e-9) {
            break;
        }
        for (axis, middle) in centre.iter_mut().enumerate() {
            let sum: f64 = corners[..dimension].iter().map(|corner| corner.1[axis]).sum();
            *middle = sum / size;
        }
        let towards = |from: &[f64], factor: f64, to: &mut Vec<f64>| {
            for (place, (middle, from)) in to.iter_mut().zip(centre.iter().zip(from)) {
                *place = middle + factor * (from - middle);
            }
        };
        towards(&corners[dimension].1, -1.0, &mut trial);
        let reflected = cost(&trial);
        let before_worst = corners[dimension - 1].0;
        if reflected < best {
            towards(&trial, expand, &mut second);
            let expanded = cost(&second);
            let (at, place) = if expanded < reflected {
                (expanded, &second)
            } else {
                (reflected, &trial)
            };
            corners[dimension].0 = at;
            corners[dimension].1.copy_from_slice(place);
            continue;
        }
        if reflected < before_worst {
            corners[dimension].0 = reflected;
            corners[dimension].1.copy_from_slice(&trial);
            continue;
        }
        let outside = reflected < worst;
        if outside {
            towards(&trial, contract, &mut second);
        } else {
            towards(&corners[dimension].1, contract, &mut second);
        }
        let contracted = cost(&second);
        if contracted < reflected.min(worst) {
            corners[dimension].0 = contracted;
            corners[dimension].1.copy_from_slice(&second);
            continue;
        }
        let (first, others) = corners.split_at_mut(1);
        for (at, place) in others {
            for (axis, value) in place.iter_mut().enumerate() {
                *value = first[0].1[axis] + shrink * (*value - first[0].1[axis]);
            }
            *at = cost(place);
        }
    }
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (at, place) = corners.swap_remove(0);
    (place, at)
}
