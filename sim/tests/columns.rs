//! Columns tell whether they rest, and never that they do when they do not.
//!
//! Protects all that observers do not look at again, the checker above all.

mod support;

use sim::{Column, Counterpart, Edition};
use support::Words;

#[test]
fn reading_leaves_a_column_in_its_edition_and_writing_does_not() {
    let mut column = Column::of(vec![1, 2, 3]);
    let before = column.edition();
    assert_eq!((column[1], column.iter().sum::<i32>(), column.len()), (2, 6, 3));
    assert_eq!(column.edition(), before);
    column[0] = 1;
    assert_ne!(column.edition(), before, "a write of what stands there already is a write");
    let before = column.edition();
    assert!(!column.put(0, 1) && column.edition() == before, "putting what stands there already is none");
    assert!(column.put(0, 5) && column.edition() != before && column[..] == [5, 2, 3]);
}

#[test]
fn an_edit_is_one_write_if_anything_is_put_where_another_value_stands() {
    let mut column = Column::of(vec![1, 2, 3]);
    let before = column.edition();
    {
        let mut edit = column.edit();
        assert!(!edit.put(0, 1) && !edit.put(2, 3) && edit[..] == [1, 2, 3]);
    }
    assert_eq!(column.edition(), before, "all of it stood there already");
    {
        let mut edit = column.edit();
        assert!(edit.put(1, 7) && !edit.put(1, 7) && edit.put(1, 2) && edit.put(0, 9));
    }
    assert!(column.edition() != before && column[..] == [9, 2, 3]);
    let after = column.edition();
    column[0] = 9;
    assert!(![before, after].contains(&column.edition()), "every write has an edition of its own");
}

#[test]
fn columns_that_are_alike_have_editions_of_their_own() {
    let column = Column::filled(7_u32, 4);
    let copy = column.clone();
    let collected: Column<u32> = column.iter().copied().collect();
    let editions = [column.edition(), copy.edition(), collected.edition(), Edition::default()];
    for (ix, edition) in editions.iter().enumerate() {
        assert!(!editions[..ix].contains(edition), "{editions:?}");
    }
}

#[test]
fn an_edition_moves_once_to_each_other_one() {
    let mut column = Column::filled(0_u8, 1);
    let mut seen = Edition::default();
    assert!(seen.moves_to(column.edition()) && !seen.moves_to(column.edition()));
    column[0] = 0;
    assert!(seen.moves_to(column.edition()) && !seen.moves_to(column.edition()));
}

#[test]
fn a_counterpart_answers_what_a_comparison_of_all_values_would() {
    for seed in 0..2_000 {
        let mut words = Words(seed);
        let (mut column, mut counterpart) = (Column::filled(0, 3), Counterpart::filled(0, 3));
        for act in 0..40 {
            let are_same = column[..] == counterpart[..];
            let (row, value) = (words.between(0, 2) as usize, words.between(0, 2));
            match words.between(0, 5) {
                0 => column[row] = value,
                1 => {
                    column.put(row, value);
                }
                // Another column with the same values takes its place.
                2 => column = column.clone(),
                3 => counterpart[row] = value,
                4 => assert_eq!(counterpart.is(&column), are_same, "act {act} of {seed}"),
                _ => {
                    assert_eq!(counterpart.take_over(&column), !are_same, "act {act} of {seed}");
                    assert_eq!(column[..], counterpart[..]);
                }
            }
        }
    }
}
