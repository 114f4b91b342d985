//! Text that is safe to stand in a page.

use minijinja::Value;

use crate::visible::shown;

/// Markup that templates print as it is. It is made by [`Html::text`], which escapes, or from parts made that way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Plain text, escaped.
    pub fn text(text: &str) -> Self {
        Self(escape(text))
    }

    /// Markup that this program wrote itself; every part that comes from data must already be escaped.
    pub const fn markup(markup: String) -> Self {
        Self(markup)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Html> for Value {
    fn from(html: Html) -> Self {
        Self::from_safe_string(html.0)
    }
}

/// The text with `& < > " '` written as character references, and with nothing that works on the page beside it, such as a
/// mark of direction.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(shown(other)),
        }
    }
    out
}

/// A name as the value of an `id` attribute: letters, digits and hyphens; what is neither becomes a hyphen.
pub fn anchor(name: &str) -> String {
    name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect()
}

/// A relative path as a link that no browser takes for another scheme, such as `javascript:`.
pub fn relative(path: &str) -> String {
    if path.contains(':') { format!("./{path}") } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_data_is_only_text() {
        let page = Html::text("<script>alert('x') & \"y\"</script>");
        assert_eq!(page.as_str(), "&lt;script&gt;alert(&#39;x&#39;) &amp; &quot;y&quot;&lt;/script&gt;");
        assert_eq!(anchor("a b\"c>年"), "a-b-c-年");
    }
}
