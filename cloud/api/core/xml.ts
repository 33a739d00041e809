import type { NormalizedSchema } from "@smithy/core/schema";
import type { Ec2Error } from "./errors";
import type { Service } from "./signature";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";

/** An answer of EC2 in XML; the element names are those by which the SDK reads it. */
export function renderAnswer(action: string, shape: NormalizedSchema, output: object, requestId: string): string {
  const body = shape.isUnitSchema() ? "<return>true</return>" : renderMembers(shape, output);
  return (
    `${declaration}<${action}Response xmlns="${namespace}"><requestId>${requestId}</requestId>` +
    `${body}</${action}Response>`
  );
}

/** An error in the form of the service that was asked. */
export function renderError(service: Service, error: Ec2Error, requestId: string): string {
  if (service === "sts") {
    return (
      `${declaration}<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>` +
      `<Type>${error.status < 500 ? "Sender" : "Receiver"}</Type><Code>${escapeXml(error.code)}</Code>` +
      `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
    );
  }
  return (
    `${declaration}<Response><Errors><Error><Code>${escapeXml(error.code)}</Code>` +
    `<Message>${escapeXml(error.message)}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`
  );
}

function renderMembers(shape: NormalizedSchema, value: object): string {
  const members = value as Record<string, unknown>;
  return [...shape.structIterator()]
    .map(([name, member]) => renderElement(member.getMemberTraits().xmlName ?? name, member, members[name]))
    .join("");
}

function renderElement(name: string, shape: NormalizedSchema, value: unknown): string {
  return value === undefined || value === null ? "" : `<${name}>${renderContent(shape, value)}</${name}>`;
}

function renderContent(shape: NormalizedSchema, value: unknown): string {
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    const name = item.getMergedTraits().xmlName ?? "member";
    return (value as unknown[]).map((entry) => renderElement(name, item, entry)).join("");
  }
  if (shape.isStructSchema()) return renderMembers(shape, value as object);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return escapeXml(String(value));
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;" };

/** Characters that XML 1.0 cannot hold become U+FFFD. */
function escapeXml(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd")
      .replace(/[&<>"\r]/g, (character) => entities[character] ?? character)
  );
}
