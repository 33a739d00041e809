import type { Experiment, HostCommand, Observation, Place } from "../experiment";
import { containerName, inPod, removalOf } from "./pods";

/** Name of the container that is looked into. It has no network but its own loopback. */
const box = "box";

/** Takes a container of that name away, also where it is not there. */
export const endContainer = (name: string): HostCommand => ({ on: "node", run: `${removalOf(name)}; :` });
export const endBox = endContainer(box);

/** Starts a container in the background, without a network. @param flags of `ctr run` */
export function startOf(name: string, { image }: Place, flags = ""): string {
  return ["ctr -n k8s.io run -d --null-io", flags, image, containerName(name), "sleep 100000"]
    .filter((word) => word !== "")
    .join(" ");
}

/** A command line in it. */
export const inBox = (command: string) => ({ on: "node" as const, run: inPod(box, command) });

/** The number of its first process on the host. */
export const boxProcess = `$(ctr -n k8s.io task ls | awk '$1 == "${containerName(box)}" { print $2 }')`;

/** Starts it. @param flags of `ctr run` */
export function startBox(place: Place, flags?: string): HostCommand {
  return { on: "node", run: startOf(box, place, flags) };
}

interface BoxedExperiment extends Pick<Experiment, "name" | "topic" | "question" | "why"> {
  /** Of `ctr run`, for the container as it should be. @default none */
  readonly flags?: string;
  /** Likewise while it is broken. @default none */
  readonly brokenFlags?: string;
  readonly observe: (place: Place) => readonly Observation[];
  readonly prepare?: readonly HostCommand[];
  readonly cleanUp?: readonly HostCommand[];
}

/** An experiment about what a container gets: it is started again with other options. */
export function boxed({ flags, brokenFlags, prepare = [], cleanUp = [], ...rest }: BoxedExperiment): Experiment {
  const start = (place: Place, options: string | undefined): HostCommand[] => [endBox, startBox(place, options)];
  return {
    ...rest,
    prepare: (place) => [...prepare, ...start(place, flags)],
    break: (place) => start(place, brokenFlags),
    repair: (place) => start(place, flags),
    cleanUp: () => [endBox, ...cleanUp],
  };
}
