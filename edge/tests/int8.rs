mod common;
use common::qdq::{Bias, Form, Numbers, Quantised, SUM_SCALE};
use edge::recognise::{Bundle, Engine};

fn pictures(size: i64) -> Vec<Vec<f32>> {
    let size = size as usize;
    let draw = |value: &mut dyn FnMut(usize, usize, usize) -> f32| {
        let mut out = vec![];
        for c in 0..3 { for y in 0..size { for x in 0..size { out.push(value(c, y, x)); } } }
        out
    };
    let mut numbers = Numbers(1);
    let across = |at: usize| 3.0 * at as f32 / size as f32 - 1.5;
    vec![
        draw(&mut |_, _, _| 0.0),
        draw(&mut |c, _, _| [1.3, -0.7, 0.2][c]),
        draw(&mut |_, _, _| 9.0),
        draw(&mut |c, y, x| [across(x), across(y), -across(x)][c]),
        draw(&mut |c, y, _| if c == 1 { -across(y) } else { 0.4 }),
        draw(&mut |_, _, _| 1.5 * numbers.next()),
        draw(&mut |_, _, _| 5.0 * numbers.next()),
    ]
}

#[test]
fn explore() {
    for signed in [false, true] { for per_channel in [true, false] { for bias in [Bias::None, Bias::Real, Bias::Quantised] {
        for clamp in [None, Some("Relu"), Some("Clip")] { for quantised_head in [false, true] {
        let form = Form { signed, per_channel, bias, clamp, quantised_head, ..Form::default() };
        let net = Quantised::new(form);
        let bundle = Bundle::from_bytes(&net.bytes(), "x.onnx").unwrap();
        let fast = Engine::load(&bundle).unwrap();
        assert!(fast.is_int8(), "{form:?}");
        let slow = Engine::reference(&bundle).unwrap();
        let mut worst = 0f32;
        for picture in pictures(32) {
            let (a, b) = (fast.logits(&picture).unwrap(), slow.logits(&picture).unwrap());
            if !signed && per_channel && bias == Bias::Quantised && clamp.is_none() { println!("{a:?} {b:?}"); }
            for (a, b) in a.iter().zip(&b) { worst = worst.max((a - b).abs() / SUM_SCALE); }
        }
        println!("{form:?} {worst}");
    }}}}}
}

fn probe(what: &str, spoil: impl FnOnce(&mut Quantised)) { probe_form(what, Form::default(), spoil) }
fn probe_form(what: &str, form: Form, spoil: impl FnOnce(&mut Quantised)) {
    let mut net = Quantised::new(form);
    spoil(&mut net);
    let bundle = match Bundle::from_bytes(&net.bytes(), "x.onnx") { Ok(b) => b, Err(e) => { println!("{what}: REFUSED {e}"); return } };
    let fast = match Engine::load(&bundle) { Ok(b) => b, Err(e) => { println!("{what}: LOAD {e} / {:?}", Engine::reference(&bundle).map(|_|()).map_err(|e|e.to_string())); return } };
    let slow = match Engine::reference(&bundle) { Ok(b) => b, Err(e) => { println!("{what}: is_int8 {} REFERENCE {e}", fast.is_int8()); return } };
    let mut worst = 0f32;
    for picture in pictures(form.size) {
        let try_ = |engine: &Engine| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| engine.logits(&picture).unwrap())).ok();
        let (Some(a), Some(b)) = (try_(&fast), try_(&slow)) else { println!("{what}: PANIC int8 {} fast ok {}", fast.is_int8(), try_(&fast).is_some()); return };
        for (a, b) in a.iter().zip(&b) { worst = worst.max((a - b).abs() / SUM_SCALE); }
    }
    println!("{what}: int8 {} worst {worst} threads {:?}", fast.is_int8(), Engine::on_threads(&bundle, 2).map(|_| ()).map_err(|e| e.to_string()));
}

#[test]
fn probes() {
    use tract_onnx::prelude::*;
    use common::qdq::*;
    for size in [32, 33, 35, 47, 64, 100] { probe_form(&format!("size {size}"), Form { size, ..Form::default() }, |_| {}); }
    for stride in [1, 4, 7, 8] { probe(&format!("stem stride {stride}"), |n| n.set("stem", ints("strides", &[stride; 2]))); }
    probe("stem 8, spread 2", |n| { n.set("stem", ints("strides", &[8; 2])); n.set("spread", ints("strides", &[2; 2])) });
    probe("right stride 2 mismatch", |n| n.set("right", ints("strides", &[2; 2])));
    probe("right stride 3 both", |n| { n.set("right", ints("strides", &[3; 2])); n.set("right", ints("pads", &[0; 4])); n.set("left", ints("strides", &[3;2])) });
    probe("-128", |n| n.weight("narrow_weight").raw_data[0] = 0x80);
    probe("zero 3", |n| n.weight("narrow_weight_zero").raw_data[0] = 3);
    probe("clip", |n| n.weight("most").raw_data = 3f32.to_le_bytes().to_vec());
    probe("clip low", |n| n.weight("least").raw_data = 1f32.to_le_bytes().to_vec());
    probe("relu linear", |n| { n.insert("sum", "Relu", &["left_real"], "x"); n.node("sum").input[0] = "x".into(); });
    probe("relu sum", |n| { n.insert("sum_quantised", "Relu", &["sum"], "x"); n.node("sum_quantised").input[0] = "x".into(); });
    probe("pads", |n| n.set("stem", ints("pads", &[0,0,1,1])));
    probe("dil", |n| { n.set("spread", ints("pads", &[2;4])); n.set("spread", ints("dilations", &[2;2])) });
    probe("dil dense", |n| { n.set("right", ints("pads", &[4;4])); n.set("right", ints("dilations", &[2;2])) });
    probe("group", |n| { n.set("narrow", int("group", 2)); let w = n.weight("narrow_weight"); w.dims[1] = 8; w.raw_data.truncate(128); });
    probe("mul", |n| { n.floats("half", &[], &[0.5]); n.insert("narrow", "Mul", &["spread_real", "half"], "x"); n.node("narrow").input[0] = "x".into(); });
    probe("reducemean", |n| { n.node("pooled").op_type = "ReduceMean".into(); n.set("pooled", ints("axes", &[2,3])) });
    probe("again", |n| { n.insert("features", "GlobalMaxPool", &["sum_real"], "peak"); n.insert("features", "Add", &["pooled", "peak"], "both"); n.node("features").input[0] = "both".into(); });
    probe("u8 weights", |n| { for name in ["narrow_weight", "narrow_weight_zero"] { let w = n.weight(name); w.data_type = 2; w.raw_data.iter_mut().for_each(|b| *b ^= 0x80); } });
    probe("autopad", |n| n.set("stem", string("auto_pad", "SAME_UPPER")));
    probe("autopad valid", |n| n.set("stem", string("auto_pad", "VALID")));
    probe("autopad notset", |n| n.set("stem", string("auto_pad", "NOTSET")));
    probe("other dq scale", |n| { n.floats("other", &[], &[0.01]); n.node("narrow_real").input[1] = "other".into() });
    probe("per channel act", |n| { n.floats("per", &[16], &[0.02; 16]); n.weight("spread_zero").dims = vec![16]; n.weight("spread_zero").raw_data = vec![0; 16]; for x in ["spread_quantised", "spread_real"] { n.node(x).input[1] = "per".into(); } });
    probe("conv used twice", |n| { n.insert("sum_quantised", "Add", &["sum", "left"], "x"); n.node("sum_quantised").input[0] = "x".into(); });
    probe("conv result by add", |n| n.node("sum").input[0] = "left".into());
    probe("a 5x3 kernel", |n| { let w = n.weight("right_weight"); w.dims[3] = 3; w.raw_data.truncate(24*40*15); n.set("right", ints("pads", &[2,1,2,1])) });
    probe("kernel_shape lies", |n| n.set("right", ints("kernel_shape", &[3, 3])));
    probe("pads one", |n| n.set("stem", ints("pads", &[1])));
    probe("pads two", |n| n.set("stem", ints("pads", &[1, 1])));
    probe("strides one", |n| n.set("stem", ints("strides", &[2])));
    probe("strides empty", |n| n.set("stem", ints("strides", &[])));
    probe("pads empty", |n| { n.set("stem", ints("pads", &[])); });
    probe("dilations one", |n| { n.set("stem", ints("dilations", &[1])); });
    probe("dilations three", |n| { n.set("stem", ints("dilations", &[1,1,1])); });
    probe("strides mix", |n| n.set("stem", ints("strides", &[2, 1])));
    probe("bias short", |n| { let w = n.weight("right_bias"); w.dims[0] = 23; w.raw_data.truncate(92); });
    probe("bias short no scale", |n| { for x in ["right_bias", "right_bias_scale", "right_bias_zero"] { let w = n.weight(x); w.dims[0] = 23; w.raw_data.truncate(92); } });
    probe("no zero for weights", |n| { n.node("narrow_weight_real").input.truncate(2); });
    probe("no zero for act", |n| { n.node("narrow_quantised").input.truncate(2); n.node("narrow_real").input.truncate(2); });
    probe("empty zero for act", |n| { n.node("narrow_quantised").input[2] = "".into(); n.node("narrow_real").input[2] = "".into(); });
    probe("no zero for bias", |n| { n.node("right_bias_real").input.truncate(2); });
    probe("wide i8 int32_data", |n| { let w = n.weight("narrow_weight"); w.int32_data = w.raw_data.iter().map(|&b| i32::from(b as i8)).collect(); w.raw_data.clear(); });
    probe("wide i8 int32_data 300", |n| { let w = n.weight("narrow_weight"); w.int32_data = w.raw_data.iter().map(|&b| i32::from(b as i8)).collect(); w.int32_data[0] = 300; w.raw_data.clear(); });
    probe("gap is logits", |n| { n.node("pooled").output[0] = "logits".into(); n.graph.node.truncate(n.graph.node.len() - 2);
        for x in ["left", "right"] { for (s, k) in [("_weight", if x == "left" { 40 } else { 1000 }), ("_weight_scale", 4), ("_weight_zero", 1), ("_bias", 4), ("_bias_scale", 4), ("_bias_zero", 4)] { let w = n.weight(&format!("{x}{s}")); w.dims[0] = 3; w.raw_data.truncate(3 * k); } } });
    probe("pool the image", |n| { n.node("pooled").input[0] = "image_real".into(); n.graph.node.retain(|node| ["image_quantised", "image_real", "pooled", "features", "logits"].contains(&node.name.as_str())); let w = n.weight("classifier"); w.dims[1] = 3; w.raw_data.truncate(36); });
    probe("pool earlier", |n| { n.node("pooled").input[0] = "right_real".into(); });
    probe("add itself", |n| { n.node("sum").input[1] = "left_real".into(); });
    probe("add constant", |n| { n.floats("c", &[24,1,1], &[0.5; 24]); n.node("sum").input[1] = "c".into(); });
    probe("add dq", |n| { n.insert("sum", "DequantizeLinear", &["sum_scale", "sum_scale"], "x"); });
    probe("output_dtype i8", |n| { n.node("narrow_quantised").input.truncate(2); n.node("narrow_real").input.truncate(2); n.set("narrow_quantised", int("output_dtype", 3)) });
    probe("bias huge", |n| { let w = n.weight("right_bias"); w.raw_data[..4].copy_from_slice(&i32::MAX.to_le_bytes()); });
    probe("nan clip", |n| n.weight("most").raw_data = f32::NAN.to_le_bytes().to_vec());
    probe("empty clip", |n| { n.weight("most").raw_data.clear(); n.weight("most").dims = vec![0]; });
    probe("weights 0 outputs", |n| { let w = n.weight("narrow_weight"); w.raw_data.clear(); w.dims[0] = 0; });
    probe("image tiny scale", |n| n.weight("image_scale").raw_data = 1e-38f32.to_le_bytes().to_vec());
    probe("image subnormal scale", |n| n.weight("image_scale").raw_data = 1e-42f32.to_le_bytes().to_vec());
    probe("image big scale", |n| n.weight("image_scale").raw_data = 3e38f32.to_le_bytes().to_vec());
    probe("sum tiny scale", |n| n.weight("sum_scale").raw_data = 1e-38f32.to_le_bytes().to_vec());
    probe("sum big scale", |n| n.weight("sum_scale").raw_data = 3e38f32.to_le_bytes().to_vec());
    probe("stem tiny scale", |n| n.weight("stem_scale").raw_data = 1e-30f32.to_le_bytes().to_vec());
    probe("weight tiny", |n| n.weight("stem_weight_scale").raw_data[..4].copy_from_slice(&1e-40f32.to_le_bytes()));
    probe("i8 to u8", |n| n.weight("right_weight").raw_data[0] = 0x81);
    probe("relu u8 zero 0 i32", |n| { let w = n.weight("stem_zero"); w.data_type = 6; w.raw_data = vec![0; 4]; });
    probe("shadow", |n| { n.node("narrow_quantised").output[0] = "narrow_weight".into(); n.node("narrow_real").input[0] = "narrow_weight".into(); });
    probe("second pooling", |n| { n.insert("features", "GlobalAveragePool", &["pooled"], "twice"); n.node("features").input[0] = "twice".into(); });
    probe("logits also from int8", |n| { n.insert("logits", "Identity", &["sum_scale"], "zz"); });
    probe("gemm uses earlier const", |n| { n.insert("features", "Mul", &["pooled", "left_bias_real"], "zz"); });
    probe("value named as head", |n| { n.graph.node.swap(0, 1); });
    probe_form("qhead", Form { quantised_head: true, ..Form::default() }, |_| {});
    probe("flatten before", |n| { n.node("features").input[0] = "sum_real".into(); n.node("pooled").input[0] = "sum_real".into(); });
    for name in ["stem", "spread", "narrow", "widen", "shrink", "left", "right", "sum"] {
        let net = Quantised::new(Form::default());
        let bundle = Bundle::from_bytes(&net.bytes(), "x.onnx").unwrap();
        let plan = tract_onnx::onnx().with_ignore_value_info(true).with_ignore_output_shapes(true).model_for_proto_model(&bundle.proto).unwrap()
            .with_input_fact(0, f32::fact([1, 3, 32, 32]).into()).unwrap().with_outputs_by_name([format!("{name}_quantised")]).unwrap().into_typed().unwrap().into_runnable().unwrap();
        for (k, picture) in pictures(32).iter().enumerate() {
            let out = plan.run(tvec!(Tensor::from_shape(&[1, 3, 32, 32], picture).unwrap().into_tvalue())).unwrap();
            let t = out[0].try_as_plain_ram().unwrap(); let s = t.as_slice::<u8>().unwrap();
            let n = s.len() as f32; let mean = s.iter().map(|&x| x as f32).sum::<f32>() / n;
            let sd = (s.iter().map(|&x| (x as f32 - mean).powi(2)).sum::<f32>() / n).sqrt();
            println!("{name} {k}: mean {mean:.0} sd {sd:.0} at 0 {:.2} at 255 {:.2}", s.iter().filter(|&&x| x == 0).count() as f32 / n, s.iter().filter(|&&x| x == 255).count() as f32 / n);
        }
    }
}
