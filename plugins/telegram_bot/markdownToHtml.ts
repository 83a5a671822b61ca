/**
 * Markdown as the HTML that Telegram shows. Its own Markdown mode refuses a message for one dot that is not escaped. What Telegram
 * cannot show, such as a table, stays as it was written.
 */
export function markdownToHtml(markdown: string): string {
  // A fence, a heading, a quote; all else is a paragraph.
  const block = /^```([^\n`]*)\n([\s\S]*?)^```[ \t]*$|^#{1,6}[ \t]+(.+?)[ \t#]*$|^((?:>.*(?:\n|$))+)/gm;
  let html = "";
  let end = 0;
  for (const found of markdown.matchAll(block)) {
    html += paragraph(markdown.slice(end, found.index)) + blockHtml(found);
    end = found.index + found[0].length;
  }
  return (html + paragraph(markdown.slice(end))).trim();
}

/** A text in which nothing means anything to Telegram. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function blockHtml([whole, language = "", code, heading, quote]: readonly (string | undefined)[]): string {
  if (code !== undefined) {
    const [, name] = /^\s*([\w+#-]+)/.exec(language) ?? [];
    const inner = escapeHtml(code.replace(/\n$/, ""));
    return name === undefined ? `<pre>${inner}</pre>` : `<pre><code class="language-${escapeHtml(name)}">${inner}</code></pre>`;
  }
  if (heading !== undefined) return `<b>${inline(heading)}</b>`;
  if (quote === undefined) return escapeHtml(whole ?? "");
  return `<blockquote>${inline(quote.replace(/^> ?/gm, "").trimEnd())}</blockquote>${quote.endsWith("\n") ? "\n" : ""}`;
}

function paragraph(text: string): string {
  return inline(text.replace(/^([ \t]*)[-*+][ \t]+/gm, "$1• "));
}

// Each is one thing that means something; an underscore inside a word does not.
const escapedForm = /\\([!-/:-@[-`{-~])/;
const codeForm = /(?<!`)(`+)(?!`)(.+?)(?<!`)\2(?!`)/;
const linkForm = /!?\[([^\]\n]*)\]\(([^()\s]+)(?: "[^"\n]*")?\)|<(https?:\/\/[^<>\s]+)>/;
const strongForm = /\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\*)|(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)/;
const struckForm = /~~(?=\S)(.+?)(?<=\S)~~/;
const slantedForm = /\*(?=[^\s*])((?:[^*]|\*\*[^*]+\*\*)+?)(?<=\S)\*(?!\*)|(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)/;
const span = new RegExp(
  [escapedForm, codeForm, linkForm, strongForm, struckForm, slantedForm].map(({ source }) => source).join("|"),
  "gs",
);

/** What is inside of a pair is turned first: tags are always closed in their order. */
function inline(text: string, depth = 0): string {
  // Nobody nests deeper, but a line of asterisks does.
  if (depth > 8) return escapeHtml(text);
  let html = "";
  let end = 0;
  for (const found of text.matchAll(span)) {
    html += escapeHtml(text.slice(end, found.index)) + spanHtml(found, depth + 1);
    end = found.index + found[0].length;
  }
  return html + escapeHtml(text.slice(end));
}

function spanHtml(found: readonly (string | undefined)[], depth: number): string {
  const [, escaped, , code, label, target, address, stars, lines, struck, star, line] = found;
  if (escaped !== undefined) return escapeHtml(escaped);
  if (code !== undefined) return `<code>${escapeHtml(code.trim())}</code>`;
  if (target !== undefined) return `<a href="${escapeHtml(target)}">${inline(label || target, depth)}</a>`;
  if (address !== undefined) return `<a href="${escapeHtml(address)}">${escapeHtml(address)}</a>`;
  const strong = stars ?? lines;
  if (strong !== undefined) return `<b>${inline(strong, depth)}</b>`;
  if (struck !== undefined) return `<s>${inline(struck, depth)}</s>`;
  return `<i>${inline(star ?? line ?? "", depth)}</i>`;
}
