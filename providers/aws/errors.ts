import * as grpc from "@grpc/grpc-js";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties } from "../plugin/properties";

/** An error that AWS answered with, or the reason why there was no answer. */
class AwsError extends Error {
  /** @param code AWS's error code, e.g. `InvalidVpcID.NotFound` */
  constructor(
    readonly action: string,
    readonly code: string,
    message: string,
  ) {
    super(`${action}: ${code}: ${message}`);
  }
}

/** Makes an AwsError of what the SDK threw for an action such as `CreateVpc`. */
export function awsError(action: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`${action}: ${String(error)}`);
  const { code } = error as { code?: unknown };
  // Errors of the connection have a code, errors that AWS answered have their code as name.
  const name = typeof code === "string" ? code : error.name;
  // Node tries all addresses of a host and says nothing itself when none answers.
  const inner = error instanceof AggregateError ? error.errors.map((each) => (each as Error).message).join("; ") : "";
  return new AwsError(action, name, error.message || inner || "no answer");
}

/** Whether AWS said that something does not exist: `InvalidVpcID.NotFound`, `InvalidRoute.NotFound`, ... */
export function isNotFound(error: unknown): boolean {
  return error instanceof AwsError && /\.NotFound$/.test(error.code);
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof AwsError && codes.includes(error.code);
}

/**
 * The error for a resource that exists and is not as it should be. The engine keeps it in the state with what is
 * given here, and updates it the next time.
 */
export function initFailed(message: string, id: string, properties: Properties, inputs: Properties): Error {
  const detail = new pb.ErrorResourceInitFailed().setId(id).setReasonsList([message]);
  detail.setProperties(Struct.fromJavaScript(properties)).setInputs(Struct.fromJavaScript(inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  // How Go's gRPC sends structured errors.
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return Object.assign(new Error(message), { metadata });
}
