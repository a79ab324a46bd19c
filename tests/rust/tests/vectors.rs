//! Runs every vector through the Rust API.

use libtest_mimic::{Arguments, Failed, Trial};
mod schema;

use livetemplate_core::{
    Application, Code, DataFlags, Error, Fragment, HtmlChange, Page, PageOptions, Strategy, Template, Update,
    Value, Wire,
};
use livetemplate_tests::{Case, Expected, Step, StepKind, cases, root};
use schema::Schema;
use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Arguments::from_args();
    fs::create_dir_all(root().join("target/transcripts/rust")).expect("transcript folder");
    let trials = cases().into_iter().map(|case| Trial::test(case.name.clone(), move || run(&case))).collect();
    let done = libtest_mimic::run(&args, trials);
    println!("vectors: {} passed, {} failed (rust)", done.num_passed, done.num_failed);
    done.exit_code()
}

fn run(case: &Case) -> Result<(), Failed> {
    if let Some(html) = &case.html {
        return run_html(case, html);
    }
    let template = match case.template() {
        Ok(template) => template,
        Err(error) => return check_error(case, 0, &error),
    };
    match template.render_json(&case.data, case.flags) {
        Ok(html) => check_html(case, 0, &html)?,
        Err(error) => return check_error(case, 0, &error),
    }
    if let Some(want) = &case.dependencies {
        let got = dependencies(&template)?;
        if got != *want {
            return Err(format!("dependencies:\n want\n{want}\n got\n{got}").into());
        }
    }
    if let Some(want) = &case.analysis {
        let json = |value: &Value| {
            let mut text = Vec::new();
            value.write_json(DataFlags::default(), &mut text)?;
            Ok::<_, Error>(String::from_utf8_lossy(&text).into_owned())
        };
        let got = json(&template.analysis()?.to_value())?;
        let want = json(&Value::from_json(want, DataFlags::default())?)?;
        if got != want {
            return Err(format!("analysis:\n want\n{want}\n got\n{got}").into());
        }
    }
    let app = Application::new()?;
    let page = app.new_page_json(&template, &case.data, case.flags)?;
    refuse(case, &page)?;
    // The same journey once more, by values.
    let other = app.new_page(&template, Value::from_json(&case.data, case.flags)?)?;
    let mut transcript = Vec::new();
    record(&mut transcript, "tree", &page.tree(None, &[])?);
    record(&mut transcript, "html", &page.render()?);
    check_html(case, 0, &without_wrapper(&page)?)?;

    let mut last = 0;
    for (i, step) in case.steps.iter().enumerate() {
        let state = i + 1;
        let given = take(&page, step, case.flags);
        same(&given, &take_value(&other, step, case.flags)).map_err(|e| at(&step.title, e))?;
        match given {
            Ok(update) => {
                if let Some(update) = update {
                    record(&mut transcript, "update", update.payload());
                    record(&mut transcript, "stats", stats(&update).as_bytes());
                    record(&mut transcript, "html", &page.render()?);
                }
                if step.kind == StepKind::Update {
                    nothing(&step.title, &page.update_json(&step.text, case.flags)?)?;
                }
                last = state;
            }
            Err(error) => check_error(case, state, &error)?,
        }
        check_html(case, last, &without_wrapper(&page)?).map_err(|e| at(&step.title, e))?;
        check_html(case, last, &without_wrapper(&other)?).map_err(|e| at(&step.title, e))?;
        check_html(case, last, &template.render(&page.data()?)?).map_err(|e| at(&step.title, e))?;
    }
    nothing("an empty patch", &page.patch_json(b"[]", case.flags)?)?;
    nothing("the same data", &page.update(page.data()?)?)?;
    write(case, "", &transcript)?;
    for wire in &case.wires {
        let options = PageOptions::default().wire(*wire);
        let page = app.new_page_json_with(&template, &case.data, case.flags, &options)?;
        walk(case, &page)?;
    }
    Ok(())
}

/// A case of a page whose HTML its host renders.
fn run_html(case: &Case, html: &[u8]) -> Result<(), Failed> {
    let app = Application::new()?;
    let page = app.new_page_from_html(html, &PageOptions::default())?;
    refuse(case, &page)?;
    let mut transcript = Vec::new();
    record(&mut transcript, "tree", &page.tree(None, &[])?);
    record(&mut transcript, "html", &page.render()?);
    for step in &case.steps {
        let update = page.update_html(&step.text)?;
        whole(&update)?;
        record(&mut transcript, "update", update.payload());
        record(&mut transcript, "stats", stats(&update).as_bytes());
        record(&mut transcript, "html", &page.render()?);
        nothing(&step.title, &page.update_html(&step.text)?)?;
    }
    write(case, "", &transcript)?;
    for wire in &case.wires {
        walk(case, &app.new_page_from_html(html, &PageOptions::default().wire(*wire))?)?;
    }
    Ok(())
}

fn write(case: &Case, suffix: &str, transcript: &[u8]) -> std::io::Result<()> {
    let file = format!("target/transcripts/rust/{}{suffix}.bin", case.name.replace('/', "-"));
    fs::write(root().join(file), transcript)
}

/// The journey of a page in another format: writes its transcript.
fn walk(case: &Case, page: &Page) -> Result<(), Failed> {
    let mut transcript = Vec::new();
    record(&mut transcript, "resync", &page.resync()?);
    record(&mut transcript, "html", &page.render()?);
    let has_control = matches!(page.wire(), Wire::Operations | Wire::Fragments | Wire::Patches);
    if !has_control {
        refuse(case, page)?;
    }
    let answers = |state: usize, transcript: &mut Vec<u8>| -> Result<(), Failed> {
        if !has_control {
            return Ok(());
        }
        for (_, message) in case.receives.iter().filter(|(before, _)| *before == state) {
            let answer = page.receive(message)?;
            valid(page.wire(), &answer)?;
            record(transcript, "answer", &answer);
        }
        Ok(())
    };
    answers(0, &mut transcript)?;
    for (i, step) in case.steps.iter().enumerate() {
        match take(page, step, case.flags) {
            Ok(None) => {}
            Ok(Some(update)) => {
                whole(&update)?;
                let reply = update.reply(Some("save"), &[("Name", "is <empty>")]);
                if has_control {
                    valid(page.wire(), update.payload())?;
                    valid(page.wire(), &reply)?;
                }
                record(&mut transcript, "update", update.payload());
                record(&mut transcript, "reply", &reply);
                record(&mut transcript, "stats", stats(&update).as_bytes());
                if page.wire() == Wire::Fragments {
                    let fragments = update.fragments().iter().map(Fragment::to_value).collect();
                    record(&mut transcript, "fragments", &json(fragments)?);
                }
                if case.html.is_some() {
                    let changes = update.changes().iter().map(HtmlChange::to_value).collect();
                    record(&mut transcript, "changes", &json(changes)?);
                }
                record(&mut transcript, "html", &page.render()?);
            }
            Err(error) => check_error(case, i + 1, &error)?,
        }
        answers(i + 1, &mut transcript)?;
    }
    record(&mut transcript, "resync", &page.resync()?);
    Ok(write(case, &format!(".{}", page.wire().name()), &transcript)?)
}

/// Sees that a page in a format of another client takes no control messages.
fn refuse(case: &Case, page: &Page) -> Result<(), Failed> {
    for (_, message) in &case.receives {
        if page.receive(message).map_err(|error| error.code()) != Err(Code::InvalidArgument) {
            return Err(format!("a control message in the format {}", page.wire().name()).into());
        }
    }
    Ok(())
}

/// Sees that an update's messages put together are its payload.
fn whole(update: &Update) -> Result<(), Failed> {
    let messages: Vec<&[u8]> = update.messages().collect();
    let together = match &messages[..] {
        [] => Vec::new(),
        [message] => message.to_vec(),
        all => [b"[", &all.join(&b","[..])[..], b"]"].concat(),
    };
    if together == update.payload() { Ok(()) } else { Err("the messages are not the payload".into()) }
}

/// Sees that messages are of the forms that their schemas have.
fn valid(wire: Wire, message: &[u8]) -> Result<(), Failed> {
    if message.is_empty() {
        return Ok(());
    }
    let message: serde_json::Value = serde_json::from_slice(message)?;
    let each = match &message {
        serde_json::Value::Array(all) => &all[..],
        one => std::slice::from_ref(one),
    };
    for message in each {
        let file = match wire {
            _ if message.get("type").is_some() => "control-message-1.0.json",
            Wire::Patches => "update-message-1.0.json",
            _ => continue,
        };
        Schema::read(file).check(message)?;
    }
    Ok(())
}

fn json(values: Vec<Value>) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    Value::from(values).write_json(DataFlags::default(), &mut text)?;
    Ok(text)
}

type Taken = livetemplate_core::Result<Option<Update>>;

/// Takes a step by its JSON text; setting data aside gives no update.
fn take(page: &Page, step: &Step, flags: DataFlags) -> Taken {
    match step.kind {
        StepKind::Patch => page.patch_json(&step.text, flags).map(Some),
        StepKind::Update => page.update_json(&step.text, flags).map(Some),
        StepKind::SetData => page.set_data_json(&step.text, flags).map(|()| None),
        StepKind::UpdateHtml => page.update_html(&step.text).map(Some),
    }
}

/// The same step by a value.
fn take_value(page: &Page, step: &Step, flags: DataFlags) -> Taken {
    let value = || Value::from_json(&step.text, flags);
    match step.kind {
        StepKind::Patch => page.patch(&value()?).map(Some),
        StepKind::Update => page.update(value()?).map(Some),
        StepKind::SetData => page.set_data(value()?).map(|()| None),
        StepKind::UpdateHtml => page.update_html(&step.text).map(Some),
    }
}

/// Sees that a step by JSON text and by a value do the same.
fn same(text: &Taken, value: &Taken) -> Result<(), Failed> {
    let told = |taken: &Taken| match taken {
        Ok(update) => {
            Ok(update.as_ref().map(|u| (String::from_utf8_lossy(u.payload()).into_owned(), stats(u))))
        }
        Err(error) => Err((error.code(), error.message().to_owned())),
    };
    let (text, value) = (told(text), told(value));
    if text == value { Ok(()) } else { Err(format!("by text {text:?}\n by value {value:?}").into()) }
}

/// The figures of an update as a transcript has them.
fn stats(update: &Update) -> String {
    let stats = update.stats();
    let mut text = format!(
        "bytes {}\nfull_render_bytes {}\nreduction {}\nslots_evaluated {}\noutside {}",
        stats.bytes,
        stats.full_render_bytes,
        (stats.reduction() * 1e6) as u64,
        stats.slots_evaluated,
        stats.outside
    );
    for (reason, count) in stats.reasons.iter() {
        text += &format!("\n{} {count}", reason.as_str());
    }
    if let Some(strategy) = stats.strategy.map(Strategy::as_str) {
        text += &format!("\nstrategy {strategy}");
    }
    text
}

fn nothing(what: &str, update: &Update) -> Result<(), Failed> {
    if update.is_empty() {
        return Ok(());
    }
    Err(format!("{what}, given again, sent {}", String::from_utf8_lossy(update.payload())).into())
}

fn dependencies(template: &Template) -> livetemplate_core::Result<String> {
    let mut lines = Vec::new();
    for dependency in template.dependencies()? {
        let mut line = Vec::new();
        dependency.to_value().write_json(DataFlags::default(), &mut line)?;
        lines.push(String::from_utf8_lossy(&line).into_owned());
    }
    Ok(lines.join("\n"))
}

fn at(title: &str, failed: Failed) -> Failed {
    format!("after {title:?}: {}", failed.message().unwrap_or_default()).into()
}

fn record(transcript: &mut Vec<u8>, kind: &str, bytes: &[u8]) {
    transcript.extend_from_slice(format!("{kind} {}\n", bytes.len()).as_bytes());
    transcript.extend_from_slice(bytes);
    transcript.push(b'\n');
}

/// The page's HTML without the element around the live region.
fn without_wrapper(page: &Page) -> Result<Vec<u8>, Failed> {
    let html = page.render()?;
    let open = format!("<div data-lvt-id=\"{}\">", page.id());
    let start = find(&html, open.as_bytes()).ok_or("no wrapper")?;
    // `</body>` may also stand inside the region, in a script for example: its last one is the real one. Without one,
    // the wrapper ends with the page.
    let end = rfind(&html.to_ascii_lowercase(), b"</div></body>")
        .unwrap_or(html.len().saturating_sub(b"</div>".len()));
    let mut bare = html[..start].to_vec();
    bare.extend_from_slice(&html[start + open.len()..end]);
    bare.extend_from_slice(&html[end + b"</div>".len()..]);
    Ok(bare)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|w| w == part)
}

fn rfind(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).rposition(|w| w == part)
}

fn check_html(case: &Case, state: usize, html: &[u8]) -> Result<(), Failed> {
    match case.expected.get(&state) {
        Some(Expected::Html(want)) if want == html => Ok(()),
        Some(Expected::Html(want)) => {
            let same = want.iter().zip(html).take_while(|(a, b)| a == b).count();
            let context = |text: &[u8]| {
                String::from_utf8_lossy(&text[same.saturating_sub(40)..(same + 80).min(text.len())])
                    .into_owned()
            };
            Err(format!(
                "state {state} differs at byte {same}:\n want …{:?}\n got  …{:?}",
                context(want),
                context(html)
            )
            .into())
        }
        other => Err(format!("state {state} gave HTML, expected {other:?}").into()),
    }
}

fn check_error(case: &Case, state: usize, error: &Error) -> Result<(), Failed> {
    let Some(Expected::Error(want)) = case.expected.get(&state) else {
        return Err(format!("state {state}: {error:?}").into());
    };
    let mut got = BTreeMap::from([
        ("code".to_owned(), error.code().name().to_owned()),
        ("message".to_owned(), error.message().replace('\n', "\\n")),
        ("details".to_owned(), error.details().to_owned()),
    ]);
    got.extend(error.template().map(|t| ("template".to_owned(), t.to_owned())));
    got.extend(error.line().map(|l| ("line".to_owned(), l.to_string())));
    got.extend(error.column().map(|c| ("column".to_owned(), c.to_string())));
    // Where Go names no place, ours is a field of our own.
    got.retain(|field, _| want.contains_key(field));
    if got == *want { Ok(()) } else { Err(format!("state {state}:\n want {want:?}\n got  {got:?}").into()) }
}
