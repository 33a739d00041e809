import { randomUUID } from "node:crypto";
import { Ec2Error, unknownAction } from "./core/errors";
import type { Actions, Handler, Services } from "./core/handlers";
import { readInput } from "./core/input";
import { parseQuery } from "./core/query";
import { operation, type Action } from "./core/sdk";
import type { Service } from "./core/signature";
import { answerSts } from "./core/sts";
import { renderAnswer, renderError } from "./core/xml";

export interface Answer {
  /** HTTP status. */
  readonly status: number;
  readonly body: string;
}

/** The API's version that is spoken; clients name it in each request. */
const version = "2016-11-15";

/** Answers requests of EC2's Query protocol, and the one of STS that EC2's clients make. */
export class Dispatcher {
  private readonly handlers: ReadonlyMap<string, Handler<Action>>;

  constructor(
    actions: Actions,
    private readonly services: Services,
    private readonly log: (line: string) => void,
  ) {
    this.handlers = new Map(Object.entries<unknown>(actions) as [string, Handler<Action>][]);
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

  private async run(action: string, parameters: URLSearchParams, requestId: string): Promise<string> {
    const handler = this.handlers.get(action);
    if (handler === undefined) throw unknownAction(action);
    const wanted = parameters.get("Version") ?? "";
    if (wanted !== "" && wanted !== version) {
      throw new Ec2Error("NoSuchVersion", `The API version ${wanted} is not spoken here; ${version} is.`);
    }
    const { input: inputShape, output: outputShape } = operation(action as Action);
    const input = readInput(inputShape, parseQuery(parameters), { DryRun: true, ...(handler.inputs as object) });
    if (input["DryRun"] === true) {
      throw new Ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
    }
    return renderAnswer(action, outputShape, await handler.run(this.services, input), requestId);
  }

  private unexpected(action: string, requestId: string, error: unknown): Ec2Error {
    this.log(`${action} ${requestId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return new Ec2Error("InternalError", `An internal error has occurred; see the log for ${requestId}.`, 500);
  }
}
