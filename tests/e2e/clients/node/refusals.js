// What a caller of the SDK reads when the platform says no.
'use strict';
const { failure, platformFor, print } = require('./tour');

async function main() {
  const { RC_USERNAME: username, RC_EXTENSION: extension, RC_PASSWORD: password } = process.env;
  print('wrong-password', await failure(() => platformFor().login({ username, extension, password: 'not the password' })));
  const forged = platformFor({ clientSecret: 'not the secret' });
  print('wrong-secret', await failure(() => forged.login({ username, extension, password })));
  print('wrong-jwt', await failure(() => platformFor().login({ jwt: 'not.a.jwt' })));
  print('wrong-code', await failure(() => platformFor().login({ code: 'not-a-code' })));

  const platform = platformFor();
  await platform.login({ username, extension, password });
  print('no-such-extension', await failure(() => platform.get('/restapi/v1.0/account/~/extension/1')));
  print('no-such-path', await failure(() => platform.get('/restapi/v1.0/nothing-here')));
  print('bad-parameter', await failure(() => platform.get('/restapi/v1.0/account/~/call-log', { dateFrom: 'yesterday' })));
}

main();
