// One call by https with each SDK: Node.js trusts the emulator's authority by NODE_EXTRA_CA_CERTS, or does not.
'use strict';
const RingCentral = require('@rc-ex/core').default;
const { platformFor, print } = require('./tour');

const platform = platformFor();
platform.login({ jwt: process.env.RC_JWT })
  .then(() => platform.get('/restapi/v1.0/account/~/extension/~'))
  .then((answer) => answer.json())
  .then((me) => print('trusts', { me: me.extensionNumber, uri: me.uri }))
  .catch((error) => print('trusts', { error: error.message }))
  .then(async () => {
    const { RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET, RC_JWT } = process.env;
    const rc = new RingCentral({ server: RC_SERVER_URL, clientId: RC_CLIENT_ID, clientSecret: RC_CLIENT_SECRET });
    await rc.authorize({ jwt: RC_JWT });
    const me = await rc.restapi().account().extension().get();
    print('typed-trusts', { me: me.extensionNumber, uri: me.uri });
  })
  .catch((error) => print('typed-trusts', { error: error.message }));
