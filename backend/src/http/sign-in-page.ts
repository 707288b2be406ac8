/** What a browser sees that opened a link to sign in. */
export type SignInPage = 'spent' | 'busy' | { readonly start: '/' | '/account' | '/wall' };

/** The style sheets that the page of the panel names: they bring its typeface, as a machine may have none. */
export const findStyleSheets = (panelPage: string): readonly string[] =>
  [...panelPage.matchAll(/<link rel="stylesheet"[^>]* href="(\/assets\/[\w.-]+\.css)"/g)].flatMap(([, href]) => href ?? []);

/** The page, as HTML. Its style sheets are served beside the panel: the policy of the hub allows no style in a page. */
export const toSignInPage = (page: SignInPage, styleSheets: readonly string[]): string => {
  const toHtml = createHtml([...styleSheets, '/plain.css']);
  if (page === 'spent')
    return toHtml(
      'This link does not work any more',
      `<p>It was used already, or it is too old. Each link signs in one browser, once.</p>
<p>To get a new link, do one of these:</p>
<ul>
<li>Open the newest link in the output of the hub.</li>
<li>Run <code>phloem link</code> on the machine of the hub.</li>
<li>Ask an administrator of this site.</li>
</ul>
<p>If this browser is signed in already, you need no link.</p>
<p><a class="go" href="/">Open the panel</a></p>`,
    );
  if (page === 'busy')
    return toHtml(
      'Too many links that do not work',
      `<p>The hub has refused too many sign-in links. It accepts a link that works at any time.</p>
<p>To get one, run <code>phloem link</code> on the machine of the hub.</p>
<p><a class="go" href="/">Open the panel</a></p>`,
    );
  return toHtml(
    'Signed in',
    `<p><a class="go" href="${page.start}">Open the panel</a></p>`,
    `<meta http-equiv="refresh" content="0; url=${page.start}">`,
  );
};

const createHtml =
  (styleSheets: readonly string[]) =>
  (title: string, body: string, head = ''): string =>
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}<title>${title} · Phloem</title>
${styleSheets.map((href) => `<link rel="stylesheet" href="${href}">`).join('\n')}
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
