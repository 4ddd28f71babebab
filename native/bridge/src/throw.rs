//! Errors and panics as the one Java exception class; the only place that throws.

use std::any::Any;

use jni::errors::ErrorPolicy;
use jni::objects::{JString, JThrowable, JValue};
use jni::strings::JNIStr;
use jni::{Env, jni_sig, jni_str};
use pieload::{Error, Kind};

/// Where a restart may help.
const RECOVERABLE: &JNIStr = jni_str!("com/pieclouddb/flink/PieCloudDBException");
/// Where it cannot: Flink ends the job.
const PERMANENT: &JNIStr = jni_str!("com/pieclouddb/flink/PieCloudDBException$Permanent");

/// What a native method failed with: the loader's error, or JNI's.
#[derive(Debug)]
pub(crate) enum CallError {
    Load(Error),
    Jni(jni::errors::Error),
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        CallError::Load(error)
    }
}

impl From<jni::errors::Error> for CallError {
    fn from(error: jni::errors::Error) -> Self {
        CallError::Jni(error)
    }
}

/// Throws `PieCloudDBException(kind, message)` and returns the type's default.
pub(crate) struct ThrowPieCloudDb;

impl<T: Default> ErrorPolicy<T, CallError> for ThrowPieCloudDb {
    type Captures<'unowned_env_local: 'native_method, 'native_method> = ();

    fn on_error<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        _captures: &mut Self::Captures<'unowned_env_local, 'native_method>,
        error: CallError,
    ) -> jni::errors::Result<T> {
        // A Java exception that is already pending says more than we could.
        if !env.exception_check() {
            match error {
                CallError::Load(error) => throw(env, &error)?,
                CallError::Jni(error) => {
                    throw(env, &Error::caused(Kind::Internal, "the crossing failed", error))?;
                }
            }
        }
        Ok(T::default())
    }

    fn on_panic<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        _captures: &mut Self::Captures<'unowned_env_local, 'native_method>,
        payload: Box<dyn Any + Send + 'static>,
    ) -> jni::errors::Result<T> {
        if !env.exception_check() {
            let text = format!("native code panicked: {}", pieload::error::panic_text(&*payload));
            throw(env, &Error::new(Kind::Internal, text))?;
        }
        Ok(T::default())
    }
}

fn throw(env: &mut Env<'_>, error: &Error) -> jni::errors::Result<()> {
    let class = if error.kind().is_permanent() { PERMANENT } else { RECOVERABLE };
    // Found anew each time, through the loader of the calling class: a cached reference would pin that loader.
    let class = env.find_class(class)?;
    let kind = JString::from_str(env, error.kind().name())?;
    let message = JString::from_str(env, error.chain())?;
    let exception = env.new_object(
        class,
        jni_sig!((kind: JString, message: JString) -> void),
        &[JValue::Object(&kind), JValue::Object(&message)],
    )?;
    let exception = env.cast_local::<JThrowable>(exception)?;
    match env.throw(exception) {
        // That is how this library says that the exception is pending now; passed on, it would count as a failure to
        // throw and be logged as an error.
        Err(jni::errors::Error::JavaException) if env.exception_check() => Ok(()),
        thrown => thrown,
    }
}
