//! Measures the arithmetic at the end of a run for 120 breeds, on all cores: `cargo bench -p trainer --bench end`. The
//! photographs are random numbers in place of what the network makes of them. A whole end, with the network, is timed by
//! `trainer train --resume` on a run that is finished.

use std::convert::Infallible;

use criterion::{Criterion, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trainer::net::{Classifier, Embedder, Prototypes};
use trainer::train::calibrate::{cautious_temperature, share_of_second};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BREEDS: usize = 120;
/// Photographs to train on.
const PHOTOGRAPHS: usize = 90 * BREEDS;
/// Photographs that are seen in all views, and their views.
const VALIDATION: usize = 300;
const VIEWS: usize = 12;
/// Numbers of an embedding, and of what an embedder is made of.
const FEATURES: usize = 1280;
const POOLED: usize = 2 * FEATURES;

fn rows(count: usize, length: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut row = || -> Vec<f32> {
        let values = (0..length).map(|_| rng.random_range(0.0..1.0));
        values.collect()
    };
    (0..count).map(|_| row()).collect()
}

fn go_on() -> Result<(), Infallible> {
    Ok(())
}

fn end(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("end of a run");
    group.sample_size(10);

    let embeddings = rows(PHOTOGRAPHS, FEATURES, 1);
    let learnt = || {
        let rows = embeddings.iter().enumerate();
        rows.map(|(index, row)| (row.as_slice(), index % BREEDS))
    };
    let prototypes = Prototypes::of(BREEDS, FEATURES, learnt());
    group.bench_function("discriminant", |bencher| {
        bencher.iter(|| Classifier::discriminant(&prototypes, learnt()));
    });

    let labels: Vec<usize> = (0..VALIDATION).map(|photo| photo % BREEDS).collect();
    let of_views: Vec<usize> = (labels.iter()).flat_map(|&label| [label; VIEWS]).collect();
    let [mut own, mut theirs] = [2, 3].map(|seed| rows(of_views.len(), BREEDS, seed));
    for logits in [&mut own, &mut theirs] {
        let right = logits.iter_mut().zip(&of_views).step_by(2);
        right.for_each(|(row, &label)| row[label] += 5.0);
    }
    group.bench_function("mixing", |bencher| {
        bencher.iter(|| share_of_second([&own, &theirs], &of_views, go_on));
    });
    let photos: Vec<Vec<Vec<f32>>> = own.chunks(VIEWS).map(<[Vec<f32>]>::to_vec).collect();
    group.bench_function("temperature", |bencher| {
        bencher.iter(|| cautious_temperature(&photos, &labels));
    });

    let pooled = rows(PHOTOGRAPHS, POOLED, 4);
    group.bench_function("principal components", |bencher| {
        bencher.iter(|| Embedder::of(POOLED, &pooled, go_on));
    });
    group.finish();
}

criterion_group!(benches, end);
criterion_main!(benches);
