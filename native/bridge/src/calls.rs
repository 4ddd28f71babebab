//! The native methods: arguments in, one call to the loader, result out.
#![allow(clippy::needless_pass_by_value)] // the signatures are JNI's: references arrive by value

use std::time::Duration;

use jni::Env;
use jni::objects::{JByteArray, JByteBuffer, JClass, JLongArray, JObjectArray, JString};
use jni::refs::IntoAuto as _;
use jni::sys::{jboolean, jint, jlong};
use pieload::debezium::RecordRoute;
use pieload::metrics::Metric;
use pieload::spec::{SessionSpec, SourceSpec, TableSpec};
use pieload::{Error, Kind};

use crate::throw::CallError;
use crate::{buffer, log_channel, routers, sessions, vocabulary};

/// No call waits longer than this, whatever Java asks for: a wait in native code sees no interrupt.
const LONGEST_TICK: Duration = Duration::from_millis(100);

type Call<T> = Result<T, CallError>;

pub(crate) fn abi_version<'l>(env: &mut Env<'l>, _class: JClass<'l>) -> Call<JString<'l>> {
    Ok(JString::from_str(env, env!("PIECLOUDDB_VERSION"))?)
}

pub(crate) fn metric_names<'l>(env: &mut Env<'l>, _class: JClass<'l>) -> Call<JObjectArray<'l, JString<'l>>> {
    strings(env, &Metric::ALL.map(Metric::name))
}

pub(crate) fn drain_log<'l>(env: &mut Env<'l>, _class: JClass<'l>) -> Call<JObjectArray<'l, JString<'l>>> {
    let lines = log_channel::drain();
    strings(env, &lines.iter().flatten().map(String::as_str).collect::<Vec<_>>())
}

/// One text for each entry, its words on lines of their own.
pub(crate) fn vocabulary<'l>(env: &mut Env<'l>, _class: JClass<'l>) -> Call<JObjectArray<'l, JString<'l>>> {
    let entries = vocabulary::entries();
    let lines: Vec<String> = entries.iter().map(|entry| entry.join("\n")).collect();
    strings(env, &lines.iter().map(String::as_str).collect::<Vec<_>>())
}

pub(crate) fn open_session<'l>(env: &mut Env<'l>, _class: JClass<'l>, spec: JString<'l>) -> Call<jlong> {
    Ok(sessions::open(SessionSpec::parse(&spec.try_to_string(env)?)?)?)
}

pub(crate) fn open_table<'l>(
    env: &mut Env<'l>,
    _class: JClass<'l>,
    session: jlong,
    spec: JString<'l>,
) -> Call<jint> {
    let spec = TableSpec::parse(&spec.try_to_string(env)?)?;
    table_number(sessions::get(session)?.open_table(spec)?)
}

/// Equal texts are equal forms; nobody reads them.
pub(crate) fn table_form<'l>(env: &mut Env<'l>, _class: JClass<'l>, spec: JString<'l>) -> Call<JString<'l>> {
    let form = TableSpec::parse(&spec.try_to_string(env)?)?.form();
    Ok(JString::from_str(env, format!("{form:?}"))?)
}

pub(crate) fn open_router<'l>(_env: &mut Env<'l>, _class: JClass<'l>) -> Call<jlong> {
    Ok(routers::open())
}

pub(crate) fn define_source<'l>(
    env: &mut Env<'l>,
    _class: JClass<'l>,
    router: jlong,
    spec: JString<'l>,
) -> Call<jint> {
    let SourceSpec { database, table, key, decimals } = SourceSpec::parse(&spec.try_to_string(env)?)?;
    table_number(routers::get(router)?.lock().partitions.add(&database, &table, key, decimals))
}

pub(crate) fn route<'l>(
    env: &mut Env<'l>,
    _class: JClass<'l>,
    router: jlong,
    record: JByteArray<'l>,
    key: JByteArray<'l>,
    place: JLongArray<'l>,
) -> Call<JObjectArray<'l, JString<'l>>> {
    pieload::failpoint::hit("bridge.route")?;
    let router = routers::get(router)?;
    let routers::Router { partitions, record: record_memory, key: key_memory } = &mut *router.lock();
    let record = buffer::copied(env, &record, record_memory)?;
    let key = if key.is_null() { None } else { Some(buffer::copied(env, &key, key_memory)?) };
    let found = RecordRoute::find(partitions, record, key)?;
    place.set_region(env, 0, &found.numbers)?;
    match found.texts.as_slice() {
        [] => Ok(JObjectArray::<JString>::null()),
        texts => strings(env, &texts.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

pub(crate) fn offer<'l>(
    env: &mut Env<'l>,
    _class: JClass<'l>,
    session: jlong,
    batch: JByteBuffer<'l>,
    length: jint,
    wait_ms: jint,
) -> Call<jboolean> {
    pieload::failpoint::hit("bridge.offer")?;
    let session = sessions::get(session)?;
    let batch = buffer::bytes(env, &batch, length)?;
    Ok(session.offer(batch, tick(wait_ms))?)
}

pub(crate) fn make_room<'l>(
    _env: &mut Env<'l>,
    _class: JClass<'l>,
    session: jlong,
    bytes: jint,
    wait_ms: jint,
) -> Call<jboolean> {
    let bytes = usize::try_from(bytes)
        .map_err(|_| Error::new(Kind::Internal, "room for less than nothing was asked for"))?;
    Ok(sessions::get(session)?.make_room(bytes, tick(wait_ms))?)
}

pub(crate) fn start_flush<'l>(_env: &mut Env<'l>, _class: JClass<'l>, session: jlong) -> Call<()> {
    Ok(sessions::get(session)?.start_flush()?)
}

pub(crate) fn start_leave<'l>(_env: &mut Env<'l>, _class: JClass<'l>, session: jlong) -> Call<()> {
    Ok(sessions::get(session)?.start_leave()?)
}

pub(crate) fn await_flush<'l>(
    _env: &mut Env<'l>,
    _class: JClass<'l>,
    session: jlong,
    wait_ms: jint,
) -> Call<jboolean> {
    Ok(sessions::get(session)?.await_flush(tick(wait_ms))?)
}

pub(crate) fn take_committable<'l>(
    env: &mut Env<'l>,
    _class: JClass<'l>,
    session: jlong,
) -> Call<JByteArray<'l>> {
    let bytes = sessions::get(session)?.take_committable()?;
    Ok(env.byte_array_from_slice(&bytes)?)
}

pub(crate) fn start_commit<'l>(
    env: &mut Env<'l>,
    _class: JClass<'l>,
    session: jlong,
    manifest: JByteArray<'l>,
) -> Call<()> {
    let manifest = env.convert_byte_array(&manifest)?;
    Ok(sessions::get(session)?.start_commit(&manifest)?)
}

pub(crate) fn read_metrics<'l>(
    env: &mut Env<'l>,
    _class: JClass<'l>,
    session: jlong,
    table: jint,
    values: JLongArray<'l>,
) -> Call<()> {
    let read = sessions::get(session)?.read_metrics(table_id(table)?)?;
    let slots = read.map(|value| jlong::try_from(value).unwrap_or(jlong::MAX));
    Ok(values.set_region(env, 0, &slots)?)
}

pub(crate) fn close_session<'l>(_env: &mut Env<'l>, _class: JClass<'l>, session: jlong) -> Call<()> {
    sessions::close(session);
    Ok(())
}

pub(crate) fn close_router<'l>(_env: &mut Env<'l>, _class: JClass<'l>, router: jlong) -> Call<()> {
    routers::close(router);
    Ok(())
}

fn table_number(number: impl TryInto<jint>) -> Call<jint> {
    Ok(number.try_into().map_err(|_| Error::new(Kind::Internal, "too many tables"))?)
}

fn table_id(table: jint) -> Result<u32, Error> {
    u32::try_from(table).map_err(|_| Error::new(Kind::Internal, format!("there is no table {table}")))
}

fn tick(wait_ms: jint) -> Duration {
    Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0)).min(LONGEST_TICK)
}

fn strings<'l>(env: &mut Env<'l>, texts: &[&str]) -> Call<JObjectArray<'l, JString<'l>>> {
    let array = JObjectArray::<JString>::new(env, texts.len(), JString::null())?;
    for (index, text) in texts.iter().enumerate() {
        // One local reference at a time: a full log would pass the 16 that a frame guarantees.
        let text = JString::from_str(env, text)?.auto();
        array.set_element(env, index, &text)?;
    }
    Ok(array)
}
