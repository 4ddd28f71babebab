use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn seen() -> SeenKeys {
    SeenKeys::new(KeyMemory::new(1 << 20))
}

/// How many of the keys were admitted before the proof ended.
fn admitted(keys: impl IntoIterator<Item = u128>) -> usize {
    let mut seen = seen();
    keys.into_iter().take_while(|key| seen.admit(*key)).count()
}

#[test]
fn keys_in_order_are_new_however_many_there_are_and_in_whatever_steps() {
    assert_eq!(admitted((0..1_000_000).map(|key| key * 3)), 1_000_000);
    assert_eq!(admitted((0..100_000).map(|key| u128::MAX - key)), 100_000);
    let lines = (0..100_000_u128).flat_map(|order| (0..order % 7).map(move |line| order << 64 | line << 32));
    assert_eq!(admitted(lines.clone()), lines.count());
}

#[test]
fn parts_that_are_read_at_once_each_in_its_order_are_new() {
    // As many readers as spans would be kept; each has a part of 8,096 keys, and takes the next one then.
    for readers in [2, 7, 100] {
        let parts: Vec<u128> = (0..3 * readers).collect();
        let mut keys = Vec::new();
        for turn in parts.chunks(usize::try_from(readers).expect("few")) {
            for key in (0..8_096).step_by(11) {
                keys.extend(turn.iter().flat_map(|part| (key..key + 11).map(move |key| part * 8_107 + key)));
            }
        }
        assert_eq!(admitted(keys.iter().copied()), keys.len(), "{readers} readers");
    }
}

#[test]
fn memory_that_is_not_there_ends_the_proof_and_all_of_it_is_given_back() {
    let memory = KeyMemory::new(1000);
    let mut seen = SeenKeys::new(Arc::clone(&memory));
    let new = (0..1000).take_while(|key| seen.admit(key << 64)).count();
    assert!((8..100).contains(&new) && seen.is_over(), "{new}");
    assert_eq!(memory.used(), 0);
    assert!(!seen.admit(7 << 100), "it is over");
    let mut seen = SeenKeys::new(Arc::clone(&memory));
    assert!(seen.admit(1));
    assert_eq!(memory.used(), seen.spans.capacity() * size_of::<Span>());
    drop(seen);
    assert_eq!(memory.used(), 0);
}

#[test]
fn equal_keys_are_at_one_place() {
    let place = |values: &[Value<'_>]| {
        let mut key = KeyPlace::new();
        values.iter().for_each(|value| key.value(value));
        key.finish()
    };
    let text = |text: &'static str, target| Value::Text(text.as_bytes(), target);
    assert_eq!(place(&[Value::Double(0.0)]), place(&[Value::Double(-0.0)]));
    assert_eq!(place(&[Value::Double(f64::NAN)]), place(&[Value::Double(-f64::NAN)]));
    assert_eq!(place(&[text("a", TextTarget::Padded)]), place(&[text("a  ", TextTarget::Padded)]));
    assert_ne!(place(&[text("a", TextTarget::Plain)]), place(&[text("a ", TextTarget::Plain)]));
    let rising: [&[Value<'_>]; 4] = [
        &[Value::Integer(-5, IntegerTarget::Four), Value::Integer(9, IntegerTarget::Eight)],
        &[Value::Integer(5, IntegerTarget::Four), Value::Integer(-9, IntegerTarget::Eight)],
        &[Value::Integer(5, IntegerTarget::Four), Value::Integer(9, IntegerTarget::Eight)],
        &[Value::Integer(6, IntegerTarget::Four), Value::Integer(-9, IntegerTarget::Eight)],
    ];
    assert!(rising.map(place).is_sorted_by(|a, b| a < b));
    let doubles = [f64::NEG_INFINITY, -2.5, -0.5, 0.0, 0.25, 3.0, f64::INFINITY];
    assert!(doubles.map(|value| place(&[Value::Double(value)])).is_sorted_by(|a, b| a < b));
}

proptest! {
    #[test]
    fn no_key_is_called_new_twice(
        keys in prop::collection::vec(prop_oneof![0..50_u128, 0..5000_u128, any::<u128>(), (0..3000_u128).prop_map(|k| k << 90)], 0..2000),
    ) {
        let (mut seen, mut known) = (seen(), HashSet::new());
        for key in keys {
            if seen.admit(key) {
                prop_assert!(known.insert(key), "{key} was there");
            } else {
                prop_assert!(seen.is_over());
            }
        }
    }

    /// The same where most keys are in order, so that spans are joined many times before a key comes again.
    #[test]
    fn no_key_of_long_runs_is_called_new_twice(
        runs in prop::collection::vec((0..40_u128, 1..900_u128, 1..5_u128), 1..30),
        again in any::<prop::sample::Index>(),
    ) {
        let (mut seen, mut known, mut order) = (seen(), HashSet::new(), Vec::new());
        let keys = runs.iter().flat_map(|(at, count, step)| (0..*count).map(move |key| at * 1000 + key * step));
        for key in keys {
            if !seen.admit(key) {
                return Ok(());
            }
            prop_assert!(known.insert(key), "{key} was there");
            order.push(key);
        }
        prop_assert!(!seen.admit(*again.get(&order)));
    }
}
