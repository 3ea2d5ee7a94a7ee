//! From where no end can be reached.
//!
//! Owns the walk backwards over what was found.

/// Of so many nodes, some of which are ends, those from which no edge leads on to one, in their order.
pub(super) fn lost(edges: &[(u32, u32)], ends: Vec<bool>) -> impl Iterator<Item = u32> {
    // Who leads to each node, one node after the other: as many lists would be as many pieces of memory.
    let mut first = vec![0; ends.len() + 1];
    edges.iter().for_each(|(_, to)| first[*to as usize] += 1);
    let mut sum = 0;
    for place in &mut first {
        sum += *place;
        *place = sum;
    }
    let mut from = vec![0; edges.len()];
    for (n, to) in edges {
        let place = &mut first[*to as usize];
        *place -= 1;
        from[*place] = *n;
    }
    let mut good = ends;
    let mut stack: Vec<u32> = (0..).zip(&good).filter(|(_, good)| **good).map(|(n, _)| n).collect();
    while let Some(n) = stack.pop() {
        for before in &from[first[n as usize]..first[n as usize + 1]] {
            if !std::mem::replace(&mut good[*before as usize], true) {
                stack.push(*before);
            }
        }
    }
    (0..).zip(good).filter(|(_, good)| !good).map(|(n, _)| n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leads_to_an_end_over_any_number_of_others_is_not_lost() {
        let all = |edges: &[(u32, u32)], ends: &[bool]| lost(edges, ends.to_vec()).collect::<Vec<_>>();
        assert_eq!(all(&[(0, 1), (1, 2), (0, 2)], &[false, false, true]), [0; 0]);
        assert_eq!(all(&[(0, 1), (1, 0), (2, 1), (0, 3)], &[false, false, false, true]), [0; 0]);
        assert_eq!(all(&[(0, 1), (1, 1), (0, 3), (3, 2)], &[false, false, false, true]), [1, 2]);
        assert_eq!(all(&[(2, 0), (0, 1), (1, 0)], &[false, false, false]), [0, 1, 2]);
        assert_eq!(all(&[], &[]), [0; 0]);
    }
}
