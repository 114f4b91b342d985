'use strict';

const at = (id) => document.getElementById(id);
const frame = at('draft');
let made = 0;
let chosen = null;

/** Shows a draft. The page that was shown, and how far it was read, stay where they can. */
function show(page, again) {
  const folder = new URL(page.path.replace(/[^/]*$/, ''), location.href).pathname;
  let inner = null;
  try { inner = frame.contentWindow.location; } catch { /* It shows a page from elsewhere. */ }
  frame.hidden = false;
  if (again && inner && inner.pathname.startsWith(folder)) {
    const { scrollX, scrollY } = frame.contentWindow;
    frame.addEventListener('load', () => frame.contentWindow.scrollTo(scrollX, scrollY), { once: true });
    inner.reload();
  } else {
    frame.src = page.path;
  }
}

function links(pages) {
  const nav = at('reports');
  nav.hidden = pages.length < 2;
  nav.replaceChildren(...pages.map((page) => {
    const link = document.createElement('a');
    link.href = page.path;
    link.textContent = page.name;
    if (page.name === chosen) link.setAttribute('aria-current', 'true');
    link.addEventListener('click', (event) => {
      event.preventDefault();
      chosen = page.name;
      show(page, false);
      links(pages);
    });
    return link;
  }));
}

/** Errors stand open; warnings are folded, as the report has them too. */
function problems(list) {
  const shown = ({ severity, text }) => {
    const line = document.createElement('pre');
    line.className = severity;
    line.textContent = text;
    return line;
  };
  const of = (wanted) => list.filter(({ severity }) => severity === wanted).map(shown);
  const warnings = of('warning');
  const parts = of('error');
  if (warnings.length > 0) {
    const fold = document.createElement('details');
    const head = document.createElement('summary');
    head.textContent = warnings.length === 1 ? 'One warning' : `${warnings.length} warnings`;
    fold.open = at('problems').querySelector('details')?.open ?? false;
    fold.append(head, ...warnings);
    parts.push(fold);
  }
  at('problems').replaceChildren(...parts);
  at('problems').hidden = parts.length === 0;
}

function status(told) {
  const count = told.problems.filter(({ severity }) => severity === 'error').length;
  const line = at('status');
  line.classList.toggle('bad', !told.busy && told.failed);
  if (told.busy) {
    const far = told.of > 0 ? ` (${told.done} of ${told.of})` : '';
    line.textContent = told.doing ? `Making the draft: ${told.doing}${far}` : 'Making the draft';
  } else if (told.failed) {
    const older = told.pages.length > 0 ? '; below is the draft from before' : '';
    line.textContent = `${count === 1 ? 'One problem' : `${count} problems`}${older}`;
  } else if (told.made > 0 && told.pages.length === 0) {
    line.textContent = 'Done; this pipeline has no report, its tables are in drafts/';
  } else {
    line.textContent = 'Up to date';
  }
}

const events = new EventSource('events');
events.addEventListener('message', ({ data }) => {
  const told = JSON.parse(data);
  at('pipeline').textContent = told.pipeline;
  document.title = `Draft of ${told.pipeline}`;
  status(told);
  problems(told.problems);
  frame.classList.toggle('old', !told.busy && told.failed);
  if (told.made === made) return;
  const page = told.pages.find(({ name }) => name === chosen) ?? told.pages[0];
  made = told.made;
  frame.hidden = !page;
  chosen = page?.name ?? null;
  links(told.pages);
  if (page) show(page, frame.src !== '');
});
events.addEventListener('error', () => {
  at('status').textContent = 'The server has ended; start it again to go on';
  at('status').classList.add('bad');
  // A server that is started anew counts drafts anew.
  made = 0;
});
