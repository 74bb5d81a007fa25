//! The areas that have to be sent again.

use devices::display::changes::{Area, changes};

/// Rows of text as cells, one for each character.
fn cells(rows: &[&str]) -> Vec<u8> {
    rows.concat().into_bytes()
}

#[test]
fn areas_are_few_and_tight() {
    let blank = cells(&["........"; 6]);
    let area = |left, top, width, height| Area {
        left,
        top,
        width,
        height,
    };
    for (rows, price, expected) in [
        (["........"; 6], 0, vec![]),
        (
            [
                "........", "..x.....", "...x....", "........", "........", "........",
            ],
            1,
            // Two rows of one cell each, or a square of four: dearer by two.
            vec![area(2, 1, 1, 1), area(3, 2, 1, 1)],
        ),
        (
            [
                "........", "..x.....", "...x....", "........", "........", "........",
            ],
            2,
            vec![area(2, 1, 2, 2)],
        ),
        (
            [
                "xx......", "xx......", "........", "........", "......xx", "......xx",
            ],
            4,
            vec![area(0, 0, 2, 2), area(6, 4, 2, 2)],
        ),
        (
            [
                "x......x", "........", "........", "........", "........", "x......x",
            ],
            64,
            vec![area(0, 0, 8, 6)],
        ),
    ] {
        assert_eq!(
            changes(&blank, &cells(&rows), 8, price),
            expected,
            "{rows:#?}"
        );
    }
}

#[test]
fn a_panel_of_unknown_content_is_sent_everything() {
    let all = [Area {
        left: 0,
        top: 0,
        width: 8,
        height: 6,
    }];
    let blank = cells(&["........"; 6]);
    assert_eq!(changes(&[], &blank, 8, 0), all);
    assert_eq!(changes(&blank[8..], &blank, 8, 0), all);
}

#[test]
fn every_change_is_in_an_area_and_areas_cost_no_more_than_the_whole() {
    // Knuth's linear congruential generator: any will do.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    for _ in 0..2_000 {
        let (width, height, price) = (1 + random(20), 1 + random(20), random(30));
        let mut held: Vec<usize> = (0..width * height).map(|_| random(3)).collect();
        let mut new = held.clone();
        for _ in 0..random(12) {
            new[random(width * height)] = random(3);
        }
        let areas = changes(&held, &new, width, price);

        let mut cost = 0;
        for area in &areas {
            cost += area.width * area.height;
            for row in area.top..area.top + area.height {
                let row = row * width + area.left..row * width + area.left + area.width;
                held[row.clone()].copy_from_slice(&new[row]);
            }
        }
        assert_eq!(held, new);
        assert!(cost <= width * height, "{areas:?}");
        let ends = areas.iter().map(|area| area.top + area.height);
        assert!(
            ends.zip(areas.iter().skip(1))
                .all(|(end, next)| end <= next.top),
            "{areas:?}"
        );
    }
}
