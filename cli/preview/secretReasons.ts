import { authorities } from "../../components/cluster/certificates";
import { clusterDefaults } from "../../components/cluster/clusterDefaults";
import { encryptionCredential } from "../../components/cluster/controlPlaneFiles";
import { authoritiesStash, hostStash } from "../../components/cluster/stashNames";
import { readStepText } from "../../components/remote/stepText";
import type { PlannedChange } from "../engine/plannedChanges";
import { listWords } from "./listWords";

/** The name of the lab's certificates and keys. */
export const labPki = "lab-pki";

/** What else a preview says, from which it is known why secrets change that nobody may see. */
export interface PlannedAround {
  readonly changes: readonly PlannedChange[];
  readonly components: readonly PlannedChange[];
}

/** Why the secrets of a cluster's step change, in words and with the names of files; empty where that is not known. */
export function secretReasons(step: PlannedChange, host: string, { changes, components }: PlannedAround): string[] {
  const paths = pathsOf(step);
  const isMadeAnew = (stash: string) =>
    changes.some(({ name, operation }) => name === stash && operation === "replace");
  const anew = isMadeAnew(authoritiesStash(labPki));
  const renewed = anew || isMadeAnew(hostStash(labPki, host)) ? certificatesAmong(paths) : [];
  return [
    ...(anew ? ["the cluster's authorities and keys are made anew"] : []),
    ...(renewed.length > 0 ? [`certificates renewed, with their keys: ${byFolder(renewed)}`] : []),
    ...encryptionReasons(
      components.find(({ type, name }) => type === controlPlane && name === step.name),
      paths,
    ),
  ];
}

const controlPlane = "hardway:index:ControlPlane";

/** The files that the step has on its host. */
function pathsOf({ new: inputs }: PlannedChange): string[] {
  const lines = readStepText(inputs?.["create"])?.values["FILES"]?.split("\n") ?? [];
  return lines.map((line) => line.split(" ")[1] ?? "");
}

/** Paths without `.crt`; those of authorities are not among them. */
function certificatesAmong(paths: readonly string[]): string[] {
  const own = Object.keys(authorities);
  return paths
    .filter((path) => path.endsWith(".crt"))
    .map((path) => path.slice(0, -".crt".length))
    .filter((path) => !own.includes(path.split("/").at(-1) ?? ""));
}

/** `etcd-server, etcd-peer in /etc/etcd`. */
function byFolder(paths: readonly string[]): string {
  const folders = [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf("/"))))];
  const namesIn = (folder: string) =>
    paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
  return folders.map((folder) => `${namesIn(folder).join(", ")} in ${folder}`).join("; ");
}

/** The file that names the kinds has the key in it. */
function encryptionReasons(component: PlannedChange | undefined, paths: readonly string[]): string[] {
  const [before, after] = [component?.old, component?.new].map(
    (inputs) => (inputs?.["encryptedResources"] ?? clusterDefaults.encryptedResources) as readonly string[],
  ) as [readonly string[], readonly string[]];
  if (component?.old === undefined || component.new === undefined || before.join() === after.join()) return [];
  const file = paths.find((path) => path.endsWith(`/${encryptionCredential}`)) ?? encryptionCredential;
  return [`encrypted in etcd ${listWords(before, after)} (${file})`];
}
