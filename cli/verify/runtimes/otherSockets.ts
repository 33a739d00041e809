import { runtimeKinds, runtimeOf } from "../../../components/node/runtime/runtimes";
import type { RuntimePlan } from "../../../components/labPlan";
import type { Facts } from "../facts";
import type { Rows } from "../rows";
import { pluginState } from "./plugins";

/**
 * Checks that a node has one container runtime: with two CRI sockets, it is unclear which one a tool uses.
 * The sockets of CRI-O and cri-dockerd serve only the CRI; containerd's also exists when it works only for Docker.
 */
export function judgeOtherSockets(rows: Rows, { socket: own }: RuntimePlan, facts: Facts): void {
  const listening = facts.text("listening").split("\n").map(plain);
  const others = new Map(runtimeKinds.map(runtimeOf).map(({ socket, criName }) => [socket, criName]));
  const found = [...others].flatMap(([socket, name]) => {
    if (plain(socket) === plain(own) || !listening.includes(plain(socket))) return [];
    return name !== "containerd" || isContainerdCri(facts) ? [`${name} on ${socket}`] : [];
  });
  rows.none("other CRI sockets", found);
}

/** A containerd that cannot be asked counts as one that serves the CRI. */
function isContainerdCri(facts: Facts): boolean {
  const { code, text } = facts.get("plugins");
  return code !== 0 || pluginState(text, "io.containerd.grpc.v1", "cri") === "ok";
}

/** Daemons write a socket's path in two ways: `/var/run` is a link to `/run`. */
function plain(path: string): string {
  return path.replace(/^\/var\/run\//, "/run/");
}
