import { parseJson, type ApiObject } from "../verify/cluster/json";
import { byKubectl } from "./byHand";
import type { WalkedPod } from "./pod";
import type { WalkRows } from "./rows";
import type { WalkSubject } from "./trail";

/** For how long the API server keeps events, unless it is told otherwise (kube-apiserver, `--event-ttl`). */
const eventMilliseconds = 3_600_000;

/** Rows for events of a pod, each by its reason, its source and the start of its message. */
export function judgeEvents(
  rows: WalkRows,
  subject: WalkSubject,
  pod: WalkedPod,
  text: string,
  now: number,
  wanted: readonly (readonly [reason: string, source: string, message: string])[],
): void {
  interface Event extends ApiObject {
    readonly reason?: string;
    readonly reportingComponent?: string;
    readonly source?: { readonly component?: string };
  }
  const { items = [] } = (parseJson(text) ?? {}) as { items?: readonly Event[] };
  const scheduled = pod.status.conditions?.find(({ type }) => type === "PodScheduled")?.lastTransitionTime;
  const isOld = scheduled !== undefined && now - Date.parse(scheduled) > eventMilliseconds;
  const { namespace } = subject.pod;
  const hand = byKubectl(subject, `-n ${namespace} get events --field-selector involvedObject.uid=${pod.metadata.uid}`);
  for (const [reason, source, message] of wanted) {
    const event = items.find((each) => each.reason === reason);
    if (event === undefined && isOld) rows.notShown(`event ${reason}`, "not shown: events are kept for an hour", hand);
    else {
      const from = event?.reportingComponent || event?.source?.component || "nobody";
      const seen = event === undefined ? "no such event" : `${event.message ?? ""}, by ${from}`;
      const ok = from === source && (event?.message ?? "").startsWith(message);
      rows.add(`event ${reason}`, [message, `by ${source}`].filter(Boolean).join(", "), seen, ok, hand);
    }
  }
}
