//! The iteration order of a Java `HashMap`.
//!
//! AWS builds the evaluated part of a payload template in such a map, and the order is visible in
//! outputs and causes.

/// The capacity of an empty map.
const CAPACITY: usize = 16;

/// Returns the indexes of the names in iteration order.
pub(crate) fn hash_map_order(names: &[&str]) -> Vec<usize> {
    let mut capacity = CAPACITY;
    // A map grows once it is more than three quarters full.
    while names.len() * 4 > capacity * 3 {
        capacity *= 2;
    }
    let mut places: Vec<usize> = (0..names.len()).collect();
    // The sort is stable: within a bucket the order is that of insertion.
    places.sort_by_key(|place| bucket_index(names[*place], capacity));
    places
}

fn bucket_index(name: &str, capacity: usize) -> usize {
    let hash = name
        .encode_utf16()
        .fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
    (hash ^ (hash >> 16)) as usize & (capacity - 1)
}

#[cfg(test)]
mod tests {
    use super::hash_map_order;

    #[test]
    fn keys_come_back_by_their_hashes() {
        // Observed on AWS.
        assert_eq!(hash_map_order(&["encoded", "decoded"]), [1, 0]);
        assert_eq!(hash_map_order(&["TopicArn", "Message"]), [0, 1]);
        assert_eq!(hash_map_order(&["a", "b", "c"]), [0, 1, 2]);
    }

    #[test]
    fn a_larger_map_has_more_buckets() {
        let names: Vec<String> = (0..13).map(|n| char::from(b'a' + 2 * n).to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // 'a' is 97: bucket 1 of 16 and of 32; 'q' is 113: bucket 1 of 16, but 17 of 32.
        let few = hash_map_order(&["q", "a", "c"]);
        assert_eq!(few, [0, 1, 2]);
        let many = hash_map_order(&names);
        assert_eq!(many.first(), Some(&0));
        assert_eq!(names[many[1]], "c");
    }
}
