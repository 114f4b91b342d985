//! Charts on the desk: captions and descriptions from the words file, figures along axes by the reader's language.

use super::desk::{Desk, Stop};
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
    desk: &Desk<'_>,
    section: &mut Section,
    name: &'static str,
    step: &str,
    draw: impl FnOnce(&Frame<'_>) -> Result<String, ChartError>,
) -> Result<(), Stop> {
    let key = format!("{}.picture.{name}", section.id);
    let caption = format!("{key}.caption");
    let (title, description) = (desk.plain(&caption, &[])?, desk.plain(&format!("{key}.description"), &[])?);
    let id = format!("{}-{name}", section.id);
    let svg = match draw(&Frame { id: &id, title: &title, description: &description }) {
        Ok(svg) => svg,
        Err(error) => return Err(stop(desk, &title, &error)?),
    };
    let caption = desk.say(&caption, &[])?;
    section.pictures.insert(
        name.to_owned(),
        Picture { svg: Html::markup(svg), caption, source: desk.source(step), note: None },
    );
    Ok(())
}

fn stop(desk: &Desk<'_>, title: &str, error: &ChartError) -> Result<Stop, Stop> {
    let fillings = [Filling::text("picture", title), Filling::text("reason", &error.to_string())];
    Ok(Stop::Reason(desk.plain("skipped.picture", &fillings)?))
}
