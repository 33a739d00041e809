import type { SshSession } from "../ssh/session";
import { collectFacts } from "./facts";
import { Rows } from "./rows";

/**
 * Seconds after which a kubelet goes on whatever becomes of the verification. Its Node is not Ready before it is silent for
 * 40 s, and its pods are evicted 300 s after that (kubernetes, "Node heartbeats" and "Taint-based evictions").
 */
const mostSeconds = 300;

/** The kubelet of a worker, which is held still while there are pods that it does not know: it would remove them at once. */
export class HeldKubelet {
  #pid: string | undefined;

  constructor(
    private readonly run: string,
    private readonly rows: Rows,
    private readonly session: SshSession,
  ) {}

  /** Stops its process; does nothing on a host without one. */
  async hold(signal: AbortSignal | undefined): Promise<void> {
    const values = { RUN: this.run, LIMIT: String(mostSeconds) };
    const { code, text } = (await collectFacts(this.session, { still: values }, { signal }))("still").get("kubelet");
    if (code === 0 && text === "") return;
    const isHeld = code === 0 && /^\d+$/.test(text);
    if (isHeld) this.#pid = text;
    const seen = `process ${text} is stopped; it goes on afterwards, or by itself after ${mostSeconds} s`;
    this.rows.add(
      "kubelet during the CRI checks",
      "held still: it would remove their pods",
      isHeld ? seen : text,
      isHeld,
    );
  }

  /** Lets it go on. The host does that too when the connection ends, and after that time. */
  async release(): Promise<void> {
    if (this.#pid === undefined) return;
    const facts = await collectFacts(this.session, { resume: { RUN: this.run, PID: this.#pid } });
    const { code, text } = facts("resume").get("state");
    const isRunning = code === 0 && text !== "" && text !== "T";
    const seen = text === "other run" ? "held still for another verification" : isRunning ? "goes on" : `state ${text}`;
    this.rows.add("kubelet after the CRI checks", "goes on", seen, isRunning);
  }
}
