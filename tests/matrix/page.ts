import { settingProblems, runtimeKinds, runtimeOf, withDefaults } from "../../components/node/runtime/runtimes";
import type { RuntimeKind, RuntimeSettings } from "../../components/node/runtime/runtimeSettings";
import { handlerNames } from "../../components/node/runtime/handlers";
import { snapshotterNames } from "../../components/node/runtime/snapshotters";
import { proven, type Nodes } from "./configurations";

type Node = Nodes[string];

/** What a node can be configured with, and the values of it. */
const choices = {
  runtimeSource: ["distro", "release", "mirror", "repository"],
  handlers: handlerNames,
  snapshotter: snapshotterNames,
  cgroupDriver: ["systemd", "cgroupfs"],
} as const;
type Choice = keyof typeof choices;

const titles: Readonly<Record<Choice, string>> = {
  runtimeSource: "source",
  handlers: "handler",
  snapshotter: "snapshotter",
  cgroupDriver: "cgroup driver",
};

/** Why the lab's machines do not show something that can be had: the first that fits. */
const unseen: readonly { readonly runtime?: RuntimeKind; readonly value?: string; readonly why: string }[] = [
  { value: "kata", why: "needs `/dev/kvm`, which the lab's machines do not have" },
  { value: "zfs", why: "Debian's kernel has no zfs module; machines show that the step refuses it" },
  {
    runtime: "mirantis",
    why: "tests do not reach Mirantis' packages; on machines, packages of that name install Debian's engine",
  },
  { value: "release", why: "tests do not reach the projects' own hosts; the step is the same as for source mirror" },
  { value: "repository", why: "tests do not reach Docker's repository; the step is the same as for mirantis" },
  { runtime: "crio", value: "runsc", why: "gVisor's project does not support it with CRI-O before 1.37" },
];

/** With what a runtime can be had, for a look at everything else. */
const usual: Readonly<Record<RuntimeKind, Partial<RuntimeSettings>>> = {
  containerd: { runtimeSource: "release" },
  crio: { runtimeSource: "release" },
  docker: {},
  mirantis: { runtimeSource: "repository" },
};

/** The part of docs/runtimes.md that says what works, from the code and from what the tests beside this file run. */
export function renderMatrix(): string {
  const notes: string[] = [];
  const note = (text: string) => `[${notes.includes(text) ? notes.indexOf(text) + 1 : notes.push(text)}]`;
  const rows = Object.entries(choices).flatMap(([choice, values]) =>
    values.map((value) => {
      const cells = runtimeKinds.map((kind) => cell(kind, choice as Choice, value, note));
      return `| ${titles[choice as Choice]} ${value} | ${cells.join(" | ")} |`;
    }),
  );
  return [
    `| | ${runtimeKinds.join(" | ")} |`,
    `| --- |${runtimeKinds.map(() => " --- |").join("")}`,
    ...rows,
    "",
    ...notes.map((text, index) => `${index + 1}. ${text}`),
    "",
    "Nodes that pass the verification on machines, by what each is configured with:",
    "",
    ...nodes(proven).map((node) => `- ${describeNode(node)}`),
    "",
  ].join("\n");
}

function cell(kind: RuntimeKind, choice: Choice, value: string, note: (text: string) => string): string {
  if (nodes(proven).some((node) => isSet(node, kind, choice, value))) return "machines";
  const why = impossible(kind, choice, value);
  if (why !== undefined) return `no ${note(why)}`;
  const reason = unseen.find((one) => (one.runtime ?? kind) === kind && (one.value ?? value) === value);
  if (reason === undefined) throw new Error(`nothing says why ${kind} with ${choice} ${value} is not seen on machines`);
  return `scripts ${note(reason.why)}`;
}

/** Whether a node of that runtime is configured so. */
function isSet(node: Node, kind: RuntimeKind, choice: Choice, value: string): boolean {
  const { runtime = "containerd", handlers, ...own } = node;
  const { snapshotter, cgroupDriver, runtimeSource } = withDefaults(own as Partial<RuntimeSettings>);
  const settings = { snapshotter, cgroupDriver, runtimeSource, handlers: handlers ?? ["runc"] };
  return runtime === kind && [settings[choice]].flat().includes(value as never);
}

/** Why the configuration refuses it; undefined when it can be had. */
function impossible(kind: RuntimeKind, choice: Choice, value: string): string | undefined {
  const runtime = runtimeOf(kind);
  const given = choice === "handlers" ? { handlers: [value] } : { [choice]: value };
  const settings = withDefaults({ ...usual[kind], ...given } as Partial<RuntimeSettings>);
  if (!settingProblems(runtime, settings).some(({ setting }) => setting === choice)) return undefined;
  const reason = runtime.reasons?.[value as keyof typeof runtime.reasons];
  return reason ?? `${kind} has source ${runtime.sources.join(", ")} only`;
}

function nodes(labs: Readonly<Record<string, Nodes>>): Node[] {
  const all = Object.values(labs).flatMap((lab) => Object.values(lab));
  return all.filter((node, index) => all.findIndex((other) => describeNode(other) === describeNode(node)) === index);
}

function describeNode(node: Node): string {
  const told = Object.entries(node).map(([key, value]) => `${key}: ${JSON.stringify(value).replaceAll(/[["\]]/g, "")}`);
  return told.length > 0 ? `\`${told.join("; ")}\`` : "the defaults";
}
