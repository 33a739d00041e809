import * as grpc from "@grpc/grpc-js";

/** The engine sends whole resource states; a command's output alone may exceed gRPC's 4 MiB default. */
export const unlimitedMessages = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** How often a plugin looks whether the process that started it is still there, in milliseconds. */
const parentCheckInterval = 2000;

/**
 * Address of the engine's gRPC service in a plugin's arguments.
 * The engine may put `--logtostderr`, `-v=N`, `--logflow` and `--tracing URL` before it.
 */
export function engineAddress(args: readonly string[]): string | undefined {
  const afterTracing = args.filter((arg, i) => arg !== "--tracing" && args[i - 1] !== "--tracing");
  return afterTracing.find((arg) => !arg.startsWith("-"));
}

/**
 * Serves a Pulumi plugin on a free port of 127.0.0.1 and prints the port, which must be the first line on stdout.
 * The process ends on SIGINT or SIGTERM (the engine sends SIGINT when it is done) and when its parent is gone.
 * @param onExit called once before the process ends, must be synchronous
 */
export async function servePlugin(register: (server: grpc.Server) => void, onExit: () => void = () => {}) {
  const server = new grpc.Server(unlimitedMessages);
  register(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );

  const exit = () => {
    onExit();
    process.exit(0);
  };
  process.once("SIGINT", exit);
  process.once("SIGTERM", exit);
  const parent = process.ppid;
  // An engine that was killed sends no signal; without this its plugins would stay for ever.
  setInterval(() => process.ppid !== parent && exit(), parentCheckInterval).unref();

  process.stdout.write(`${port}\n`);
}

/** Makes a gRPC method of an async function. An error's message is what the engine shows. */
export function unary<Request, Response>(
  answer: (request: Request, cancelled: AbortSignal) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const cancelled = new AbortController();
    call.on("cancelled", () => cancelled.abort());
    Promise.resolve()
      .then(() => answer(call.request, cancelled.signal))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(statusOf(error)),
      );
  };
}

function statusOf(error: unknown): Partial<grpc.StatusObject> {
  const { code, metadata } = error as { code?: unknown; metadata?: unknown };
  return {
    // Details of an error, such as the state of a resource that failed half-way.
    ...(metadata instanceof grpc.Metadata && { metadata }),
    code: typeof code === "number" ? code : grpc.status.UNKNOWN,
    details: error instanceof Error ? error.message : String(error),
  };
}

/** The error for a method that this plugin does not have. */
export function unimplemented(what: string): never {
  throw Object.assign(new Error(what), { code: grpc.status.UNIMPLEMENTED });
}
