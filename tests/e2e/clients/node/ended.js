// Somebody else ends the session: what the callers of two SDKs see, and what the SDKs keep.
'use strict';
const RingCentral = require('@rc-ex/core').default;
const { failure, heard, platformFor, print } = require('./tour');

const path = '/restapi/v1.0/account/~/extension/~';

async function main() {
  const { RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET, RC_JWT } = process.env;
  const platform = platformFor();
  await platform.login({ jwt: RC_JWT });
  const rc = new RingCentral({ server: RC_SERVER_URL, clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET });
  await rc.authorize({ jwt: RC_JWT });
  print('waiting', {});
  await heard();
  const refused = await failure(() => platform.get(path));
  print('sdk', { ...refused, kept: (await platform.auth().data()).refresh_token || null });
  const error = await rc.get(path).then(() => null, (thrown) => thrown.response);
  print('typed', { status: error?.status, code: error?.data?.errors?.[0]?.errorCode, kept: rc.token !== undefined });
}

main().catch((error) => { console.error(error.message); process.exitCode = 1; });
