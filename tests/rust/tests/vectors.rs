//! Runs every vector through the Rust API.

use libtest_mimic::{Arguments, Failed, Trial};
use livetemplate_core::{Application, Error, Page};
use livetemplate_tests::{Case, Expected, cases, root};
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
    let template = match case.template() {
        Ok(template) => template,
        Err(error) => return check_error(case, 0, &error),
    };
    match template.render_json(&case.data, case.flags) {
        Ok(html) => check_html(case, 0, &html)?,
        Err(error) => return check_error(case, 0, &error),
    }
    let app = Application::new()?;
    let page = app.new_page_json(&template, &case.data, case.flags)?;
    let mut transcript = Vec::new();
    record(&mut transcript, "tree", &page.tree(None, &[])?);
    record(&mut transcript, "html", &page.render()?);
    check_html(case, 0, &without_wrapper(&page)?)?;

    let mut last = 0;
    for (i, (title, patch)) in case.patches.iter().enumerate() {
        let state = i + 1;
        match page.patch_json(patch, case.flags) {
            Ok(update) => {
                record(&mut transcript, "update", update.payload());
                record(&mut transcript, "html", &page.render()?);
                last = state;
            }
            Err(error) => check_error(case, state, &error)?,
        }
        check_html(case, last, &without_wrapper(&page)?).map_err(|e| at(title, e))?;
        check_html(case, last, &template.render(&page.data()?)?).map_err(|e| at(title, e))?;
    }
    if !page.patch_json(b"[]", case.flags)?.is_empty() {
        return Err("an empty patch gave an update".into());
    }
    let file = format!("target/transcripts/rust/{}.bin", case.name.replace('/', "-"));
    fs::write(root().join(file), transcript)?;
    Ok(())
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
