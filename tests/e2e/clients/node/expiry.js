// The platform's clock moves on while the SDK believes its token to be fresh: the 401 makes it refresh and repeat.
'use strict';
const { heard, login, platformFor, print } = require('./tour');

async function main() {
  const platform = platformFor();
  await login(platform, { jwt: process.env.RC_JWT });
  const before = await platform.auth().data();
  print('waiting', {});
  await heard();
  const answers = await Promise.all([1, 2, 3].map(() => platform.get('/restapi/v1.0/account/~/extension/~')));
  const after = await platform.auth().data();
  print('after-expiry', {
    statuses: answers.map((answer) => answer.status),
    newAccess: before.access_token !== after.access_token,
    expiresIn: after.expires_in,
  });
}

main();
