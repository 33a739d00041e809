import { randomUUID } from "node:crypto";
import { Ec2Error, unknownAction } from "./core/errors";
import type { Handled, HandledInputs } from "./core/handled";
import type { Changes, Family, Reads, Services, Tasks } from "./core/handlers";
import { readInput } from "./core/input";
import { parseQuery } from "./core/query";
import { operation, type Action } from "./core/sdk";
import { forget, forgettable } from "./resources/instanceStates";
import type { Service } from "./core/signature";
import { answerSts } from "./core/sts";
import { renderAnswer, renderError } from "./core/xml";

export interface Answer {
  /** HTTP status. */
  readonly status: number;
  readonly body: string;
}

type AnyHandler = { readonly handled: Handled<unknown> } & (
  | { readonly kind: "read"; readonly run: NonNullable<Reads[Action]> }
  | { readonly kind: "change"; readonly run: NonNullable<Changes[Action]> }
  | { readonly kind: "task"; readonly run: NonNullable<Tasks[Action]> }
);

/** The API's version that is spoken; clients name it in each request. */
const version = "2016-11-15";

/** Answers requests of EC2's Query protocol, and the one of STS that EC2's clients make. */
export class Dispatcher {
  private readonly handlers = new Map<string, AnyHandler>();

  constructor(
    families: readonly Family[],
    private readonly services: Services,
    private readonly log: (line: string) => void,
  ) {
    for (const { inputs, reads, changes, tasks } of families) {
      this.add("read", reads, inputs);
      this.add("change", changes, inputs);
      this.add("task", tasks, inputs);
    }
  }

  /** @param service whose action is asked for */
  async answer(service: Service, parameters: URLSearchParams): Promise<Answer> {
    const requestId = randomUUID();
    const action = parameters.get("Action") ?? "";
    try {
      if (service === "sts") return { status: 200, body: answerSts(action, requestId) };
      return { status: 200, body: await this.run(action, parameters, requestId) };
    } catch (error) {
      const known = error instanceof Ec2Error ? error : this.unexpected(action, requestId, error);
      return { status: known.status, body: renderError(service, known, requestId) };
    }
  }

  private add(kind: AnyHandler["kind"], handlers: Reads | Changes | Tasks | undefined, inputs: HandledInputs): void {
    for (const [action, run] of Object.entries<unknown>({ ...handlers })) {
      const handled: Handled<unknown> | undefined = inputs[action as Action];
      if (handled === undefined) throw new Error(`It is not said which parameters ${action} acts on`);
      this.handlers.set(action, { kind, run, handled: { DryRun: true, ...(handled as object) } } as AnyHandler);
    }
  }

  private async run(action: string, parameters: URLSearchParams, requestId: string): Promise<string> {
    const handler = this.handlers.get(action);
    if (handler === undefined) throw unknownAction(action);
    const wanted = parameters.get("Version") ?? "";
    if (wanted !== "" && wanted !== version) {
      throw new Ec2Error("NoSuchVersion", `The API version ${wanted} is not spoken here; ${version} is.`);
    }
    const { input: inputShape, output: outputShape } = operation(action as Action);
    const input = readInput(inputShape, parseQuery(parameters), handler.handled);
    if (input["DryRun"] === true) {
      throw new Ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
    }
    return renderAnswer(action, outputShape, await this.call(handler, input), requestId);
  }

  private async call(handler: AnyHandler, input: object): Promise<object> {
    const { services } = this;
    switch (handler.kind) {
      case "read":
        return handler.run(services.store.state, input as never, services);
      case "change":
        return services.store.change((draft) => {
          // Looked for in the state itself: to look into a draft costs more.
          forget(draft, forgettable(services.store.state, services.now()));
          return handler.run(draft, input as never, services);
        });
      case "task":
        return handler.run(services, input as never);
    }
  }

  private unexpected(action: string, requestId: string, error: unknown): Ec2Error {
    this.log(`${action} ${requestId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return new Ec2Error("InternalError", `An internal error has occurred; see the log for ${requestId}.`, 500);
  }
}
