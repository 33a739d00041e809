import { parseJson } from "../../verify/cluster/json";
import { at } from "../../verify/runtimes/judge";
import { byCrictl } from "../byHand";
import { judgeEvents } from "../events";
import { podPaths } from "../pod";
import { WalkRows, type WalkRow } from "../rows";
import { podCgroup } from "../sandbox";
import { logFolder, shortId, type PodSight, type Trail, type WalkSubject } from "../trail";

/** Step 5: the container is made and joins the sandbox. */
export async function lookAtContainer(trail: Trail): Promise<WalkRow[]> {
  const sight = await trail.sight();
  const events = podPaths(trail.subject.pod).events(sight.pod.metadata.uid);
  return judgeContainer(trail.subject, sight, (await trail.api([events])).text(events), trail.now());
}

/** Namespaces that a container takes from its sandbox, as runc's specification names them. */
const taken = ["network", "ipc", "uts"];

/** Compares what runc was told, where the process runs, its events and its log. @param events in the API's JSON */
export function judgeContainer(subject: WalkSubject, sight: PodSight, events: string, now: number): WalkRow[] {
  const rows = new WalkRows();
  const { pod, node, runtime, container, facts } = sight;
  const { namespace, name, uid } = pod.metadata;
  const bundle = facts.get("bundle").text;
  const hand = { on: node.name, run: `grep -o '"namespaces":.*' ${bundle}/config.json` };
  const inspect = byCrictl(sight, `inspect ${shortId(container.id)}`);
  if (bundle === "")
    rows.notShown("bundle of the OCI runtime", `not found where ${runtime.kind} usually has it`, inspect);
  else {
    const namespaces = (at(parseJson(facts.text("specification")), "linux", "namespaces") ?? []) as {
      type: string;
      path?: string;
    }[];
    const paths = namespaces.flatMap(({ type, path }) => (path && taken.includes(type) ? [`${type} ${path}`] : []));
    rows.add(
      "namespaces that runc was given by path",
      taken.join(", "),
      paths.sort().join(", "),
      paths.length === taken.length,
      hand,
    );
  }
  const path =
    facts
      .text("cgroup")
      .split("\n")
      .at(-1)
      ?.replace(/^.*?:.*?:/, "") ?? "";
  const parent = podCgroup(runtime.cgroupDriver, pod.status.qosClass ?? "", uid);
  rows.add(`cgroup of process ${container.pid}`, `below ${parent}`, path, path.startsWith(`${parent}/`), {
    on: node.name,
    run: `cat /proc/${container.pid}/cgroup`,
  });
  judgeEvents(rows, subject, pod, events, now, [
    ["Pulled", "kubelet", ""],
    ["Created", "kubelet", ""],
    ["Started", "kubelet", ""],
  ]);
  const folder = `${logFolder(pod)}/${container.name}/`;
  const logs = facts
    .lines("logs")
    .filter((file) => file.startsWith(folder))
    .map((file) => file.slice(folder.length));
  rows.add("log file", `in ${folder}`, logs.join(", "), logs.length > 0, { on: node.name, run: `ls -l ${folder}` });
  const link = `/var/log/containers/${name}_${namespace}_${container.name}-${container.id}.log`;
  const links = facts.lines("log-links").map((line) => line.split(" -> "));
  const target = links.find(([from]) => from === link)?.[1];
  rows.add("link for log collectors", `${link} to it`, target ?? "no such link", target?.startsWith(folder) === true, {
    on: node.name,
    run: `readlink ${link}`,
  });
  return rows.rows;
}
