// A browser, driven by the DevTools protocol over a pipe: Debian's `chromium` needs no other package for that.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The longest that any answer may take, in milliseconds. */
const PATIENCE = 120_000;

/** A running browser. */
export class Browser {
    #process;
    #folder;
    #waiting = new Map();
    #pages = new Map();
    #next = 1;

    /** Starts one, with a profile of its own that goes with it. */
    static async start(program = process.env.CHROMIUM ?? "chromium") {
        const browser = new Browser();
        browser.#folder = await mkdtemp(join(tmpdir(), "regulars-browser-"));
        const settings = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--no-first-run",
            "--remote-debugging-pipe",
            `--user-data-dir=${browser.#folder}`,
            "--force-device-scale-factor=1",
            "about:blank",
        ];
        const child = spawn(program, settings, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
        await Promise.race([
            once(child, "spawn"),
            once(child, "error").then(([error]) => {
                throw error;
            }),
        ]);
        browser.#process = child;
        let rest = Buffer.alloc(0);
        child.stdio[4].on("data", part => {
            rest = Buffer.concat([rest, part]);
            for (let end; (end = rest.indexOf(0)) >= 0; rest = rest.subarray(end + 1))
                browser.#heard(JSON.parse(rest.subarray(0, end)));
        });
        return browser;
    }

    #heard(message) {
        const waiting = this.#waiting.get(message.id);
        if (waiting) {
            this.#waiting.delete(message.id);
            clearTimeout(waiting.clock);
            if (message.error) waiting.fail(new Error(`${waiting.method}: ${message.error.message}`));
            else waiting.done(message.result);
            return;
        }
        this.#pages.get(message.sessionId)?.heard(message.method, message.params);
    }

    /** Says something to the browser, or to a page of it, and waits for the answer. */
    send(method, params = {}, sessionId = undefined) {
        const id = this.#next++;
        return new Promise((done, fail) => {
            const clock = setTimeout(() => fail(new Error(`${method}: no answer`)), PATIENCE);
            this.#waiting.set(id, { method, done, fail, clock });
            this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
        });
    }

    /** A new page of a size; `dark` and `media` are what it is told of its reader. */
    async page({ width = 1280, height = 800, dark = false, script = true } = {}) {
        const { browserContextId } = await this.send("Target.createBrowserContext");
        const { targetId } = await this.send("Target.createTarget", { url: "about:blank", browserContextId });
        const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
        const page = new Page(this, sessionId, targetId);
        this.#pages.set(sessionId, page);
        for (const domain of ["Page", "Runtime", "Network", "Log"]) await page.send(`${domain}.enable`);
        const phone = width < 600;
        await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: phone });
        const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
        await page.send("Emulation.setEmulatedMedia", { features });
        // Each page believes to be the one in front.
        await page.send("Emulation.setFocusEmulationEnabled", { enabled: true });
        if (!script) await page.send("Emulation.setScriptExecutionDisabled", { value: true });
        return page;
    }

    /** Ends it. */
    async stop() {
        const ended = once(this.#process, "exit");
        await this.send("Browser.close").catch(() => this.#process.kill());
        await ended;
        await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
    }
}

/** A page of a browser. */
export class Page {
    /** What the console was told, and what went wrong. */
    complaints = [];
    /** What was asked for and not refused by the page's own policy: number and address. */
    requests = [];
    #browser;
    #session;
    #target;
    #awaited = [];

    constructor(browser, session, target) {
        [this.#browser, this.#session, this.#target] = [browser, session, target];
    }

    send(method, params = {}) {
        return this.#browser.send(method, params, this.#session);
    }

    heard(method, params) {
        if (method === "Runtime.consoleAPICalled")
            this.complaints.push(params.args.map(of => of.value ?? of.description).join(" "));
        if (method === "Runtime.exceptionThrown")
            this.complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
        if (method === "Log.entryAdded") this.complaints.push(params.entry.text);
        if (method === "Page.javascriptDialogOpening") this.complaints.push(`a dialog: ${params.message}`);
        if (method === "Network.loadingFailed" && params.blockedReason === "csp") {
            this.requests = this.requests.filter(([id]) => id !== params.requestId);
        }
        // Pictures that stand in the page itself are no requests.
        if (method === "Network.requestWillBeSent" && !params.request.url.startsWith("data:"))
            this.requests.push([params.requestId, params.request.url]);
        this.#awaited = this.#awaited.filter(awaited => awaited.method !== method || awaited.done(params));
    }

    #event(method) {
        return new Promise(done => this.#awaited.push({ method, done }));
    }

    /** Opens a file, and waits until all of it is there. */
    async open(file, place = "") {
        await this.visit(pathToFileURL(file).href + place);
    }

    /** Opens an address, and waits until all of it is there. */
    async visit(url) {
        const loaded = this.#event("Page.loadEventFired");
        await this.send("Page.navigate", { url });
        await loaded;
    }

    /** What a function gives in the page; its arguments and its result are plain values. */
    async ask(what, ...values) {
        const expression = `(${what})(${values.map(value => JSON.stringify(value)).join(", ")})`;
        const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
            expression,
            awaitPromise: true,
            returnByValue: true,
        });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
    }

    /** Presses and releases a key, such as `Tab` or `ArrowRight`. */
    async press(key, modifiers = 0) {
        const codes = {
            Tab: 9,
            Enter: 13,
            Escape: 27,
            Space: 32,
            End: 35,
            Home: 36,
            ArrowLeft: 37,
            ArrowUp: 38,
            ArrowRight: 39,
            ArrowDown: 40,
        };
        const text = { Enter: "\r", Space: " " }[key];
        const told = { key: key === "Space" ? " " : key, code: key, windowsVirtualKeyCode: codes[key], modifiers };
        await this.send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", text, ...told });
        await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...told });
    }

    /** Types a text where the cursor is. */
    async type(text) {
        await this.send("Input.insertText", { text });
    }

    /** Where the middle of an element is in the window, once it has been scrolled there. */
    async middle(selector) {
        return this.ask(chosen => {
            const element = document.querySelector(chosen);
            if (!element) throw new Error(`there is no ${chosen}`);
            element.scrollIntoView({ block: "center", behavior: "instant" });
            const box = element.getBoundingClientRect();
            return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
        }, selector);
    }

    /** Moves the pointer over an element. */
    async hover(selector) {
        await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", ...(await this.middle(selector)) });
    }

    /** Clicks an element. */
    async click(selector) {
        const at = await this.middle(selector);
        for (const type of ["mouseMoved", "mousePressed", "mouseReleased"]) {
            await this.send("Input.dispatchMouseEvent", {
                type,
                ...at,
                button: type === "mouseMoved" ? "none" : "left",
                clickCount: 1,
            });
        }
    }

    /** What the window shows, or all of the page, as PNG. */
    async picture({ whole = false } = {}) {
        const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
        return Buffer.from(data, "base64");
    }

    /** The page on paper, as PDF. */
    async paper() {
        const { data } = await this.send("Page.printToPDF", { printBackground: true, preferCSSPageSize: true });
        return Buffer.from(data, "base64");
    }

    async close() {
        await this.#browser.send("Target.closeTarget", { targetId: this.#target });
    }
}
