// Authorization code: prints where to log in, is told where the browser was sent back to, and goes on from there.
// `plain`: as in the tutorials; `pkce`: the same app with a code challenge; `public`: an app without a secret.
'use strict';
const { heard, platformFor, print, tour } = require('./tour');

async function main(kind) {
  const platform = platformFor(kind === 'public' ? { clientId: process.env.RC_PUBLIC_CLIENT_ID, clientSecret: null } : {});
  const usePKCE = kind !== 'plain';
  print('authorize', { url: platform.loginUrl({ state: 'initialState', usePKCE }) });
  const redirect = platform.parseLoginRedirect(new URL(await heard()).search);
  print('redirect', { state: redirect.state, parameters: Object.keys(redirect).sort() });
  await tour(platform, redirect);
}

main(process.argv[2]);
