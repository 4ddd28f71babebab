//! Java's bytes as a slice: a direct `ByteBuffer`, for the length of one call, and copies of arrays.

use jni::Env;
use jni::objects::{JByteArray, JByteBuffer};
use jni::sys::{jbyte, jint};
use pieload::{Error, Kind, Result};

/// The first `length` bytes of a direct buffer. The slice borrows the local reference, so it cannot outlive the call.
pub(crate) fn bytes<'call>(
    env: &Env<'_>,
    buffer: &'call JByteBuffer<'_>,
    length: jint,
) -> Result<&'call [u8]> {
    let not_direct =
        |e: jni::errors::Error| Error::caused(Kind::Internal, "the batch is not a direct ByteBuffer", e);
    let capacity = env.get_direct_buffer_capacity(buffer).map_err(not_direct)?;
    let address = env.get_direct_buffer_address(buffer).map_err(not_direct)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= capacity)
        .ok_or_else(|| Error::new(Kind::Internal, "the batch is longer than its buffer"))?;
    // SAFETY: the JVM says that `address` has `capacity` readable bytes, `length` is not more, and the buffer stays
    // reachable while `buffer` is. Java's writer, which owns the buffer, writes to it on the calling thread only
    // (RowBatch), so nothing changes the bytes during the call.
    Ok(unsafe { std::slice::from_raw_parts(address, length) })
}

/// More memory than that is not kept for arrays that need less.
const KEPT: usize = 1 << 20;

/// Copies an array into memory that is used again and again, but not kept for one huge array.
pub(crate) fn copied<'m>(
    env: &Env<'_>,
    array: &JByteArray<'_>,
    memory: &'m mut Vec<u8>,
) -> jni::errors::Result<&'m [u8]> {
    let length = array.len(env)?;
    if memory.len() > KEPT && length <= KEPT {
        *memory = Vec::new();
    }
    if memory.len() < length {
        memory.resize(length, 0);
    }
    let bytes = memory.get_mut(..length).unwrap_or_default();
    // SAFETY: it is the same memory, which `bytes` borrows for itself, and both types take any eight bits.
    let signed = unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast::<jbyte>(), length) };
    array.get_region(env, 0, signed)?;
    Ok(bytes)
}
