// One call by https: Node.js trusts the emulator's authority by NODE_EXTRA_CA_CERTS, or does not.
'use strict';
const { platformFor, print } = require('./tour');

const platform = platformFor();
platform.login({ jwt: process.env.RC_JWT })
  .then(() => platform.get('/restapi/v1.0/account/~/extension/~'))
  .then((answer) => answer.json())
  .then((me) => print('trusts', { me: me.extensionNumber, uri: me.uri }))
  .catch((error) => print('trusts', { error: error.message }));
