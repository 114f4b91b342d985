//! Templates, with the functions that they may call.

use std::fmt::Write as _;

use super::html::{Html, escape};
use super::words::{Filling, Method, Words};
use super::{ReportError, Theme};
use crate::visible::shown;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use sha2::{Digest, Sha256};

/// Templates with the functions they may call: `t(key, name=value…)` for a text, `style()` for the style sheet, `script()`
/// for the script, `policy()` for what a browser may load and run, and the filters `striptags` and `css`.
pub(super) fn environment(
    theme: &Theme,
    locale: &'static str,
    method: Method,
) -> Result<Environment<'static>, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(
        |name| {
            if is_markup(name) { AutoEscape::Html } else { AutoEscape::None }
        },
    );
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html) => {
            out.write_str(&escape(text)).map_err(minijinja::Error::from)
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    for (path, text) in theme.templates.iter().filter(|(path, _)| is_markup(path)) {
        let added = environment.add_template_owned(path.clone(), text.clone());
        added.map_err(|error| template_error(&error, path))?;
    }
    let words = theme.words.clone();
    environment.add_function("t", move |key: &str, kwargs: Kwargs| {
        text(&Words::new(&words, locale, method), key, &kwargs)
    });
    environment.add_filter("css", |text: &str| Value::from_safe_string(css_text(text)));
    environment.add_filter("striptags", |value: Value| Value::from_safe_string(without_tags(&value)));
    let style = theme.templates.get("style.css").cloned();
    environment.add_function("style", move || {
        let style = style.clone().ok_or_else(|| refuse("there is no reports/style.css".to_owned()))?;
        // A style sheet cannot close its own element.
        Ok::<_, minijinja::Error>(Value::from_safe_string(style.replace("</", "<\\/")))
    });
    let script = theme.templates.get("script.js").map(|script| inlined(script));
    let policy = policy(script.as_deref());
    environment.add_function("policy", move || Value::from_safe_string(policy.clone()));
    environment.add_function("script", move || {
        let script = script.clone().ok_or_else(|| refuse("there is no reports/script.js".to_owned()))?;
        Ok::<_, minijinja::Error>(Value::from_safe_string(script))
    });
    Ok(environment)
}

/// A text as a value of a style sheet: whatever is neither letter nor digit is written by its number.
fn css_text(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars().map(shown) {
        if letter.is_alphanumeric() || letter == ' ' {
            out.push(letter);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\{:x} ", u32::from(letter));
        }
    }
    out.push('"');
    out
}

/// A script as it can stand in a page: it cannot close its own element, and a browser reads the line ends of one system.
fn inlined(script: &str) -> String {
    script.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")
}

/// What a browser may load and run for a page: its own style, pictures that are in it, and its own script by its hash.
/// Whatever text of the data came to be markup, it could neither run nor send anything.
fn policy(script: Option<&str>) -> String {
    let run = script.map_or_else(|| "'none'".to_owned(), |script| format!("'sha256-{}'", hash(script)));
    format!(
        "default-src 'none'; script-src {run}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    )
}

/// The SHA-256 of a text in Base64, as a policy names a script.
fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// Whether a file is a template of markup, in which texts are escaped.
fn is_markup(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "html" || extension == "xml")
}

fn text(words: &Words<'_>, key: &str, kwargs: &Kwargs) -> Result<Value, minijinja::Error> {
    let mut fillings = Vec::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        let plain = value.to_string();
        let html = if value.is_safe() { Html::markup(plain.clone()) } else { Html::text(&plain) };
        fillings.push(Filling { name: name.to_owned(), html, plain });
    }
    let html = words.html(key, &fillings);
    html.map(|html| Value::from_safe_string(html.as_str().to_owned()))
        .map_err(|error| refuse(format!("{} ({})", error.what, error.help)))
}

/// The text of a piece of markup, still escaped.
fn without_tags(value: &Value) -> String {
    let markup = if value.is_safe() { value.to_string() } else { escape(&value.to_string()) };
    let mut text = String::with_capacity(markup.len());
    let mut inside = false;
    for letter in markup.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => text.push(other),
            _ => {}
        }
    }
    text
}

fn refuse(reason: String) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, reason)
}

/// The text that a template makes of values.
///
/// # Errors
/// A template that asks for something that is not there.
pub(super) fn fill(environment: &Environment<'_>, name: &str, context: Value) -> Result<String, ReportError> {
    let template = environment.get_template(name).map_err(|error| template_error(&error, name))?;
    template.render(context).map_err(|error| template_error(&error, name))
}

/// The innermost cause: an error in a section surfaces as one of the page that includes it.
fn template_error(error: &minijinja::Error, path: &str) -> ReportError {
    let mut cause = error;
    while let Some(inner) = std::error::Error::source(cause).and_then(|inner| inner.downcast_ref()) {
        cause = inner;
    }
    let place = cause.name().or_else(|| error.name()).unwrap_or(path);
    let at = cause.line().map(|line| (place.to_owned(), line));
    let line = cause.line().map_or_else(String::new, |line| format!(", line {line}"));
    let reason = cause
        .detail()
        .map_or_else(|| cause.kind().to_string(), |detail| format!("{}: {detail}", cause.kind()));
    ReportError {
        what: format!("template reports/{place}{line}: {reason}"),
        help: format!("mend reports/{place}, or remove it, and the shipped one is used"),
        at,
    }
}
