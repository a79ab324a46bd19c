//! A validator for the JSON Schemas that ship with the engine. It knows the keywords they use, and no others.

use serde_json::Value;

/// A schema of `livetemplate-core/schema`.
pub struct Schema(Value);

impl Schema {
    /// Of the file with this name.
    pub fn read(name: &str) -> Schema {
        let path = livetemplate_tests::root().join("livetemplate-core/schema").join(name);
        Schema(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    }

    /// What is wrong with a message; nothing when it is valid.
    pub fn check(&self, message: &Value) -> Result<(), String> {
        self.against(&self.0, message)
    }

    fn against(&self, schema: &Value, value: &Value) -> Result<(), String> {
        for (keyword, rule) in schema.as_object().unwrap() {
            self.keyword(schema, keyword, rule, value).map_err(|error| format!("{keyword}: {error}"))?;
        }
        Ok(())
    }

    fn keyword(&self, schema: &Value, keyword: &str, rule: &Value, value: &Value) -> Result<(), String> {
        let must = |holds: bool| if holds { Ok(()) } else { Err(format!("{value} against {rule}")) };
        let rules = || rule.as_array().unwrap();
        match keyword {
            "$schema" | "$id" | "$defs" | "title" | "description" | "default" | "then" => Ok(()),
            "$ref" => {
                let path = rule.as_str().unwrap().strip_prefix('#').unwrap();
                self.against(self.0.pointer(path).unwrap(), value)
            }
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_u64() || value.is_i64(),
                    other => panic!("{other}"),
                };
                must(rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is)))
            }
            "const" => must(value == rule),
            "enum" => must(rules().contains(value)),
            "minimum" => must(value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap())),
            "minLength" => {
                let shortest = rule.as_u64().unwrap() as usize;
                must(value.as_str().is_none_or(|text| text.chars().count() >= shortest))
            }
            "minItems" => {
                must(value.as_array().is_none_or(|items| items.len() >= rule.as_u64().unwrap() as usize))
            }
            "pattern" => {
                assert_eq!(rule, "^[0-9a-f]{8}$");
                let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                must(value.as_str().is_none_or(|text| text.len() == 8 && text.bytes().all(is_digit)))
            }
            "format" => {
                assert_eq!(rule, "date-time");
                // With milliseconds, in UTC.
                let shape = |text: &str| {
                    let digits = |byte: u8| if byte.is_ascii_digit() { '0' } else { byte.into() };
                    text.bytes().map(digits).collect::<String>()
                };
                must(value.as_str().is_none_or(|text| shape(text) == "0000-00-00T00:00:00.000Z"))
            }
            "required" => must(
                value
                    .as_object()
                    .is_none_or(|o| rules().iter().all(|name| o.contains_key(name.as_str().unwrap()))),
            ),
            "properties" => {
                for (name, inner) in rule.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        self.against(inner, member).map_err(|error| format!("{name}: {error}"))?;
                    }
                }
                Ok(())
            }
            "additionalProperties" => {
                let known = |name: &String| schema.get("properties").is_some_and(|p| p.get(name).is_some());
                for (name, member) in value.as_object().into_iter().flatten().filter(|(name, _)| !known(name))
                {
                    match rule {
                        Value::Bool(false) => return Err(format!("{name} is unknown")),
                        rule => self.against(rule, member)?,
                    }
                }
                Ok(())
            }
            "items" => value.as_array().into_iter().flatten().try_for_each(|item| self.against(rule, item)),
            "oneOf" => must(rules().iter().filter(|rule| self.against(rule, value).is_ok()).count() == 1),
            "allOf" => rules().iter().try_for_each(|rule| self.against(rule, value)),
            "if" => match self.against(rule, value) {
                Ok(()) => self.against(&schema["then"], value),
                Err(_) => Ok(()),
            },
            other => panic!("the keyword {other} is unknown"),
        }
    }
}
