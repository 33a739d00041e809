import { join } from "node:path";
import { Client, credentials, status, type ServiceError } from "@grpc/grpc-js";
import { loadSync, type MethodDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import type { CriMethods } from "./messages";

const definition = loadSync(join(__dirname, "cri.proto"), { longs: Number, enums: String, defaults: true });

/** Both services of cri.proto, for a client or a server. */
export const criServices = {
  runtime: definition["runtime.v1.RuntimeService"] as ServiceDefinition,
  image: definition["runtime.v1.ImageService"] as ServiceDefinition,
};

interface CallOptions {
  /** @default 60 */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

/** A client for CRI v1 over a unix socket. */
export class CriClient {
  readonly #client: Client;

  /**
   * @param socket path of a unix socket on this computer
   * @param problem why the socket does not work, if known; used in errors
   */
  constructor(
    socket: string,
    private readonly problem: () => string | undefined = () => undefined,
  ) {
    const options = { "grpc.enable_retries": 0 };
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), options);
  }

  /** @throws Error naming the method, with the runtime's own message. */
  call<M extends keyof CriMethods>(
    method: M,
    request: CriMethods[M][0],
    { timeoutSeconds = 60, signal }: CallOptions = {},
  ): Promise<CriMethods[M][1]> {
    const found = (criServices.runtime[method] ?? criServices.image[method]) as MethodDefinition<object, object>;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const call = this.#client.makeUnaryRequest(
        found.path,
        found.requestSerialize,
        found.responseDeserialize,
        request,
        { deadline: Date.now() + timeoutSeconds * 1000 },
        (error, response) => {
          signal?.removeEventListener("abort", abort);
          if (signal?.aborted) reject(signal.reason as Error);
          else if (error) reject(new Error(`CRI ${method}: ${this.#explain(error)}`));
          else resolve(response as CriMethods[M][1]);
        },
      );
      const abort = () => call.cancel();
      signal?.addEventListener("abort", abort);
    });
  }

  #explain(error: ServiceError): string {
    const problem = error.code === status.UNAVAILABLE ? this.problem() : undefined;
    return problem || error.details;
  }

  close(): void {
    this.#client.close();
  }
}
