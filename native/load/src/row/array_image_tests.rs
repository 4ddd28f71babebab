use super::super::Slots;
use super::super::image_builder::RowBuilder;
use super::*;

#[test]
fn elements_of_every_width_are_read_with_their_nulls() {
    let image = RowBuilder::array(40, 2).small(0, -5).small(39, 7).null(38).finish();
    let array = ArrayImage::new(&image, 2).unwrap();
    assert_eq!(
        (array.size(), array.is_null(0), array.is_null(38), array.is_null(39)),
        (40, false, true, false)
    );
    assert_eq!(i16::from_le_bytes(array.fixed(0).unwrap()), -5);
    assert_eq!(i16::from_le_bytes(array.fixed(39).unwrap()), 7);
    assert!(array.fixed::<2>(40).is_err() && array.fixed::<8>(0).is_err() && array.is_null(usize::MAX));
    let image = RowBuilder::array(2, 8).string(0, "inline").string(1, "out of line").finish();
    let array = ArrayImage::new(&image, 8).unwrap();
    assert_eq!((array.bytes(0).unwrap(), array.bytes(1).unwrap()), (&b"inline"[..], &b"out of line"[..]));
}

#[test]
fn a_map_is_two_arrays_of_one_size() {
    let keys = || RowBuilder::array(2, 8).string(0, "a").string(1, "a longer key");
    let image = RowBuilder::map(keys(), RowBuilder::array(2, 4).int(0, 1).null(1));
    let (read, values) = ArrayImage::of_map(&image, 8, 4).unwrap();
    assert_eq!((read.bytes(1).unwrap(), values.is_null(1)), (&b"a longer key"[..], true));
    let uneven = RowBuilder::map(keys(), RowBuilder::array(3, 4));
    assert!(ArrayImage::of_map(&uneven, 8, 4).is_err());
}

#[test]
fn sizes_that_lie_are_errors() {
    for size in [-1_i32, 2, 33, i32::MAX] {
        let image = [&size.to_le_bytes()[..], &[0; 8]].concat();
        assert!(ArrayImage::new(&image, 8).is_err(), "{size}");
    }
    assert!(ArrayImage::new(&[0, 0, 0], 1).is_err());
    assert!(ArrayImage::of_map(&[9, 0, 0, 0, 0], 8, 8).is_err());
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_an_array_or_an_error(bytes: Vec<u8>, width in 1_usize..=8, element in 0_usize..50) {
        for array in [ArrayImage::new(&bytes, width), ArrayImage::of_map(&bytes, 8, width).map(|(_, values)| values)] {
            let Ok(array) = array else { continue };
            let _ = (array.is_null(element), array.fixed::<8>(element), array.bytes(element));
            let _ = (array.nested(element), array.wide_decimal(element), Slots::out_of_line(&array, element));
        }
    }
}
