//! Templates.

use crate::analysis::Analysis;
use crate::args::{self, Options, invalid};
use crate::call::Call;
use crate::data_in;
use crate::dependency::Dependency;
use crate::error::{OrThrow, Read};
use crate::files;
use crate::function;
use crate::host::guard;
use crate::object;
use crate::task::Work;
use livetemplate_core::{MissingKey, Numbers, Template as Engine, TemplateBuilder};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Unknown};
use napi_derive::napi;

/// An immutable set of templates with one entry, in Go's `html/template` syntax.
#[napi]
pub struct Template {
    inner: Engine,
}

#[napi]
impl Template {
    /// Parses one source. Escaping errors come, as in Go, from the first render or page.
    #[napi(
        constructor,
        ts_args_type = "source: string | Uint8Array, options?: TemplateOptions & { name?: string }"
    )]
    pub fn new(env: Env, source: Unknown, options: Unknown) -> napi::Result<Template> {
        let make = || -> Read<Template> {
            let mut options = Options::new(&options)?;
            let name = options.string("name")?.unwrap_or_default();
            Template::build(&env, vec![(name, args::bytes(&source, "source")?)], options)
        };
        make().or_throw(&env)
    }

    /// A template in the syntax of the Rust crate `upon` in place of Go's. Every value is escaped for HTML text and quoted attributes,
    /// but for trusted HTML. It is rendered as a whole, and its pages are compared by their HTML.
    #[napi(
        factory,
        ts_args_type = "source: string | Uint8Array, options?: { name?: string, maxOutput?: number }"
    )]
    pub fn upon(env: Env, source: Unknown, options: Unknown) -> napi::Result<Template> {
        let make = || -> Read<Template> {
            let mut options = Options::new(&options)?;
            let name = options.string("name")?.unwrap_or_default();
            let mut builder = Engine::builder().source(name, args::bytes(&source, "source")?).upon();
            if let Some(bytes) = options.count("maxOutput")? {
                builder = builder.max_output(bytes);
            }
            options.end()?;
            Ok(Template { inner: guard(|| builder.build())? })
        };
        make().or_throw(&env)
    }

    /// Parses several sources. The entry is the first unless `entry` names another; a name may come twice, and the later
    /// definition wins as in Go.
    #[napi(
        factory,
        ts_args_type = "sources: readonly (readonly [name: string, source: string | Uint8Array])[], options?: SetOptions"
    )]
    pub fn from_sources(env: Env, sources: Unknown, options: Unknown) -> napi::Result<Template> {
        let make = || -> Read<Template> {
            let mut list = Vec::new();
            for pair in args::array(&sources, "sources")? {
                match args::array(&pair, "a source")?.as_slice() {
                    [name, text] => {
                        list.push((args::string(name, "a name")?, args::bytes(text, "a source")?))
                    }
                    _ => return Err(invalid("a source must be a pair of name and text")),
                }
            }
            Template::build(&env, list, Options::new(&options)?)
        };
        make().or_throw(&env)
    }

    /// Parses files. Each is named by the last part of its path, as in Go.
    #[napi(factory, ts_args_type = "paths: readonly string[], options?: SetOptions")]
    pub fn from_files(env: Env, paths: Unknown, options: Unknown) -> napi::Result<Template> {
        let make = || -> Read<Template> {
            let mut list = Vec::new();
            for path in args::array(&paths, "paths")? {
                list.push(args::string(&path, "a path")?);
            }
            Template::build(&env, files::read(&list)?, Options::new(&options)?)
        };
        make().or_throw(&env)
    }

    /// Parses the files that match a pattern (`*`, `?`, `[a-z]`, `[^a-z]`, `\` before a character, as in Go), in the order
    /// of their paths. No match is an error.
    #[napi(factory, ts_args_type = "pattern: string, options?: SetOptions")]
    pub fn from_glob(env: Env, pattern: Unknown, options: Unknown) -> napi::Result<Template> {
        let make = || -> Read<Template> {
            let paths = files::glob(&args::string(&pattern, "pattern")?)?;
            Template::build(&env, files::read(&paths)?, Options::new(&options)?)
        };
        make().or_throw(&env)
    }

    /// Name of the entry.
    #[napi(getter)]
    pub fn name(&self) -> String {
        self.inner.name().to_owned()
    }

    /// The names of all templates of the set, sorted.
    #[napi(getter)]
    pub fn names(&self) -> Vec<String> {
        self.inner.names().map(str::to_owned).collect()
    }

    /// Another template of the same set as entry; `TemplateNotFound` when there is none of that name.
    #[napi(ts_args_type = "name: string")]
    pub fn lookup(&self, env: Env, name: Unknown) -> napi::Result<Template> {
        let name = args::string(&name, "name").or_throw(&env)?;
        Ok(Template { inner: self.inner.lookup(&name).or_throw(&env)? })
    }

    /// Which paths of the data each slot, condition, range and call reads that is reached from this template, in the order of
    /// the sources, and which of them every update evaluates, with the reason.
    #[napi]
    pub fn dependencies(&self, env: Env) -> napi::Result<Vec<Dependency>> {
        let all = guard(|| self.inner.dependencies()).or_throw(&env)?;
        Ok(all.into_iter().map(Dependency::from).collect())
    }

    /// How pages of this template update, which of its constructs stand in the way of small updates, how each value is escaped, and
    /// where Go's escaping does not protect. It is made once and kept with the template.
    #[napi]
    pub fn analysis(&self, env: Env) -> napi::Result<Analysis> {
        let analysis = guard(|| self.inner.analysis()).or_throw(&env)?;
        Ok(Analysis::from(&*analysis))
    }

    /// The HTML of `data`, byte for byte as Go's `html/template` writes it; what is not UTF-8 is U+FFFD.
    #[napi(ts_args_type = "data: unknown, options?: CallOptions")]
    pub fn render(&self, env: Env, data: Unknown, options: Unknown) -> napi::Result<String> {
        let data = data_in::read(&env, data, "data").or_throw(&env)?;
        let call = Call::new(&env, &options).or_throw(&env)?;
        let html = guard(|| call.template(&self.inner).render(&data));
        call.end(&env)?;
        html.or_throw(&env).map(text)
    }

    /// The HTML of data given as JSON text.
    #[napi(ts_args_type = "text: string | Uint8Array, options?: JsonOptions")]
    pub fn render_json(&self, env: Env, text: Unknown, options: Unknown) -> napi::Result<String> {
        let bytes = args::bytes(&text, "text").or_throw(&env)?;
        let (call, flags) = Call::json(&env, &options).or_throw(&env)?;
        let html = guard(|| call.template(&self.inner).render_json(&bytes, flags));
        call.end(&env)?;
        html.or_throw(&env).map(self::text)
    }

    /// `render` on a worker. The data is read before the call returns.
    #[napi(ts_args_type = "data: unknown, options?: CallOptions", ts_return_type = "Promise<string>")]
    pub fn render_async(
        &self,
        env: Env,
        data: Unknown,
        options: Unknown,
    ) -> napi::Result<AsyncTask<Work<String>>> {
        let data = data_in::read(&env, data, "data");
        let (data, call) = match data.and_then(|data| Ok((data, Call::new(&env, &options)?))) {
            Ok(read) => read,
            Err(failure) => return failure.into_promise(),
        };
        let template = call.template(&self.inner);
        if template.has_functions() || object::is_in(&data) {
            let html = guard(|| template.render(&data)).map(text);
            call.end(&env)?;
            return Ok(Work::done(html));
        }
        Ok(Work::promise(None, call, move || template.render(&data).map(text)))
    }
}

impl Template {
    fn build(env: &Env, sources: Vec<(String, Vec<u8>)>, mut options: Options) -> Read<Template> {
        if sources.is_empty() {
            return Err(invalid("a template needs at least one source"));
        }
        let mut builder: TemplateBuilder = Engine::builder();
        for (name, text) in sources {
            builder = builder.source(name, text);
        }
        if let Some(entry) = options.string("entry")? {
            builder = builder.entry(entry);
        }
        if let Some(delims) = options.take("delims") {
            match args::array(&delims, "delims")?.as_slice() {
                [left, right] => {
                    builder = builder
                        .delims(args::string(left, "a delimiter")?, args::string(right, "a delimiter")?);
                }
                _ => return Err(invalid("delims must be a pair of strings")),
            }
        }
        if let Some(missing_key) = options.string("missingKey")? {
            builder = builder.missing_key(match missing_key.as_str() {
                "default" => MissingKey::Default,
                "zero" => MissingKey::Zero,
                "error" => MissingKey::Error,
                _ => return Err(invalid("missingKey must be \"default\", \"zero\" or \"error\"")),
            });
        }
        if let Some(numbers) = options.string("numbers")? {
            builder = builder.numbers(match numbers.as_str() {
                "adaptive" => Numbers::Adaptive,
                "strict" => Numbers::Strict,
                _ => return Err(invalid("numbers must be \"adaptive\" or \"strict\"")),
            });
        }
        if let Some(functions) = options.take("functions") {
            builder = function::register(env, builder, &functions)?;
        }
        if let Some(bytes) = options.count("maxSource")? {
            builder = builder.max_source(bytes);
        }
        if let Some(depth) = options.count("maxNesting")? {
            builder = builder.max_nesting(depth);
        }
        if let Some(bytes) = options.count("maxJson")? {
            builder = builder.max_json(bytes);
        }
        if let Some(steps) = options.count("maxSteps")? {
            builder = builder.max_steps(steps as u64);
        }
        if let Some(depth) = options.count("maxCallDepth")? {
            let depth = u32::try_from(depth).map_err(|_| invalid("maxCallDepth is too large"))?;
            builder = builder.max_call_depth(depth);
        }
        if let Some(bytes) = options.count("maxOutput")? {
            builder = builder.max_output(bytes);
        }
        options.end()?;
        Ok(Template { inner: guard(|| builder.build())? })
    }

    /// The engine's template.
    pub fn engine(&self) -> &Engine {
        &self.inner
    }
}

/// Bytes of the engine as JavaScript text.
pub fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
