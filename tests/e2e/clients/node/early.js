// A token that has less than a minute left, by this SDK's own clock: it counts as expired, and ten calls at once refresh it
// once. The refresh asks for the lifetimes that the last answer had, so they must not shrink.
'use strict';
const { platformFor, print } = require('./tour');

const path = '/restapi/v1.0/account/~/extension/~';

async function main() {
  const platform = platformFor();
  await platform.login({ jwt: process.env.RC_JWT });
  for (const [step, left] of [['fresh', 3600], ['nearly-over', 59]]) {
    const before = await platform.auth().data();
    await platform.auth().setData({ expire_time: Date.now() + left * 1000 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => platform.get(path)));
    const after = await platform.auth().data();
    print(step, {
      statuses: [...new Set(answers.map((answer) => answer.status))],
      newAccess: before.access_token !== after.access_token,
      expiresIn: after.expires_in,
      refreshExpiresIn: after.refresh_token_expires_in,
    });
  }
}

main().catch((error) => { console.error(error.message); process.exitCode = 1; });
