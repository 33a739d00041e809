import { createServer, type IncomingMessage, type Server } from "node:http";
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { Answer } from "./dispatch";
import { Ec2Error } from "./errors";
import { renderError } from "./xml";

/** Far more than a request with user data needs. In bytes. */
const maxBody = 1024 * 1024;
/** For a client to send a request. In milliseconds. */
const requestTimeout = 30_000;

/** An HTTP server that hands the parameters of signed requests to `answer`; signatures are not checked. */
export function createApiServer(answer: (parameters: URLSearchParams) => Promise<Answer>): Server {
  const server = createServer({ requestTimeout, headersTimeout: requestTimeout }, (request, response) => {
    const send = ({ status, body }: Answer): void => {
      if (response.destroyed) return;
      // What is left of a request that was refused is not worth reading.
      if (!request.complete) response.setHeader("connection", "close");
      response.writeHead(status, {
        "content-type": "text/xml;charset=UTF-8",
        "content-length": Buffer.byteLength(body),
      });
      response.end(body);
    };
    readParameters(request)
      .then(answer)
      .then(send)
      .catch((error: unknown) => {
        const known = error instanceof Ec2Error ? error : new Ec2Error("InternalError", "The request broke off", 500);
        send({ status: known.status, body: renderError(known, randomUUID()) });
      });
  });
  return server;
}

async function readParameters(request: IncomingMessage): Promise<URLSearchParams> {
  // Pages of a browser must not command machines; only they send an Origin.
  if (request.headers.origin !== undefined || request.headers["sec-fetch-site"] === "cross-site") {
    throw new Ec2Error("UnauthorizedOperation", "Requests from web pages are not answered.", 403);
  }
  const { method = "", url = "/" } = request;
  if (method !== "GET" && method !== "POST")
    throw new Ec2Error("InvalidRequest", `The method ${method} is not valid.`, 405);
  const query = new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
  const body = method === "POST" ? await readBody(request) : "";
  const parameters = new URLSearchParams([...query, ...new URLSearchParams(body)]);
  const isSigned =
    request.headers.authorization !== undefined || parameters.has("X-Amz-Signature") || parameters.has("Signature");
  if (!isSigned) {
    throw new Ec2Error("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
  }
  if (request.headers.authorization !== undefined && !/^AWS4-|^AWS /.test(request.headers.authorization)) {
    throw new Ec2Error("AuthFailure", "AWS was not able to validate the provided access credentials", 401);
  }
  return parameters;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new Ec2Error("RequestEntityTooLarge", `A request may have up to ${maxBody} bytes.`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** @throws Error for an address that other computers reach, or one that is taken. */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  if (!/^127(\.\d{1,3}){3}$|^::1$|^localhost$/.test(host)) {
    throw new Error(`The embedded EC2 listens on loopback addresses only, and ${host} is none`);
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}
