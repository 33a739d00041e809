import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { waitFor } from "./waitFor";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

interface Pending {
  readonly resolve: (result: Readonly<Record<string, unknown>>) => void;
  readonly reject: (error: Error) => void;
}

/** Headless Chromium over the DevTools protocol, by a pipe: no port is opened, and no library is needed. */
export class Chromium {
  /** Events of the page since it was opened, e.g. requests and messages of the console. */
  readonly events: Message[] = [];
  private session: string | undefined;
  private asked = 0;
  private readonly pending = new Map<number, Pending>();
  private rest = "";

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    this.ended = new Promise((resolve) => process.once("close", resolve));
    const output = process.stdio[4] as Readable;
    output.setEncoding("utf8").on("data", (text: string) => this.read(text));
    process.once("close", () => this.pending.forEach(({ reject }) => reject(new Error("Chromium has ended"))));
  }

  private readonly ended: Promise<unknown>;

  /** @throws Error where there is no chromium */
  static async start(): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), "hw-chromium-"));
    const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
    const args = [...options, "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"];
    const child = spawn("chromium", args, {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      // What it leaves behind when it is killed goes with its profile.
      env: { ...process.env, TMPDIR: profile },
    });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    const browser = new Chromium(child, profile);
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.session = sessionId as string;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await browser.send(`${domain}.enable`);
    return browser;
  }

  async stop(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.asked;
    const text = JSON.stringify({ id, method, params, ...(this.session !== undefined && { sessionId: this.session }) });
    (this.process.stdio[3] as Writable).write(`${text}\0`);
    return new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
  }

  /** Opens a page, and waits until it is there. */
  async open(url: string): Promise<void> {
    this.events.length = 0;
    await this.send("Page.navigate", { url });
    const isLoaded = () => this.events.some(({ method }) => method === "Page.loadEventFired");
    await waitFor(isLoaded, `${url} is loaded`, 120, () => JSON.stringify(this.events));
  }

  /** @param media e.g. `prefers-color-scheme` */
  async show(width: number, media: Readonly<Record<string, string>>): Promise<void> {
    const size = { width, height: 800, deviceScaleFactor: 1, mobile: width < 500 };
    await this.send("Emulation.setDeviceMetricsOverride", size);
    const features = Object.entries(media).map(([name, value]) => ({ name, value }));
    await this.send("Emulation.setEmulatedMedia", { features });
  }

  /** What an expression is in the page, as JSON has it. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value: T }).value;
  }

  async press(key: string, windowsVirtualKeyCode: number, text?: string): Promise<void> {
    const event = { key, code: key, windowsVirtualKeyCode, ...(text !== undefined && { text }) };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** A PNG of what is on the screen. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data as string, "base64");
  }

  private read(text: string): void {
    const parts = (this.rest + text).split("\0");
    this.rest = parts.pop() ?? "";
    for (const part of parts) {
      const { id, result, error, ...event } = JSON.parse(part) as Message;
      const waiting = id === undefined ? undefined : this.pending.get(id);
      if (id === undefined) this.events.push(event);
      else this.pending.delete(id);
      if (error !== undefined) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result ?? {});
    }
  }
}
