// What a page can do beside being read: sort and filter tables, find a customer, show values of charts, save pictures.
// It adds its own controls, so that without it nothing is there that does not work. It asks the network for nothing.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const made = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const words = document.getElementById("words").dataset;
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  // What a table is called, before or after its caption was taken out of it.
  const caption = table => table && (table.caption ?? document.getElementById(table.getAttribute("aria-labelledby")));
  const plain = element => element.textContent.replace("ⓘ", "").trim();
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

  // ---- One tooltip for all: charts, terms, figures.

  const tip = made("div", { id: "tip", hidden: true });
  tip.setAttribute("role", "status");
  document.body.append(tip);
  let shown = null;

  const hide = () => {
    shown?.classList.remove("on");
    shown = null;
    tip.hidden = true;
  };
  const place = () => {
    if (!shown) return;
    const box = shown.getBoundingClientRect();
    const within = (at, room) => Math.max(8, Math.min(at, room - 8));
    tip.style.left = `${within(box.left + (box.width - tip.offsetWidth) / 2, innerWidth - tip.offsetWidth)}px`;
    const above = box.top - tip.offsetHeight - 8;
    tip.style.top = `${above > 8 ? above : within(box.bottom + 8, innerHeight - tip.offsetHeight)}px`;
  };
  const show = (element, text) => {
    hide();
    shown = element;
    element.classList.add("on");
    tip.textContent = text;
    tip.hidden = false;
    place();
  };

  // A browser would show `title` a second time, and never to those who use the keyboard.
  const told = element => element?.closest?.("a[title], b[title], span[title], [data-title]");
  const tell = element => {
    if (element.title) {
      element.dataset.title = element.title;
      element.removeAttribute("title");
    }
    show(element, element.dataset.title);
  };
  const untell = element => {
    if (element.dataset.title) element.title = element.dataset.title;
    delete element.dataset.title;
    hide();
  };
  for (const [enter, leave] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
    document.addEventListener(enter, event => told(event.target) && tell(told(event.target)));
    document.addEventListener(leave, event => told(event.target) && untell(told(event.target)));
  }
  document.addEventListener("keydown", event => event.key === "Escape" && hide());
  document.addEventListener("scroll", place, { passive: true, capture: true });

  // ---- Controls that belong together are one stop of the tab key: the arrow keys go on from there.

  const together = (within, items) => {
    items.forEach((item, at) => item.tabIndex = at ? -1 : 0);
    within.addEventListener("keydown", event => {
      const there = items.filter(item => item === event.target || item.checkVisibility());
      const at = there.indexOf(event.target);
      const last = there.length - 1;
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
      if (at < 0 || !there[next]) return;
      event.preventDefault();
      for (const item of items) item.tabIndex = item === there[next] ? 0 : -1;
      there[next].focus();
    });
  };

  // ---- Charts: the value under the pointer, or by the arrow keys.

  const mark = group => show(group, group.dataset.says);
  for (const svg of all("svg.chart")) {
    const marks = all("g.m", svg);
    svg.closest("figure")?.removeAttribute("title");
    if (!marks.length) continue;
    for (const group of marks) {
      const title = group.querySelector("title");
      group.dataset.says = title.textContent;
      title.remove();
    }
    let at = 0;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    svg.tabIndex = 0;
    svg.addEventListener("focus", () => svg.matches(":focus-visible") && mark(marks[at]));
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", event => {
      const last = marks.length - 1;
      const next = event.key in step ? at + step[event.key] : { Home: 0, End: last }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      mark(marks[at = Math.min(Math.max(next, 0), last)]);
      // What is beyond the edge comes into view.
      marks[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    svg.addEventListener("pointermove", event => {
      const group = event.target.closest("g.m");
      if (group && group !== shown) mark(group);
      else if (!group) hide();
    });
    svg.addEventListener("pointerleave", hide);
  }

  // ---- Pictures as files: with their heading, by daylight.

  const save = (name, address) => made("a", { href: address, download: name }).click();
  const drawn = (svg, heading) => {
    const copy = svg.cloneNode(true);
    const [, , wide, high] = svg.getAttribute("viewBox").split(" ").map(Number);
    const size = Math.min(20, wide / (heading.length * 0.62));
    copy.setAttribute("viewBox", `0 -36 ${wide} ${high + 36}`);
    copy.setAttribute("width", wide);
    copy.setAttribute("height", high + 36);
    copy.setAttribute("style", "background:#fff;color:#1d2126");
    copy.removeAttribute("tabindex");
    for (const group of all("g.m", copy)) {
      const title = document.createElementNS(copy.namespaceURI, "title");
      title.textContent = group.dataset.says;
      group.prepend(title);
      delete group.dataset.says;
    }
    const text = document.createElementNS(copy.namespaceURI, "text");
    for (const [key, value] of [["y", -14], ["font-size", size], ["font-weight", 600]]) text.setAttribute(key, value);
    text.textContent = heading;
    copy.append(text);
    return [new XMLSerializer().serializeToString(copy), wide, high + 36];
  };
  for (const figure of all("figure")) {
    const svg = figure.querySelector("svg.chart");
    const tools = figure.querySelector(".tools");
    if (!svg || !tools) continue;
    const heading = plain(figure.querySelector("figcaption"));
    const name = svg.getAttribute("aria-labelledby").split("-title")[0];
    const button = (text, act) => made("button", { type: "button", textContent: text, onclick: act });
    const address = text => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    tools.append(
      button(words.svg, () => save(`${name}.svg`, address(drawn(svg, heading)[0]))),
      button(words.png, () => {
        const [text, wide, high] = drawn(svg, heading);
        const image = new Image();
        image.onload = () => {
          const canvas = made("canvas", { width: wide * 2, height: high * 2 });
          const pen = canvas.getContext("2d");
          pen.fillStyle = "#fff";
          pen.fillRect(0, 0, canvas.width, canvas.height);
          pen.drawImage(image, 0, 0, canvas.width, canvas.height);
          save(`${name}.png`, canvas.toDataURL("image/png"));
        };
        image.src = address(text);
      }),
    );
    together(figure, all("figcaption a, .tools :is(a, button)", figure));
  }

  const search = text => {
    const input = made("input", { type: "search", autocomplete: "off", spellcheck: false });
    return [made("label", {}, text, " ", input), input];
  };

  // ---- Tables: a click on a heading sorts, a third one brings the order of the report back.

  const units = { 万: 1e4, 亿: 1e8, K: 1e3, M: 1e6, B: 1e9 };
  const number = text => {
    const found = text.replace(/[,\s]/g, "").replace("−", "-").replace(/^▲/, "+").replace(/^▼/, "-").replace(/^=$/, "0")
      .match(/^[^\d.+-]{0,4}([+-]?)[^\d.+-]{0,4}(\d+(?:\.\d+)?)(万|亿|[KMB](?![a-z]))?/);
    return found ? Number(found[1] + found[2]) * (units[found[3]] ?? 1) : NaN;
  };
  const value = (cell, figures) => {
    const text = cell?.dataset.v ?? (cell ? plain(cell) : "");
    if (cell?.dataset.v || !figures) return text === "–" ? "" : text;
    return number(text);
  };
  const sort = (table, column, heading, order) => {
    const body = table.tBodies[0];
    const fixed = order.filter(row => row.matches(".totalled tr:last-child, .sum"));
    const moved = order.filter(row => !fixed.includes(row));
    const next = { none: heading.matches(".n") ? "descending" : "ascending" };
    next[next.none] = next.none === "ascending" ? "descending" : "ascending";
    next[next[next.none]] = "none";
    const state = next[heading.ariaSort ?? "none"];
    for (const other of all("th", table.tHead)) other.ariaSort = null;
    if (state !== "none") {
      heading.ariaSort = state;
      const sign = state === "ascending" ? 1 : -1;
      const known = key => key !== "" && !Number.isNaN(key);
      const keyed = moved.map(row => [value(row.cells[column], heading.matches(".n")), row]);
      keyed.sort(([a], [b]) => {
        // What is not known comes last, whatever the direction.
        if (!known(a) || !known(b)) return known(b) - known(a);
        return sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b));
      });
      moved.splice(0, moved.length, ...keyed.map(([, row]) => row));
    }
    body.append(...moved, ...fixed);
  };
  let captions = 0;
  for (const table of all("table")) {
    const rows = table.tBodies[0] ? [...table.tBodies[0].rows] : [];
    const headings = table.tHead ? [...table.tHead.rows[0].cells] : [];
    if (rows.length >= 3) {
      headings.forEach((heading, column) => {
        const label = filled(words.sort, { column: plain(heading) });
        const button = made("button", { type: "button", className: "sort", ariaLabel: label });
        button.onclick = () => sort(table, column, heading, rows);
        heading.append(button);
      });
    }
    const stops = all(":is(caption, thead) :is(a, button)", table);
    if (rows.length <= 15) {
      together(table, stops);
      continue;
    }
    const count = made("output");
    const [label, input] = search(words.filter);
    input.oninput = () => {
      const sought = input.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(sought);
        shown += !row.hidden;
      }
      count.textContent = sought ? filled(words.shown, { shown, rows: rows.length }) : "";
    };
    // The caption comes first, and the filter between it and the table.
    const title = made("div", { className: "caption", id: `caption-${++captions}` });
    if (table.caption) {
      title.append(...table.caption.childNodes);
      table.caption.remove();
      table.setAttribute("aria-labelledby", title.id);
    }
    const whole = table.closest(".scroll") ?? table;
    const filtered = made("div", { className: "filtered" }, title, made("p", { className: "filter" }, label, count));
    whole.before(filtered);
    filtered.append(whole);
    together(filtered, stops);
  }

  // ---- A customer, wherever on the page.

  const unfold = element => {
    for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  };
  const ids = all("tbody .id");
  let numbered = 0;
  if (ids.length) {
    const list = made("ul");
    const count = made("output");
    const [label, input] = search(words.find);
    input.oninput = () => {
      const sought = input.value.trim().toLowerCase();
      for (const row of all("tr.found")) row.classList.remove("found");
      const found = sought.length < 2 ? [] : ids.filter(id => id.textContent.toLowerCase().includes(sought));
      list.replaceChildren(...found.slice(0, 20).map(id => {
        const row = id.closest("tr");
        row.classList.add("found");
        row.id ||= `row-${++numbered}`;
        const where = plain(caption(row.closest("table")));
        const link = made("a", { href: `#${row.id}`, textContent: `${plain(id)} – ${where}` });
        link.onclick = () => unfold(row);
        return made("li", {}, link);
      }));
      const people = new Set(found.map(id => id.textContent));
      count.textContent = sought.length < 2 ? "" : filled(words.found, { rows: found.length, customers: people.size });
    };
    document.querySelector(".masthead").append(made("search", { className: "finder" }, label, count, list));
  }

  // ---- What a browser without the newest styles needs, and what only a script can know.

  const arrive = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) unfold(target);
  };
  addEventListener("hashchange", arrive);
  arrive();
  for (const link of all(".contents.many a"))
    link.addEventListener("click", () => {
      link.closest("details").open = false;
    });
  // A definition is a stop of the tab key where its word stands first.
  const defined = new Set();
  for (const term of all("a.term").filter(term => !term.closest("caption, thead, figcaption"))) {
    if (defined.has(term.hash)) term.tabIndex = -1;
    defined.add(term.hash);
  }
  // A place to scroll is a stop of the tab key only where there is something to scroll to, and no stop within that the
  // browser scrolls to.
  const seen = new ResizeObserver(entries => {
    for (const { target } of entries) {
      const stops = all("a, button, svg.chart", target).some(stop => stop.tabIndex >= 0 && stop.checkVisibility());
      const scrolls = target.scrollWidth > target.clientWidth + 1 && !stops;
      const titled = caption(target.querySelector("table")) ?? target.parentElement.querySelector("figcaption");
      const name = plain(titled ?? target);
      for (const [key, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", name]]) {
        if (scrolls) target.setAttribute(key, value);
        else target.removeAttribute(key);
      }
    }
  });
  for (const scroll of all(".scroll")) seen.observe(scroll);
})();
