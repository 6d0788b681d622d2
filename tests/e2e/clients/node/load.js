// Makes the same call many times and prints one line: calls, wall time and processor time in nanoseconds. For
// `cargo xtask bench sdk`; the same as tests/load does with the Rust SDK.
'use strict';

const { SDK } = require('@ringcentral/sdk');

const PATH = '/restapi/v1.0/account/~/extension/~';

async function run(platform, calls, atOnce) {
  let left = calls;
  const worker = async () => {
    while (left-- > 0) {
      const answer = await platform.get(PATH);
      const extension = await answer.json();
      if (typeof extension.id !== 'number') throw new Error('an answer without an id');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function main() {
  const [calls, atOnce] = process.argv.slice(2).map(Number);
  const platform = new SDK({
    server: process.env.RC_SERVER_URL,
    clientId: process.env.RC_CLIENT_ID,
    clientSecret: process.env.RC_CLIENT_SECRET,
  }).platform();
  await platform.login({ jwt: process.env.RC_JWT });
  await run(platform, Math.max(500, atOnce * 4), atOnce);
  const [began, used] = [process.hrtime.bigint(), process.cpuUsage()];
  await run(platform, calls, atOnce);
  const [wall, { user, system }] = [process.hrtime.bigint() - began, process.cpuUsage(used)];
  console.log(`${calls} ${wall} ${(user + system) * 1000} 0 0`);
  process.exit(0);
}

main().catch((error) => { console.error(error); process.exit(1); });
