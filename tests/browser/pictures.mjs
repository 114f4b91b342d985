// Takes the pictures of the README and the manual of a published report of the demo shop:
//
//     node pictures.mjs SITE/PIPELINE/DATE [FOLDER]
//
// Into docs/, or with FOLDER, each section at three widths, by day and by night: to look at after a change.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Browser } from "./chromium.mjs";

const [report, folder] = process.argv.slice(2);
if (!report) {
    console.error("name the folder of a report: node pictures.mjs SITE/PIPELINE/DATE [FOLDER]");
    process.exit(2);
}
const browser = await Browser.start();

/** Takes a picture of a window, scrolled to a place of the page. */
async function take(name, place, settings, to) {
    const page = await browser.page(settings);
    await page.open(join(report, name), place);
    await page.ask(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)));
    await writeFile(to, await page.picture());
    await page.close();
    console.log(to);
}

if (folder) {
    await mkdir(folder, { recursive: true });
    for (const name of ["index", "method"]) {
        for (const [width, dark] of [
            [1280, false],
            [1280, true],
            [390, false],
            [360, true],
        ]) {
            const page = await browser.page({ width, height: 800, dark });
            await page.open(join(report, `${name}.html`));
            await page.ask(() => {
                for (const fold of document.querySelectorAll("details")) fold.open = true;
            });
            const whole = await page.ask(() => document.documentElement.scrollHeight);
            await page.send("Emulation.setDeviceMetricsOverride", {
                width,
                height: 1600,
                deviceScaleFactor: 1,
                mobile: width < 600,
            });
            for (let top = 0, sheet = 1; top < whole; top += 1600, sheet += 1) {
                await page.ask(at => {
                    scrollTo(0, at);
                    return new Promise(requestAnimationFrame);
                }, top);
                const to = join(
                    folder,
                    `${name}-${width}-${dark ? "dark" : "light"}-${String(sheet).padStart(2, "0")}.png`,
                );
                await writeFile(to, await page.picture());
            }
            await page.close();
        }
        const page = await browser.page();
        await page.open(join(report, `${name}.html`));
        await writeFile(join(folder, `${name}.pdf`), await page.paper());
        await page.close();
    }
    console.log(folder);
} else {
    const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
    await take("index.html", "", { width: 1280, height: 800 }, join(docs, "report.png"));
}
await browser.stop();
