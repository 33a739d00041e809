import { Ec2Error, invalidCombination, invalidParameterValue, oneOf, unsupported } from "../core/errors";
import { decodeBase64 } from "../core/input";
import type { Input } from "../core/sdk";
import type { Instance } from "../core/state";
import { coreCount, type MachineType } from "./machineTypes";

/** Bytes of user data before base64. */
const maxUserData = 16_384;

/** The embedded EC2's machines have the cores of their type. */
export function checkCpuOptions(wish: Input<"RunInstances">["CpuOptions"], type: MachineType): void {
  const { CoreCount: cores = coreCount(type), ThreadsPerCore: threads = type.threadsPerCore } = wish ?? {};
  if (cores === coreCount(type) && threads === type.threadsPerCore) return;
  throw unsupported(
    `The embedded EC2 does not support other CpuOptions than the ${coreCount(type)} cores with ` +
      `${type.threadsPerCore} threads each that ${type.name} has.`,
  );
}

export function readShutdownBehavior(value: string): Instance["shutdownBehavior"] {
  return oneOf("instanceInitiatedShutdownBehavior", value, ["stop", "terminate"]);
}

export function readCpuCredits(wish: Input<"RunInstances">["CreditSpecification"], type: MachineType): string {
  const usual = type.name.startsWith("t2.") ? "standard" : "unlimited";
  if (wish?.CpuCredits === undefined) return usual;
  checkCpuCredits(wish.CpuCredits);
  if (type.burstable) return wish.CpuCredits;
  throw invalidCombination(`CPU credits are for burstable performance instances, and ${type.name} is none.`);
}

/** @throws Ec2Error InvalidCpuCredits (EC2 API Reference, "Error codes for the Amazon EC2 API"). */
export function checkCpuCredits(value: string): void {
  if (value === "standard" || value === "unlimited") return;
  throw new Ec2Error(
    "InvalidCpuCredits",
    `The specified CpuCredits value '${value}' is invalid. Valid values are standard and unlimited.`,
  );
}

export function checkUserData(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const data = decodeBase64(text, "user data");
  if (data.length > maxUserData) throw invalidParameterValue(`User data is limited to ${maxUserData} bytes`);
  return Buffer.from(data).toString("base64");
}
