import { expect } from "chai";
import { escapeMarkup, markup } from "../../cli/markup";

describe("markup", () => {
  it("has no value that a browser takes for a tag, a reference or the end of an attribute", () => {
    const observed = `<script>alert("1")</script> & more`;
    const escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more";
    expect(String(markup`<td title="${observed}">${observed}</td>`)).to.equal(`<td title="${escaped}">${escaped}</td>`);
  });

  it("takes other markup as it is, lists one after the other, and nothing for what is not there", () => {
    const items = ["a", "<b>"].map((item) => markup`<li>${item}</li>`);
    expect(String(markup`<ul>${items}${undefined}${[]}</ul>${0}`)).to.equal("<ul><li>a</li><li>&lt;b&gt;</li></ul>0");
  });

  it("leaves out what moves a terminal's cursor, and shows that there was another control character", () => {
    expect(escapeMarkup("\u001b[31mred\u001b[0m\0 \u0007\tand\nmore\u0085")).to.equal(
      "red\uFFFD \uFFFD\tand\nmore\uFFFD",
    );
  });
});
