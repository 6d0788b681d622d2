// Discovery: the SDK is told one address, and finds authorization, tokens and the API from there.
'use strict';
const { SDK } = require('@ringcentral/sdk');
const { failure, heard, print } = require('./tour');

async function main() {
  const { RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET, RC_REDIRECT_URL } = process.env;
  // A wrong server: what is not taken from the entry points does not arrive.
  const platform = new SDK({
    server: 'http://127.0.0.1:9', clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET, redirectUri: RC_REDIRECT_URL,
    enableDiscovery: true, discoveryServer: RC_SERVER_URL,
  }).platform();
  print('authorize', { url: await platform.loginUrlWithDiscovery({ state: 'initialState' }) });
  const redirect = platform.parseLoginRedirect(new URL(await heard()).search);
  print('redirect', { token: redirect.token_uri, external: redirect.discovery_uri });
  await platform.login(redirect);
  const me = await (await platform.get('/restapi/v1.0/account/~/extension/~')).json();
  const external = await platform.discovery().externalData();
  print('called', { me: me.extensionNumber, core: external.coreApi.baseUri, tag: external.tag });
  await platform.refresh();
  print('refreshed', { status: (await platform.get('/restapi/v1.0/account/~/extension/~')).status });
  print('logged-out', await failure(() => platform.logout()));
}

main().catch((error) => { console.error(error.stack); process.exitCode = 1; });
