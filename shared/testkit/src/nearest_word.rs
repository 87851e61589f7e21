//! Guesses the word that a mistyped one stands for.

/// So many typing errors still let us guess the word.
const NEAR_DISTANCE: usize = 2;

/// The known word that is nearest to a mistyped one, if one is near.
pub(crate) fn find_nearest_word<'k>(
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let distances =
        known.into_iter().map(|known| (edit_distance(&lower, &known.to_lowercase()), known));
    let (distance, nearest) = distances.min()?;
    (distance <= NEAR_DISTANCE && distance < nearest.len()).then_some(nearest)
}

/// How many letters must be changed, added, removed, or exchanged with their neighbour, to make one
/// word of the other.
///
/// Spec: optimal string alignment distance.
fn edit_distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![(0..=right.len()).collect::<Vec<usize>>()];
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let mut least =
                (rows[i][j] + usize::from(l != r)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *l == right[j - 1] && left[i - 1] == *r {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_changed_places_are_one_mistake() {
        assert_eq!(edit_distance("histroy", "history"), 1);
        assert_eq!(edit_distance("", "asl"), 3);
        assert_eq!(edit_distance("next", "text"), 1);
    }
}
