//! Reads what `torch.save` writes: the tensors of a state dict, in an archive or, as before PyTorch 1.6, in one stream.
//!
//! candle's own reader knows the archives alone, and of these only tensors whose values are in order. Weights that were
//! converted from TensorFlow are often transposed views.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use candle_core::pickle::{Object, Stack};
use candle_core::{DType, Device, Result, Tensor, bail};
use zip::ZipArchive;

/// The beginning of an archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";
/// The beginning of a stream: PyTorch's magic number, pickled.
const STREAM: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// A tensor as a view of a storage.
struct View {
    name: String,
    storage: String,
    dtype: DType,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

/// Whether a file that begins like this was written by `torch.save`.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(ARCHIVE) || bytes.starts_with(STREAM)
}

/// The tensors of a state dict, or of the one in a checkpoint, in f32.
pub(super) fn read(bytes: &[u8]) -> Result<HashMap<String, Tensor>> {
    match bytes.strip_prefix(STREAM) {
        Some(rest) => from_stream(rest),
        None => from_archive(bytes),
    }
}

fn from_archive(bytes: &[u8]) -> Result<HashMap<String, Tensor>> {
    const PICKLE: &str = "data.pkl";
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let names = archive.file_names().filter_map(|name| name.ok());
    let roots = names.map(|name| name.strip_suffix(PICKLE).map(str::to_owned));
    let Some(root) = roots.flatten().next() else {
        bail!("the archive has no {PICKLE}");
    };
    let mut entry = |name: String| -> Result<Vec<u8>> {
        let mut content = Vec::new();
        archive.by_name(&name)?.read_to_end(&mut content)?;
        Ok(content)
    };
    let pickled = entry(format!("{root}{PICKLE}"))?;
    let views = views(unpickle(&mut &*pickled)?);
    let tensors = views.iter().map(|view| {
        let storage = entry(format!("{root}data/{}", view.storage))?;
        Ok((view.name.clone(), view.tensor(&storage)?))
    });
    tensors.collect()
}

/// Behind the magic number there are the version, the sizes of C's types, the state dict, the names of the storages, and
/// each storage behind its length.
fn from_stream(mut rest: &[u8]) -> Result<HashMap<String, Tensor>> {
    let [_, _, dict, names] = [(); 4].map(|()| unpickle(&mut rest));
    let views = views(dict?);
    let Object::List(names) = names? else {
        bail!("it has no list of storages");
    };
    let mut storages: HashMap<String, &[u8]> = HashMap::new();
    for name in names.into_iter().filter_map(|name| name.unicode().ok()) {
        let of_storage = |view: &&View| view.storage == name;
        let Some(view) = views.iter().find(of_storage) else {
            bail!("the type of the storage {name} is unknown");
        };
        let storage = rest.split_first_chunk::<8>().and_then(|(count, after)| {
            let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
            after.split_at_checked(count.checked_mul(view.dtype.size_in_bytes())?)
        });
        let Some((storage, after)) = storage else {
            bail!("it ends within the storage {name}");
        };
        storages.insert(name, storage);
        rest = after;
    }
    let tensors = views.iter().map(|view| {
        let Some(storage) = storages.get(&view.storage) else {
            bail!("{} has no values", view.name);
        };
        Ok((view.name.clone(), view.tensor(storage)?))
    });
    tensors.collect()
}

fn unpickle(bytes: &mut &[u8]) -> Result<Object> {
    let mut stack = Stack::empty();
    stack.read_loop(bytes)?;
    stack.finalize()
}

/// The tensors of a state dict, or of the entry `state_dict` of a checkpoint.
fn views(object: Object) -> Vec<View> {
    let entries = object.dict().unwrap_or_default();
    let mut views = Vec::new();
    for (name, value) in entries {
        let Ok(name) = name.unicode() else {
            continue;
        };
        match value {
            Object::Dict(_) if name == "state_dict" => return self::views(value),
            value => views.extend(view(name, value)),
        }
    }
    views
}

fn view(name: String, object: Object) -> Option<View> {
    let (function, arguments) = object.reduce().ok()?;
    let (_, function) = function.class().ok()?;
    let mut arguments = arguments.tuple().ok()?.into_iter();
    match &*function {
        "_rebuild_parameter" => view(name, arguments.next()?),
        "_rebuild_tensor_v2" => {
            let storage = arguments.next()?.persistent_load().ok()?;
            let mut storage = storage.tuple().ok()?.into_iter().skip(1);
            let (_, class) = storage.next()?.class().ok()?;
            Some(View {
                name,
                storage: storage.next()?.unicode().ok()?,
                dtype: dtype(&class)?,
                offset: number(arguments.next()?)?,
                shape: numbers(arguments.next()?)?,
                strides: numbers(arguments.next()?)?,
            })
        }
        _ => None,
    }
}

fn dtype(class: &str) -> Option<DType> {
    Some(match class {
        "FloatStorage" => DType::F32,
        "DoubleStorage" => DType::F64,
        "HalfStorage" => DType::F16,
        "BFloat16Storage" => DType::BF16,
        "LongStorage" => DType::I64,
        "IntStorage" => DType::I32,
        "ShortStorage" => DType::I16,
        "ByteStorage" | "BoolStorage" => DType::U8,
        _ => return None,
    })
}

fn number(object: Object) -> Option<usize> {
    usize::try_from(object.int_or_long().ok()?).ok()
}

fn numbers(object: Object) -> Option<Vec<usize>> {
    let objects = object.tuple().ok()?;
    objects.into_iter().map(number).collect()
}

impl View {
    /// The tensor with its values in order.
    fn tensor(&self, storage: &[u8]) -> Result<Tensor> {
        let count = storage.len() / self.dtype.size_in_bytes();
        let storage = &storage[..count * self.dtype.size_in_bytes()];
        let values = Tensor::from_raw_buffer(storage, self.dtype, &[count], &Device::Cpu)?;
        let values = values.to_dtype(DType::F32)?.to_vec1::<f32>()?;
        let Some(values) = self.gathered(&values) else {
            bail!("{} reaches beyond its values", self.name);
        };
        Tensor::from_vec(values, &*self.shape, &Device::Cpu)
    }

    fn gathered(&self, values: &[f32]) -> Option<Vec<f32>> {
        let count = self
            .shape
            .iter()
            .try_fold(1usize, |count, &side| count.checked_mul(side))?;
        // A view that repeats values is no weight.
        if count > values.len() || self.shape.len() != self.strides.len() {
            return None;
        }
        let place = |index: usize| {
            let (mut rest, mut place) = (index, self.offset);
            for (side, &stride) in self.shape.iter().zip(&self.strides).rev() {
                place = place.checked_add((rest % side).checked_mul(stride)?)?;
                rest /= side;
            }
            Some(place)
        };
        let gathered = (0..count).map(|index| values.get(place(index)?).copied());
        gathered.collect()
    }
}
