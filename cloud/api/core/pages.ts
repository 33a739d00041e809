import { Ec2Error, invalidParameterValue } from "./errors";

/** Of MaxResults. */
export interface PageLimits {
  readonly smallest: number;
  readonly largest: number;
}

/** What most Describe actions have. */
const usual: PageLimits = { smallest: 5, largest: 1000 };

/**
 * One page of `items`. The token says which item comes next by its id, so a page neither repeats nor skips one when others are
 * deleted between two calls.
 * @throws Ec2Error InvalidParameterValue or InvalidNextToken.
 */
export function page<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  request: { MaxResults?: number | undefined; NextToken?: string | undefined },
  { smallest, largest } = usual,
): { items: T[]; nextToken: string | undefined } {
  const size = request.MaxResults;
  if (size !== undefined && (!Number.isInteger(size) || size < smallest || size > largest)) {
    throw invalidParameterValue(
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${smallest} and ${largest}.`,
    );
  }
  const start = request.NextToken === undefined ? 0 : positionOf(request.NextToken, items.map(idOf));
  const end = Math.min(items.length, start + (size ?? largest));
  const next = items[end];
  return {
    items: items.slice(start, end),
    nextToken: next === undefined ? undefined : Buffer.from(JSON.stringify([end, idOf(next)])).toString("base64url"),
  };
}

function positionOf(token: string, ids: readonly string[]): number {
  const [, index, id] = /^\[(\d{1,9}),"([^"]*)"\]$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (index === undefined || id === undefined) {
    throw new Ec2Error("InvalidNextToken", `The token '${token}' is invalid`);
  }
  const position = ids.indexOf(id);
  return position === -1 ? Number(index) : position;
}
