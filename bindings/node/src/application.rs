//! Applications.

use crate::args::{self, Options, invalid};
use crate::call::Call;
use crate::data_in;
use crate::error::{OrThrow, Read};
use crate::host::guard;
use crate::page::Page;
use crate::template::Template;
use crate::turn::Queues;
use livetemplate_core::Application as Engine;
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, FromNapiValue, Unknown};
use napi_derive::napi;
use std::sync::Arc;

/// An isolated set of pages with its own keys and limits.
#[napi]
pub struct Application {
    inner: Engine,
    queues: Arc<Queues>,
}

#[napi]
impl Application {
    /// Makes an application. Without a `signingKey` a key is generated, and tokens are worth nothing to other processes.
    #[napi(constructor, ts_args_type = "options?: ApplicationOptions")]
    pub fn new(env: Env, options: Unknown) -> napi::Result<Application> {
        let make = || -> Read<Application> {
            let mut options = Options::new(&options)?;
            let mut builder = Engine::builder();
            if let Some(id) = options.string("id")? {
                builder = builder.id(id);
            }
            if let Some(key) = options.take("signingKey") {
                builder = builder.signing_key(args::bytes(&key, "signingKey")?);
            }
            if let Some(max_pages) = options.count("maxPages")? {
                builder = builder.max_pages(max_pages);
            }
            if let Some(ttl) = options.milliseconds("pageTtl")? {
                builder = builder.page_ttl(ttl);
            }
            if let Some(ttl) = options.milliseconds("tokenTtl")? {
                builder = builder.token_ttl(ttl);
            }
            options.end()?;
            Ok(Application { inner: guard(|| builder.build())?, queues: Arc::default() })
        };
        make().or_throw(&env)
    }

    /// The application's id, which tokens carry.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.inner.id().to_owned()
    }

    /// Makes a page of `template` showing `data`.
    #[napi(ts_args_type = "template: Template, data: unknown, options?: PageOptions")]
    pub fn new_page(
        &self,
        env: Env,
        template: Unknown,
        data: Unknown,
        options: Unknown,
    ) -> napi::Result<Page> {
        let make = || -> Read<Page> {
            let template = ClassInstance::<Template>::from_unknown(template)
                .map_err(|_| invalid("template must be a Template"))?;
            let data = data_in::read(&env, data, "data")?;
            let (call, options) = Call::page_options(&env, &options)?;
            let page = guard(|| self.inner.new_page_with(&call.template(template.engine()), data, &options));
            call.end(&env)?;
            Ok(self.page(page?))
        };
        make().or_throw(&env)
    }

    /// Makes a page whose HTML the host renders itself, with any template engine. `page.updateHtml` tells it of new HTML.
    ///
    /// The HTML is parsed as browsers do, and the page shows what was parsed. The live region is the content of `<body>`.
    /// Elements of a list are found again by `data-key`, `data-lvt-key`, `lvt-key` or `id`, others by what they are.
    #[napi(ts_args_type = "html: string | Uint8Array, options?: PageOptions")]
    pub fn new_page_from_html(&self, env: Env, html: Unknown, options: Unknown) -> napi::Result<Page> {
        let make = || -> Read<Page> {
            let html = args::bytes(&html, "html")?;
            let (call, options) = Call::page_options(&env, &options)?;
            let page = guard(|| self.inner.new_page_from_html(&html, &options));
            call.end(&env)?;
            Ok(self.page(page?))
        };
        make().or_throw(&env)
    }

    /// The page a token names. A token may be used as often as one likes.
    #[napi(ts_args_type = "token: string")]
    pub fn get_page(&self, env: Env, token: Unknown) -> napi::Result<Page> {
        let token = args::string(&token, "token").or_throw(&env)?;
        guard(|| self.inner.get_page(&token)).or_throw(&env).map(|page| self.page(page))
    }

    /// Drops pages whose time is over and says how many.
    #[napi]
    pub fn cleanup(&self, env: Env) -> napi::Result<i64> {
        guard(|| self.inner.cleanup()).or_throw(&env).map(|n| n as i64)
    }

    /// Number of open pages.
    #[napi(getter)]
    pub fn page_count(&self) -> i64 {
        self.inner.page_count() as i64
    }

    /// Closes the application and all its pages. Closing twice is fine.
    #[napi]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        guard(|| {
            self.inner.close();
            Ok(())
        })
        .or_throw(&env)
    }

    /// `close`, for `using`.
    #[napi(well_known_symbol = "dispose")]
    pub fn dispose(&self, env: Env) -> napi::Result<()> {
        self.close(env)
    }
}

impl Application {
    fn page(&self, page: livetemplate_core::Page) -> Page {
        let queue = self.queues.of(page.id());
        Page::new(page, queue)
    }
}
