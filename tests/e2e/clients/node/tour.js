// What every login is followed by: the reads of the tutorials, a text message, a refresh and a logout. Each step prints
// one line of JSON, which the Rust test reads.
'use strict';

const readline = require('readline');
const { SDK } = require('@ringcentral/sdk');

const print = (step, facts) => console.log(JSON.stringify({ step, ...facts }));

/** The SDK as the tutorials make it, from the variables of their `.env`. */
function platformFor({ clientId, clientSecret } = {}) {
  return new SDK({
    server: process.env.RC_SERVER_URL,
    clientId: clientId ?? process.env.RC_CLIENT_ID,
    clientSecret: clientSecret === undefined ? process.env.RC_CLIENT_SECRET : clientSecret ?? undefined,
    redirectUri: process.env.RC_REDIRECT_URL,
  }).platform();
}

/** One line from the Rust test, such as the address that the browser was sent back to. */
function heard() {
  const lines = readline.createInterface({ input: process.stdin });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => { resolve(line); lines.close(); });
    lines.once('close', () => reject(new Error('standard input ended')));
  });
}

/** The error that a caller of the SDK sees. */
async function failure(call) {
  try {
    await call();
  } catch (error) {
    return { failed: true, message: error.message, status: error.response?.status ?? null };
  }
  return { failed: false };
}

async function login(platform, options) {
  const answer = await platform.login(options);
  const token = await answer.json();
  print('login', {
    status: answer.status,
    tokenType: token.token_type,
    expiresIn: token.expires_in,
    refreshExpiresIn: token.refresh_token_expires_in,
    ownerId: token.owner_id,
    scopes: token.scope.split(' '),
  });
}

async function reads(platform) {
  const cases = [
    ['extensions', '/restapi/v1.0/account/~/extension'],
    ['extension-calls', '/restapi/v1.0/account/~/extension/~/call-log'],
    ['account-calls', '/restapi/v1.0/account/~/call-log'],
  ];
  for (const [step, path] of cases) {
    // An empty object makes the SDK send a bare `?`, as the tutorial's app does.
    const answer = await platform.get(path, {});
    const { records, navigation } = await answer.json();
    print(step, { status: answer.status, count: records.length, first: records[0], firstPage: navigation?.firstPage?.uri });
  }
}

async function sms(platform) {
  const text = `Your table is ready, says ${process.env.RC_CLIENT_ID}`;
  const sent = await platform.post('/restapi/v1.0/account/~/extension/~/sms', {
    from: { phoneNumber: process.env.RC_FROM },
    to: [{ phoneNumber: process.env.RC_TO }],
    text,
  });
  const message = await sent.json();
  print('sms', { status: sent.status, id: message.id, direction: message.direction, type: message.type });

  const stored = await platform.get('/restapi/v1.0/account/~/extension/~/message-store', { messageType: 'SMS', direction: 'Outbound' });
  const { records } = await stored.json();
  const found = records.find((record) => record.id === message.id);
  print('message-store', { status: stored.status, found: found?.subject === text, to: found?.to?.[0]?.phoneNumber });
}

async function refresh(platform) {
  const before = await platform.auth().data();
  await platform.refresh();
  const after = await platform.auth().data();
  print('refresh', {
    newAccess: before.access_token !== after.access_token,
    newRefresh: before.refresh_token !== after.refresh_token,
    sameOwner: before.owner_id === after.owner_id,
  });
  const answer = await platform.get('/restapi/v1.0/account/~/extension/~');
  print('after-refresh', { status: answer.status });
}

async function logout(platform) {
  const tokens = await platform.auth().data();
  const answer = await platform.logout();
  print('logout', { status: answer.status });
  print('after-logout', await failure(() => platform.get('/restapi/v1.0/account/~/extension/~')));
  // The tokens themselves are dead, not only forgotten.
  await platform.auth().setData(tokens);
  print('with-old-tokens', await failure(() => platform.get('/restapi/v1.0/account/~/extension/~')));
}

async function tour(platform, options) {
  await login(platform, options);
  await reads(platform);
  await sms(platform);
  await refresh(platform);
  await logout(platform);
}

module.exports = { failure, heard, login, platformFor, print, tour };
