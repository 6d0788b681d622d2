// Two clients, of two SDKs, hold the same refresh token and use it at the same moment: both must go on.
'use strict';
const RingCentral = require('@rc-ex/core').default;
const { heard, platformFor, print } = require('./tour');

async function main() {
  const platform = platformFor();
  await platform.login({ jwt: process.env.RC_JWT });
  const other = platformFor();
  await other.auth().setData(await platform.auth().data());
  const { RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET } = process.env;
  const rc = new RingCentral({ server: RC_SERVER_URL, clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET });
  rc.token = { ...(await platform.auth().data()) };

  await Promise.all([platform.refresh(), other.refresh(), rc.refresh()]);
  const pairs = [await platform.auth().data(), await other.auth().data(), rc.token];
  print('raced', {
    samePair: new Set(pairs.map((pair) => `${pair.access_token} ${pair.refresh_token}`)).size === 1,
  });
  const path = '/restapi/v1.0/account/~/extension/~';
  const answers = await Promise.all([platform.get(path), other.get(path), rc.get(path)]);
  print('called', { statuses: answers.map((answer) => answer.status) });

  // Far beyond the grace, the one who still has the old token is out, and the others are not.
  print('waiting', {});
  await heard();
  const late = new RingCentral({ server: RC_SERVER_URL, clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET });
  late.token = { ...pairs[0] };
  await rc.refresh();
  await rc.get(path);
  print('waiting', {});
  await heard();
  const refused = await late.refresh().then(() => null, (error) => error.response);
  print('late', { status: refused?.status, error: refused?.data?.error, code: refused?.data?.errors?.[0]?.errorCode });
  print('others', { status: (await rc.get(path)).status });
}

main().catch((error) => { console.error(error.message); process.exitCode = 1; });
