import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(__dirname, "../..");
const rooms = ["", "docs", "bench", "examples", "examples/vagrant"];
const documents = rooms.flatMap((room) =>
  readdirSync(join(root, room))
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(room, file)),
);

describe("what documents refer to is there", () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), "utf8");

    it(`links of ${document}`, () => {
      const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
      const broken = links.filter(([, path = "", anchor]) => {
        const target = path === "" ? join(root, document) : join(root, dirname(document), path);
        if (!existsSync(target)) return true;
        return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).includes(anchor);
      });
      expect(broken.map(([link]) => link)).to.deep.equal([]);
    });

    // Sources and folders: cloud/ is a folder of the state, too, with files of its own. The changelog names what was there at
    // the time, and recipes the files of a thing that is to be made.
    if (document !== "CHANGELOG.md")
      it(`files of the checkout that ${document} names`, () => {
        const paths = [
          ...text.matchAll(
            /(?<![\w./-])(?:bench|cli|cloud|components|loader|plugin|providers|scripts|tests)\/[\w./-]*(?:\.(?:ts|sh|cjs|mjs)\b|\/)/g,
          ),
        ];
        const gone = paths
          .map(([path]) => path)
          .filter((path) => !/thing/i.test(path) && !existsSync(join(root, path)));
        expect(gone).to.deep.equal([]);
      });
  }
});

/** Anchors of the headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  const headings = markdown.replace(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
