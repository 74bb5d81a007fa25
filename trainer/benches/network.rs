//! Measures the time per batch of each network at 128 and 224 px: `cargo bench -p trainer`. Divide it by [`BATCH`] to
//! compare with `tests/tools/pytorch_speed.py`, which runs the same networks in PyTorch.

use candle_core::{DType, Device, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trainer::net::{Architecture, Init, Network};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 16;

/// The padding of TensorFlow costs nothing.
const NETWORKS: [Architecture; 3] = [
    Architecture::MobileNetV2,
    Architecture::MobileNetV2Wide,
    Architecture::EfficientNetLite0,
];

fn networks(criterion: &mut Criterion) {
    for architecture in NETWORKS {
        network(criterion, architecture);
    }
}

fn network(criterion: &mut Criterion, architecture: Architecture) {
    let network = Network::new(architecture, 37, &Init::Random(1)).expect("random weights fit");
    let labels = Tensor::arange(0, BATCH as u32, &Device::Cpu).expect("a range");
    let mut group = criterion.benchmark_group(architecture.name());
    group
        .sample_size(10)
        .throughput(Throughput::Elements(BATCH as u64));
    for size in [128, 224] {
        let pictures =
            Tensor::ones((BATCH, size, size, 3), DType::F32, &Device::Cpu).expect("ones");
        group.bench_function(BenchmarkId::new("forward", size), |bencher| {
            bencher.iter(|| network.features(&pictures.detach()).expect("shapes fit"));
        });
        group.bench_function(BenchmarkId::new("step", size), |bencher| {
            bencher.iter(|| {
                let features = network.features(&pictures).expect("shapes fit");
                let logits = network.classify(&features).expect("shapes fit");
                let loss = candle_nn::loss::cross_entropy(&logits, &labels).expect("labels fit");
                loss.backward().expect("a graph")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, networks);
criterion_main!(benches);
