// Opens published reports in a real browser and holds them to what they promise.
//
//     node run.mjs en=SITE/PIPELINE/DATE zh=… hostile=… watch=PROJECT/pipelines/hostile.yaml
//
// `en` and `zh` are reports of the demo shop; `hostile` is that of the folder of this name; `watch` is a pipeline of it
// to follow while it is edited. Each may be absent.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, realpath, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Browser } from "./chromium.mjs";

const reports = {};
for (const argument of process.argv.slice(2)) {
    const [name, folder] = argument.split("=");
    // A link such as `latest` has no name of its own in the list of reports.
    reports[name] = await realpath(folder);
}
const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await Browser.start();
const results = { passed: 0, failed: 0 };

/** Runs a test, and says how it went. */
async function test(name, run) {
    const begun = performance.now();
    try {
        const told = await run();
        results.passed += 1;
        console.log(`ok      ${name}${told ? `: ${told}` : ""} (${Math.round(performance.now() - begun)} ms)`);
    } catch (error) {
        results.failed += 1;
        console.log(`FAILED  ${name}: ${error.message}`);
    }
}

/** Fails unless something holds. */
function hold(holds, otherwise) {
    if (!holds) throw new Error(typeof otherwise === "function" ? otherwise() : otherwise);
}

/** Fails unless two values are the same. */
function same(found, wanted, of) {
    hold(
        JSON.stringify(found) === JSON.stringify(wanted),
        `${of}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`,
    );
}

/** Opens a page of a report, and closes it again. */
async function on(file, settings, use) {
    const page = await browser.page(settings);
    try {
        await page.open(file);
        return await use(page);
    } finally {
        await page.close();
    }
}

/** Presses the tab key until the focus is where a selector says. */
async function tabTo(page, selector) {
    for (let stop = 0; stop < 400; stop += 1) {
        await page.press("Tab");
        if (await page.ask(chosen => document.activeElement.matches(chosen), selector)) return;
    }
    throw new Error(`the tab key does not reach ${selector}`);
}

/** The text of the tooltip; null where there is none. */
const tip = page =>
    page.ask(() => {
        const element = document.getElementById("tip");
        return element.hidden ? null : element.textContent;
    });

/** What axe finds wrong. */
async function judged(page) {
    await page.ask(source => {
        (0, eval)(source);
    }, axe);
    return page.ask(async () => {
        const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        const { violations } = await axe.run(document, {
            runOnly: { type: "tag", values },
            resultTypes: ["violations"],
        });
        return violations.map(of => `${of.id} (${of.nodes.length}): ${of.nodes[0].html.slice(0, 200)}`);
    });
}

/** How many sheets a PDF has. */
const sheets = pdf => pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;

/** All that holds for the pages of a report of the demo shop. */
async function check(language) {
    const file = name => join(reports[language], name);
    const index = file("index.html");

    for (const name of ["index.html", "method.html"]) {
        const its = `${language} ${name}`;

        await test(`${its}: quiet, closed and quick`, () =>
            on(file(name), {}, async page => {
                same(page.complaints, [], "the console");
                same(page.requests.length, 1, `requests ${page.requests.slice(1)}`);
                const paint = await page.ask(
                    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
                );
                const bytes = (await stat(file(name))).size;
                hold(bytes < 600_000, `${bytes} bytes`);
                return `${Math.round(bytes / 1000)} kB, first paint after ${Math.round(paint)} ms`;
            }));

        await test(`${its}: headings in order, one title, a language`, () =>
            on(file(name), {}, async page => {
                const levels = await page.ask(() =>
                    [...document.querySelectorAll("h1, h2, h3, h4")].map(of => Number(of.tagName[1])),
                );
                same(levels.filter(level => level === 1).length, 1, "first headings");
                same(
                    levels.filter((level, at) => at > 0 && level > levels[at - 1] + 1),
                    [],
                    "headings that skip a level",
                );
                same(
                    await page.ask(() => document.documentElement.lang),
                    language === "en" ? "en" : "zh-CN",
                    "language",
                );
            }));

        for (const width of [360, 390, 1280]) {
            await test(`${its}: no scrolling sideways at ${width} px`, () =>
                on(file(name), { width, height: 800 }, async page => {
                    const wide = await page.ask(() => ({
                        page: document.documentElement.scrollWidth,
                        window: innerWidth,
                        over: [...document.querySelectorAll("main *, header *, nav *")]
                            .filter(
                                of =>
                                    of.getBoundingClientRect().right > innerWidth + 1 &&
                                    !of.closest(".scroll, ol, .skip, thead"),
                            )
                            .slice(0, 3)
                            .map(of => of.outerHTML.slice(0, 120)),
                    }));
                    hold(wide.page <= width && wide.window === width, () => JSON.stringify(wide));
                }));
        }

        for (const dark of [false, true]) {
            await test(`${its}: access, ${dark ? "dark" : "light"}`, () =>
                on(file(name), { dark }, async page => {
                    same(await judged(page), [], "axe");
                }));
        }

        await test(`${its}: access on a phone`, () =>
            on(file(name), { width: 360, height: 740 }, async page => {
                same(await judged(page), [], "axe");
            }));

        for (const width of [1280, 360])
            await test(`${its}: stops of the tab key are few, and each does something, ${width} px`, () =>
                on(file(name), { width, height: 800 }, async page => {
                    const { kinds, idle } = await page.ask(() => {
                        const stops = [...document.querySelectorAll("a[href], button, input, summary, [tabindex]")].filter(
                            of => of.tabIndex >= 0 && of.checkVisibility(),
                        );
                        const kind = of => {
                            if (of.matches("svg.chart")) return "a chart";
                            if (of.matches("figure figcaption *, figure .tools *")) return "the controls of a figure";
                            if (of.matches("table :is(caption, thead) *")) return "the heads of a table";
                            if (of.matches(".term")) return `the definition of ${of.hash ?? of.textContent}`;
                            if (of.matches(".scroll")) return "a place to scroll";
                            return null;
                        };
                        const kinds = {};
                        for (const of of stops) {
                            const its = kind(of);
                            const whole = its?.startsWith("the definition") ? document.body : of.closest("figure, table, .scroll");
                            if (its) (kinds[its] ??= new Map()).set(whole, (kinds[its].get(whole) ?? 0) + 1);
                        }
                        const within = of => stops.some(stop => stop !== of && of.contains(stop));
                        const own = "svg.chart, .sort, .tools *, .source, .term";
                        return {
                            kinds: Object.entries(kinds).map(([kind, counts]) => [kind, counts.size, Math.max(...counts.values())]),
                            idle: [...document.querySelectorAll("[tabindex='0']")]
                                .filter(of => (of.matches(".scroll") ? of.scrollWidth <= of.clientWidth || within(of) : !of.matches(own)))
                                .map(of => of.outerHTML.slice(0, 99)),
                        };
                    });
                    same(idle, [], "stops for nothing");
                    same(
                        kinds.filter(([, , most]) => most > 1),
                        [],
                        "more than one stop",
                    );
                    return kinds
                        .filter(([kind]) => !kind.startsWith("the definition"))
                        .map(([kind, count]) => `${kind} ${count}`)
                        .join(", ");
                }));

        await test(`${its}: the arrow keys reach what shares a stop of the tab key`, () =>
            on(file(name), {}, async page => {
                let reached = 0;
                const groups = await page.ask(() => {
                    const groups = [];
                    for (const of of document.querySelectorAll("figure, table")) {
                        const items = [...of.querySelectorAll(":is(figcaption, .tools, caption, thead) :is(a, button)")]
                            .filter(item => item.closest("figure, table") === of && item.checkVisibility());
                        if (items.length < 2) continue;
                        of.dataset.group = groups.length;
                        groups.push(items.length);
                    }
                    return groups;
                });
                for (const [group, count] of groups.entries()) {
                    await page.ask(at => document.querySelector(`[data-group="${at}"] :is(figcaption, .tools, caption, thead) :is(a, button)`).focus(), group);
                    for (let at = 1; at < count; at += 1) await page.press("ArrowRight");
                    const last = await page.ask(at => {
                        const items = document.querySelectorAll(`[data-group="${at}"] :is(figcaption, .tools, caption, thead) :is(a, button)`);
                        return [...items].indexOf(document.activeElement) === items.length - 1 && document.activeElement.tabIndex === 0;
                    }, group);
                    hold(last, `the arrow keys do not reach the last control of group ${group}`);
                    reached += count;
                }
                return `${reached} controls by ${groups.length} stops`;
            }));

        await test(`${its}: nothing is missing without a script`, async () => {
            const html = await readFile(file(name), "utf8");
            await on(file(name), {}, async page => {
                const differs = await page.ask(source => {
                    const text = root => {
                        const main = root.cloneNode(true);
                        for (const added of main.querySelectorAll("button, .filter, svg title")) added.remove();
                        return main.textContent.replace(/\s+/g, " ");
                    };
                    const plain = text(new DOMParser().parseFromString(source, "text/html").querySelector("main"));
                    const scripted = text(document.querySelector("main"));
                    return plain === scripted ? null : [plain.length, scripted.length];
                }, html);
                same(differs, null, "texts");
            });
        });

        await test(`${its}: links to files lead to files`, () =>
            on(file(name), {}, async page => {
                const links = await page.ask(() =>
                    [...document.links].map(link => link.getAttribute("href")).filter(href => !href.startsWith("#")),
                );
                for (const link of new Set(links.map(link => link.split("#")[0])))
                    await stat(file(decodeURIComponent(link)));
                return `${links.length} links`;
            }));
    }

    await test(`${language}: the list of reports leads here`, () =>
        on(file("../../index.html"), {}, async page => {
            same(await judged(page), [], "axe");
            same(page.complaints, [], "the console");
            const here = `${reports[language].split("/").at(-1)}/index.html`;
            const links = await page.ask(() => [...document.links].map(link => link.getAttribute("href")));
            hold(
                links.some(link => link.endsWith(here)),
                `no link to ${here} among ${links}`,
            );
        }));

    await test(`${language}: the first screen has the figures, and beside them the findings`, () =>
        on(index, {}, async page => {
            const seen = await page.ask(() => {
                const box = of => of.getBoundingClientRect();
                const cards = [...document.querySelectorAll("#headline .card")].map(box);
                const findings = [...document.querySelectorAll("#findings .findings > li")].map(box);
                return {
                    cards: cards.filter(card => card.bottom <= innerHeight).length,
                    rows: new Set(cards.map(card => Math.round(card.top))).size,
                    findings: findings.slice(0, 3).map(finding => finding.bottom <= innerHeight),
                    beside: findings.every(finding => finding.left > Math.max(...cards.map(card => card.right))),
                };
            });
            same(
                [seen.cards, seen.rows, seen.beside],
                [6, 2, true],
                "cards in view, their rows, findings to the right",
            );
            hold(seen.findings.length > 0, "there are no findings");
            hold(!seen.findings.includes(false), "one of the first three findings is not in view");
            return `${seen.findings} findings in view`;
        }));

    await test(`${language}: on a phone the findings follow the figures`, () =>
        on(index, { width: 390, height: 844 }, async page => {
            const places = await page.ask(() =>
                ["#headline .cards", "#findings", ".more"].map(
                    of => document.querySelector(of).getBoundingClientRect().top,
                ),
            );
            same(
                [...places].sort((a, b) => a - b),
                places,
                "from the top",
            );
        }));

    await test(`${language}: text in charts is at least 11 px high on a phone`, () =>
        on(index, { width: 360, height: 740 }, async page => {
            const least = await page.ask(() =>
                Math.min(
                    ...[...document.querySelectorAll("svg.chart")].flatMap(svg => {
                        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
                        return [...svg.querySelectorAll("text")].map(
                            text => Number(text.getAttribute("font-size")) * scale,
                        );
                    }),
                ),
            );
            hold(least >= 10.99, `${least} px`);
            return `${least.toFixed(1)} px`;
        }));

    await test(`${language}: what to do is in view on a phone, in every table that says it`, () =>
        on(index, { width: 360, height: 740 }, async page => {
            const seen = await page.ask(() => {
                for (const fold of document.querySelectorAll("details")) fold.open = true;
                const advice = /action|what to do|next step|建议|措施|下一步/i;
                const tables = [...document.querySelectorAll("main table")].map(table => {
                    const heads = [...(table.tHead?.rows[0].cells ?? [])];
                    const column = heads.findLastIndex(head => advice.test(head.textContent));
                    return [table, column];
                });
                return tables
                    .filter(([, column]) => column > 0)
                    .map(([table, column]) => {
                        const boxes = [...table.tBodies[0].rows].map(row => row.cells[column].getBoundingClientRect());
                        const inView = box => box.left >= 0 && box.right <= innerWidth && box.height > 10;
                        return [table.closest("section").id, boxes.length, boxes.every(inView)];
                    });
            });
            hold(
                seen.some(([section, rows]) => section === "segments" && rows > 3),
                `no table of segments: ${JSON.stringify(seen)}`,
            );
            same(
                seen.filter(([, , inView]) => !inView),
                [],
                "out of view",
            );
            return seen.map(([section]) => section).join(", ");
        }));

    await test(`${language}: a click on a heading sorts, the third brings the order back`, () =>
        on(index, {}, async page => {
            const read = () =>
                page.ask(() => {
                    const table = document.querySelector("#customers table");
                    const column = [...table.tHead.rows[0].cells].findLastIndex(cell =>
                        cell.matches(".n:not(:has(a))"),
                    );
                    return {
                        column,
                        state: table.tHead.rows[0].cells[column].ariaSort,
                        first: table.tBodies[0].rows[0].textContent,
                        values: [...table.tBodies[0].rows].map(row =>
                            Number(row.cells[column].textContent.replace(/[^\d.−-]/g, "").replace("−", "-") || "NaN"),
                        ),
                    };
                });
            const before = await read();
            const heading = `#customers thead th:nth-child(${before.column + 1})`;
            const known = values => values.filter(value => !Number.isNaN(value));
            await page.click(heading);
            const down = await read();
            same(
                [down.state, known(down.values)],
                ["descending", known(before.values).sort((a, b) => b - a)],
                "after one click",
            );
            await tabTo(page, `#customers :is(caption, .caption) a`);
            for (let at = 0; at < 40 && !(await page.ask(() => document.activeElement.matches(".sort"))); at += 1)
                await page.press("ArrowRight");
            hold(await page.ask(() => document.activeElement.matches("#customers .sort")), "the arrow keys reach no .sort");
            await page.ask(chosen => document.querySelector(chosen).focus(), `${heading} .sort`);
            await page.press("Enter");
            const up = await read();
            same(
                [up.state, known(up.values)],
                ["ascending", known(before.values).sort((a, b) => a - b)],
                "after the Enter key",
            );
            await page.click(heading);
            same(await read(), before, "after the third");
        }));

    await test(`${language}: dates sort by the calendar`, () =>
        on(index, {}, async page => {
            const dates = await page.ask(() => {
                const cell = document.querySelector("td[data-v]");
                const table = cell.closest("table");
                const column = cell.cellIndex;
                table.tHead.rows[0].cells[column].querySelector(".sort").click();
                return [...table.tBodies[0].rows].map(row => row.cells[column].dataset.v).filter(Boolean);
            });
            hold(dates.length > 2, "no dates");
            same([...dates].sort(), dates, "dates");
        }));

    await test(`${language}: a filter leaves the rows that have the text`, () =>
        on(index, {}, async page => {
            const text = await page.ask(() => {
                const table = document.querySelector(".filter + .scroll table");
                return table.tBodies[0].rows[7].cells[1].textContent;
            });
            await page.click(".filter input");
            await page.type(text);
            const rows = await page.ask(
                sought =>
                    [...document.querySelector(".filter + .scroll table").tBodies[0].rows].map(row => [
                        row.offsetParent !== null,
                        row.textContent.toLowerCase().includes(sought.toLowerCase()),
                    ]),
                text,
            );
            hold(
                rows.length > 15 && rows.some(([shown]) => shown) && rows.some(([shown]) => !shown),
                "nothing was filtered",
            );
            hold(
                rows.every(([shown, has]) => shown === has),
                "other rows",
            );
            const told = await page.ask(() => document.querySelector(".filter output").textContent);
            const count = rows.filter(([shown]) => shown).length;
            hold(told.includes(String(count)) && told.includes(String(rows.length)), told);
        }));

    await test(`${language}: a customer is found in every table`, () =>
        on(index, {}, async page => {
            const id = await page.ask(() => document.querySelector("details .id, #churn .id").textContent);
            await page.click(".finder input");
            await page.type(id.slice(-6).toUpperCase());
            const found = await page.ask(() => ({
                links: [...document.querySelectorAll(".finder li a")].map(link => link.hash.slice(1)),
                rows: [...document.querySelectorAll("tr.found")].map(row => row.querySelector(".id").textContent),
                all: [...document.querySelectorAll("tbody .id")].map(cell => cell.textContent),
            }));
            const wanted = found.all.filter(other => other.includes(id.slice(-6)));
            same(
                [found.rows.length, found.links.length],
                [new Set(wanted).size && wanted.length, Math.min(20, wanted.length)],
                "rows and links",
            );
            await page.click(".finder li:last-child a");
            const place = await page.ask(target => {
                const box = document.getElementById(target).getBoundingClientRect();
                return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
            }, found.links.at(-1));
            hold(place, "the row is not in view");
        }));

    await test(`${language}: charts show their values to the pointer and to the keyboard`, () =>
        on(index, {}, async page => {
            await page.hover("svg.chart .m:nth-of-type(3)");
            const pointed = await tip(page);
            hold(pointed && /\d/.test(pointed), `pointer: ${pointed}`);
            await tabTo(page, "svg.chart");
            const first = await tip(page);
            await page.press("ArrowRight");
            const second = await tip(page);
            hold(first && second && first !== second, `keys: ${first}, ${second}`);
            await page.press("End");
            const last = await page.ask(() =>
                [...document.activeElement.querySelectorAll(".m")].at(-1).classList.contains("on"),
            );
            hold(last, "the End key");
            await page.press("Escape");
            same(await tip(page), null, "after Escape");
            const bare = await page.ask(() =>
                [...document.querySelectorAll("svg.chart")]
                    .filter(svg => svg.querySelector("text") && !svg.querySelector(".m"))
                    .map(svg => svg.textContent.slice(0, 60)),
            );
            same(bare, [], "charts without values");
            return second;
        }));

    await test(`${language}: a term shows its meaning to the keyboard`, () =>
        on(index, {}, async page => {
            await tabTo(page, "a.term");
            const told = await tip(page);
            hold(told && told.length > 15, `${told}`);
            hold(
                await page.ask(() => document.activeElement.getAttribute("href").startsWith("method.html#term-")),
                "no link",
            );
            return told;
        }));

    await test(`${language}: pictures can be saved, by daylight`, () =>
        on(index, { dark: true }, async page => {
            await page.ask(() => {
                window.saved = [];
                HTMLAnchorElement.prototype.click = function () {
                    window.saved.push([this.download, this.href]);
                };
            });
            const count = await page.ask(() => document.querySelectorAll("figure .tools button").length);
            await page.ask(() => {
                for (const button of document.querySelectorAll("figure .tools button")) button.click();
            });
            const saved = await page.ask(async all => {
                while (window.saved.length < all) await new Promise(done => setTimeout(done, 20));
                const wrong = [];
                for (const [name, address] of window.saved) {
                    if (name.endsWith(".svg")) {
                        const svg = new DOMParser().parseFromString(
                            decodeURIComponent(address.split(",", 2)[1]),
                            "image/svg+xml",
                        );
                        if (
                            svg.querySelector("parsererror") ||
                            !svg.documentElement.getAttribute("style").includes("#fff")
                        )
                            wrong.push(name);
                    } else {
                        const image = new Image();
                        await new Promise((done, fail) =>
                            Object.assign(image, { onload: done, onerror: fail, src: address }),
                        );
                        const canvas = Object.assign(document.createElement("canvas"), {
                            width: image.width,
                            height: image.height,
                        });
                        const pen = canvas.getContext("2d");
                        pen.drawImage(image, 0, 0);
                        const dots = pen.getImageData(0, 0, image.width, image.height).data;
                        let dark = 0;
                        for (let at = 0; at < dots.length; at += 4) dark += dots[at] < 200;
                        if (dots[0] !== 255 || dark < 500 || image.width < 600) wrong.push(`${name} ${dark}`);
                    }
                }
                return [wrong, window.saved.length];
            }, count);
            same(saved[0], [], "pictures");
            hold(saved[1] === count && count > 4, `${count} buttons`);
            same(page.complaints, [], "the console");
            return `${count} pictures`;
        }));

    await test(`${language}: on a dark page the strongest cell is the lightest`, () =>
        on(index, { dark: true }, async page => {
            const shades = await page.ask(() => {
                const light = of =>
                    of &&
                    getComputedStyle(of)
                        .fill.match(/\d+/g)
                        .map(Number)
                        .reduce((a, b) => a + b);
                const body = getComputedStyle(document.body)
                    .backgroundColor.match(/\d+/g)
                    .map(Number)
                    .reduce((a, b) => a + b);
                const strongest = [10, 9, 8].map(tenth => document.querySelector(`.s${tenth} rect`)).find(Boolean);
                const weakest = [0, 1, 2].map(tenth => document.querySelector(`.s${tenth} rect`)).find(Boolean);
                return [body, light(weakest), light(strongest)];
            });
            hold(
                shades[0] < 150 && shades[0] < shades[1] && shades[1] < shades[2],
                `page, weakest, strongest: ${shades}`,
            );
        }));

    await test(`${language}: at most 12 sheets of paper`, () =>
        on(index, {}, async page => {
            const count = sheets(await page.paper());
            hold(count > 0 && count <= 12, `${count} sheets`);
            const method = await on(file("method.html"), {}, async other => sheets(await other.paper()));
            return `${count} sheets, and ${method} of data and method`;
        }));

    await test(`${language}: the policy runs no other script`, () =>
        on(index, {}, async page => {
            const ran = await page.ask(async () => {
                document.body.append(
                    Object.assign(document.createElement("script"), { textContent: "window.foreign = true" }),
                );
                const image = Object.assign(document.createElement("img"), { src: "x.png" });
                document.body.append(image);
                await new Promise(done => setTimeout(done, 100));
                return window.foreign === true;
            });
            hold(!ran, "it ran");
            same(page.requests.length, 1, `requests ${page.requests.slice(1)}`);
        }));
}

/** A shop whose names try to be markup. */
async function checkHostile() {
    for (const name of ["index.html", "method.html"]) {
        await test(`hostile ${name}: names that try to be markup are text`, () =>
            on(join(reports.hostile, name), {}, async page => {
                const found = await page.ask(() => ({
                    scripts: document.scripts.length,
                    foreign: [
                        ...document.querySelectorAll("iframe, img, object, embed, link, base, form, [srcdoc]"),
                    ].map(of => of.outerHTML.slice(0, 99)),
                    handlers: [...document.querySelectorAll("*")].flatMap(of =>
                        [...of.attributes].filter(its => its.name.startsWith("on")).map(its => its.name),
                    ),
                    links: [...document.querySelectorAll("[href]")]
                        .map(of => of.getAttribute("href"))
                        .filter(href => /^\s*(javascript|data|https?|vbscript):/i.test(href)),
                    ran: typeof window.pwned,
                    text: document.body.textContent,
                }));
                same(
                    [found.scripts, found.foreign, found.handlers, found.links, found.ran],
                    [1, [], [], [], "undefined"],
                    "what runs",
                );
                same(page.complaints, [], "the console");
                same(page.requests.length, 1, `requests ${page.requests.slice(1)}`);
                hold(found.text.includes("</style></title><script>pwned('firm')</script>"), "the firm is not shown");
                if (name === "index.html") {
                    for (const text of [
                        "<script>pwned('customer')</script>",
                        "javascript:pwned('link')",
                        "<script>pwned('channel')</script>",
                        "{{ 7 * 7 }}",
                        "&lt;script&gt;pwned('twice')&lt;/script&gt;",
                        "<script>pwned('segment')</script>",
                        "<script>pwned('section')</script>",
                    ]) {
                        hold(found.text.includes(text), `${text} is not shown`);
                    }
                }
            }));
    }

    await test("hostile: what the script shows is text too", () =>
        on(join(reports.hostile, "index.html"), {}, async page => {
            await page.click(".finder input");
            await page.type("<script");
            await page.ask(() => {
                for (const button of document.querySelectorAll(".sort, figure .tools button")) button.click();
                for (const [at, chart] of [...document.querySelectorAll("svg.chart")].entries())
                    chart.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerId: at + 1 }));
            });
            let marks = 0;
            for (const selector of ["#channels svg .m", "#lines svg .m"]) {
                await page.hover(selector);
                const told = await tip(page);
                hold(/pwned|javascript|web/.test(told), `${selector}: ${told}`);
                marks += 1;
            }
            const inside = await page.ask(
                () => document.querySelectorAll("#tip *, .finder li a *, .finder li script").length,
            );
            same(
                [inside, marks, typeof (await page.ask(() => window.pwned ?? null))],
                [0, 2, "object"],
                "elements inside",
            );
            same(page.complaints, [], "the console");
        }));
}

/** `serve --watch`: a draft beside what is wrong with its pipeline. */
async function checkWatch() {
    const server = spawn("cargo", ["run", "--quiet", "--", "serve", "--port", "0", "--watch", reports.watch], {
        stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = await once(server.stdout, "data");
    const pipeline = await readFile(reports.watch, "utf8");
    const until = async (page, wanted) => {
        for (const begun = Date.now(); Date.now() - begun < 120_000; ) {
            if (await page.ask(text => document.getElementById("status").textContent.startsWith(text), wanted)) return;
            await new Promise(done => setTimeout(done, 50));
        }
        throw new Error(`it never says ${wanted}`);
    };
    const shown = page =>
        page.ask(() => {
            const inner = document.getElementById("draft").contentWindow;
            const parts = [...document.querySelectorAll("#problems pre")];
            const far = document.documentElement.scrollWidth - innerWidth;
            const old = document.getElementById("draft").classList.contains("old");
            return { at: inner.scrollY, title: inner.document.title, problems: parts.map(of => of.textContent), far, old };
        });
    try {
        for (const settings of [{ width: 1280, dark: true }, { width: 360 }]) {
            await test(`watch: what is wrong stands above the draft, ${settings.width} px`, async () => {
                const page = await browser.page({ height: 800, ...settings });
                try {
                    await page.visit(line.toString().trim());
                    await until(page, "Up to date");
                    await page.ask(() => new Promise(done => setTimeout(done, 500)));
                    await page.ask(() => document.getElementById("draft").contentWindow.scrollTo(0, 300));
                    await writeFile(reports.watch, pipeline.replace("as_of:", "as_off:"));
                    await until(page, "One problem");
                    const wrong = await shown(page);
                    hold(wrong.problems.some(text => text.includes("did you mean `as_of`?")), wrong.problems.join("\n"));
                    hold(wrong.old && wrong.far <= 0, JSON.stringify(wrong));
                    same(await judged(page), [], "axe");
                    await writeFile(reports.watch, pipeline);
                    await until(page, "Up to date");
                    await page.ask(() => new Promise(done => setTimeout(done, 500)));
                    const mended = await shown(page);
                    same([mended.at, mended.old], [300, false], "the draft");
                    same(page.complaints, [], "the console");
                } finally {
                    await writeFile(reports.watch, pipeline);
                    await page.close();
                }
            });
        }
    } finally {
        const ended = once(server, "exit");
        server.kill();
        await ended;
    }
}

// Side by side: a page waits more than it works.
const languages = ["en", "zh"].filter(language => reports[language]);
await Promise.all([...languages.map(check), ...(reports.hostile ? [checkHostile()] : []),
    ...(reports.watch ? [checkWatch()] : []),
]);
await browser.stop();
console.log(`${results.passed} passed, ${results.failed} failed`);
process.exitCode = results.failed > 0 || results.passed === 0 ? 1 : 0;
