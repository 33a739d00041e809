import { remove } from "../core/ids";
import type { Instance, InstanceState, State } from "../core/state";
import { volumesOf } from "./instanceVolumes";
import type { InstanceState as SdkState } from "@aws-sdk/client-ec2";

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html */
const codes: Record<InstanceState, number> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export const describeState = (state: InstanceState): SdkState => ({ Code: codes[state], Name: state });

/** Why an instance is in its state; codes of https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html. */
export interface StateReason {
  readonly code: "Client.UserInitiatedShutdown" | "Client.InstanceInitiatedShutdown" | "Server.InternalError";
  readonly message: string;
}

export const userShutdown: StateReason = {
  code: "Client.UserInitiatedShutdown",
  message: "Client.UserInitiatedShutdown: User initiated shutdown",
};

export const instanceShutdown: StateReason = {
  code: "Client.InstanceInitiatedShutdown",
  message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown",
};

export const internalError = (reason: string): StateReason => ({
  code: "Server.InternalError",
  message: `Server.InternalError: ${reason}`,
});

/** As EC2 writes it into the state transition reason, e.g. `User initiated (2026-11-21 13:00:00 GMT)`. */
export function transitionReason(who: string, now: number): string {
  return `${who} (${new Date(now).toISOString().slice(0, 19).replace("T", " ")} GMT)`;
}

/** The instance does not run any more; its public address is free, as on AWS. */
export function setStopped(draft: State, instance: Instance, reason: StateReason): void {
  instance.state = "stopped";
  instance.stateReason = { ...reason };
  const networkInterface = draft.networkInterfaces[instance.networkInterfaceId];
  if (networkInterface !== undefined) delete networkInterface.publicAddress;
}

/** It stopped although nobody wanted that. @param reason in words for a person */
export function setFailed(draft: State, instance: Instance, reason: string, now: number): void {
  instance.stateTransitionReason = transitionReason("Server.InternalError", now);
  setStopped(draft, instance, internalError(reason));
}

/** The end of an instance: what goes with it goes, and the rest is let go of. */
export function setTerminated(draft: State, instance: Instance, now: number): void {
  instance.state = "terminated";
  instance.terminatedTime = new Date(now).toISOString();
  const networkInterface = draft.networkInterfaces[instance.networkInterfaceId];
  if (networkInterface?.attachment?.instanceId === instance.id) {
    const { deleteOnTermination } = networkInterface.attachment;
    delete networkInterface.publicAddress;
    delete networkInterface.attachment;
    if (deleteOnTermination) removeInterface(draft, networkInterface.id);
  }
  // The driver removes the disks with the machine, whatever deleteOnTermination says.
  remove(draft, "volume", ...volumesOf(draft, instance.id).map(({ id }) => id));
}

export function removeInterface(draft: State, id: string): void {
  for (const address of Object.values(draft.addresses)) {
    if (address.association?.networkInterfaceId === id) delete address.association;
  }
  remove(draft, "networkInterface", id);
}
