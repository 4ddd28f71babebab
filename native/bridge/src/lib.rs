//! The JNI crossing: the only `jni`, the only `unsafe`, and no decision.
//!
//! One const table lists every native method of `NativeBridge`; it is registered when the library is loaded, so a
//! signature that drifts fails there and not in the middle of a load. Ids cross, never pointers; no call waits longer
//! than its caller says; errors and panics become exceptions. Nothing of Java is kept in a static, because a cached
//! reference would pin the class loader of a job that ended.

mod buffer;
mod calls;
mod log_channel;
mod routers;
mod runtime;
mod sessions;
mod throw;
mod vocabulary;

use std::ffi::c_void;

use jni::sys::{JNI_VERSION_1_8, jint};
use jni::{NativeMethod, jni_str, native_method};

use throw::ThrowPieCloudDb;

/// Every native method, in the order of architecture.md.
const METHODS: &[NativeMethod] = &[
    native_method! { error_policy = ThrowPieCloudDb, fn = calls::abi_version, static fn abi_version() -> JString },
    native_method! { error_policy = ThrowPieCloudDb, fn = calls::metric_names, static fn metric_names() -> JString[] },
    native_method! { error_policy = ThrowPieCloudDb, fn = calls::vocabulary, static fn vocabulary() -> JString[] },
    native_method! { error_policy = ThrowPieCloudDb, fn = calls::drain_log, static fn drain_log() -> JString[] },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::open_session,
        static fn open_session(spec: JString) -> jlong
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::open_table,
        static fn open_table(session: jlong, spec: JString) -> jint
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::table_form,
        static fn table_form(spec: JString) -> JString
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::offer,
        static fn offer(session: jlong, batch: JByteBuffer, length: jint, wait_ms: jint) -> jboolean
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::make_room,
        static fn make_room(session: jlong, bytes: jint, wait_ms: jint) -> jboolean
    },
    native_method! { error_policy = ThrowPieCloudDb, fn = calls::open_router, static fn open_router() -> jlong },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::define_source,
        static fn define_source(router: jlong, spec: JString) -> jint
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::route,
        static fn route(router: jlong, record: jbyte[], key: jbyte[], place: jlong[]) -> JString[]
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::start_flush,
        static fn start_flush(session: jlong) -> void
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::start_leave,
        static fn start_leave(session: jlong) -> void
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::await_flush,
        static fn await_flush(session: jlong, wait_ms: jint) -> jboolean
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::take_committable,
        static fn take_committable(session: jlong) -> jbyte[]
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::start_commit,
        static fn start_commit(session: jlong, manifest: jbyte[]) -> void
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::read_metrics,
        static fn read_metrics(session: jlong, table: jint, values: jlong[]) -> void
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::close_session,
        static fn close_session(session: jlong) -> void
    },
    native_method! {
        error_policy = ThrowPieCloudDb,
        fn = calls::close_router,
        static fn close_router(router: jlong) -> void
    },
];

/// Called by the JVM when `System.load` found the library. Where registering fails, the pending Java error (which
/// names the method) is left in place and tells more than the return value could.
///
/// # Safety
/// Only the JVM calls this, with a valid VM pointer.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn JNI_OnLoad(vm: *mut jni::sys::JavaVM, _reserved: *mut c_void) -> jint {
    log_channel::install();
    // SAFETY: the JVM passes a valid pointer for the duration of this call.
    let vm = unsafe { jni::JavaVM::from_raw(vm) };
    let registered = vm.with_top_local_frame(|env| -> jni::errors::Result<()> {
        let class = env.find_class(jni_str!("com/pieclouddb/flink/internal/jni/NativeBridge"))?;
        // SAFETY: every entry of the table is checked against its Rust function by `native_method!`.
        unsafe { env.register_native_methods(class, METHODS) }
    });
    match registered {
        Ok(()) => JNI_VERSION_1_8,
        Err(_pending_java_error) => jni::sys::JNI_ERR,
    }
}

/// Called by the JVM when the class loader was collected: no thread may be left in this image.
#[unsafe(no_mangle)]
pub extern "system" fn JNI_OnUnload(_vm: *mut jni::sys::JavaVM, _reserved: *mut c_void) {
    sessions::close_all();
}
