import { labDiagram, type DiagramHost, type DiagramSubnet } from "../../components/labDiagram";
import type { LabPlan } from "../../components/labPlan";
import { escapeMarkup } from "../markup";

/** Sizes in pixels. A character of the font is at most `character` wide. */
const size = { character: 7.9, line: 20, padding: 16, gap: 14, width: 1120 } as const;

/** Readable on light and dark: the viewer's own setting chooses. */
const style = `
  text { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2328 }
  .head { font-weight: bold } .soft { fill: #57606a }
  .page { fill: #ffffff } .box { fill: #f6f8fa; stroke: #8c959f } .inner { fill: #ffffff; stroke: #8c959f }
  .host { fill: #ddf4ff; stroke: #0969da } .controller { fill: #fff8c5; stroke: #9a6700 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .soft { fill: #9198a1 }
    .page { fill: #0d1117 } .box { fill: #151b23; stroke: #656c76 } .inner { fill: #0d1117; stroke: #656c76 }
    .host { fill: #10233d; stroke: #4493f8 } .controller { fill: #2b2111; stroke: #d29922 }
  }
`;

/** A piece of the picture, drawn at a place, and as high as it says. */
interface Piece {
  readonly height: number;
  draw(x: number, y: number): string;
}

/** A lab as an SVG picture: hosts by subnet, each route beside its mirror in the VPC, and the security group's rules. */
export function renderSvg(plan: LabPlan): string {
  const { title, subnets, vpc } = labDiagram(plan);
  const inside = size.width - 2 * size.padding;
  const width = vpc === undefined ? inside : inside - 2 * size.padding;
  const pieces = subnets.map((subnet) => subnetPiece(subnet, width, vpc !== undefined));
  const whole =
    vpc === undefined
      ? stack(pieces)
      : box("box", inside, vpc.title, [
          ...pieces,
          textBox(
            "route tables of the subnets",
            vpc.routes.map(({ destination, target }) => `${destination} → ${target}`),
            width,
          ),
          textBox("security group of the machines lets in", vpc.rules, width),
        ]);
  const lines = wrapped(title, inside);
  const top = size.padding + lines.length * size.line + size.gap;
  const height = top + whole.height + size.padding;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">Plan of a hardway lab</title>`,
    `<desc id="desc">${escapeMarkup(title)}</desc>`,
    `<style>${style}</style>`,
    rect("page", 0, 0, size.width, height),
    ...lines.map((line, index) => text(line, size.padding, size.padding + index * size.line, "head")),
    whole.draw(size.padding, top),
    `</svg>`,
  ].join("\n");
}

function subnetPiece({ title, hosts, routes }: DiagramSubnet, width: number, mirrored: boolean): Piece {
  const inside = width - 2 * size.padding;
  const told = routes.flatMap(({ destination, nextHop, node }) =>
    nextHop === undefined
      ? []
      : [`${destination} via ${nextHop}${mirrored ? `  ⇄ VPC → ${node}` : ` (pods of ${node})`}`],
  );
  const table = textBox("routes of these hosts; none has one to its own pods", told, inside);
  return box("inner", width, title, [hostGrid(hosts, inside), ...(told.length > 0 && hosts.length > 0 ? [table] : [])]);
}

/** Cards of the same size, as many in a row as there is room for. */
function hostGrid(hosts: readonly DiagramHost[], width: number): Piece {
  const cards = hosts.map(({ name, address, role, podCidr, runtime }) => ({
    role,
    lines: [name, address, podCidr === undefined ? "no pods" : `pods ${podCidr}`, runtime ?? role],
  }));
  const longest = Math.max(1, ...cards.flatMap(({ lines }) => lines.map(({ length }) => length)));
  const card = { width: longest * size.character + 2 * size.padding, height: 4 * size.line + size.padding };
  const columns = Math.max(1, Math.floor((width + size.gap) / (card.width + size.gap)));
  const rows = Math.ceil(cards.length / columns);
  return {
    height: Math.max(0, rows * (card.height + size.gap) - size.gap),
    draw: (x, y) =>
      cards
        .map(({ role, lines }, index) => {
          const left = x + (index % columns) * (card.width + size.gap);
          const top = y + Math.floor(index / columns) * (card.height + size.gap);
          return [
            rect(role === "controller" ? "controller" : "host", left, top, card.width, card.height),
            ...lines.map((line, number) =>
              text(
                line,
                left + size.padding,
                top + size.padding / 2 + number * size.line,
                number === 0 ? "head" : number === 3 ? "soft" : "",
              ),
            ),
          ].join("\n");
        })
        .join("\n"),
  };
}

/** A box of lines, in as many columns as there is room for. */
function textBox(title: string, lines: readonly string[], width: number): Piece {
  const inside = width - 2 * size.padding;
  const short = lines.flatMap((line) => wrapped(line, inside));
  const column = Math.max(1, ...short.map(({ length }) => length)) * size.character + size.padding;
  const columns = Math.max(1, Math.floor(inside / column));
  const rows = Math.ceil(short.length / columns);
  return box("box", width, title, [
    {
      height: rows * size.line,
      draw: (x, y) =>
        short
          .map((line, index) => text(line, x + Math.floor(index / rows) * column, y + (index % rows) * size.line))
          .join("\n"),
    },
  ]);
}

function box(kind: string, width: number, title: string, pieces: readonly Piece[]): Piece {
  const head = wrapped(title, width - 2 * size.padding);
  const inner = stack(pieces);
  const top = size.padding / 2 + head.length * size.line + size.gap / 2;
  const height = top + inner.height + size.padding;
  return {
    height,
    draw: (x, y) =>
      [
        rect(kind, x, y, width, height),
        ...head.map((line, index) => text(line, x + size.padding, y + size.padding / 2 + index * size.line, "head")),
        inner.draw(x + size.padding, y + top),
      ].join("\n"),
  };
}

function stack(pieces: readonly Piece[]): Piece {
  const height = pieces.reduce((sum, piece) => sum + piece.height + size.gap, -size.gap);
  return {
    height: Math.max(0, height),
    draw: (x, y) => {
      let top = y;
      return pieces
        .map((piece) => {
          const drawn = piece.draw(x, top);
          top += piece.height + size.gap;
          return drawn;
        })
        .join("\n");
    },
  };
}

/** Lines of words that fit into a width. */
function wrapped(words: string, width: number): string[] {
  const most = Math.floor(width / size.character);
  return words.split(" ").reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > most) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}

function rect(kind: string, x: number, y: number, width: number, height: number): string {
  const at = [x, y, width, height].map((value) => Math.round(value));
  return `<rect class="${kind}" x="${at[0]}" y="${at[1]}" width="${at[2]}" height="${at[3]}"${kind === "page" ? "" : ' rx="6"'}/>`;
}

/** @param y of the line's upper end */
function text(content: string, x: number, y: number, kind = ""): string {
  const name = kind === "" ? "" : ` class="${kind}"`;
  return `<text${name} x="${Math.round(x)}" y="${Math.round(y + 15)}" xml:space="preserve">${escapeMarkup(content)}</text>`;
}
