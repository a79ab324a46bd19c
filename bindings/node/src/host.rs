//! JavaScript values that the engine keeps, and calls into JavaScript.
//!
//! A kept value is a number to the engine; the value itself stands in a list on the JavaScript side (`host.js`). So the engine
//! may drop it on any thread: the number goes to a list of released ones, which the JavaScript thread empties when it next
//! keeps a value.
//!
//! Every environment (the main thread, each `Worker`) has a [`Host`] of its own, and no template, page or value ever
//! reaches another one.

use crate::data_in;
use crate::data_out;
use crate::error::{Failure, Read};
use livetemplate_core::FunctionError;
use livetemplate_core::error::catch_panic;
use livetemplate_core::{Code, Error, Result, Value};
use napi::Env;
use napi::bindgen_prelude::{
    FnArgs, FromNapiValue, Function, FunctionRef, JsObjectValue, JsValue, JsValuesTupleIntoVec, Object,
    Unknown,
};
use parking_lot::Mutex;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// How much of the stack may be used between the engine's first entry and a call into JavaScript. V8 has about 1 MB in all.
const STACK: usize = 768 << 10;

thread_local! {
    static HOST: RefCell<Option<Rc<Host>>> = const { RefCell::new(None) };
    /// What `take` has read.
    static TAKEN: RefCell<Option<Read<Value>>> = const { RefCell::new(None) };
    /// Where the stack was when the engine was first entered; 0 while nobody is in it.
    static ENTERED: Cell<usize> = const { Cell::new(0) };
}

/// The numbers of values that nothing holds any more.
type Released = Arc<Mutex<Vec<u32>>>;

/// A function of `host.js`.
type Glue = FunctionRef<(), ()>;

struct Host {
    env: Env,
    released: Released,
    keep: Glue,
    release: Glue,
    value: Glue,
    call: Glue,
    ignore: Glue,
}

impl Host {
    /// This environment's, made at its first use.
    fn of(env: &Env) -> napi::Result<Rc<Host>> {
        if let Some(host) = HOST.with_borrow(Clone::clone) {
            return Ok(host);
        }
        let take = env.create_function_from_closure::<Unknown, (), _>("take", |context| {
            let taken = read(context.env, context.get::<Unknown>(0)?);
            // What the host's own code threw goes on as it is.
            let taken = match taken {
                Err(Failure::Host(thrown)) => return Err(thrown),
                taken => taken,
            };
            TAKEN.set(Some(taken));
            Ok(())
        })?;
        let script: Function<Unknown, Unknown> = env.run_script(include_str!("host.js"))?;
        let glue = Object::from_unknown(script.call(take.to_unknown())?)?;
        let function = |name: &str| glue.get_named_property::<Function<(), ()>>(name)?.create_ref();
        let host = Rc::new(Host {
            env: *env,
            released: Arc::default(),
            keep: function("keep")?,
            release: function("release")?,
            value: function("value")?,
            call: function("call")?,
            ignore: function("ignore")?,
        });
        env.add_env_cleanup_hook((), |()| drop(HOST.take()))?;
        HOST.set(Some(host.clone()));
        Ok(host)
    }

    /// Calls a function of `host.js`. It throws only where the stack is at its end, and then the exception stays pending and
    /// goes on to the caller of the engine: `Function::call` of napi 3.16 would read it by calling JavaScript, without end.
    fn run<Args: JsValuesTupleIntoVec, Return: FromNapiValue>(
        &self,
        function: &Glue,
        args: Args,
    ) -> napi::Result<Return> {
        Function::<Args, Return>::from_unknown(function.borrow_back(&self.env)?.to_unknown())?.apply((), args)
    }

    fn free_released(&self) -> napi::Result<()> {
        let released = std::mem::take(&mut *self.released.lock());
        released.into_iter().try_for_each(|number| self.run(&self.release, number))
    }
}

/// Reads the result of a function.
fn read(env: &Env, value: Unknown) -> Read<Value> {
    if value.is_promise()? {
        let host = Host::of(env)?;
        host.run::<_, ()>(&host.ignore, value)?;
        let message = "result: cannot use a Promise: a template does not wait for a function";
        return Err(Error::new(Code::InvalidData, message).into());
    }
    data_in::read(env, value, "result")
}

/// A JavaScript value kept for the engine.
pub struct Kept {
    number: u32,
    released: Released,
}

impl Kept {
    /// Keeps `value`.
    pub fn new(env: &Env, value: Unknown) -> napi::Result<Kept> {
        let host = Host::of(env)?;
        host.free_released()?;
        let number = host.run(&host.keep, value)?;
        Ok(Kept { number, released: host.released.clone() })
    }

    /// The value, in the environment that it is from.
    pub fn value<'env>(&self, _: &'env Env) -> napi::Result<Unknown<'env>> {
        let host = self.host()?;
        host.run(&host.value, self.number)
    }

    /// Calls it as a function, with the result as data.
    pub fn call(&self, args: &[Value]) -> std::result::Result<Value, FunctionError> {
        let host = self.host()?;
        check_stack()?;
        let env = host.env;
        env.run_in_scope(|| {
            let mut array = env.create_array(0)?;
            for arg in args {
                array.insert(data_out::write(&env, arg)?)?;
            }
            TAKEN.set(None);
            let args = FnArgs::from((self.number, array.to_unknown()));
            let answer: Unknown = host.run(&host.call, args)?;
            Ok(match TAKEN.take() {
                Some(Ok(value)) => Ok(value),
                Some(Err(failure)) => Err(match failure {
                    Failure::Engine(error) => error.into(),
                    Failure::Host(error) => error.into(),
                }),
                None => Err(self.thrown(&Object::from_unknown(answer)?)?.into()),
            })
        })?
    }

    /// What `host.js` says was thrown.
    fn thrown(&self, answer: &Object) -> napi::Result<Thrown> {
        let kept = Kept { number: answer.get_element(0)?, released: self.released.clone() };
        Ok(Thrown { kept, text: answer.get_element(1)? })
    }

    fn host(&self) -> napi::Result<Rc<Host>> {
        HOST.with_borrow(Clone::clone)
            .filter(|host| Arc::ptr_eq(&host.released, &self.released))
            .ok_or_else(|| napi::Error::from_reason("a JavaScript value is used on its own thread only"))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.released.lock().push(self.number);
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kept").field(&self.number).finish()
    }
}

/// What JavaScript code threw; its text is the message of an `Error`, else the value as a string.
#[derive(Debug)]
pub struct Thrown {
    kept: Kept,
    text: String,
}

impl Thrown {
    /// The very value.
    pub fn value<'env>(&self, env: &'env Env) -> napi::Result<Unknown<'env>> {
        self.kept.value(env)
    }
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Thrown {}

/// Runs engine work that may call JavaScript. A panic in it becomes the error `Panic`.
pub fn guard<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let before = ENTERED.get();
    if before == 0 {
        ENTERED.set(stack());
    }
    let result = catch_panic(work);
    ENTERED.set(before);
    result
}

/// Refuses a call so deep inside templates that the engine has gone on on a stack of its own: V8 knows only the thread's.
fn check_stack() -> Result<()> {
    let used = ENTERED.get().checked_sub(stack());
    if used.is_none_or(|used| used > STACK) {
        return Err(Error::new(
            Code::DepthExceeded,
            "templates are nested too deeply for a call into JavaScript",
        ));
    }
    Ok(())
}

/// About where the stack is now.
fn stack() -> usize {
    let here = 0u8;
    &raw const here as usize
}
