//! Classes of trusted text.
//!
//! They are classes of the addon, recognised by the tag Node.js keeps for them: no JSON and no object that merely looks
//! like one is ever taken for trusted.

use crate::args;
use crate::error::{OrThrow, Read};
use livetemplate_core::Value;
use livetemplate_core::value::{Content, Text};
use napi::Env;
use napi::bindgen_prelude::{ClassInstance, FromNapiValue, JavaScriptClassExt, JsValue, Unknown};
use napi_derive::napi;

macro_rules! trusted {
    ($($(#[$doc:meta])+ $class:ident $js:tt $content:ident;)+) => {
        $(
            $(#[$doc])+
            #[napi(js_name = $js)]
            pub struct $class {
                text: Text,
            }

            #[napi]
            impl $class {
                /// Vouches for `text`.
                #[napi(constructor, ts_args_type = "text: string")]
                pub fn new(env: Env, text: Unknown) -> napi::Result<Self> {
                    Ok(Self { text: args::string(&text, "text").or_throw(&env)?.into() })
                }

                /// The text.
                #[napi(js_name = "toString")]
                pub fn text(&self) -> String {
                    self.text.to_str_lossy().into_owned()
                }
            }
        )+

        /// The trusted text that `value` is an instance of, if it is; `Some(None)` when it only has the prototype.
        pub fn read(env: &Env, value: &Unknown) -> Read<Option<Option<Value>>> {
            $(
                if $class::instance_of(env, value)? {
                    return Ok(Some(ClassInstance::<$class>::from_unknown(*value)
                        .ok()
                        .map(|instance| Value::Trusted(Content::$content, instance.text.clone()))));
                }
            )+
            Ok(None)
        }

        /// An instance of the class for `content`.
        pub fn write<'env>(env: &'env Env, content: Content, text: &Text) -> napi::Result<Unknown<'env>> {
            let text = text.clone();
            match content {
                $(Content::$content => Ok($class { text }.into_instance(env)?.to_unknown()),)+
            }
        }
    };
}

// `#[doc]` instead of `///`: a doc comment passes through a macro as a raw string, which the type generator prints as such.
trusted! {
    #[doc = "An HTML fragment that needs no escaping between tags."]
    Html "HTML" Html;
    #[doc = "A `name=\"value\"` pair for inside a start tag."]
    HtmlAttr "HTMLAttr" HtmlAttr;
    #[doc = "A JavaScript expression."]
    Js "JS" Js;
    #[doc = "Characters for between JavaScript quotes."]
    JsStr "JSStr" JsStr;
    #[doc = "CSS: a stylesheet, rule, declaration or value."]
    Css "CSS" Css;
    #[doc = "A URL or a part of one."]
    Url "URL" Url;
    #[doc = "The value of a `srcset` attribute."]
    Srcset "Srcset" Srcset;
}
