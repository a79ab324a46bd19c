//! JavaScript values that the engine keeps, and calls into JavaScript.
//!
//! A kept value is a number to the engine; the value itself stands in a list on the JavaScript side (`host.js`). So the engine
//! may drop it on any thread: the number goes to a list of released ones, which the JavaScript thread empties when the engine
//! next keeps a value or asks for one.
//!
//! Every environment (the main thread, each `Worker`) has a [`Host`] of its own, and no template, page or value ever
//! reaches another one.

use crate::args;
use crate::data_in;
use crate::data_out;
use crate::error::{Failure, OrThrow, Read};
use crate::object::JsObject;
use livetemplate_core::error::catch_panic;
use livetemplate_core::{Cancel, Code, Error, FunctionError, Result, Value};
use napi::bindgen_prelude::{
    FnArgs, FromNapiValue, Function, FunctionRef, JsObjectValue, JsValue, JsValuesTupleIntoVec, Object,
    Unknown,
};
use napi::{Env, ValueType};
use parking_lot::Mutex;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::{Arc, Weak};

/// How much of the stack may be used between the engine's first entry and a call into JavaScript. V8 has about 1 MB in all.
const STACK: usize = 768 << 10;

thread_local! {
    static HOST: RefCell<Option<Rc<Host>>> = const { RefCell::new(None) };
    /// What `take` has read.
    static TAKEN: RefCell<Option<Result<Value>>> = const { RefCell::new(None) };
    /// Where the stack was when the engine was first entered; 0 while nobody is in it.
    static ENTERED: Cell<usize> = const { Cell::new(0) };
}

/// The numbers of values that nothing holds any more.
type Released = Arc<Mutex<Vec<u32>>>;

/// What one environment has.
struct Host {
    env: Env,
    released: Released,
    /// The functions of `host.js`.
    functions: HashMap<String, FunctionRef<(), ()>>,
    /// The objects that the engine has, by number, so that one object is one to the engine too.
    objects: RefCell<HashMap<u32, Weak<JsObject>>>,
    /// What ends when a signal is aborted, by the signal's number.
    watched: RefCell<HashMap<u32, Cancel>>,
}

impl Host {
    /// This environment's, made at its first use.
    fn of(env: &Env) -> napi::Result<Rc<Host>> {
        if let Some(host) = HOST.with_borrow(Clone::clone) {
            return Ok(host);
        }
        let take = env.create_function_from_closure::<(), (), _>("take", |context| {
            let taken = match take(context.env, context.get(0)?) {
                Ok(value) => Ok(value),
                Err(Failure::Engine(error)) => Err(error),
                // What the host's own code threw goes on as it is.
                Err(Failure::Host(thrown)) => return Err(thrown),
            };
            TAKEN.set(Some(taken));
            Ok(())
        })?;
        let cancel = env.create_function_from_closure::<(), (), _>("cancel", |context| {
            let number: u32 = context.get(0)?;
            let host = HOST.with_borrow(Clone::clone);
            if let Some(cancel) = host.as_ref().and_then(|host| host.watched.borrow().get(&number).cloned()) {
                cancel.cancel();
            }
            Ok(())
        })?;
        let script: Function<FnArgs<(Unknown, Unknown)>, Unknown> =
            env.run_script(include_str!("host.js"))?;
        let glue = script.apply((), FnArgs::from((take.to_unknown(), cancel.to_unknown())))?;
        let mut functions = HashMap::new();
        for (name, function) in args::properties(&glue, "host.js").or_throw(env)? {
            functions.insert(name, Function::<(), ()>::from_unknown(function)?.create_ref()?);
        }
        let host = Rc::new(Host {
            env: *env,
            released: Arc::default(),
            functions,
            objects: RefCell::default(),
            watched: RefCell::default(),
        });
        env.add_env_cleanup_hook((), |()| drop(HOST.take()))?;
        HOST.set(Some(host.clone()));
        Ok(host)
    }

    /// Calls a function of `host.js`. It throws only where the stack is at its end, and then the exception stays pending and
    /// goes on to the caller of the engine: `Function::call` of napi 3.16 would read it by calling JavaScript, without end.
    fn run<Args: JsValuesTupleIntoVec, Return: FromNapiValue>(
        &self,
        name: &str,
        args: Args,
    ) -> napi::Result<Return> {
        let function = self.functions[name].borrow_back(&self.env)?;
        Function::<Args, Return>::from_unknown(function.to_unknown())?.apply((), args)
    }

    fn free_released(&self) -> napi::Result<()> {
        let released = std::mem::take(&mut *self.released.lock());
        for number in released {
            self.objects.borrow_mut().remove(&number);
            self.run::<_, ()>("release", number)?;
        }
        Ok(())
    }

    fn kept(&self, number: u32) -> Kept {
        Kept { number, released: self.released.clone() }
    }
}

/// Reads what a function or an object answers.
fn take(env: &Env, value: Unknown) -> Read<Value> {
    if value.is_promise()? {
        Host::of(env)?.run::<_, Unknown>("ignore", value)?;
    }
    data_in::read(env, value, "result")
}

/// A JavaScript value kept for the engine.
pub struct Kept {
    number: u32,
    released: Released,
}

/// What JavaScript answered: a number, and a value where one was taken.
pub struct Answer {
    /// The number.
    pub number: i64,
    taken: Value,
}

impl Answer {
    /// The value; null where none was taken.
    pub fn value(self) -> Value {
        self.taken
    }
}

impl Kept {
    /// Keeps `value`.
    pub fn new(env: &Env, value: Unknown) -> napi::Result<Kept> {
        let host = Host::of(env)?;
        host.free_released()?;
        Ok(host.kept(host.run("keep", value)?))
    }

    /// The value, in the environment that it is from.
    pub fn value<'env>(&self, _: &'env Env) -> napi::Result<Unknown<'env>> {
        self.host()?.run("value", self.number)
    }

    /// Calls it as a function, with the result as data.
    pub fn call(&self, args: &[Value]) -> std::result::Result<Value, FunctionError> {
        self.ask("call", "", args).map(Answer::value)
    }

    /// Asks JavaScript: `name` is a function of `host.js`, which is given the value, `what` and `args`.
    pub fn ask(&self, name: &str, what: &str, args: &[Value]) -> std::result::Result<Answer, FunctionError> {
        let host = self.host()?;
        check_stack()?;
        host.free_released()?;
        let env = host.env;
        env.run_in_scope(|| {
            let mut list = env.create_array(0)?;
            for arg in args {
                list.insert(data_out::write(&env, arg)?)?;
            }
            TAKEN.set(None);
            let args = FnArgs::from((self.number, env.create_string(what)?, list));
            let answer: Unknown = host.run(name, args)?;
            let taken = TAKEN.take();
            if answer.get_type()? != ValueType::Number {
                let answer = Object::from_unknown(answer)?;
                let kept = host.kept(answer.get_element(0)?);
                return Ok(Err(Thrown { kept, text: answer.get_element(1)? }.into()));
            }
            let number = i64::from_unknown(answer)?;
            Ok(match taken.unwrap_or(Ok(Value::Null)) {
                Ok(taken) => Ok(Answer { number, taken }),
                Err(error) => Err(error.into()),
            })
        })?
    }

    /// Another value, which JavaScript has kept under `number`.
    pub fn another(&self, number: i64) -> Option<Kept> {
        Some(Kept { number: u32::try_from(number).ok()?, released: self.released.clone() })
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

/// The host object for `value`: the same one for the same object, for as long as the engine has it.
pub fn object(env: &Env, value: Unknown) -> napi::Result<Arc<JsObject>> {
    let host = Host::of(env)?;
    host.free_released()?;
    let number: i64 = host.run("number", value)?;
    let known =
        u32::try_from(number).ok().and_then(|n| host.objects.borrow().get(&n).and_then(Weak::upgrade));
    if let Some(object) = known {
        return Ok(object);
    }
    let number = host.run("keepObject", value)?;
    let object = Arc::new(JsObject::new(host.kept(number), value.get_type()? == ValueType::Function));
    host.objects.borrow_mut().insert(number, Arc::downgrade(&object));
    Ok(object)
}

/// Whether this environment has any host objects.
pub fn has_objects() -> bool {
    HOST.with_borrow(|host| host.as_ref().is_some_and(|host| !host.objects.borrow().is_empty()))
}

/// A signal that is listened to, until [`Watch::end`].
pub struct Watch(u32);

impl Watch {
    /// Ends what `cancel` is for when `signal` is aborted, or now if it has been. `None` is that it is no signal.
    pub fn new(env: &Env, signal: Unknown, cancel: &Cancel) -> napi::Result<Option<Option<Watch>>> {
        let host = Host::of(env)?;
        let number: i64 = host.run("watch", signal)?;
        if number == -2 {
            cancel.cancel();
            return Ok(Some(None));
        }
        let Ok(number) = u32::try_from(number) else { return Ok(None) };
        host.watched.borrow_mut().insert(number, cancel.clone());
        Ok(Some(Some(Watch(number))))
    }

    /// Stops listening.
    pub fn end(self, env: &Env) -> napi::Result<()> {
        let host = Host::of(env)?;
        host.watched.borrow_mut().remove(&self.0);
        host.run("unwatch", self.0)
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
