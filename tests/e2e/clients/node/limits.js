// 429, as each SDK handles it: the JavaScript SDK throws, or waits when told to; the extensible one waits by its extension.
'use strict';
const { createRequire } = require('module');
const { platformFor, print } = require('./tour');
const { SDK } = require('@ringcentral/sdk');

const older = createRequire(require.resolve('@rc-ex/rate-limit'));
const RingCentral = older('@rc-ex/core').default;
const RateLimit = require('@rc-ex/rate-limit').default;

const path = '/restapi/v1.0/account/~/extension/~';
const calls = async (count, call) => {
  const statuses = [];
  for (let at = 0; at < count; at += 1) statuses.push((await call()).status);
  return statuses;
};

async function main() {
  const { RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET, RC_JWT, RC_USERNAME, RC_PASSWORD } = process.env;
  const plain = platformFor();
  await plain.login({ jwt: RC_JWT });
  let error;
  try {
    await calls(4, () => plain.get(path));
  } catch (thrown) {
    error = thrown;
  }
  print('throws', { status: error?.response?.status, retryAfter: error?.retryAfter ?? null, group: error?.response?.headers.get('x-rate-limit-group') });

  const patient = new SDK({
    server: RC_SERVER_URL, clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET, handleRateLimit: true,
  }).platform();
  let told = 0;
  patient.on(patient.events.rateLimitError, () => { told += 1; });
  await patient.login({ jwt: RC_JWT });
  print('waits', { statuses: await calls(4, () => patient.get(path)), told });

  const rc = new RingCentral({ server: RC_SERVER_URL, clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET });
  await rc.authorize({ username: RC_USERNAME, password: RC_PASSWORD });
  await rc.installExtension(new RateLimit());
  print('extension-waits', { statuses: await calls(4, () => rc.get(path)) });
}

main().catch((error) => { console.error(error.message); process.exitCode = 1; });
