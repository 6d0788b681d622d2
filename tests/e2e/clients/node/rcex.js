// @rc-ex/core, with its typed calls: `jwt`, `code`, `pkce`, `public`; and `legacy`, the generation before, which still knows
// passwords. A text message goes out as multipart/form-data, though it has no attachment.
'use strict';
const crypto = require('crypto');
const { createRequire } = require('module');
const { heard, print } = require('./tour');

const kind = process.argv[2];
const legacy = kind === 'legacy';
// The rate-limit extension brings the older core with it.
const resolve = legacy ? createRequire(require.resolve('@rc-ex/rate-limit')) : require;
const RingCentral = resolve('@rc-ex/core').default;

/** The error that a caller sees. */
async function failure(call) {
  try {
    await call();
  } catch (error) {
    return { failed: true, status: error.response?.status ?? null, code: error.response?.data?.errors?.[0]?.errorCode ?? null };
  }
  return { failed: false };
}

async function logIn(rc) {
  const { RC_JWT, RC_USERNAME, RC_EXTENSION, RC_PASSWORD, RC_REDIRECT_URL, RC_SERVER_URL } = process.env;
  if (legacy) return rc.authorize({ username: RC_USERNAME, extension: RC_EXTENSION, password: RC_PASSWORD });
  if (kind === 'jwt') return rc.authorize({ jwt: RC_JWT });
  const verifier = kind === 'code' ? undefined : crypto.randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code', client_id: rc.rest.clientId, redirect_uri: RC_REDIRECT_URL, state: 's 1',
  });
  if (verifier) {
    query.set('code_challenge', crypto.createHash('sha256').update(verifier).digest('base64url'));
    query.set('code_challenge_method', 'S256');
  }
  print('authorize', { url: `${RC_SERVER_URL}/restapi/oauth/authorize?${query}` });
  const code = new URL(await heard()).searchParams.get('code');
  return rc.authorize({ code, redirect_uri: RC_REDIRECT_URL, code_verifier: verifier });
}

async function main() {
  const { RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET, RC_PUBLIC_CLIENT_ID, RC_FROM, RC_TO } = process.env;
  const app = kind === 'public' ? { clientId: RC_PUBLIC_CLIENT_ID } : { clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET };
  const rc = new RingCentral({ server: RC_SERVER_URL, ...app });
  const token = await logIn(rc);
  print('login', { tokenType: token.token_type, expiresIn: token.expires_in, ownerId: token.owner_id });

  const mine = rc.restapi().account().extension();
  const extensions = await rc.restapi().account().extension().list({ perPage: 2 });
  const calls = await mine.callLog().list({ perPage: 3, direction: ['Inbound', 'Outbound'] });
  print('reads', {
    extensions: extensions.records.length,
    calls: calls.records.length,
    next: extensions.navigation.nextPage.uri,
    me: (await mine.get()).extensionNumber,
  });
  // The next page, by the address that the answer names.
  const next = await rc.get(extensions.navigation.nextPage.uri.replace(RC_SERVER_URL, ''));
  print('next-page', { page: next.data.paging.page, differs: next.data.records[0].id !== extensions.records[0].id });

  const text = { from: { phoneNumber: RC_FROM }, to: [{ phoneNumber: RC_TO }], text: `typed by ${kind}` };
  // The older generation's multipart does not come about with the form-data package of today: it sends JSON here.
  const sent = legacy ? (await rc.post('/restapi/v1.0/account/~/extension/~/sms', text)).data : await mine.sms().post(text);
  const stored = await mine.messageStore(sent.id.toString()).get();
  print('sms', { direction: sent.direction, subject: stored.subject, to: stored.to[0].phoneNumber });

  const before = { ...rc.token };
  await rc.refresh();
  print('refresh', {
    newAccess: before.access_token !== rc.token.access_token,
    newRefresh: before.refresh_token !== rc.token.refresh_token,
    me: (await mine.get()).extensionNumber,
  });
  const old = { ...rc.token };
  await rc.revoke();
  print('revoked', { forgotten: rc.token === undefined });
  rc.token = old;
  print('with-old-tokens', await failure(() => mine.get()));
}

main().catch((error) => { console.error(error.message); process.exitCode = 1; });
