//! Charts on the context: captions and descriptions from the words file, figures along axes by the reader's language.

use super::context::{RenderContext, Stop};
use super::html::Html;
use super::view::{Picture, Section};
use super::words::Filling;
use crate::chart::{ChartError, Frame};

/// Draws a picture and hangs it into a section under `name`. Its words are `<section>.picture.<name>.caption` and
/// `.description`; the latter stands in for the picture where it is not seen.
///
/// # Errors
/// A missing text, or data that cannot be drawn.
pub fn hang(
    context: &RenderContext<'_>,
    section: &mut Section,
    name: &'static str,
    step: &str,
    draw: impl FnOnce(&Frame<'_>) -> Result<String, ChartError>,
) -> Result<(), Stop> {
    let key = format!("{}.picture.{name}", section.id);
    let caption = format!("{key}.caption");
    let (title, description) =
        (context.plain(&caption, &[])?, context.plain(&format!("{key}.description"), &[])?);
    let id = format!("{}-{name}", section.id);
    let svg = match draw(&Frame { id: &id, title: &title, description: &description }) {
        Ok(svg) => svg,
        Err(error) => return Err(stop(context, &title, &error)?),
    };
    let caption = context.say(&caption, &[])?;
    section.pictures.insert(
        name.to_owned(),
        Picture {
            svg: Html::markup(svg),
            caption,
            source: context.source(step),
            note: None,
            download: context.download(step),
        },
    );
    Ok(())
}

fn stop(context: &RenderContext<'_>, title: &str, error: &ChartError) -> Result<Stop, Stop> {
    let fillings = [Filling::text("picture", title), Filling::text("reason", &error.to_string())];
    Ok(Stop::Reason(context.plain("skipped.picture", &fillings)?))
}
